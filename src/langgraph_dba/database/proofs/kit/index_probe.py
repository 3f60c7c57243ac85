"""What the proofs of indexes share: a filled database, the reader that the application would be, and an index's reads.

Where tenants are kept apart by policies the reads run as the application's role: a policy's condition comes first, and
an index that serves a superuser may be of no use behind it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from langgraph_dba.database.data.generator import Profile, generate
from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Connection, Fill, Plan, Scratch
from langgraph_dba.database.model.schema import Table
from langgraph_dba.database.proofs.kit.subject import Subject

ROWS = 5_000
TENANT = 1
_USUAL = Profile(rows=ROWS, null_share=0.05)


@contextmanager
def filled(subject: Subject, profile: Profile = _USUAL) -> Iterator[tuple[Scratch, Connection]]:
    """Make the subject's statements and fill every table; all proofs that fill a subject alike share the template."""

    def load(connection: Connection) -> None:
        generate(connection, subject.schema, subject.traits, profile)
        connection.analyze()

    fill = Fill(f"{subject.digest} {profile.model_dump_json()}", load)
    opened = subject.engine.scratch(subject.ddl.up, app_role=subject.schema.app_role, fill=fill)
    with opened as scratch, scratch.connect("superuser") as connection:
        yield scratch, connection


@contextmanager
def reader(subject: Subject, scratch: Scratch) -> Iterator[Connection]:
    """Open the connection that the application would read with, as the first tenant where there are tenants."""
    isolation = subject.schema.isolation
    guarded = isolation is not None and isolation.model == "shared-schema" and subject.traits.row_level_security
    with scratch.connect("app" if guarded else "owner") as connection:
        if guarded and isolation:
            with connection.transaction({isolation.setting: str(TENANT)}):
                yield connection
        else:
            yield connection


@dataclass(frozen=True, slots=True)
class Read:
    """A statement that an index is made for, with its parameters; `what` names it for a person."""

    what: str
    sql: str
    params: Mapping[str, Any]

    def plan(self, connection: Connection, *, run: bool = False, few_rows: bool = False) -> Plan:
        """Return its plan; run, it has actual rows and pages."""
        return connection.explain(self.sql, self.params, run=run, few_rows=few_rows)


def example(
    names: Names, connection: Connection, table: Table, columns: tuple[str, ...], where: str = ""
) -> Mapping[str, Any]:
    """Return the values that a row in the middle of the first tenant's has in these columns, none of them missing."""
    conditions = [f"{names.column(table, column)} IS NOT NULL" for column in columns] + ([where] if where else [])
    conditions += [f"{names.column(table, table.tenant_column)} = {TENANT}"] if table.tenant_column else []
    rest = f"FROM {names.table(table)} WHERE {' AND '.join(conditions)}"
    count = int(connection.run(f"SELECT count(*) {rest}").scalar)
    key = names.columns(table, table.primary_key or columns)
    found = connection.run(f"SELECT {names.columns(table, columns)} {rest} ORDER BY {key} LIMIT 1 OFFSET {count // 2}")
    return dict(zip(columns, found.rows[0], strict=True)) if found.rows else {}


def by_columns(
    names: Names,
    connection: Connection,
    table: Table,
    columns: tuple[str, ...],
    *,
    give: tuple[str, ...] = (),
    ordered: bool = False,
    where: str = "",
) -> Read | None:
    """Return the read that looks an example up by all these columns; None where no row has them all.

    `give` are the columns it returns (all without), `ordered` opens the last one: from its value on, sorted by it;
    `where` is a further condition.
    """
    values = example(names, connection, table, columns, where)
    if not values:
        return None
    last = columns[-1]
    tests = [
        f"{names.column(table, column)} {'>=' if ordered and column == last else '='} :{column}" for column in columns
    ]
    tests += [where] if where else []
    sql = f"SELECT {names.columns(table, give) or '*'} FROM {names.table(table)} WHERE {' AND '.join(tests)}"
    sql += f" ORDER BY {names.column(table, last)} LIMIT 50" if ordered else ""
    return Read(f"{table.name} by {', '.join(columns)}", sql, values)
