"""Run the corpus as foreign SQL in scratch databases: it may destroy its own database, and nothing else changes."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from escapes import MARK, corpus, files_left
from usable_engines import usable

from langgraph_dba.database.engines import Role, Scratch
from langgraph_dba.database.engines.time_limit import budget
from langgraph_dba.errors import DbaError

TABLES = """
CREATE TABLE account (id INTEGER PRIMARY KEY, owner VARCHAR(20), balance INTEGER);
CREATE TABLE entry (id INTEGER PRIMARY KEY, account_id INTEGER);
CREATE TABLE audit (note VARCHAR(20));
INSERT INTO account VALUES (1, 'a', 10), (2, 'b', 20);
"""
# Statements against the server outside of the own database; {other} is another scratch database.
OUTSIDE = {
    "postgresql": [
        "ALTER ROLE CURRENT_USER PASSWORD 'x'",
        "ALTER ROLE CURRENT_USER SET work_mem = '64GB'",
        "ALTER ROLE CURRENT_USER SET default_transaction_read_only = on",
        "ALTER ROLE CURRENT_USER IN DATABASE {other} SET work_mem = '1GB'",
        "ALTER ROLE CURRENT_USER CONNECTION LIMIT 0",
        "ALTER ROLE CURRENT_USER VALID UNTIL '2000-01-01'",
        "ALTER DATABASE {other} SET work_mem = '64GB'",
        "ALTER DATABASE {other} CONNECTION LIMIT 0",
        "ALTER DATABASE {other} RENAME TO dba_escape",
        "DROP DATABASE {other} WITH (FORCE)",
        "GRANT CONNECT ON DATABASE {other} TO PUBLIC",
        "REVOKE CONNECT ON DATABASE {other} FROM app_user",
        "CREATE DATABASE dba_escape",
        "CREATE ROLE dba_escape",
        "GRANT pg_execute_server_program TO CURRENT_USER",
        "CREATE TABLESPACE dba_escape LOCATION '/tmp'",
        "CREATE EXTENSION dblink",
        "CREATE EXTENSION postgres_fdw",
        "CREATE EXTENSION file_fdw",
        "CREATE EXTENSION adminpack",
        "CREATE FUNCTION dba_escape() RETURNS int LANGUAGE c AS '/lib/x86_64-linux-gnu/libc.so.6', 'system'",
        "CREATE SUBSCRIPTION dba_escape CONNECTION 'dbname=postgres' PUBLICATION p",
        "CREATE EVENT TRIGGER dba_escape ON ddl_command_end EXECUTE FUNCTION f()",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{other}'",
    ],
    "mariadb": [
        "SET PASSWORD FOR root@localhost = PASSWORD('x')",
        "DROP DATABASE {other}",
        "CREATE TABLE {other}.dba_escape (n INT)",
        "DELETE FROM {other}.account",
        "SELECT * FROM mysql.global_priv",
        "GRANT ALL ON *.* TO CURRENT_USER()",
        "CREATE DATABASE dba_escape",
        "SET GLOBAL max_statement_time = 1",
        "SELECT SLEEP(0) INTO OUTFILE '/tmp/dba_escape_scratch'",
        "KILL (SELECT id FROM information_schema.processlist WHERE user = 'root' LIMIT 1)",
    ],
}
STATE = {
    "postgresql": """
      SELECT (SELECT md5(string_agg(a::text, '|' ORDER BY oid)) FROM pg_authid a),
             (SELECT count(*) FROM pg_db_role_setting),
             (SELECT string_agg(d::text, '|' ORDER BY oid) FROM
               (SELECT oid, datname, datdba, datacl, datconnlimit FROM pg_database WHERE datname <> '{own}') d),
             (SELECT md5(string_agg(m::text, '|' ORDER BY m::text)) FROM pg_auth_members m),
             (SELECT count(*) FROM pg_tablespace), (SELECT count(*) FROM pg_subscription),
             (SELECT count(*) FROM pg_replication_slots), (SELECT count(*) FROM pg_prepared_xacts),
             pg_conf_load_time()::text, (SELECT md5(string_agg(a::text, '|' ORDER BY id)) FROM account a)
    """,
    "mariadb": """
      SELECT (SELECT MD5(GROUP_CONCAT(user, host, priv ORDER BY user)) FROM mysql.global_priv
               WHERE user NOT LIKE '{own}%'),
             (SELECT MD5(GROUP_CONCAT(schema_name ORDER BY 1)) FROM information_schema.schemata),
             (SELECT MD5(GROUP_CONCAT(variable_name, variable_value ORDER BY 1)) FROM
               information_schema.global_variables WHERE variable_name NOT LIKE 'gtid%'),
             (SELECT COUNT(*) FROM mysql.plugin), (SELECT COUNT(*) FROM mysql.func),
             (SELECT COUNT(*) FROM mysql.servers), (SELECT COUNT(*) FROM information_schema.innodb_trx),
             (SELECT MD5(GROUP_CONCAT(id, owner, balance ORDER BY id)) FROM account),
             IS_USED_LOCK('nobody')
    """,
}


def _run(scratch: Scratch, role: Role, sql: str) -> None:
    # as one statement, and as a script, which may contain several
    for way in ("run", "script"):
        with suppress(DbaError), scratch.connect(role) as connection, budget(0.5):
            getattr(connection, way)(sql)


@pytest.mark.heavy
@pytest.mark.parametrize("role", ["owner", "app"])
@pytest.mark.parametrize("name", ["postgresql", "mariadb"])
def test_foreign_sql_changes_nothing_outside_its_database(name: str, role: Role) -> None:
    engine = usable(name)
    changes: list[tuple[str, object, object]] = []
    with engine.scratch(TABLES) as own, engine.scratch(TABLES) as other, other.connect("superuser") as observer:
        names = {}
        for key, scratch in (("own", own), ("other", other)):
            with scratch.connect("superuser") as link:
                called = "current_database()" if name == "postgresql" else "database()"
                names[key] = str(link.run(f"SELECT {called}").scalar)
        for sql in _statements(name, names["other"]):
            before = observer.run(STATE[name].format(**names)).rows
            _run(own, role, sql)
            if name == "postgresql":  # other databases share the role: it must still log in with its former settings
                with own.connect(role) as again:
                    assert again.run("SELECT 1").scalar == 1
            after = observer.run(STATE[name].format(**names)).rows
            if before != after or files_left():
                changes.append((sql, before, (after, files_left())))

    assert changes == []


def _statements(name: str, other: str) -> Iterator[str]:
    statements = [sql.format(other=other) for sql in OUTSIDE[name]]
    for attempt in corpus(name).attempts:
        if not attempt.limit:
            statements += [";\n".join(attempt.steps), *attempt.steps]
    # last, because each MariaDB login has one database: after changing its password it cannot connect again
    yield from sorted(
        dict.fromkeys(statements), key=lambda sql: name == "mariadb" and ("PASSWORD" in sql or "IDENT" in sql)
    )


def test_foreign_sql_opens_no_other_file_of_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(sqlite3.connect(tmp_path / "other.db")) as link:
        link.executescript(TABLES)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    with usable("sqlite").scratch(TABLES) as scratch:
        for sql in (
            "ATTACH 'other.db' AS o",
            "ATTACH 'file:other.db?mode=rw' AS o",
            f"VACUUM INTO '{MARK}.db'",
            "PRAGMA temp_store_directory = '.'",
            *(step for attempt in corpus("sqlite").attempts if not attempt.limit for step in attempt.steps),
        ):
            _run(scratch, "owner", sql)

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert files_left() == ()
