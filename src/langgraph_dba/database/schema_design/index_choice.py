"""Which indexes a table gets: one behind each reference, and those its workload earns."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from langgraph_dba.database.model.identifiers import fitting
from langgraph_dba.database.model.schema import Index, Table
from langgraph_dba.database.requirements.model import Access, Relationship

IndexChoice = Literal["foreign-keys", "workload", "workload-covering"]
_COVERED_COLUMNS = 4  # more than these make the index nearly as wide as the table


def indexed(table: Table, links: Iterable[Relationship], accesses: Iterable[Access], choice: IndexChoice) -> Table:
    """Return the table with the indexes its references and its workload need, none that another one makes idle.

    `links` and `accesses` are those of the table's entity.
    """
    wanted = list(_reference_indexes(table, links))
    if choice != "foreign-keys":
        covering = choice == "workload-covering"
        wanted = [*_workload_indexes(table, accesses, covering=covering), *wanted]
    chosen = table.with_(indexes=())
    # the longest first: what starts with a shorter one serves it too
    for index in sorted(wanted, key=lambda i: -len(i.columns)):
        if index.include or not chosen.serves_order(index.columns):
            chosen = chosen.with_(indexes=(*chosen.indexes, index))
    return chosen.with_(indexes=tuple(sorted(chosen.indexes, key=lambda index: index.name)))


def _reference_indexes(table: Table, links: Iterable[Relationship]) -> Iterator[Index]:
    bare = {link.role for link in links if not link.indexed}
    for key in table.foreign_keys:
        role = key.columns[-1].removesuffix("_id")
        if role not in bare:
            name = fitting(f"{table.name}_{role}_idx")
            yield Index(name=name, columns=key.columns, reason=f"supports {key.name}")


def _workload_indexes(table: Table, accesses: Iterable[Access], *, covering: bool) -> Iterator[Index]:
    searching = (access for access in accesses if access.kind != "insert")
    for access in sorted(searching, key=lambda a: (-a.weight, a.name)):
        columns = access_columns(access, table)
        if len(columns) > table.is_tenant_owned:
            include = _covered(access, table, columns) if covering else ()
            name = fitting(f"{table.name}_{access.name}_idx")
            yield Index(name=name, columns=columns, include=include, reason=f"serves {access.name}")


def access_columns(access: Access, table: Table) -> tuple[str, ...]:
    """Return the columns an index for an access leads with: tenant, equalities, then the range or the sort order.

    An index serves either a range over its last column or a sort, not both in a row: a range comes first, and the sort
    only when it is by the same column or there is no range.
    """
    names = table.column_names
    own = () if table.is_keyed_by_tenant else table.tenant_columns
    equal = [_as_column(name, table) for name in access.filter]
    ordered = [_as_column(access.range, table)] if access.range else [_as_column(name, table) for name in access.sort]
    return tuple(dict.fromkeys(c for c in (*own, *equal, *ordered) if c in names))


def _covered(access: Access, table: Table, columns: Sequence[str]) -> tuple[str, ...]:
    read = [name if name in table.column_names else f"{name}_id" for name in access.columns]
    rest = tuple(
        dict.fromkeys(name for name in (*read, *access.sort) if name in table.column_names and name not in columns)
    )
    return rest if access.columns and len(rest) <= _COVERED_COLUMNS else ()


def _as_column(name: str, table: Table) -> str:
    return name if name in table.column_names else f"{name}_id"
