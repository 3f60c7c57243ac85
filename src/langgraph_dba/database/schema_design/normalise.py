"""Decompose tables to third normal form: a determinant that is no key becomes the key of a new table."""

from collections.abc import Iterator

from langgraph_dba.database.model.identifiers import fit_name
from langgraph_dba.database.model.schema import ForeignKey, FunctionalDependency, Table
from langgraph_dba.database.schema_design.functional_dependencies import violations


def normalise(table: Table) -> Iterator[Table]:
    """Yield the tables of the decomposition, new ones first; only the table itself if it needs none.

    A dependency on a foreign key (`customer` determines `customer_name`) is not decomposed: the column belongs to the
    table of the target, and whether that one should have it is a decision of the user.
    """
    candidates = violations(table)
    references = {column for key in table.foreign_keys for column in table.without_tenant(key.columns)}
    dependency = next((v.dependency for v in candidates if not references.intersection(v.dependency.given)), None)
    if dependency is None:
        yield table
        return
    part = _extracted_table(table, dependency)
    yield part
    # again: the remaining table may violate third normal form by another dependency
    yield from normalise(_remaining_table(table, dependency, part))


def _moved_columns(dependency: FunctionalDependency) -> frozenset[str]:
    return frozenset(dependency.determines) - frozenset(dependency.given)


def _extracted_table(table: Table, dependency: FunctionalDependency) -> Table:
    columns_of_part = set(dependency.given) | _moved_columns(dependency)
    determinant = table.without_tenant(dependency.given)
    name = fit_name(f"{table.name}_by_{'_'.join(determinant)}")
    # primary key columns are NOT NULL, even if the columns of the original table are nullable
    columns = tuple(
        column.model_copy(update={"nullable": column.nullable and column.name not in dependency.given})
        for column in table.columns
        if column.name in columns_of_part
    )
    return Table(
        name=name,
        comment=f"Columns of {table.name} that depend on {' and '.join(determinant)}.",
        columns=columns,
        primary_key=dependency.given,
        checks=tuple(
            c.model_copy(update={"name": fit_name(f"{name}_{c.name}")})
            for c in table.checks
            if set(c.columns) <= columns_of_part
        ),
        foreign_keys=tuple(
            key.model_copy(update={"name": fit_name(f"{name}_{key.name}")})
            for key in table.foreign_keys
            if set(key.columns) <= columns_of_part
        ),
        # kept: it holds by the key now, and `normal-form` tests only what was declared
        dependencies=(dependency,),
        tenant_column=table.tenant_column if table.tenant_column in columns_of_part else None,
    )


def _remaining_table(table: Table, dependency: FunctionalDependency, part: Table) -> Table:
    moved = _moved_columns(dependency)
    reference = ForeignKey(
        name=fit_name(f"{table.name}_{part.name}_fkey"),
        columns=dependency.given,
        target=part.name,
        target_columns=dependency.given,
    )
    return table.with_(
        columns=tuple(column for column in table.columns if column.name not in moved),
        # constraints over moved columns go with them; one over columns of both tables cannot be declared any more
        checks=tuple(check for check in table.checks if not moved.intersection(check.columns)),
        uniques=tuple(unique for unique in table.uniques if not moved.intersection(unique.columns)),
        foreign_keys=(*(key for key in table.foreign_keys if not moved.intersection(key.columns)), reference),
        dependencies=tuple(
            d for d in table.dependencies if d != dependency and not moved.intersection((*d.given, *d.determines))
        ),
    )
