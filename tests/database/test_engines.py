"""One suite for every engine; what an engine cannot do is asked of its traits, never skipped in silence."""

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from langgraph_dba.database.engines import ENGINES, Engine, Rejected, Result, difference, engines_for, open_engine
from langgraph_dba.errors import EngineError, EngineUnavailable, InputError

DDL = """
CREATE TABLE shelf (id INTEGER PRIMARY KEY, name TEXT NOT NULL, CONSTRAINT shelf_name UNIQUE (name));
CREATE TABLE book (
  id INTEGER PRIMARY KEY, shelf_id INTEGER NOT NULL, pages INTEGER,
  CONSTRAINT book_shelf FOREIGN KEY (shelf_id) REFERENCES shelf (id) ON DELETE RESTRICT,
  CONSTRAINT book_pages CHECK (pages > 0)
);
CREATE INDEX book_shelf_idx ON book (shelf_id);
"""
FILLED = DDL + "INSERT INTO shelf VALUES (1, 'a'); INSERT INTO book VALUES (1, 1, 10);"


def test_a_statement_with_named_parameters_gives_rows_and_column_names(engine: Engine) -> None:
    with engine.scratch(FILLED) as scratch, scratch.connect() as connection:
        found = connection.run("SELECT name, id FROM shelf WHERE id = :id", {"id": 1})

    assert found == Result((("a", 1),), ("name", "id"), found.touched)


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("INSERT INTO shelf VALUES (2, 'a')", "unique"),
        ("INSERT INTO shelf VALUES (1, 'b')", "unique"),
        ("INSERT INTO shelf VALUES (2, NULL)", "not-null"),
        ("INSERT INTO book VALUES (2, 99, 1)", "foreign-key"),
        ("DELETE FROM shelf", "foreign-key"),
        ("INSERT INTO book VALUES (2, 1, -1)", "check"),
        ("SELECT * FROM nowhere", "missing"),
        ("SELEC 1", "syntax"),
    ],
)
def test_a_refusal_says_which_kind_of_rule_spoke(engine: Engine, statement: str, kind: str) -> None:
    with engine.scratch(FILLED) as scratch, scratch.connect() as connection:
        answer = connection.attempt((statement, {}))

    assert isinstance(answer, Rejected)
    assert answer.kind == kind


def test_an_attempt_leaves_nothing_behind(engine: Engine) -> None:
    with engine.scratch(FILLED) as scratch, scratch.connect() as connection:
        inside = connection.attempt(("DELETE FROM book", {}), ("SELECT count(*) FROM book", {}))
        outside = connection.run("SELECT count(*) FROM book").scalar

    assert isinstance(inside, Result)
    assert (inside.scalar, outside) == (0, 1)


def test_a_script_that_fails_half_way_changes_nothing(engine: Engine) -> None:
    with engine.scratch(FILLED) as scratch, scratch.connect() as connection:
        with pytest.raises(Rejected):
            connection.script("INSERT INTO shelf VALUES (2, 'b'); INSERT INTO shelf VALUES (3, 'b');")

        assert connection.run("SELECT count(*) FROM shelf").scalar == 1


def test_a_transaction_that_raises_is_rolled_back(engine: Engine) -> None:
    with engine.scratch(FILLED) as scratch, scratch.connect() as connection:
        with pytest.raises(ZeroDivisionError), connection.transaction():
            connection.run("DELETE FROM book")
            raise ZeroDivisionError

        assert connection.run("SELECT count(*) FROM book").scalar == 1


def test_scratch_databases_know_nothing_of_each_other(engine: Engine) -> None:
    with engine.scratch(FILLED) as first, engine.scratch(FILLED) as second:
        with first.connect() as connection:
            connection.run("DELETE FROM book")
        with second.connect() as connection:
            assert connection.run("SELECT count(*) FROM book").scalar == 1


def test_statements_that_do_not_run_are_rejected_and_leave_the_engine_usable(engine: Engine) -> None:
    with pytest.raises(Rejected), engine.scratch("CREATE TABLE broken (id INTEGER, id INTEGER);"):
        pass
    with engine.scratch(DDL) as scratch, scratch.connect() as connection:
        assert connection.run("SELECT count(*) FROM book").scalar == 0


@pytest.mark.parametrize(
    "change",
    [
        "CREATE UNIQUE INDEX further ON book (shelf_id, pages);",
        "CREATE INDEX further ON book (pages);",
        "CREATE TABLE further (id INTEGER);",
        "CREATE VIEW further AS SELECT id FROM book;",
    ],
)
def test_the_catalogue_shows_every_change(engine: Engine, change: str) -> None:
    with engine.scratch(DDL) as scratch, scratch.connect() as connection:
        before = connection.catalogue()
        assert difference(before, connection.catalogue()) == ()

        connection.script(change)

        assert difference(before, connection.catalogue())


def test_the_catalogue_tells_a_changed_check_and_delete_action(engine: Engine) -> None:
    changed = DDL.replace("pages > 0", "pages > 1").replace("RESTRICT", "CASCADE")

    with engine.scratch(DDL) as one, engine.scratch(changed) as other:
        with one.connect() as here, other.connect() as there:
            lines = difference(here.catalogue(), there.catalogue())

    assert any("book_pages" in line for line in lines)
    assert any("ascade" in line.lower() for line in lines)


