"""Choose the indexes of a table: one for each foreign key, and those for its workload."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Literal

from langgraph_dba.database.model.identifiers import fit_name
from langgraph_dba.database.model.schema import Index, Table
from langgraph_dba.database.requirements.model import Access, Relationship

IndexChoice = Literal["foreign-keys", "workload", "workload-covering"]
_COVERED_COLUMNS = 4  # more columns make the index nearly as large as the table


def with_indexes(
    table: Table,
    links: Iterable[Relationship],
    accesses: Iterable[Access],
    choice: IndexChoice,
    *,
    keys: Collection[tuple[str, ...]] = (),
) -> Table:
    """Return the table with indexes for its foreign keys and its workload, without those that another index replaces.

    `links` and `accesses` are those of the table's entity, `keys` the columns that business rules make unique.
    """
    references = _reference_indexes(table, links)
    candidates = [index for index in references if not any(_begins(key, index.columns) for key in keys)]
    # a reference that no two rows share finds its row without the copies
    unique = [columns for _, columns in table.unique_sets]
    candidates = [index for index in candidates if not any(_begins(index.columns, key) for key in (*unique, *keys))]
    if choice != "foreign-keys":
        covering = choice == "workload-covering"
        of_workload = _workload_indexes(table, accesses, covering=covering)
        # the unique index of a rule serves them, and finds one row at most
        needed = (index for index in of_workload if not any(_serves(key, index.columns) for key in keys))
        candidates = [*needed, *candidates]
    result = table.with_(indexes=())
    # the longest first: an index also serves the reads of a shorter one with the same first columns
    for index in sorted(candidates, key=lambda i: -len(i.columns)):
        if index.include or not result.serves_order(index.columns):
            result = result.with_(indexes=(*result.indexes, index))
    return result.with_(indexes=tuple(sorted(result.indexes, key=lambda index: index.name)))


def _begins(key: tuple[str, ...], columns: tuple[str, ...]) -> bool:
    return key[: len(columns)] == columns


def _serves(key: tuple[str, ...], columns: tuple[str, ...]) -> bool:
    shorter = min(len(key), len(columns))
    return key[:shorter] == columns[:shorter]


def _reference_indexes(table: Table, links: Iterable[Relationship]) -> Iterator[Index]:
    unindexed = {link.role for link in links if not link.indexed}
    for key in table.foreign_keys:
        role = key.columns[-1].removesuffix("_id")
        if role not in unindexed:
            name = fit_name(f"{table.name}_{role}_idx")
            # the copies too: a change of their source finds the rows by them, and MariaDB would add another index
            copies = tuple(copy.column for copy in table.copied_columns if copy.key == key.name)
            yield Index(name=name, columns=(*key.columns, *copies), reason=f"supports {key.name}")


def _workload_indexes(table: Table, accesses: Iterable[Access], *, covering: bool) -> Iterator[Index]:
    reads = (access for access in accesses if access.kind != "insert")
    for access in sorted(reads, key=lambda a: (-a.weight, a.name)):
        columns = access_columns(access, table)
        # an index over the tenant column alone exists already: that of its foreign key
        if len(columns) > table.is_tenant_owned:
            include = _covered(access, table, columns) if covering else ()
            name = fit_name(f"{table.name}_{access.name}_idx")
            yield Index(name=name, columns=columns, include=include, reason=f"serves {access.name}")


def access_columns(access: Access, table: Table) -> tuple[str, ...]:
    """Return the key columns of an index for an access: the tenant, equalities, then the range or the sort order.

    A B-tree serves either a range or a sort after its equalities: within a range, rows are not in the order of the next
    column. So the sort counts only if there is no range.
    """
    names = table.column_names
    tenant = () if table.is_keyed_by_tenant else table.tenant_columns
    equal = [_as_column(name, table) for name in access.filter]
    ordered = [_as_column(access.range, table)] if access.range else [_as_column(name, table) for name in access.sort]
    return tuple(dict.fromkeys(c for c in (*tenant, *equal, *ordered) if c in names))


def _covered(access: Access, table: Table, columns: Sequence[str]) -> tuple[str, ...]:
    columns_read = [name if name in table.column_names else f"{name}_id" for name in access.columns]
    others = tuple(
        dict.fromkeys(
            name for name in (*columns_read, *access.sort) if name in table.column_names and name not in columns
        )
    )
    return others if access.columns and len(others) <= _COVERED_COLUMNS else ()


def _as_column(name: str, table: Table) -> str:
    return name if name in table.column_names else f"{name}_id"
