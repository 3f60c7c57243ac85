"""Run the workload as statements on a scratch database: get the plan and the cost of each."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from langgraph_dba.database.data.sample import Row, Sample, to_engine_row
from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.ddl.type_mapping import to_engine_value
from langgraph_dba.database.engines import Connection, Engine, Rejected, Traits
from langgraph_dba.database.model.business_rules import ENFORCED, BusinessRule, CountRule, TotalRule
from langgraph_dba.database.model.schema import Schema, Table
from langgraph_dba.database.requirements.model import Access, Requirements

TENANTS, ROWS = 15, 1500  # enough that a full scan of a table costs more than an index search
_FAN_OUT = 10  # rows that refer to the same row: with one each, a wider index would never be cheaper
_MAX_ROWS_TRIED = 20
# The index statements are taken from the rendered DDL, because their form depends on the engine.
_CREATE_INDEX = re.compile(r"^CREATE (?:UNIQUE )?INDEX (\w+) [^;]*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Statement:
    """One access of the workload; `equal` has the columns that it compares for equality, including the tenant's."""

    access: Access
    table: Table
    sql: str
    params: dict[str, Any]
    equal: tuple[str, ...]


class Probe:
    """The workload of a schema on one engine; it creates only the workload's tables and those they refer to."""

    def __init__(self, requirements: Requirements, schema: Schema, engine: Engine) -> None:
        """Prepare the sample; nothing runs until a scratch database is opened."""
        self.requirements, self.engine = requirements, engine
        self.schema = _workload_tables(schema, requirements.workload)
        self._bundle = cache(self._make_bundle)
        tenants = TENANTS if schema.isolation else 1
        self.sample = Sample(self.schema, tenants=tenants, rows=ROWS // tenants)

    @property
    def traits(self) -> Traits:
        """Return the engine's traits."""
        return self.engine.traits

    @property
    def names(self) -> Names:
        """Return the converter of table and column names to the engine's SQL."""
        return Names(self.traits)

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """Return the accesses as statements; left out if no sample row has a value in every compared column."""
        statements = (self._statement(access) for access in self.requirements.workload)
        return tuple(statement for statement in statements if statement)

    @cached_property
    def rows(self) -> dict[str, list[list[Any]]]:
        """Return the sample's rows by table, as values for the engine; they do not depend on the indexes."""
        return {t.name: [to_engine_row(r, t, self.traits) for r in self._rows(t)] for t in self.schema.tables}

    def _rows(self, table: Table) -> Iterator[Row]:
        """Yield the sample's rows with the tenants interleaved, as in production."""
        # Loaded tenant by tenant, each tenant would have pages of its own, and a search would read too few of them.
        tenants = range(1, 2 if self.schema.is_shared(table) else self.sample.tenants + 1)
        for number in range(self.sample.count(table.name)):
            yield from (self.row(table, tenant, number) for tenant in tenants)

    def row(self, table: Table, tenant: int, number: int) -> Row:
        """Return row `number` of a tenant; several rows refer to the same row if no unique constraint forbids it."""
        row = self.sample.row(table, tenant, number)
        few = max(self.sample.count(table.name) // _FAN_OUT, 1)
        return row | self._bundle(table.name, tenant, number % few)

    def _make_bundle(self, name: str, tenant: int, number: int) -> Row:
        table = self.schema.table(name)
        row = self.sample.row(table, tenant, number)
        return {column: row[column] for column in _bundled_columns(table, self.schema.rules)}

    @contextmanager
    def loaded(self) -> Iterator[Connection]:
        """Open a scratch database with the sample and the schema's indexes."""
        role = self.schema.app_role
        ddl = render(self.schema, self.traits).up
        with self.engine.scratch(ddl, app_role=role) as scratch, scratch.connect("superuser") as connection:
            for table in self.schema.tables:
                columns = [column.sql_name for column in table.columns]
                connection.load(table.sql_name, columns, self.rows[table.name])
            connection.analyze()
            yield connection

    def reindex(self, connection: Connection, old: Schema, new: Schema) -> None:
        """Replace the indexes of the old design by those of the new one."""
        # All are created again, also equal ones: an index that has had more inserts is less compact.
        for table in self.schema.tables:
            for index in old.table(table.name).indexes:
                connection.run(self.names.drop_index(table, index.name))
        for statement in self._index_statements(new):
            connection.run(statement)
        connection.analyze()

    def _index_statements(self, schema: Schema) -> list[str]:
        names = {index.name for table in self.schema.tables for index in schema.table(table.name).indexes}
        return [match[0] for match in _CREATE_INDEX.finditer(render(schema, self.traits).up) if match[1] in names]

    def cost(self, connection: Connection, statement: Statement) -> int | None:
        """Return the engine's work for one statement, or None if a constraint rejects it."""
        try:
            return connection.work(statement.sql, statement.params)
        except Rejected:
            return None

    def insertion(self, table: Table) -> Statement:
        """Return the statement that inserts another row."""
        row = self.sample.row(table, self._tenant(table), self.sample.count(table.name))
        params = dict(zip(table.column_names, to_engine_row(row, table, self.traits), strict=True))
        access = Access(name=f"insert_{table.name}"[:48], entity=table.entity or table.name, kind="insert")
        return Statement(access, table, self.names.insertion(table, table.column_names), params, ())

    def _tenant(self, table: Table) -> int:
        """Return the tenant of an inserted row: an existing one, but a new one for the tenants' own table."""
        return self.sample.tenants + 1 if self.schema.is_tenant_table(table) else 1

    def _statement(self, access: Access) -> Statement | None:
        table = next((table for table in self.schema.tables if table.entity == access.entity), None)
        if table is None:
            return None
        if access.kind == "insert":
            statement = self.insertion(table)
            return Statement(access, table, statement.sql, statement.params, ())
        equal, range_ = _equal(access, table), _column(access.range, table) if access.range else None
        row = self._row(table, [*equal, *([range_] if range_ else [])])
        if row is None:
            return None
        params = {name: to_engine_value(row[name], table.column(name).type, self.traits) for name in equal}
        conditions = [self.names.equal(table, equal)] if equal else []
        if range_:
            params[f"from_{range_}"] = to_engine_value(row[range_], table.column(range_).type, self.traits)
            conditions.append(f"{self.names.column(table, range_)} >= :from_{range_}")
        return Statement(access, table, _sql(access, table, conditions, self.names), params, tuple(equal))

    def _row(self, table: Table, needed: Sequence[str]) -> Row | None:
        """Return a row from the middle of a tenant's rows that has a value in every compared column, or None."""
        count = self.sample.count(table.name)
        rows = (self.row(table, 1, (count // 2 + n) % count) for n in range(min(count, _MAX_ROWS_TRIED)))
        return next((row for row in rows if all(row[name] is not None for name in needed)), None)


def _bundled_columns(table: Table, rules: Sequence[BusinessRule]) -> tuple[str, ...]:
    """Return the columns of references to other tables that are in no key, and that no rule of the table reads."""
    unique = {name for columns in (table.primary_key, *(rule.columns for rule in table.uniques)) for name in columns}
    own = [rule for rule in rules if isinstance(rule, ENFORCED) and rule.table == table.name]
    own_bounds = [rule for rule in own if isinstance(rule, CountRule | TotalRule)]
    unique |= {name for rule in own for name in (*rule.named_columns, *rule.copies)} | set(table.copies)
    unique |= {n for rule in own_bounds for n in table.own_key_columns(table.foreign_key(rule.key))}
    unique |= {n for copy in table.copied_columns for n in table.own_key_columns(table.foreign_key(copy.key))}
    keys = (key for key in table.foreign_keys if key.target != table.name)
    return tuple(name for key in keys for name in key.columns if name not in unique and name != table.tenant_column)


def _workload_tables(schema: Schema, workload: Sequence[Access]) -> Schema:
    if not workload:
        return schema
    names = {table.name for table in schema.tables if table.entity in {access.entity for access in workload}}
    while more := {key.target for table, key in schema.foreign_keys() if table.name in names} - names:
        names |= more
    return schema.model_copy(update={"tables": tuple(table for table in schema.tables if table.name in names)})


def _equal(access: Access, table: Table) -> list[str]:
    names = [_column(name, table) for name in access.filter]
    return list(dict.fromkeys(name for name in (*table.tenant_columns, *names) if name))


def _column(name: str, table: Table) -> str | None:
    """Return the column of an attribute, or of a relationship's foreign key; None if there is none."""
    return next((column for column in (name, f"{name}_id") if column in table.column_names), None)


def _sql(access: Access, table: Table, conditions: Sequence[str], names: Names) -> str:
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    if access.kind == "delete":
        return f"DELETE FROM {names.table(table)}{where}"
    columns = [column for name in access.columns if (column := _column(name, table))]
    if access.kind == "update":
        changed = next((c for c in columns if c not in table.primary_key), table.column_names[-1])
        changed = names.column(table, changed)
        return f"UPDATE {names.table(table)} SET {changed} = {changed}{where}"
    sort = names.columns(table, (column for name in access.sort if (column := _column(name, table))))
    order, limit = f" ORDER BY {sort}" if sort else "", f" LIMIT {access.limit}" if access.limit else ""
    return (
        f"SELECT {names.columns(table, columns or table.column_names)} FROM {names.table(table)}{where}{order}{limit}"
    )
