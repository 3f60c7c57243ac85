"""Changes and deletes of rows of each tenant, so that the rows that triggers and rules then write are compared too."""

import re
from collections.abc import Iterator, Sequence
from contextlib import nullcontext, suppress
from itertools import combinations
from typing import Any

from langgraph_dba.database.data.sample import Row, Sample, load_rows, tenant_value, to_engine_row
from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Connection, Rejected, Traits
from langgraph_dba.database.engines.postgresql.own_queries import qualified
from langgraph_dba.database.model.schema import Table
from langgraph_dba.database.proofs.kit.tenant_rows import compared
from langgraph_dba.database.reflection.trigger_inserts import inserts_of_triggers

_FIRST = 800  # after the rows of the sample and those for literals, so that no key is used twice
_MOST_VALUES = 5  # of one column in the texts
# by the name of a type: values far from each other, for conditions such as `NEW.total > 1000`
_NUMBERS: tuple[object, ...] = (0, 1, 30_000)
_MOMENTS: tuple[object, ...] = ("1990-01-01", "2090-01-01")
_USUAL: dict[str, tuple[object, ...]] = {
    **dict.fromkeys(("smallint", "integer", "bigint", "decimal", "float"), _NUMBERS),
    **dict.fromkeys(("date", "instant", "local-datetime"), _MOMENTS),
    **dict.fromkeys(("string", "text"), ("x", "x" * 1000)),
    "boolean": (False, True),
}
_COUNT_CALLS = "SET track_functions = 'all'"
_FLUSH = "SELECT pg_stat_force_next_flush()"
# the triggers that the application can fire, and whose functions may write rows and were never called
_NOT_CALLED = r"""
SELECT DISTINCT format('%s on %s', t.tgname, t.tgrelid::regclass)
FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgparentid = 0
  AND (has_table_privilege(CAST(:role AS regrole)::oid, t.tgrelid, 'insert, update, delete, truncate')
    OR has_any_column_privilege(CAST(:role AS regrole)::oid, t.tgrelid, 'insert, update'))
  AND p.prosrc ~* '\m(insert|update|delete|merge|copy|execute)\M'
  AND NOT EXISTS (SELECT FROM pg_stat_user_functions s WHERE s.funcid = p.oid AND s.calls > 0)
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
ORDER BY 1
"""
_TABLES = """
SELECT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')
UNION SELECT ev_class::regclass::text FROM pg_rewrite WHERE ev_type <> '1' AND ev_enabled IN ('O', 'A')
"""
_IS_READABLE = """
WITH RECURSIVE over (id) AS (
  SELECT CAST(:table AS regclass)::oid
  UNION
  SELECT w.ev_class FROM over JOIN pg_depend d ON d.refobjid = over.id AND d.classid = 'pg_rewrite'::regclass
  JOIN pg_rewrite w ON w.oid = d.objid AND w.ev_type = '1'
)
SELECT EXISTS (SELECT FROM over JOIN pg_class c ON c.oid = over.id, pg_roles r
  WHERE r.oid <> c.relowner AND NOT r.rolsuper AND r.rolname !~ '^pg_'
    AND has_any_column_privilege(r.oid, c.oid, 'select'))
"""
_ROWS = "SELECT pg_catalog.md5(pg_catalog.string_agg(t::text, '|' ORDER BY t::text)) FROM {table} AS t"
# the views with triggers of their own, and a column that an update can name
_VIEWS = """
SELECT DISTINCT ON (c.oid) format('%I.%I', n.nspname, c.relname), quote_ident(a.attname)
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relkind = 'v' AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
ORDER BY c.oid, a.attnum DESC
"""


