"""No tenant reads or changes rows of another tenant.

With two tenants, SELECT, INSERT, UPDATE and DELETE are tried as the application's role, as the owner (isolated because
of FORCE ROW LEVEL SECURITY), and through a view with the rights of its caller. The superuser and a plain view of the
superuser are not isolated: the evidence states the number of rows that they see. Without a tenant setting no rows are
visible, and the setting ends with its transaction, so that a pooled connection does not pass it to the next user.
"""

import datetime as dt
import re
from collections.abc import Iterator

from langgraph_dba.database.data.sample import Sample, to_engine_row
from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Connection, Rejected, Scratch
from langgraph_dba.database.model.schema import Isolation, Table
from langgraph_dba.database.proofs.kit.defect import Defect, TextEdit
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "the application, the owner and a view with the caller's rights read and change only rows of the current tenant"
CAPABILITY = "Multi-Tenant Architecture: shared schema with row-level security"
NEEDS = ("row_level_security",)
_MINE, _THEIRS = 1, 2


def obstacle(subject: Subject) -> str:
    """Return why the proof does not apply: no tenants share tables."""
    return "" if subject.schema.isolation else "the schema has no tenants that share tables"


def run(subject: Subject) -> CheckResult:
    """Try every operation as every role on every tenant-owned table."""
    isolation = subject.schema.isolation
    assert isolation is not None
    sample = Sample(subject.schema)
    with subject.loaded(sample) as (scratch, superuser):
        prober = _Prober(subject, isolation, sample)
        tables = [table for table in subject.schema.tables if table.is_tenant_owned and sample.count(table.name)]
        _make_views(subject.names, scratch, superuser, tables, isolation)
        with scratch.connect("app") as app, scratch.connect("owner") as owner:
            failures = [failure for table in tables for failure in prober.role("app", app, table)]
            failures += [failure for table in tables for failure in prober.role("owner", owner, table)]
            failures += [failure for table in tables for failure in prober.view(app, table)]
            failures += list(prober.setting_ends(app, tables[-1]))
            visible = {
                "superuser": sum(prober.foreign_rows(superuser, table, subject.names.table(table)) for table in tables),
                "superuser's plain view": sum(prober.foreign_rows(app, t, f"{t.name}_superuser_view") for t in tables),
            }
    stated = ", ".join(f"{role} sees {count} foreign rows" for role, count in visible.items())
    summary = f"{prober.attempts} attempts on {len(tables)} tables, no foreign row; not isolated, as stated: {stated}"
    numbers = {
        "attempts": prober.attempts,
        "tables": len(tables),
        "foreign rows seen where no isolation is claimed": visible,
    }
    return CheckResult(tuple(failures), summary, numbers, tuple(prober.sql))


def _make_views(
    names: Names, scratch: Scratch, superuser: Connection, tables: list[Table], isolation: Isolation
) -> None:
    # Without security_invoker a view runs with the rights of its owner, and a superuser is exempt from policies.
    with scratch.connect("owner") as owner:
        for table in tables:
            name = f"{table.name}_caller_view"
            owner.run(f"CREATE VIEW {name} WITH (security_invoker = true) AS SELECT * FROM {names.table(table)}")
            owner.run(f"GRANT SELECT ON {name} TO {isolation.role}")
    for table in tables:
        name = f"{table.name}_superuser_view"
        superuser.run(f"CREATE VIEW {name} AS SELECT * FROM {names.table(table)}")
        superuser.run(f"GRANT SELECT ON {name} TO {isolation.role}")


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)


