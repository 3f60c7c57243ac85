"""Rows of tables in other schemas, to which foreign keys of a schema refer: its own rows need them.

The parents are filled once, and their rows kept as statements for each scratch database. A referring column gets the
keys of these rows as its values.
"""

import hashlib
import re
from contextlib import suppress

from langgraph_dba.database.data.accepted_values import with_accepted_values
from langgraph_dba.database.data.sample import Sample, load_rows
from langgraph_dba.database.ddl.quoting import quote_name
from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.ddl.type_mapping import literal, type_sql
from langgraph_dba.database.engines import Connection, Fill, Rejected, Traits
from langgraph_dba.database.model.schema import Column, ColumnType, OuterKey, Schema, Table
from langgraph_dba.database.reflection.read_schema import reflect

# Rows are numbered by tenant in steps of 1,000 and of 1,000,000: with a prime number of parents, which divides neither,
# they have different parents.
PARENTS = 211
_TENANTS = 2  # the first parents are tenants if a tenant column refers to them: other columns refer to the rest
_NAME = re.compile(r'("(?:[^"]|"")+"|[^".]+)\.("(?:[^"]|"")+"|[^".]+)')


def with_parents(schema: Schema, connection: Connection, traits: Traits) -> tuple[Schema, tuple[str, ...]]:
    """Fill the tables of other schemas that the rows of a schema need; return it with their keys, and the statements.

    A table whose parents cannot be filled stays as it is: the engine refuses its rows.
    """
    loader = _ParentLoader(connection, traits)
    statements: list[str] = []
    for namespace, targets in _outer_targets(schema).items():
        with suppress(Rejected):
            parents = _parents_of(connection, traits, namespace, targets)
            filled = tuple(with_accepted_values(one, connection, traits, parents.types) for one in parents.tables)
            statements += loader.load(parents.model_copy(update={"tables": filled}), namespace)
    if not statements:
        return schema, ()
    return schema.model_copy(update={"tables": tuple(_with_keys(one, loader) for one in schema.tables)}), (*statements,)


def fill_of(statements: tuple[str, ...]) -> Fill | None:
    """Return what runs these statements in a scratch database; None without statements."""

    def load(connection: Connection) -> None:
        for sql in statements:
            connection.run(sql)

    digest = hashlib.sha256("\0".join(statements).encode()).hexdigest()[:16]
    return Fill(digest, load) if statements else None


class _ParentLoader:
    """Fills the tables of other schemas, on a superuser's connection to a database without rows."""

    def __init__(self, connection: Connection, traits: Traits) -> None:
        """Store the connection; the rows stay in the database."""
        self.connection, self.traits, self.names = connection, traits, Names(traits)

    def load(self, parents: Schema, namespace: str) -> tuple[str, ...]:
        """Fill all tables of a schema of another namespace and return the statements that do it again.

        Rejected if the engine refuses a row.
        """
        template, name = self.traits.sql_templates, quote_name(namespace, self.traits)
        enter, leave = template.use_namespace.format(name=name), template.leave_namespace
        sample, statements = Sample(parents, rows=PARENTS), [enter]
        self.connection.run(enter)
        try:
            for table in parents.tables:
                # a trigger may fill a table of the schema that refers to this one
                silent = [sql.format(table=self.names.table(table)) for sql in template.silence_triggers]
                self.connection.run(silent[0])
                load_rows(self.connection, parents, table, sample.all_rows(table), self.traits)
                self.connection.run(silent[1])
                statements += [silent[0], self._insertion(table), silent[1]]
        finally:
            self.connection.attempt()
            self.connection.run(leave)
        return (*statements, leave)

    def _insertion(self, table: Table) -> str:
        names = [column.name for column in table.writable_columns]
        rows = self.connection.run(f"SELECT {self._as_texts(table, names)} FROM {self.names.table(table)}").rows
        values = ", ".join(f"({', '.join(map(self._literal, row))})" for row in rows)
        return f"{self.names.insert_into(table, names)} VALUES {values}"

    def _as_texts(self, table: Table, names: list[str]) -> str:
        cast = self.traits.sql_templates.cast
        return ", ".join(cast.format(a=self.names.column(table, name), type="text") for name in names)

    def _literal(self, value: object) -> str:
        return "NULL" if value is None else literal(str(value), self.traits)

    def keys(self, key: OuterKey) -> list[tuple[str, ...]]:
        """Return the keys of the parents to which a foreign key can refer, as texts, in the order of the rows."""
        cast, target = self.traits.sql_templates.cast, key.target
        columns = [cast.format(a=quote_name(name, self.traits), type="text") for name in key.target_columns]
        rows = self.connection.run(f"SELECT {', '.join(columns)} FROM {target}").rows
        return [tuple(map(str, row)) for row in dict.fromkeys(rows) if None not in row]


def _outer_targets(schema: Schema) -> dict[str, set[str]]:
    """Return the tables of other schemas to which foreign keys refer, by the name of the schema."""
    found: dict[str, set[str]] = {}
    for table in schema.tables:
        for key in table.outer_keys:
            if parts := _NAME.fullmatch(key.target):
                namespace, name = map(_unquoted, parts.groups())
                found.setdefault(namespace, set()).add(name)
    return found


def _parents_of(connection: Connection, traits: Traits, namespace: str, targets: set[str]) -> Schema:
    """Return the target tables of another schema and the tables that their rows need."""
    schema = reflect(connection, traits, name=namespace, namespace=namespace)
    needed = {table.name for table in schema.tables if table.sql_name in targets}
    while True:
        more = {
            key.target
            for table, key in schema.foreign_keys()
            if table.name in needed and not table.is_optional(key) and key.target not in needed
        }
        if not more:
            break
        needed |= more
    tables = (table.with_(tenant_column=None) for table in schema.tables if table.name in needed)
    # triggers are off while the rows are inserted
    return schema.model_copy(update={"tables": tuple(tables), "isolation": None, "triggers": (), "namespace": ""})


def _with_keys(table: Table, loader: "_ParentLoader") -> Table:
    """Return the table whose referring columns have the keys of parents as values."""
    for key in table.outer_keys:
        if keys := loader.keys(key):
            table = _with_values(table, key, keys, loader.traits)
    return table


def _with_values(table: Table, key: OuterKey, keys: list[tuple[str, ...]], traits: Traits) -> Table:
    # the parents of the tenants belong to them: a row of one tenant must not refer to another one
    own = keys if table.tenant_column in key.columns else keys[_TENANTS:]
    values = dict(zip(key.columns, zip(*own, strict=True), strict=True))
    inner = {name for one in table.foreign_keys for name in table.own_key_columns(one)}
    columns = [
        _with_type(column, values[column.name], traits)
        if column.name in values and column.name not in inner
        else column
        for column in table.columns
    ]
    return table.with_(columns=tuple(columns))


def _with_type(column: Column, values: tuple[str, ...], traits: Traits) -> Column:
    type_ = ColumnType(name="native", native=type_sql(column.type, traits), choices=values)
    return column.model_copy(update={"type": type_})


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