class TriggerRun:
    """Statements that fire triggers, on a connection of a superuser."""

    def __init__(self, connection: Connection, sample: Sample, traits: Traits, application: str) -> None:
        """Let the server count the calls of functions from now on; `application` is the quoted name of its role."""
        self._connection, self._sample, self._traits, self._application = connection, sample, traits, application
        self._names = Names(traits)
        connection.run(_COUNT_CALLS)

    def fire(self, tenants: Sequence[int], texts: Sequence[str]) -> list[str]:
        """Write rows of these tenants wherever there is a trigger; return what triggers may do and did not.

        A refused statement is left out. `texts` are those of triggers and functions: each value in them is set. The
        table of tenants is left as it is: another row would be another tenant.
        """
        schema, silent = self._sample.schema, []
        watched = {str(name) for (name,) in self._connection.run(qualified(_TABLES)).rows}
        for table in schema.tables:
            if self._names.table(table) in watched and table.row_key and not schema.is_tenant_table(table):
                for tenant in (1,) if schema.is_shared(table) else tenants:
                    before = self._logs(table)
                    self._change(table, tenant, texts)
                    after = self._logs(table) if tenant > 1 else {}
                    silent += [
                        f"no change of {table.name} that was tried writes to {name}"
                        for name in after
                        if after[name] == before[name]
                    ]
        for view, column in self._connection.run(qualified(_VIEWS)).rows:
            for tenant in tenants:
                self._change_view(str(view), str(column), tenant)
        self._connection.run(_FLUSH)
        not_called = self._connection.run(qualified(_NOT_CALLED), {"role": self._application}).rows
        return [
            *(f"no change that was tried fires {name}, which may write rows" for (name,) in not_called),
            *dict.fromkeys(silent),
        ]

    def _logs(self, source: Table) -> dict[str, object]:
        """Return the rows, as one number, of each table that triggers of `source` fill and that a role reads."""
        schema = self._sample.schema
        targets = {one.target for one in inserts_of_triggers(schema) if one.source == source.name} - {source.name}
        found = {}
        for name in sorted(targets):
            table = self._names.table(schema.table(name))
            if self._connection.run(qualified(_IS_READABLE), {"table": table}).scalar:
                found[name] = self._connection.run(_ROWS.format(table=table)).scalar
        return found

    def _change(self, table: Table, tenant: int, texts: Sequence[str]) -> None:
        names = self._names
        changed, deleted, other = (
            self._sample.row(table, tenant, self._sample.count(table.name) + _FIRST + n) for n in range(3)
        )
        # `load_rows` makes the setting of a table with the tenant's column
        settings = nullcontext() if table.tenant_column else self._connection.transaction(self._settings(tenant))
        with suppress(Rejected), settings:
            load_rows(self._connection, self._sample.schema, table, [changed, deleted], self._traits)
        where = f"WHERE {names.equal(table, table.row_key)}"
        keys = self._values(changed, table, table.row_key)
        for row in (*self._other_values(table, other), *self._transitions(table, texts)):
            listed = ", ".join(f"{names.columns(table, (name,))} = :{name}" for name in row)
            self._try(tenant, f"UPDATE {names.table(table)} SET {listed} {where}", row | keys)
        self._try(tenant, f"DELETE FROM {names.table(table)} {where}", self._values(deleted, table, table.row_key))

    def _other_values(self, table: Table, other: Row) -> Iterator[Row]:
        """Yield changes of all columns together, and of each alone: one of them may refuse the change."""
        keyed = {*table.row_key, *table.referring_columns, *table.tenant_columns}
        free = [one.name for one in table.writable_columns if one.name not in keyed and one.type.name != "identity"]
        for columns in (free, *([name] for name in free)):
            if columns:
                yield self._values(other, table, columns)

    def _transitions(self, table: Table, texts: Sequence[str]) -> Iterator[Row]:
        """Yield changes of each column that a text names, from each value that may matter there to each other one."""
        words = {word for text in texts for word in re.findall(r"\w+", text)}
        found: dict[str, dict[Any, None]] = {}
        for column, value in (pair for text in texts for pair in compared(table, text)):
            found.setdefault(column, {})[value] = None
        keyed = {*table.row_key, *table.referring_columns, *table.tenant_columns}
        for one in table.writable_columns:
            if one.sql_name not in words or one.name in keyed:
                continue
            values = [*found.get(one.name, ())][:_MOST_VALUES]
            values += [*_USUAL.get(one.type.name, ()), *([None] if one.nullable else [])]
            for first, second in combinations(values, 2):
                yield from ({one.name: value} for value in (first, second, first))

    def _change_view(self, view: str, column: str, tenant: int) -> None:
        # as the application: a superuser would pass the rows of every tenant to the trigger
        place = f"(SELECT {{}}(one::text) FROM {view} AS one)"
        for sql in (
            f"UPDATE {view} SET {column} = {column}",
            f"INSERT INTO {view} SELECT * FROM {view} AS one WHERE one::text = {place.format('min')}",
            f"DELETE FROM {view} AS one WHERE one::text = {place.format('max')}",
        ):
            self._try(tenant, sql, role=self._application)

    def _try(self, tenant: int, sql: str, values: Row | None = None, role: str = "") -> None:
        with suppress(Rejected), self._connection.transaction(self._settings(tenant)):
            if role:
                self._connection.run(f"SET LOCAL ROLE {role}")
            self._connection.run(sql, values)

    def _settings(self, tenant: int) -> dict[str, str]:
        """Return the setting of a tenant, as the application makes it: a trigger may read it."""
        schema = self._sample.schema
        owned = next((one for one in schema.tables if one.tenant_column), None)
        if schema.isolation is None or owned is None:
            return {}
        type_ = owned.column(owned.tenant_column or "").type
        return dict(schema.tenant_setting(str(tenant_value(type_, tenant))))

    def _values(self, row: Row, table: Table, columns: Sequence[str]) -> Row:
        values = dict(zip(table.column_names, to_engine_row(row, table, self._traits), strict=True))
        return {name: values[name] for name in columns}
