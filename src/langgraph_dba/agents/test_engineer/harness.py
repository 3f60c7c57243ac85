"""Make a database from the schema's statements, fill it with sample rows, and let each test break one rule.

SQLite needs nothing. PostgreSQL and MariaDB need an empty database that may be filled:

    export SCHEMA_OWNER_URL=postgresql+psycopg://owner:…@host/empty
    export SCHEMA_APP_URL=postgresql+psycopg://app_user:…@host/empty
"""

import importlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa

Step = tuple[str, Mapping[str, Any]]
_HERE = Path(__file__).parent
_MULTI_STATEMENTS = 1 << 16
_KINDS = {
    "23505": "unique",
    "23503": "foreign-key",
    "23001": "foreign-key",
    "23514": "check",
    "23502": "not-null",
    "1062": "unique",
    "1451": "foreign-key",
    "1452": "foreign-key",
    "4025": "check",
    "1048": "not-null",
    "1142": "permission",
    "1644": "trigger",
    "42501": "permission",
    "SQLITE_CONSTRAINT_UNIQUE": "unique",
    "SQLITE_CONSTRAINT_PRIMARYKEY": "unique",
    "SQLITE_CONSTRAINT_ROWID": "unique",
    "SQLITE_CONSTRAINT_FOREIGNKEY": "foreign-key",
    "SQLITE_CONSTRAINT_TRIGGER": "foreign-key",
    "SQLITE_CONSTRAINT_CHECK": "check",
    "SQLITE_CONSTRAINT_NOTNULL": "not-null",
}


class Database:
    """A filled database; every experiment is rolled back."""

    def __init__(self, link: sa.Connection, rows: ModuleType) -> None:
        self._link, self._setting = link, rows.SETTING

    def refuses(self, rule: str, *steps: Step, kind: str, tenant: int = 1) -> None:
        """Fail unless a rule of this kind refuses the last step."""
        refusal: sa.exc.DBAPIError | None = None
        try:
            self._run(steps, tenant=tenant)
        except sa.exc.DBAPIError as spoken:
            refusal = spoken
        assert refusal is not None, f"not enforced: {rule}"
        assert _kind(refusal) == kind, f"{rule} was expected to speak, but: {refusal.orig}"

    def answers(self, rule: str, *steps: Step, number: int, tenant: int = 1) -> None:
        """Fail unless the last step returns this number."""
        answer = self._run(steps, tenant=tenant)
        assert answer == number, f"not enforced: {rule} (found {answer}, not {number})"

    def touches(self, rule: str, sql: str) -> None:
        """Fail if a statement affects any row."""
        count = self._run([(sql, {})], counting=True)
        assert count == 0, f"not enforced: {rule} ({count} rows)"

    def _run(self, steps: Sequence[Step], *, counting: bool = False, tenant: int = 1) -> Any:
        with self._link.begin() as transaction:
            try:
                # for this transaction only: a pooled connection must not keep the tenant
                if self._setting:
                    setting = {"name": self._setting, "tenant": str(tenant)}
                    self._link.execute(sa.text("SELECT set_config(:name, :tenant, true)"), setting)
                for sql, params in steps:
                    result = self._link.execute(sa.text(sql), params)
                return result.rowcount if counting else result.scalar() if result.returns_rows else None
            finally:
                transaction.rollback()


def _kind(refusal: sa.exc.DBAPIError) -> str:
    # MariaDB has one SQLSTATE for several kinds of rule; its error numbers differ
    codes = [*getattr(refusal.orig, "args", ())[:1]]
    codes += [getattr(refusal.orig, name, "") for name in ("sqlstate", "sqlite_errorname")]
    # SQLite has one code for a trigger of the schema and for its own trigger of a RESTRICT
    if codes[-1] == "SQLITE_CONSTRAINT_TRIGGER" and str(refusal.orig) != "FOREIGN KEY constraint failed":
        return "trigger"
    return next((_KINDS[str(code)] for code in codes if str(code) in _KINDS), f"none of ours {codes}")


@pytest.fixture(scope="module")
def rows(request: pytest.FixtureRequest) -> ModuleType:
    """Return the sample rows of the module's engine."""
    return importlib.import_module(f"rows_{request.module.ENGINE}")


@pytest.fixture(scope="module")
def owner_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the URL of the database to create the schema in."""
    engine = request.module.ENGINE
    url = os.environ.get("SCHEMA_OWNER_URL", "")
    if url.startswith(engine):
        return url
    if engine != "sqlite":
        pytest.skip(f"SCHEMA_OWNER_URL names no empty database of {engine}")
    return f"sqlite:///{tmp_path_factory.mktemp('schema') / 'schema.db'}"


@pytest.fixture(scope="module")
def database(request: pytest.FixtureRequest, owner_url: str, rows: ModuleType) -> Iterator[Database]:
    """Yield the filled database with a connection of its owner."""
    engine = request.module.ENGINE
    statements = Path(os.environ.get("SCHEMA_SQL", _HERE.parent / f"schema.{engine}.sql"))
    _make(owner_url, statements.read_text(encoding="utf-8"))
    opened = sa.create_engine(owner_url)
    if engine == "sqlite":  # it checks no foreign key unless a connection asks for it
        sa.event.listen(opened, "connect", lambda link, _: link.execute("PRAGMA foreign_keys=ON"))
    with opened.connect() as link:
        _fill(link, rows)
        yield Database(link, rows)
    opened.dispose()


@pytest.fixture(scope="module")
def app(database: Database, rows: ModuleType) -> Iterator[Database]:
    """Yield the same database with the application's login."""
    del database  # the fixture creates and fills it
    url = os.environ.get("SCHEMA_APP_URL", "")
    if not url:
        pytest.skip("SCHEMA_APP_URL names no login of the application")
    opened = sa.create_engine(url)
    with opened.connect() as link:
        yield Database(link, rows)
    opened.dispose()


def _make(url: str, statements: str) -> None:
    # MariaDB takes many statements at once only from a connection that asks for it
    many = {"client_flag": _MULTI_STATEMENTS} if url.startswith("mariadb") else {}
    engine = sa.create_engine(url, connect_args=many)
    with engine.begin() as link:
        if link.dialect.name == "sqlite":  # its driver has a method of its own for many statements
            link.connection.executescript(statements)
        else:
            # directly to the driver: with parameters, even none, it would read a `%` in a text as a placeholder
            cursor = link.connection.cursor()
            cursor.execute(statements)
            while cursor.nextset():
                pass
    engine.dispose()


def _fill(link: sa.Connection, rows: ModuleType) -> None:
    with link.begin():
        for tenant, table, row in rows.ROWS:
            if rows.SETTING:
                setting = {"name": rows.SETTING, "tenant": str(tenant)}
                link.execute(sa.text("SELECT set_config(:name, :tenant, true)"), setting)
            link.execute(sa.table(table, *map(sa.column, row)).insert(), row)
