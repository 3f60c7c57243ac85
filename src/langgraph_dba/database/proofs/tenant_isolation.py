"""No tenant reads or changes another tenant's rows.

Two tenants, four operations, and whoever may come: the application's role (isolated: claimed), the owner (isolated,
because of FORCE: claimed), a view that runs with its caller's rights (claimed), and the superuser and a superuser's
plain view (not isolated: stated, with the number of rows they see). Without a tenant set there are no rows, and the
setting ends with its transaction, so that a pooled connection carries it to nobody.
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

CLAIM = "the application, the owner and a caller's view see and change the rows of the current tenant only"
CAPABILITY = "Multi-Tenant Architecture: shared schema with row-level security"
NEEDS = ("row_level_security",)
_MINE, _THEIRS = 1, 2


def obstacle(subject: Subject) -> str:
    """Say that there are no tenants that an engine could keep apart."""
    return "" if subject.schema.isolation else "the schema has no tenants that share tables"


def run(subject: Subject) -> CheckResult:
    """Try every operation as every role on every table that belongs to a tenant."""
    isolation = subject.schema.isolation
    assert isolation is not None
    sample = Sample(subject.schema)
    with subject.loaded(sample) as (scratch, superuser):
        prober = _Prober(subject, isolation, sample)
        tables = [table for table in subject.schema.tables if table.is_tenant_owned and sample.count(table.name)]
        _make_views(subject.names, scratch, superuser, tables, isolation)
        with scratch.connect("app") as app, scratch.connect("owner") as owner:
            failures = [wrong for table in tables for wrong in prober.role("app", app, table)]
            failures += [wrong for table in tables for wrong in prober.role("owner", owner, table)]
            failures += [wrong for table in tables for wrong in prober.view(app, table)]
            failures += list(prober.setting_ends(app, tables[-1]))
            seen = {
                "superuser": sum(prober.foreign_rows(superuser, table, subject.names.table(table)) for table in tables),
                "superuser's plain view": sum(prober.foreign_rows(app, t, f"{t.name}_superuser_view") for t in tables),
            }
    stated = ", ".join(f"{who} sees {count} foreign rows" for who, count in seen.items())
    summary = f"{prober.tried} attempts on {len(tables)} tables, no foreign row; not isolated, as stated: {stated}"
    numbers = {"attempts": prober.tried, "tables": len(tables), "foreign rows seen where no isolation is claimed": seen}
    return CheckResult(tuple(failures), summary, numbers, tuple(prober.sql))


def _make_views(
    names: Names, scratch: Scratch, superuser: Connection, tables: list[Table], isolation: Isolation
) -> None:
    with scratch.connect("owner") as owner:
        for table in tables:
            name = f"{table.name}_caller_view"
            owner.run(f"CREATE VIEW {name} WITH (security_invoker = true) AS SELECT * FROM {names.table(table)}")
            owner.run(f"GRANT SELECT ON {name} TO {isolation.role}")
    for table in tables:
        name = f"{table.name}_superuser_view"
        superuser.run(f"CREATE VIEW {name} AS SELECT * FROM {names.table(table)}")
        superuser.run(f"GRANT SELECT ON {name} TO {isolation.role}")


def _shown(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)


class _Prober:
    def __init__(self, subject: Subject, isolation: Isolation, sample: Sample) -> None:
        self.subject, self.isolation, self.sample = subject, isolation, sample
        self.names = subject.names
        self.tried = 0
        self.sql: dict[str, None] = {}

    def _tenant(self, table: Table) -> str:
        return self.names.columns(table, table.tenant_columns)

    def role(self, who: str, connection: Connection, table: Table) -> Iterator[str]:
        yield from self.reads(who, connection, table, self.names.table(table))
        yield from self.writes(who, connection, table)

    def view(self, app: Connection, table: Table) -> Iterator[str]:
        yield from self.reads("a caller's view", app, table, f"{table.name}_caller_view")

    def foreign_rows(self, connection: Connection, table: Table, source: str) -> int:
        count = f"SELECT count(*) FROM {source} WHERE {self._tenant(table)} <> {_MINE}"
        with connection.transaction({self.isolation.setting: str(_MINE)}):
            return int(connection.run(count).scalar)

    def reads(self, who: str, connection: Connection, table: Table, source: str) -> Iterator[str]:
        own, total = self.sample.count(table.name), f"SELECT count(*) FROM {source}"
        leak = f"SELECT * FROM {source} WHERE {self._tenant(table)} <> {_MINE} LIMIT 1"
        self._note(leak)
        with connection.transaction({self.isolation.setting: str(_MINE)}):
            found = connection.run(leak)
            seen = int(connection.run(total).scalar)
        nobody = int(connection.run(total).scalar)
        self.tried += 3
        if found.rows:
            row = ", ".join(f"{n}={_shown(v)}" for n, v in zip(found.columns, found.rows[0], strict=True))
            yield f"{who}, as tenant {_MINE}, reads a row of another tenant from {source}: {row}"
        elif seen != own:
            yield f"{who}, as tenant {_MINE}, sees {seen} of its own {own} rows of {source}"
        if nobody:
            yield f"{who}, with no tenant set, sees {nobody} rows of {source}"

    def writes(self, who: str, connection: Connection, table: Table) -> Iterator[str]:
        name, column = self.names.table(table), self._tenant(table)
        theirs = f"{column} = {_THEIRS}"
        touched = {
            "changes": f"UPDATE {name} SET {column} = {column} WHERE {theirs}",
            "deletes": f"DELETE FROM {name} WHERE {theirs}",
        }
        for verb, sql in touched.items():
            answer = self._attempt(connection, sql, {})
            if not isinstance(answer, Rejected) and answer > 0:
                yield f"{who}, as tenant {_MINE}, {verb} {answer} rows of tenant {_THEIRS} in {table.name}"
        fresh = self.sample.row(table, _THEIRS, self.sample.count(table.name))
        if table.tenant_column and self.subject.schema.is_tenant_table(table):
            fresh[table.tenant_column] = _THEIRS + 1000  # a new tenant altogether: its number is taken by nobody
        row = dict(zip(table.column_names, to_engine_row(fresh, table, self.subject.traits), strict=True))
        insert = self.names.insertion(table, table.column_names)
        gift = f"UPDATE {name} SET {column} = {_THEIRS} WHERE {column} = {_MINE}"
        for verb, sql, params in (("adds a row for", insert, row), ("gives a row to", gift, {})):
            answer = self._attempt(connection, sql, params)
            if not isinstance(answer, Rejected):
                yield f"{who}, as tenant {_MINE}, {verb} tenant {_THEIRS} in {table.name}"
            elif answer.kind != "permission":
                yield f"{who}, {verb} tenant {_THEIRS} in {table.name} but for another rule ({answer})"

    def setting_ends(self, app: Connection, table: Table) -> Iterator[str]:
        """The transaction is over: the same connection must know of no tenant."""
        with app.transaction({self.isolation.setting: str(_MINE)}):
            pass
        self.tried += 1
        left = int(app.run(f"SELECT count(*) FROM {self.names.table(table)}").scalar)
        if left:
            yield f"a pooled connection still sees {left} rows of {table.name} after its transaction"

    def _attempt(self, connection: Connection, sql: str, params: dict[str, object]) -> int | Rejected:
        self.tried += 1
        self._note(sql)
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
    Defect("the tenant policy is gone", "reads a row of another", up=_without(r"CREATE POLICY tasks_tenant.*?;")),
    Defect(
        "the policy that lets rows through is gone", "sees 0 of its own", up=_without(r"CREATE POLICY tasks_access.*?;")
    ),
    Defect("FORCE is gone", "owner, as tenant 1, reads", up=_without(r"ALTER TABLE tasks FORCE[^;]*;")),
    Defect("row-level security is off", "reads a row", up=_without(r"ALTER TABLE users ENABLE[^;]*;")),
    Defect("writes are not checked", "adds a row for", up=_writes_unchecked),
    Defect("no tenant means the first one", "with no tenant set, sees", up=_first_tenant),
)
