"""Fill tables while foreign keys are switched off, then check the keys by queries.

Of tables that require each other, the first row has no row to refer to yet, although its foreign key is NOT NULL: the
keys to tables that are filled later are switched off, only while their own table is filled. Of many rows, one query per
key costs less than a check per row: all keys are switched off.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Connection, Rejected, Traits
from langgraph_dba.database.model.schema import ForeignKey, Schema, Table
from langgraph_dba.errors import EngineError


def requires_later_row(schema: Schema, table: Table, key: ForeignKey) -> bool:
    """Return whether each row of `table` needs a row of a table that is filled later."""
    return schema.is_forward(table, key) and not table.is_tenant_key(key) and not table.is_optional(key)


def later_keys(schema: Schema, table: Table) -> tuple[ForeignKey, ...]:
    """Return the required foreign keys of a table to tables that are filled later; empty without a circle."""
    return tuple(key for key in table.foreign_keys if requires_later_row(schema, table, key))


def has_required_circle(schema: Schema) -> bool:
    """Return whether tables of the schema require each other."""
    return any(later_keys(schema, table) for table in schema.tables)


def derives_from_itself(schema: Schema, table: Table) -> bool:
    """Return whether the value of a foreign key is, over other tables, defined by the value itself.

    As in `a.id REFERENCES b (id)` with `b.id REFERENCES a (id)`: both tables have the same keys, and no row is first.
    """
    return any(_returns(schema, table.name, column) for key in table.foreign_keys for column in key.columns)


def _returns(schema: Schema, table: str, column: str) -> bool:
    visited: set[tuple[str, str]] = set()
    at: tuple[str, str] | None = (table, column)
    while at and at not in visited:
        visited.add(at)
        at = _referenced(schema.table(at[0]), at[1])
    return at is not None


def _referenced(table: Table, column: str) -> tuple[str, str] | None:
    keys = (key for key in table.row_references if column in table.own_key_columns(key) and key.target != table.name)
    key = next(keys, None)
    return (key.target, key.target_columns[key.columns.index(column)]) if key else None


def all_keys(schema: Schema, table: Table) -> tuple[ForeignKey, ...]:
    """Return the foreign keys of a table."""
    del schema  # of `later_keys`
    return table.foreign_keys


KeysOf = Callable[[Schema, Table], tuple[ForeignKey, ...]]


@contextmanager
def unchecked(
    connection: Connection, schema: Schema, tables: Iterable[Table], traits: Traits, keys: KeysOf = later_keys
) -> Iterator[None]:
    """Do not enforce these foreign keys of the tables in the block; nothing to do if there are none.

    The connection must be a superuser's. Afterwards `orphan_of` must find that the rows satisfy them.
    """
    names, templates = Names(traits), traits.sql_templates
    pairs = [
        {"table": _in_literal(names.table(table)), "target": _in_literal(names.table(schema.table(key.target)))}
        for table in tables
        for key in keys(schema, table)
    ]

    def statements(forms: Iterable[str]) -> Iterator[str]:
        # without a form for each foreign key, one statement switches off all of them
        yield from dict.fromkeys(form.format(**pair) for form in forms for pair in pairs)

    try:
        for sql in statements(templates.ignore_keys):
            connection.run(sql)
        yield
    except BaseException:
        with suppress(EngineError):  # the first error is the cause; the rollback of a transaction restores them too
            _run_all(connection, statements(templates.enforce_keys))
        raise
    _run_all(connection, statements(templates.enforce_keys))


def _in_literal(name: str) -> str:
    return name.replace("'", "''")


def _run_all(connection: Connection, statements: Iterable[str]) -> None:
    for sql in statements:
        connection.run(sql)


def check_later_keys(connection: Connection, schema: Schema, traits: Traits) -> None:
    """Raise Rejected if a row of a table of a circle refers to no row; its message names the table."""
    for table in schema.tables:
        if later_keys(schema, table) and (orphan := orphan_of(connection, schema, table, traits)):
            raise Rejected("foreign-key", f"{table.name}: {orphan}")


def orphan_of(connection: Connection, schema: Schema, table: Table, traits: Traits) -> str:
    """Return which foreign key of a table has rows that refer to no row; empty if there is none."""
    # all foreign keys of the table: an engine that ignores one may ignore all
    for key in table.foreign_keys:
        count = connection.run(_orphans(schema, table, key, Names(traits))).scalar
        if count:
            return f"{count} rows refer by {key.name} to no row of {key.target}"
    return ""


def _orphans(schema: Schema, table: Table, key: ForeignKey, names: Names) -> str:
    target = schema.table(key.target)
    own = [names.column(table, column, "c") for column in key.columns]
    theirs = [names.column(target, column, "p") for column in key.target_columns]
    present = (" OR " if key.match_full else " AND ").join(f"{column} IS NOT NULL" for column in own)
    equal = " AND ".join(f"{one} = {other}" for one, other in zip(own, theirs, strict=True))
    exists = f"SELECT 1 FROM {names.table(target)} p WHERE {equal}"
    return f"SELECT count(*) FROM {names.table(table)} c WHERE ({present}) AND NOT EXISTS ({exists})"