class _Prober:
    def __init__(self, subject: Subject, isolation: Isolation, sample: Sample) -> None:
        self.subject, self.isolation, self.sample = subject, isolation, sample
        self.names = subject.names
        self.attempts = 0
        self.sql: dict[str, None] = {}

    def _tenant(self, table: Table) -> str:
        return self.names.columns(table, table.tenant_columns)

    def role(self, role: str, connection: Connection, table: Table) -> Iterator[str]:
        yield from self.reads(role, connection, table, self.names.table(table))
        yield from self.writes(role, connection, table)

    def view(self, app: Connection, table: Table) -> Iterator[str]:
        yield from self.reads("a caller's view", app, table, f"{table.name}_caller_view")

    def foreign_rows(self, connection: Connection, table: Table, source: str) -> int:
        count = f"SELECT count(*) FROM {source} WHERE {self._tenant(table)} <> {_MINE}"
        with connection.transaction({self.isolation.setting: str(_MINE)}):
            return int(connection.run(count).scalar)

    def reads(self, role: str, connection: Connection, table: Table, source: str) -> Iterator[str]:
        own, total = self.sample.count(table.name), f"SELECT count(*) FROM {source}"
        leak = f"SELECT * FROM {source} WHERE {self._tenant(table)} <> {_MINE} LIMIT 1"
        self._note(leak)
        with connection.transaction({self.isolation.setting: str(_MINE)}):
            leaked = connection.run(leak)
            visible = int(connection.run(total).scalar)
        without_tenant = int(connection.run(total).scalar)
        self.attempts += 3
        if leaked.rows:
            row = ", ".join(f"{n}={_text(v)}" for n, v in zip(leaked.columns, leaked.rows[0], strict=True))
            yield f"{role}, as tenant {_MINE}, reads a row of another tenant from {source}: {row}"
        elif visible != own:  # a policy that hides all rows would isolate too
            yield f"{role}, as tenant {_MINE}, sees {visible} of its own {own} rows of {source}"
        if without_tenant:
            yield f"{role}, with no tenant set, sees {without_tenant} rows of {source}"

    def writes(self, role: str, connection: Connection, table: Table) -> Iterator[str]:
        name, column = self.names.table(table), self._tenant(table)
        theirs = f"{column} = {_THEIRS}"
        statements = {
            "changes": f"UPDATE {name} SET {column} = {column} WHERE {theirs}",
            "deletes": f"DELETE FROM {name} WHERE {theirs}",
        }
        for verb, sql in statements.items():
            answer = self._attempt(connection, sql, {})
            if not isinstance(answer, Rejected) and answer > 0:
                yield f"{role}, as tenant {_MINE}, {verb} {answer} rows of tenant {_THEIRS} in {table.name}"
        new = self.sample.row(table, _THEIRS, self.sample.count(table.name))
        if table.tenant_column and self.subject.schema.is_tenant_table(table):
            new[table.tenant_column] = _THEIRS + 1000  # an unused number: the row must not violate the primary key
        row = dict(zip(table.column_names, to_engine_row(new, table, self.subject.traits), strict=True))
        insert = self.names.insertion(table, table.column_names)
        # USING allows this update of an own row: only WITH CHECK refuses the new tenant
        transfer = f"UPDATE {name} SET {column} = {_THEIRS} WHERE {column} = {_MINE}"
        for verb, sql, params in (("adds a row for", insert, row), ("gives a row to", transfer, {})):
            answer = self._attempt(connection, sql, params)
            if not isinstance(answer, Rejected):
                yield f"{role}, as tenant {_MINE}, {verb} tenant {_THEIRS} in {table.name}"
            # refused by a key or a check: without that constraint the row would have been accepted
            elif answer.kind != "permission":
                yield f"{role}, {verb} tenant {_THEIRS} in {table.name} unless another constraint refuses it ({answer})"

    def setting_ends(self, app: Connection, table: Table) -> Iterator[str]:
        """Yield a failure if the tenant setting is still active on the connection after its transaction."""
        with app.transaction({self.isolation.setting: str(_MINE)}):
            pass
        self.attempts += 1
        remaining = int(app.run(f"SELECT count(*) FROM {self.names.table(table)}").scalar)
        if remaining:
            yield f"a pooled connection still sees {remaining} rows of {table.name} after its transaction"

    def _attempt(self, connection: Connection, sql: str, params: dict[str, object]) -> int | Rejected:
        self.attempts += 1
        self._note(sql)
        # transaction-local, as an application with pooled connections must set it
        setting = f"SELECT set_config('{self.isolation.setting}', '{_MINE}', true)"
        answer = connection.attempt((setting, {}), (sql, params))
        return answer if isinstance(answer, Rejected) else answer.affected_rows

    def _note(self, sql: str) -> None:
        self.sql[sql] = None


def _without(pattern: str) -> TextEdit:
    return lambda text: re.sub(pattern, "", text, flags=re.DOTALL)


def _writes_unchecked(text: str) -> str:
    policy = r"(CREATE POLICY tasks_tenant.*?)WITH CHECK \(tenant_id.*?bigint\);"
    return re.sub(policy, r"\1WITH CHECK (true);", text, flags=re.DOTALL)


def _first_tenant(text: str) -> str:
    setting = "NULLIF(current_setting('app.tenant_id', true), '')"
    return text.replace(setting, f"COALESCE({setting}, '1')")


DEFECTS = (
    Defect("the tenant policy is missing", "reads a row of another", up=_without(r"CREATE POLICY tasks_tenant.*?;")),
    Defect("the permissive policy is missing", "sees 0 of its own", up=_without(r"CREATE POLICY tasks_access.*?;")),
    Defect("FORCE is missing", "owner, as tenant 1, reads", up=_without(r"ALTER TABLE tasks FORCE[^;]*;")),
    Defect("row-level security is off", "reads a row", up=_without(r"ALTER TABLE users ENABLE[^;]*;")),
    Defect("writes are not checked", "adds a row for", up=_writes_unchecked),
    Defect("without a setting the first tenant applies", "with no tenant set, sees", up=_first_tenant),
)
