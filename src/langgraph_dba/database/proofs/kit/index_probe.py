"""Fixtures of the index proofs: a database with generated rows, the application's connection, and reads of an index.

With row-level security the reads run as the application's role: the engine checks the policies first, and then it may
not use an index that it uses for a superuser.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from langgraph_dba.database.data.generator import Profile, generate
from langgraph_dba.database.data.parent_rows import fill_of
from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Connection, Fill, Plan, Scratch
from langgraph_dba.database.model.schema import Index, Table
from langgraph_dba.database.proofs.kit.subject import Subject

ROWS = 5_000
# With NULLs, because partial indexes of the specimen and of users select the rows where a column is NULL.
_DEFAULT = Profile(rows=ROWS, null_share=0.05)


@contextmanager
def filled_database(subject: Subject, profile: Profile = _DEFAULT) -> Iterator[tuple[Scratch, Connection]]:
    """Create the schema of the subject, fill every table with generated rows and update the statistics."""
    parents = fill_of(subject.setup)

    def load(connection: Connection) -> None:
        if parents:
            parents.load(connection)
        generate(connection, subject.schema, subject.traits, profile)
        connection.analyze()

    # The engine keeps the filled database as a template under this key: proofs with the same profile copy it.
    fill = Fill(f"{subject.digest} {profile.model_dump_json()}", load)
    database = subject.engine.scratch(subject.ddl.up, app_role=subject.schema.app_role, fill=fill)
    with database as scratch, scratch.connect("superuser") as connection:
        yield scratch, connection


@contextmanager
def app_connection(subject: Subject, scratch: Scratch) -> Iterator[Connection]:
    """Open a connection with the rights of the application, as the first tenant if row-level security applies."""
    isolation = subject.schema.isolation
    has_policies = isolation is not None and isolation.model == "shared-schema" and subject.traits.row_level_security
    # without policies all roles get the same plan
    with scratch.connect("app" if has_policies else "owner") as connection:
        if has_policies and isolation:
            with connection.transaction(subject.schema.tenant_setting(_tenant_of_app(subject, scratch))):
                yield connection
        else:
            yield connection


def _tenant_of_app(subject: Subject, scratch: Scratch) -> str:
    """Return the first tenant as text: the one whose rows `example_values` returns."""
    owned = [table for table in subject.schema.tables if table.tenant_column]
    with scratch.connect("superuser") as connection:  # without a tenant, the application sees no row
        found = (_first_tenant(subject.names, connection, table) for table in owned)
        return str(next((value for value in found if value is not None), ""))


def _first_tenant(names: Names, connection: Connection, table: Table) -> Any:
    """Return the smallest value of the tenant column of a table, in the order of the engine; None without rows.

    It is the same in each table, because each tenant has rows in each.
    """
    column = names.column(table, table.tenant_column or "")
    # not min(): PostgreSQL has none for uuid before version 18
    return connection.run(f"SELECT {column} FROM {names.table(table)} ORDER BY {column} LIMIT 1").scalar


@dataclass(frozen=True, slots=True)
class IndexRead:
    """A statement that an index should serve, with its parameters; `label` describes it in messages."""

    label: str
    sql: str
    params: Mapping[str, Any]

    def plan(self, connection: Connection, *, run: bool = False, few_rows: bool = False) -> Plan:
        """Return the plan of the statement; with `run` it includes actual rows and pages."""
        return connection.explain(self.sql, self.params, run=run, few_rows=few_rows)


def predicate_columns(table: Table, index: Index) -> tuple[str, ...]:
    """Return the columns of an index that its predicate names."""
    names = {column: re.escape(table.column(column).sql_name) for column in index.columns}
    return tuple(one for one, name in names.items() if re.search(rf"\b{name}\b", index.where, re.IGNORECASE))


def example_values(
    names: Names, connection: Connection, table: Table, columns: tuple[str, ...], where: str = ""
) -> Mapping[str, Any]:
    """Return values of these columns from one row of the first tenant, none of them NULL; empty if there is no row."""
    conditions = [f"{names.column(table, column)} IS NOT NULL" for column in columns] + ([where] if where else [])
    params = {"first_tenant": _first_tenant(names, connection, table)} if table.tenant_column else {}
    conditions += [f"{names.column(table, table.tenant_column)} = :first_tenant"] if table.tenant_column else []
    rest = f"FROM {names.table(table)} WHERE {' AND '.join(conditions)}"
    count = int(connection.run(f"SELECT count(*) {rest}", params).scalar)
    key = names.columns(table, table.primary_key or columns)
    # the middle row, in a stable order: each run measures the same read, and not one at the edge of the index
    query = f"SELECT {names.columns(table, columns)} {rest} ORDER BY {key} LIMIT 1 OFFSET {count // 2}"
    row = connection.run(query, params)
    return dict(zip(columns, row.rows[0], strict=True)) if row.rows else {}


def lookup_by_columns(
    names: Names,
    connection: Connection,
    table: Table,
    columns: tuple[str, ...],
    *,
    select: tuple[str, ...] = (),
    ordered: bool = False,
    where: str = "",
) -> IndexRead | None:
    """Return a read with equality on all these columns; None if no row has a value in each of them.

    `select` lists the returned columns (all if empty); with `ordered` the last column is a range with a lower bound,
    sorted by that column, 50 rows at most; `where` is an additional condition.
    """
    values = example_values(names, connection, table, columns, where)
    if not values:
        return None
    last = columns[-1]
    tests = [
        f"{names.column(table, column)} {'>=' if ordered and column == last else '='} :{column}" for column in columns
    ]
    tests += [where] if where else []
    sql = f"SELECT {names.columns(table, select) or '*'} FROM {names.table(table)} WHERE {' AND '.join(tests)}"
    sql += f" ORDER BY {names.column(table, last)} LIMIT 50" if ordered else ""
    return IndexRead(f"{table.name} by {', '.join(columns)}", sql, values)