def test_work_and_search_tell_an_index_from_a_full_read(engine: Engine) -> None:
    with engine.scratch(DDL) as scratch, scratch.connect() as connection:
        connection.load("shelf", ["id", "name"], [(n, str(n)) for n in range(5000)])
        connection.load("book", ["id", "shelf_id", "pages"], [(n, n, 1 + n) for n in range(5000)])
        connection.analyze()
        by_index, by_reading = "SELECT id FROM book WHERE shelf_id = :n", "SELECT id FROM book WHERE pages = :n"

        assert connection.explain(by_index, {"n": 7}).searched_columns == {"shelf_id"}
        assert connection.explain(by_reading, {"n": 7}).searched_columns == frozenset()
        assert connection.work(by_index, {"n": 7}) * 3 < connection.work(by_reading, {"n": 7})


def test_an_unknown_engine_is_an_input_error() -> None:
    with pytest.raises(InputError, match=r"there is no engine 'oracle'.*sqlite"):
        open_engine("oracle")


def test_engines_are_shared_within_a_process() -> None:
    assert engines_for(ENGINES) == engines_for(ENGINES)


def test_sqlite_says_that_it_has_no_roles(sqlite: Engine) -> None:
    with (
        sqlite.scratch() as scratch,
        pytest.raises(EngineError, match="no roles"),
        scratch.connect("app"),
    ):
        pass


@pytest.mark.parametrize(
    "statement",
    ["ATTACH DATABASE 'beside.db' AS beside", "VACUUM INTO 'beside.db'", "COMMIT; ATTACH 'beside.db' AS b"],
)
def test_a_script_reaches_no_other_file(
    sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    monkeypatch.chdir(tmp_path)

    with sqlite.scratch() as scratch, scratch.connect() as connection, pytest.raises(Rejected):
        connection.script(f"{statement};")

    assert not list(tmp_path.iterdir())


def test_a_script_that_ends_its_own_transaction_is_no_accident(engine: Engine) -> None:
    with engine.scratch(DDL + "COMMIT;") as scratch, scratch.connect() as connection:
        assert connection.run("SELECT count(*) FROM book").scalar == 0


class TestPostgresql:
    """What only a server with roles can show."""

    def test_the_owner_is_a_restricted_role(self, postgresql: Engine) -> None:
        with postgresql.scratch() as scratch, scratch.connect("owner") as owner:
            rights = "rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication"
            row = owner.run(f"SELECT {rights} FROM pg_roles WHERE rolname = current_user").rows[0]

        assert row == (False,) * 5

    def test_the_owner_cannot_enter_other_databases(self, postgresql: Engine) -> None:
        with postgresql.scratch() as scratch, scratch.connect("owner") as owner:
            query = "SELECT count(*) FROM pg_database WHERE datallowconn AND has_database_privilege(datname, 'CONNECT')"
            others = owner.run(query + " AND datname IN ('postgres', 'template1')").scalar

        assert others == 0

    def test_a_second_statement_behind_a_semicolon_is_refused(self, postgresql: Engine) -> None:
        with postgresql.scratch(FILLED) as scratch, scratch.connect() as connection:
            with pytest.raises(Rejected, match="multiple commands"):
                connection.run("SELECT 1; DELETE FROM book")

            assert connection.run("SELECT count(*) FROM book").scalar == 1

    def test_a_setting_lasts_for_its_transaction(self, postgresql: Engine) -> None:
        with postgresql.scratch() as scratch, scratch.connect() as connection:
            with connection.transaction({"app.tenant_id": "7"}):
                inside = connection.run("SELECT current_setting('app.tenant_id', true)").scalar
            outside = connection.run("SELECT current_setting('app.tenant_id', true)").scalar

        assert (inside, outside or "") == ("7", "")

    def test_a_role_name_that_is_no_identifier_is_refused(self, postgresql: Engine) -> None:
        with pytest.raises(EngineError, match="cannot be the application's role"):
            with postgresql.scratch(app_role="x; DROP ROLE postgres"):
                pass

    def test_the_server_ends_with_a_killed_process(self, tmp_path: Path) -> None:
        """Nothing stays behind after kill -9: neither the server nor its folder."""
        script = """
            import os
            from langgraph_dba.database.engines.postgres_server import PostgresServer
            print(PostgresServer().folder, flush=True)
            os.kill(os.getpid(), 9)
        """
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False, cwd=tmp_path
        )
        folder = Path(done.stdout.strip())

        assert folder.name.startswith("dba-pg-")
        for _ in range(100):
            if not folder.exists():
                break
            time.sleep(0.1)
        assert not folder.exists()

    def test_missing_binaries_name_the_extra(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        from langgraph_dba.database.engines.postgres_server import find_binaries

        monkeypatch.setitem(os.environ, "LANGGRAPH_DBA_POSTGRES", str(tmp_path))

        with pytest.raises(EngineUnavailable, match="holds no bin/initdb"):
            find_binaries()
