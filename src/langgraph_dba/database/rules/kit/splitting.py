"""Move values that one row holds in several places to rows of a separate table."""

from collections.abc import Sequence

from langgraph_dba.database.model.identifiers import fit_name
from langgraph_dba.database.model.schema import (
    Check,
    Column,
    ColumnType,
    Condition,
    Filled,
    ForeignKey,
    Ordered,
    Schema,
    Table,
)
from langgraph_dba.database.requirements.plural import plural_of, singular_of
from langgraph_dba.database.requirements.reserved import is_reserved
from langgraph_dba.database.rules.kit.changes import add_unique_key, free_name


def is_movable(schema: Schema, table: Table, columns: Sequence[str]) -> bool:
    """Return whether only single-column checks and plain indexes depend on these columns."""
    bound = {
        *table.primary_key,
        *(c for unique in table.uniques for c in unique.columns),
        *(c for index in table.indexes if index.unique or index.keys or index.where for c in index.mentions),
        *(c for key in table.foreign_keys for c in key.columns),
        *(c for dependency in table.dependencies for c in dependency.given + dependency.determines),
        *(c for check in table.checks if isinstance(check, Ordered | Condition) for c in check.columns),
        *(c for _, key in schema.foreign_keys() if key.target == table.name for c in key.target_columns),
    }
    return bool(table.primary_key) and not bound.intersection(columns)


def move_to_rows(schema: Schema, table: Table, columns: Sequence[str], value: Column) -> Schema:
    """Return the schema without `columns` and with a new table that holds each of their values as one row.

    `value` is the column for the value in the new table; its primary key is the owner's key and the value, so a value
    occurs once for each row that it belonged to.
    """
    singular = singular_of(table.name)
    owner = _owner(table)
    schema = add_unique_key(schema, table.name, tuple(owner))
    table = schema.table(table.name)
    refers = {column: _reference_name(schema, table, column, singular) for column in owner}
    # engines refuse two columns of one name, and the rule reserved-name would report a reserved one
    while value.name in refers.values() or is_reserved(value.name):
        value = value.model_copy(update={"name": f"{value.name}_value"})
    name = free_name(schema, f"{singular}_{plural_of(value.name)}")
    rows = Table(
        name=name,
        comment=f"The {plural_of(value.name).replace('_', ' ')} of {table.name}, one per row.",
        columns=(*(_reference(table, column, refers[column]) for column in owner), value),
        primary_key=(*refers.values(), value.name),
        checks=tuple(_checks(table, columns[0], value.name, name)),
        foreign_keys=tuple(_foreign_keys(schema, table, refers, name)),
        tenant_column=refers[table.tenant_column] if table.tenant_column else None,
    )
    position = schema.tables.index(table) + 1
    rest = drop_columns(table, columns)
    tables = tuple(rest if other.name == table.name else other for other in schema.tables)
    return schema.model_copy(update={"tables": (*tables[:position], rows, *tables[position:])})


def _owner(table: Table) -> list[str]:
    """Return the columns by which the new table references a row: its key, with the tenant column first."""
    own = [column for column in table.tenant_columns if column not in table.primary_key]
    return [*own, *table.primary_key]


def _reference_name(schema: Schema, table: Table, column: str, singular: str) -> str:
    if schema.isolation and schema.is_tenant_table(table) and column == table.tenant_column:
        return schema.isolation.column
    return f"{singular}_id" if column == "id" else column


def _reference(table: Table, column: str, name: str) -> Column:
    type_ = table.column(column).type
    # an identity column counts up; a reference to it needs its integer type without the counter
    reference = ColumnType(name="reference") if type_.name == "identity" else type_
    return Column(name=name, type=reference)


def _checks(table: Table, column: str, value: str, name: str) -> list[Check]:
    moved = [c for c in table.checks if not isinstance(c, Ordered | Condition) and c.column == column]
    # without a check an empty text would be a row that holds no value
    if not moved and table.column(column).type.name in ("string", "text"):
        moved = [Filled(name="filled", column=column)]
    return [
        c.model_copy(update={"name": fit_name(f"{name}_{value}_check{number or ''}"), "column": value})
        for number, c in enumerate(moved)
    ]


def _foreign_keys(schema: Schema, table: Table, refers: dict[str, str], name: str) -> list[ForeignKey]:
    to_owner = ForeignKey(
        name=fit_name(f"{name}_{singular_of(table.name)}_fkey"),
        columns=tuple(refers.values()),
        target=table.name,
        target_columns=tuple(refers),
        on_delete="cascade",  # the values were part of the row, and were deleted with it
    )
    tenant = next((k for k in table.foreign_keys if table.is_tenant_key(k)), None)
    if tenant is None or not schema.isolation:
        return [to_owner]
    own = tenant.model_copy(update={"name": fit_name(f"{name}_tenant_fkey"), "columns": (refers[tenant.columns[0]],)})
    return [own, to_owner]


def drop_columns(table: Table, columns: Sequence[str]) -> Table:
    """Return the table without these columns and without the checks and indexes over them."""
    gone = set(columns)
    return table.with_(
        columns=tuple(c for c in table.columns if c.name not in gone),
        checks=tuple(c for c in table.checks if len(c.columns) > 1 or not gone.intersection(c.columns)),
        indexes=tuple(i for i in table.indexes if not gone.intersection(i.mentions)),
    )
