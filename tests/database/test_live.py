"""Read a user's database: which logins are accepted, which limits apply, and that files stay unchanged."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from usable_engines import usable

from langgraph_dba.database import Limits, LiveDatabase, open_live
from langgraph_dba.database.engines import Engine, Rejected
from langgraph_dba.database.reflection.read_schema import reflect
from langgraph_dba.errors import EngineError, Forbidden, InputError, OverLimit, UnsafeRole

TABLES = (
    "CREATE TABLE shelf (id INTEGER PRIMARY KEY, name VARCHAR(20));"
    "INSERT INTO shelf VALUES (1, 'a'), (2, 'b'), (3, 'c');"
)


@pytest.fixture
def live(engine: Engine) -> Iterator[LiveDatabase]:
    with engine.scratch(TABLES) as scratch, _opened(scratch.url("superuser"), Limits(rows=100, time_s=1)) as opened:
        yield opened


def _opened(url: str, limits: Limits | None = None) -> LiveDatabase:
    return open_live(url, trust_role=True, limits=limits)


def test_a_read_has_named_parameters_and_names_its_columns(live: LiveDatabase) -> None:
    result = live.read("SELECT name, ':id' AS text FROM shelf WHERE id = :id AND name LIKE '%'", {"id": 2})

    assert (result.rows, result.columns) == ((("b", ":id"),), ("name", "text"))


def test_the_version_is_reported(live: LiveDatabase) -> None:
    assert re.match(r"\d+\.\d+", live.version())


def test_explain_returns_a_plan(live: LiveDatabase) -> None:
    query = "SELECT name FROM shelf WHERE id = :id"
    estimated, run = (live.explain(query, {"id": 1}, run=run) for run in (False, True))

    assert (estimated.ran, run.ran) == (False, True)
    for plan in (estimated, run):
        assert {step.table for step in plan.walk() if step.table} == {"shelf"}


def test_explain_accepts_only_queries(live: LiveDatabase) -> None:
    with pytest.raises(Forbidden):
        live.explain("DELETE FROM shelf")


def test_statements_without_parsing_can_read_and_cannot_write(live: LiveDatabase) -> None:
    ours = live.without_parsing()

    assert ours.run("SELECT name FROM shelf WHERE id = :id", {"id": 3}).scalar == "c"
    with pytest.raises(EngineError):
        ours.run("INSERT INTO shelf VALUES (4, 'd')")
    assert live.read("SELECT count(*) FROM shelf").scalar == 3


def test_reflection_reads_the_same_schema_as_through_a_scratch_connection(engine: Engine) -> None:
    ddl = TABLES + "CREATE TABLE book (id INTEGER PRIMARY KEY, shelf_id INTEGER REFERENCES shelf (id));"

    with engine.scratch(ddl) as scratch, scratch.connect("superuser") as connection:
        with _opened(scratch.url("superuser")) as live:
            schema = reflect(live.without_parsing(), live.traits, name="x")

        assert schema == reflect(connection, engine.traits, name="x")
    assert {table.name for table in schema.tables} == {"shelf", "book"}


ENDLESS = "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r"
MANY = "SELECT a.id FROM shelf a, shelf b, shelf c, shelf d, shelf e"


@pytest.mark.parametrize(
    ("sql", "message"), [(ENDLESS, r"over the limit of 1 s: .*time_s"), (MANY, r"over the limit of 100 rows: .*LIMIT")]
)
def test_a_limit_is_named_with_its_value_and_the_next_read_works(live: LiveDatabase, sql: str, message: str) -> None:
    began = time.monotonic()

    with pytest.raises(OverLimit, match=message):
        live.read(sql)

    assert time.monotonic() - began < 5
    assert live.read("SELECT count(*) FROM shelf").scalar == 3


def test_a_result_that_is_too_large_is_named_with_the_limit(engine: Engine) -> None:
    large = "SELECT " + ", ".join(["'" + "x" * 500 + "'"] * 8) + " FROM shelf"

    with engine.scratch(TABLES) as scratch, _opened(scratch.url("superuser"), Limits(size_bytes=10_000)) as live:
        with pytest.raises(OverLimit, match=r"over the limit of 10,000 bytes of result"):
            live.read(large)
        assert live.read("SELECT name FROM shelf WHERE id = 1").scalar == "a"


@pytest.mark.parametrize("name", ["postgresql", "mariadb"])
def test_a_login_that_owns_tables_is_refused_with_sql_for_a_reader(name: str) -> None:
    with (
        usable(name).scratch(TABLES) as scratch,
        pytest.raises(UnsafeRole, match=r"(?s)do more.*CREATE .*dba_reader"),
    ):
        open_live(scratch.url("owner"))


def test_a_login_that_can_only_read_is_accepted(postgresql: Engine) -> None:
    with postgresql.scratch(TABLES + "GRANT SELECT ON shelf TO app_user;") as scratch:
        with open_live(scratch.url("app")) as live:
            assert live.read("SELECT count(*) FROM shelf").scalar == 3


_DEFINER = "CREATE FUNCTION f() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'"


@pytest.mark.parametrize(
    ("grant", "clause"),
    [
        ("GRANT UPDATE (name) ON shelf TO app_user;", "may write to 1 tables, such as shelf"),
        ("GRANT TRUNCATE ON shelf TO app_user;", "may write to 1 tables, such as shelf"),
        ("CREATE SEQUENCE s; GRANT USAGE ON SEQUENCE s TO app_user;", "may advance 1 sequences, such as s"),
        ("GRANT CREATE ON SCHEMA public TO app_user;", "may create in the schema public"),
        ("GRANT scratch_owner TO app_user;", "owns 1 tables"),
        (
            f"{_DEFINER}; ALTER FUNCTION f() OWNER TO app_user;",
            "owns 1 functions with SECURITY DEFINER, such as f",
        ),
    ],
)
def test_each_privilege_beyond_reading_is_named(postgresql: Engine, grant: str, clause: str) -> None:
    with postgresql.scratch(TABLES) as scratch:
        with scratch.connect("superuser") as superuser:
            superuser.script(grant)
        try:
            with pytest.raises(UnsafeRole, match=re.escape(clause)):
                open_live(scratch.url("app"))
        finally:
            with scratch.connect("superuser") as superuser:
                superuser.run("REVOKE scratch_owner FROM app_user")


def test_a_login_that_may_change_settings_of_the_server_is_named(postgresql: Engine) -> None:
    if int(postgresql.version().split(".")[0]) < 15:
        pytest.skip("no privileges on settings before version 15")
    with postgresql.scratch(TABLES) as scratch:
        with scratch.connect("superuser") as superuser:
            superuser.run("GRANT ALTER SYSTEM ON PARAMETER work_mem TO app_user")
        try:
            with pytest.raises(
                UnsafeRole, match=r"may change 1 settings of the server \(ALTER SYSTEM\), such as work_mem"
            ):
                open_live(scratch.url("app"))
        finally:
            with scratch.connect("superuser") as superuser:
                superuser.run("REVOKE ALTER SYSTEM ON PARAMETER work_mem FROM app_user")


def test_a_session_is_read_only_before_its_first_transaction_and_after_each(postgresql: Engine) -> None:
    with postgresql.scratch(TABLES) as scratch, open_live(scratch.url("owner"), trust_role=True) as live:
        for _ in range(2):
            link = live._reader._link  # type: ignore[attr-defined]
            assert link.execute("SHOW default_transaction_read_only").fetchone() == ("on",)
            live.read("SELECT 1")


def test_a_database_cannot_give_our_own_queries_its_operators(postgresql: Engine) -> None:
    body = "$$ BEGIN RAISE EXCEPTION 'called'; END $$"
    operators = "".join(
        f"CREATE FUNCTION evil.f_{type_}({type_}, {type_}) RETURNS boolean LANGUAGE plpgsql AS {body};"
        f"CREATE OPERATOR evil.= (LEFTARG = {type_}, RIGHTARG = {type_}, FUNCTION = evil.f_{type_});"
        for type_ in ("oid", "name", "text")
    )
    with postgresql.scratch(TABLES) as scratch, scratch.connect("superuser") as superuser:
        superuser.script(f"CREATE SCHEMA evil; GRANT USAGE ON SCHEMA evil TO PUBLIC; {operators}")
        name = superuser.run("SELECT quote_ident(current_database())").scalar
        superuser.run(f"ALTER DATABASE {name} SET search_path = evil, pg_catalog, public")
        with open_live(scratch.url("owner"), trust_role=True) as live:
            assert live.read("SELECT count(*) FROM shelf").scalar == 3
            path = live.read("SHOW search_path").scalar
        with pytest.raises(UnsafeRole, match="owns"):
            open_live(scratch.url("owner"))
    assert path == "evil, public"


@pytest.mark.parametrize("name", ["public.touch", "public.touch(integer)", "touch(integer)"])
def test_a_refusal_names_what_would_allow_the_call(postgresql: Engine, name: str) -> None:
    body = "$$ BEGIN EXECUTE 'SELECT 1'; RETURN 1; END $$"
    dynamic = f"CREATE FUNCTION touch(integer) RETURNS integer LANGUAGE plpgsql AS {body};"
    view = "CREATE VIEW touched AS SELECT touch(id) AS n FROM shelf;"
    with postgresql.scratch(TABLES + dynamic + view) as scratch:
        with open_live(scratch.url("owner"), trust_role=True) as live:
            with pytest.raises(Forbidden) as caught:
                live.read("SELECT * FROM touched")
        with open_live(scratch.url("owner"), trust_role=True, trusted_functions=[name]) as trusting:
            assert trusting.read("SELECT n FROM touched").rows == ((1,), (1,), (1,))
    assert "(reached by touched): it runs dynamic SQL (EXECUTE)" in str(caught.value)
    assert 'trusted_functions=["touch(integer)"]' in str(caught.value)


def test_a_function_that_changes_is_judged_again(postgresql: Engine) -> None:
    body = "CREATE OR REPLACE FUNCTION f() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN {} RETURN 1; END $$"
    with postgresql.scratch(TABLES + body.format("") + ";") as scratch, scratch.connect("owner") as owner:
        with open_live(scratch.url("owner"), trust_role=True) as live:
            assert live.read("SELECT f()").scalar == 1
            owner.run(body.format("EXECUTE 'SELECT 1';"))
            with pytest.raises(Forbidden, match="dynamic SQL"):
                live.read("SELECT f()")


class TestSqliteFiles:
    """Reading creates no file beside the database and returns committed rows."""

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        with closing(sqlite3.connect(tmp_path / "live.db")) as link:
            link.execute("PRAGMA journal_mode = WAL")
            link.execute("CREATE TABLE t (n)")
            link.execute("INSERT INTO t VALUES (1)")
            link.commit()
        return tmp_path / "live.db"

    def test_a_closed_file_in_wal_mode_gets_neither_log_nor_index(self, path: Path) -> None:
        with open_live(str(path)) as live:
            assert live.read("SELECT n FROM t").rows == ((1,),)
            assert [one.name for one in path.parent.iterdir()] == ["live.db"]

    def test_committed_rows_are_read_while_the_writer_continues(self, path: Path) -> None:
        with open_live(f"sqlite:///{path}") as live, closing(sqlite3.connect(path)) as writer:
            writer.execute("INSERT INTO t VALUES (2)")
            writer.commit()
            writer.execute("INSERT INTO t VALUES (3)")

            assert live.read("SELECT n FROM t").rows == ((1,), (2,))

    def test_a_link_to_a_file_in_wal_mode_shows_the_rows_in_its_log(self, path: Path, tmp_path: Path) -> None:
        link = tmp_path / "elsewhere" / "link.db"
        link.parent.mkdir()
        link.symlink_to(path)
        with closing(sqlite3.connect(path, isolation_level=None)) as writer:
            writer.execute("INSERT INTO t VALUES (2)")

            with _opened(f"sqlite:///{link}") as live:
                assert live.read("SELECT count(*) FROM t").scalar == 2

    @pytest.mark.parametrize("suffixes", [("-wal", "-shm"), ("-wal",)])
    def test_rows_in_the_log_of_a_killed_writer_are_read_and_stay_in_the_log(
        self, path: Path, tmp_path: Path, suffixes: tuple[str, ...]
    ) -> None:
        script = (
            "import sqlite3, os, sys; c = sqlite3.connect(sys.argv[1]); "
            "c.execute('INSERT INTO t VALUES (2)'); c.commit(); os._exit(9)"
        )
        subprocess.run([sys.executable, "-c", script, str(path)], check=False)
        folder = tmp_path / "copy"
        folder.mkdir()
        for suffix in ("", *suffixes):
            shutil.copy(f"{path}{suffix}", folder)
        before = {one.name: one.read_bytes() for one in folder.iterdir()}

        with open_live(str(folder / "live.db")) as live:
            assert live.read("SELECT n FROM t").rows == ((1,), (2,))

        assert {one.name: one.read_bytes() for one in folder.iterdir()} == before

    def test_a_hot_journal_is_rolled_back_in_a_copy(self, tmp_path: Path) -> None:
        path = tmp_path / "plain.db"
        with closing(sqlite3.connect(path)) as link:
            link.execute("CREATE TABLE t (n)")
            link.execute("INSERT INTO t VALUES (1)")
            link.commit()
        script = (
            "import sqlite3, os, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); "
            "c.execute('PRAGMA cache_size = 1'); c.execute('BEGIN'); c.executemany('INSERT INTO t VALUES (?)', "
            "[('x' * 500,)] * 2000); os._exit(9)"
        )
        subprocess.run([sys.executable, "-c", script, str(path)], check=False)
        before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
        assert "plain.db-journal" in before

        with open_live(str(path)) as live:
            assert live.read("SELECT n FROM t").rows == ((1,),)

        assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == before

    def test_our_own_locks_on_the_file_survive_a_read(self, path: Path) -> None:
        """Closing a file releases a process's locks on it: a reader in this process would allow a second writer."""
        with closing(sqlite3.connect(path, isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            with open_live(str(path)) as live:
                live.read("SELECT n FROM t")
            with closing(sqlite3.connect(path, timeout=0)) as other, pytest.raises(sqlite3.OperationalError):
                other.execute("BEGIN IMMEDIATE")

    def test_closing_ends_the_process_and_removes_the_folder(self, path: Path) -> None:
        live = open_live(str(path))
        process = live._reader._process  # type: ignore[attr-defined]
        folder = Path(f"/proc/{process.pid}/cwd").resolve() if os.path.isdir("/proc/self") else path.parent  # noqa: PTH112

        live.close()

        assert process.poll() is not None
        assert not folder.exists() or folder == path.parent

    def test_a_file_that_is_not_a_database_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "x.db").write_text("no database, but long enough to look like one" * 30)

        with pytest.raises(EngineError, match="cannot be read as an SQLite database"):
            open_live(str(tmp_path / "x.db"))
        with pytest.raises(EngineError, match="there is no database file"):
            open_live(str(tmp_path / "nowhere.db"))


def test_a_wait_for_a_lock_ends(postgresql: Engine) -> None:
    with postgresql.scratch(TABLES) as scratch, scratch.connect("superuser") as holder, holder.transaction():
        holder.run("LOCK TABLE shelf IN ACCESS EXCLUSIVE MODE")
        with _opened(scratch.url("superuser"), Limits(lock_wait_s=0.2)) as live:
            with pytest.raises(OverLimit, match="waiting for a lock"):
                live.read("SELECT * FROM shelf")


def test_a_connection_that_the_server_closed_is_opened_again(postgresql: Engine) -> None:
    with postgresql.scratch(TABLES) as scratch, scratch.connect("superuser") as superuser:
        with _opened(scratch.url("superuser")) as live:
            pid = live.without_parsing().run("SELECT pg_backend_pid()").scalar
            superuser.run("SELECT pg_terminate_backend(:pid)", {"pid": pid})
            with pytest.raises(EngineError):
                live.read("SELECT 1")

            assert live.read("SELECT count(*) FROM shelf").scalar == 3


def test_two_databases_are_read_in_parallel(engine: Engine) -> None:
    with engine.scratch(TABLES) as scratch:
        links = [_opened(scratch.url("superuser")) for _ in range(2)]
        counts: list[object] = []
        threads = [
            threading.Thread(target=lambda live=live: counts.append(live.read("SELECT count(*) FROM shelf").scalar))
            for live in links
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for live in links:
            live.close()

    assert counts == [3, 3]


@pytest.mark.parametrize("url", ["oracle://u:p@h/db", "sqlite://", "postgresql://u:pa@ss@host/db", "u:secret@host/db"])
def test_an_unsupported_or_invalid_url_is_an_input_error(url: str) -> None:
    with pytest.raises(InputError) as error:
        open_live(url)

    assert "secret" not in str(error.value)
    assert "pa@ss" not in str(error.value)


def test_a_refusal_of_the_engine_has_its_message(live: LiveDatabase) -> None:
    with pytest.raises(Rejected) as error:
        live.read("SELECT id FROM nowhere")

    assert error.value.kind == "missing"
