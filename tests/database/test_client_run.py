"""What a client runs in another way than the scratch database is refuted, with its line."""

import pytest
from sql_edits import Edit, appended, replaced

from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.proofs import catalogue_as_declared
from langgraph_dba.database.proofs.kit.specimen import specimen_for
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.database.statements import split


def _failures(engine: Engine, edit: Edit) -> tuple[str, ...]:
    schema = specimen_for(engine.traits)
    return catalogue_as_declared.run(Subject(schema, Ddl(edit(render(schema, engine.traits).up), ""), engine)).failures


def _before(statements: str) -> Edit:
    return lambda text: f"{statements}\n{text}"


def _within(first: str, last: str) -> Edit:
    return lambda text: f"{first}\n{text}\n{last}\n"


_TEAMS = "CREATE TABLE teams"
_NO_COMMIT = "the transaction that begins here is not committed: a client loses what follows"
SOUND = {
    "sqlite": {
        "a whole transaction": _within("BEGIN IMMEDIATE;", "END TRANSACTION;"),
        "two transactions": lambda text: replaced(_TEAMS, f"COMMIT; BEGIN; {_TEAMS}")(f"BEGIN;\n{text}\nCOMMIT;\n"),
        "a savepoint as a transaction": _within("SAVEPOINT a; SAVEPOINT b; RELEASE b;", "RELEASE SAVEPOINT a;"),
        "a savepoint in a transaction": _within("BEGIN; SAVEPOINT a;", "RELEASE a; COMMIT;"),
        "a pragma": _before("PRAGMA foreign_keys = ON;"),
        "an empty transaction": appended("BEGIN;"),
    },
    "postgresql": {
        "a whole transaction": _within("START TRANSACTION ISOLATION LEVEL SERIALIZABLE;", "COMMIT WORK;"),
        "a savepoint in a transaction": _within("BEGIN; SAVEPOINT a;", "RELEASE SAVEPOINT a; END;"),
        "a setting in a transaction": _within("BEGIN; SET LOCAL work_mem = '64MB';", "COMMIT;"),
        "limits of a migration": _before("SET lock_timeout = '5s'; SET statement_timeout = 0; SET work_mem = '64MB';"),
        "the settings of pg_dump": _before(
            "SET client_encoding = 'UTF8'; SET standard_conforming_strings = on; SET row_security = off;"
        ),
        "an encoding of ASCII": _before("SET client_encoding = 'LATIN1';"),
        "an empty transaction": appended("BEGIN;"),
    },
    "mariadb": {
        "a transaction of DDL, which commits": _before("BEGIN;"),
        "a delimiter": _before("DELIMITER //\nCREATE PROCEDURE p() SELECT 1//\nDROP PROCEDURE p//\nDELIMITER ;"),
    },
}  # fmt: skip
UNSOUND = {
    "sqlite": {
        "a transaction without COMMIT": (replaced(_TEAMS, f"BEGIN;\n{_TEAMS}"), _NO_COMMIT),
        "a savepoint without RELEASE": (replaced(_TEAMS, f"SAVEPOINT a;\n{_TEAMS}"), _NO_COMMIT),
        "ROLLBACK": (appended("ROLLBACK;"), "rollback undoes other statements in a client"),
    },
    "postgresql": {
        "a transaction without COMMIT": (replaced(_TEAMS, f"BEGIN;\n{_TEAMS}"), _NO_COMMIT),
        "a transaction after another": (
            lambda text: replaced(_TEAMS, f"COMMIT; BEGIN;\n{_TEAMS}")(f"BEGIN;\n{text}"), _NO_COMMIT,
        ),
        "a table behind ROLLBACK": (
            _before("CREATE TABLE more (id int); ROLLBACK;"), "line 1: rollback undoes other statements in a client",
        ),
        "a savepoint of nothing": (_before("SAVEPOINT a;"), "line 1: savepoint a fails in a client"),
        "a local setting of nothing": (
            _before("SET LOCAL work_mem = '64MB';"),
            "line 1: set local work_mem = '64MB' has no effect in a client, because no transaction is open",
        ),
        "no writes": (_before("SET default_transaction_read_only = on;"), "line 1: set default_transaction_read_only"),
        "no writes in a session": (
            _before("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY;"), "line 1: set session characteristics",
        ),
        "backslashes in texts": (
            _within("SET standard_conforming_strings = off;", "COMMENT ON TABLE tasks IS 'a\\\\b';"),
            "line 1: set standard_conforming_strings = off changes how a client runs the statements after it",
        ),
    },
    "mariadb": {
        "a transaction of rows": (appended("BEGIN; INSERT INTO regions (name) VALUES ('x');"), "insert 1 rows"),
        "another file": (_before("source other.sql"), "line 1: source other.sql is a command of the client"),
    },
}  # fmt: skip


@pytest.mark.parametrize(("engine", "edit"), [(e, n) for e, edits in SOUND.items() for n in edits], indirect=["engine"])
def test_a_script_that_a_client_runs_alike_stays_supported(engine: Engine, edit: str) -> None:
    assert _failures(engine, SOUND[engine.traits.name][edit]) == ()


@pytest.mark.parametrize(
    ("engine", "edit"), [(e, n) for e, edits in UNSOUND.items() for n in edits], indirect=["engine"]
)
def test_a_statement_that_a_client_runs_in_another_way_is_refuted(engine: Engine, edit: str) -> None:
    change, line = UNSOUND[engine.traits.name][edit]

    found = _failures(engine, change)

    assert any(line in one for one in found), found


def test_the_line_is_that_of_the_file(sqlite: Engine) -> None:
    up = render(specimen_for(sqlite.traits), sqlite.traits).up
    number = up[: up.index(_TEAMS)].count("\n") + 1

    (line,) = _failures(sqlite, replaced(_TEAMS, f"BEGIN;\n{_TEAMS}"))

    assert line.startswith(f"line {number}: ")


def test_a_client_creates_the_tables_in_their_schema(postgresql: Engine) -> None:
    """`psql -f` commits each statement by itself, so a local setting ends at once."""
    ddl = render(specimen_for(postgresql.traits).model_copy(update={"namespace": "sales"}), postgresql.traits)

    with postgresql.scratch() as scratch, scratch.connect("superuser") as connection:
        for statement in split(ddl.up, "postgresql"):
            connection.run(statement.text)
        where = connection.run("SELECT DISTINCT schemaname FROM pg_tables WHERE tablename IN ('tasks', 'users')").rows
        for statement in split(ddl.down, "postgresql"):
            connection.run(statement.text)

        assert where == (("sales",),)
        assert connection.run("SELECT count(*) FROM pg_tables WHERE tablename = 'tasks'").scalar == 0
