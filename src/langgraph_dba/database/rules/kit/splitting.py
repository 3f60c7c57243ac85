"""Values that were packed into one row become rows of a table of their own."""

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
from langgraph_dba.database.rules.kit.changes import free_name, identify


def is_movable(schema: Schema, table: Table, columns: Sequence[str]) -> bool:
    """Whether nothing but checks of a single column and plain indexes hangs on these columns."""
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


def moved_to_rows(schema: Schema, table: Table, columns: Sequence[str], value: Column) -> Schema:
    """Return the schema in which `columns` are gone, and a table beside holds each of their values as one row.

    `value` is the column that holds it there; a value stands once for each row it belonged to.
    """
    singular = singular_of(table.name)
    owner = _owner(table)
    schema = identify(schema, table.name, tuple(owner))
    table = schema.table(table.name)
    refers = {column: _reference_name(schema, table, column, singular) for column in owner}
    while value.name in refers.values() or is_reserved(value.name):
        value = value.model_copy(update={"name": f"{value.name}_value"})
    name = free_name(schema, f"{singular}_{plural_of(value.name)}")
    rows = Table(
        name=name,
        comment=f"The {plural_of(value.name).replace('_', ' ')} of {table.name}, one a row.",
        columns=(*(_reference(table, column, refers[column]) for column in owner), value),
        primary_key=(*refers.values(), value.name),
        checks=tuple(_checks(table, columns[0], value.name, name)),
        foreign_keys=tuple(_foreign_keys(schema, table, refers, name)),
        tenant_column=refers[table.tenant_column] if table.tenant_column else None,
    )
    place = schema.tables.index(table) + 1
    rest = without(table, columns)
    tables = tuple(rest if other.name == table.name else other for other in schema.tables)
    return schema.model_copy(update={"tables": (*tables[:place], rows, *tables[place:])})


def _owner(table: Table) -> list[str]:
    """The columns by which a row is referred to: its key, with the tenant in front."""
    own = [column for column in table.tenant_columns if column not in table.primary_key]
    return [*own, *table.primary_key]


def _reference_name(schema: Schema, table: Table, column: str, singular: str) -> str:
    if schema.isolation and schema.is_tenant_table(table) and column == table.tenant_column:
        return schema.isolation.column
    return f"{singular}_id" if column == "id" else column


def _reference(table: Table, column: str, name: str) -> Column:
    type_ = table.column(column).type
    kept = ColumnType(name="reference") if type_.name == "identity" else type_
    return Column(name=name, type=kept)


def _checks(table: Table, column: str, value: str, name: str) -> list[Check]:
    moved = [c for c in table.checks if not isinstance(c, Ordered | Condition) and c.column == column]
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
        on_delete="cascade",
    )
    tenant = next((k for k in table.foreign_keys if table.is_tenant_key(k)), None)
    if tenant is None or not schema.isolation:
        return [to_owner]
    own = tenant.model_copy(update={"name": fit_name(f"{name}_tenant_fkey"), "columns": (refers[tenant.columns[0]],)})
    return [own, to_owner]


def without(table: Table, columns: Sequence[str]) -> Table:
    """Return the table without these columns, and without the checks and indexes that hang on them."""
    gone = set(columns)
    return table.with_(
        columns=tuple(c for c in table.columns if c.name not in gone),
        checks=tuple(c for c in table.checks if len(c.columns) > 1 or not gone.intersection(c.columns)),
        indexes=tuple(i for i in table.indexes if not gone.intersection(i.mentions)),
    )
