"""Third normal form: what depends on something other than a key moves to a table where that something is the key."""

from collections.abc import Iterator

from langgraph_dba.database.model.identifiers import fitting
from langgraph_dba.database.model.schema import Dependency, ForeignKey, Table
from langgraph_dba.database.schema_design.functional_dependencies import violations


def normalise(table: Table) -> Iterator[Table]:
    """Yield the tables a table falls into, new ones first; the table itself where nothing is amiss.

    A dependency on a reference (`customer` determines `customer_name`) is left to stand: the fact belongs in a table
    that exists already, which is for its owner to say.
    """
    broken = violations(table)
    references = {column for key in table.foreign_keys for column in table.without_tenant(key.columns)}
    split = next((v.dependency for v in broken if not references.intersection(v.dependency.given)), None)
    if split is None:
        yield table
        return
    part = _part(table, split)
    yield part
    yield from normalise(_rest(table, split, part))


def _moved(dependency: Dependency) -> frozenset[str]:
    return frozenset(dependency.determines) - frozenset(dependency.given)


def _part(table: Table, dependency: Dependency) -> Table:
    kept = set(dependency.given) | _moved(dependency)
    own = table.without_tenant(dependency.given)
    name = fitting(f"{table.name}_by_{'_'.join(own)}")
    # a key is never empty, even where the column it came from might be
    columns = tuple(
        column.model_copy(update={"nullable": column.nullable and column.name not in dependency.given})
        for column in table.columns
        if column.name in kept
    )
    return Table(
        name=name,
        comment=f"What {' and '.join(own)} of {table.name} determine.",
        columns=columns,
        primary_key=dependency.given,
        checks=tuple(
            c.model_copy(update={"name": fitting(f"{name}_{c.name}")}) for c in table.checks if set(c.columns) <= kept
        ),
        foreign_keys=tuple(
            key.model_copy(update={"name": fitting(f"{name}_{key.name}")})
            for key in table.foreign_keys
            if set(key.columns) <= kept
        ),
        tenant_column=table.tenant_column if table.tenant_column in kept else None,
    )


def _rest(table: Table, dependency: Dependency, part: Table) -> Table:
    gone = _moved(dependency)
    reference = ForeignKey(
        name=fitting(f"{table.name}_{part.name}_fkey"),
        columns=dependency.given,
        target=part.name,
        target_columns=dependency.given,
    )
    return table.with_(
        columns=tuple(column for column in table.columns if column.name not in gone),
        checks=tuple(check for check in table.checks if not gone.intersection(check.columns)),
        uniques=tuple(unique for unique in table.uniques if not gone.intersection(unique.columns)),
        foreign_keys=(*(key for key in table.foreign_keys if not gone.intersection(key.columns)), reference),
        dependencies=tuple(
            d for d in table.dependencies if d != dependency and not gone.intersection((*d.given, *d.determines))
        ),
    )
