"""Statements that the scratch server cannot run are left out with everything that needs them."""

from pathlib import Path
from typing import Any

import pytest

from langgraph_dba.database.engines import Engine, budget, open_engine
from langgraph_dba.database.scripts import Script, ScriptError, database_of, read_script, script_run
from langgraph_dba.database.scripts.extensions import ExtensionPlan
from langgraph_dba.database.scripts.left_out import LeftOut
from langgraph_dba.database.scripts.script_database import _first_statements
from langgraph_dba.errors import OverBudget


def read(tmp_path: Path, text: str, dialect: str | None = None) -> Script:
    file = tmp_path / "s.sql"
    file.write_text(text, encoding="utf-8")
    return read_script(file, dialect)


def left_out(script: Script, engine: Engine) -> dict[int, str]:
    with database_of(script, engine) as database:
        assert database.script.ddl
        return {one.line: one.reason for one in database.script.skipped[len(script.skipped) :]}


POSTGIS = """CREATE EXTENSION nothing_like_it;
CREATE TABLE place (id serial PRIMARY KEY, at nothing_type NOT NULL);
CREATE TABLE visit (id serial PRIMARY KEY, place_id int REFERENCES place);
CREATE TABLE road (id serial PRIMARY KEY);
ALTER TABLE road ADD COLUMN line nothing_type;
CREATE INDEX lines ON road (line);
CREATE VIEW visits AS SELECT * FROM visit;
CREATE FUNCTION far(a nothing_type) RETURNS int LANGUAGE sql AS 'SELECT 1';
COMMENT ON FUNCTION far(nothing_type) IS 'x';
COMMENT ON TABLE road IS 'x';
"""


def test_an_absent_extension_takes_what_depends_on_it(postgresql: Engine, tmp_path: Path) -> None:
    reasons = left_out(read(tmp_path, POSTGIS, "postgresql"), postgresql)

    assert sorted(reasons) == [1, 2, 3, 5, 6, 7, 8, 9]
    assert reasons[1].startswith("the scratch server has no extension nothing_like_it: set LANGGRAPH_DBA_POSTGRES")
    assert "needs an extension (nothing_like_it)" in reasons[2]
    assert reasons[3] == "left out because place was left out"
    assert reasons[6] == "left out because line was left out"
    assert reasons[7] == "left out because visit was left out"


CRON = """CREATE EXTENSION IF NOT EXISTS pg_cron;
CREATE TABLE a (id bigint PRIMARY KEY);
SELECT cron.schedule('x', '7 * * * *', $$ SELECT 1 $$);
DO $$ BEGIN IF EXISTS (SELECT 1 FROM cron.job WHERE jobname = 'x') THEN PERFORM cron.unschedule('x'); END IF; END $$;
CREATE VIEW jobs AS SELECT jobname FROM cron.job;
"""


def test_an_object_in_the_schema_of_an_absent_extension_takes_what_names_it(postgresql: Engine, tmp_path: Path) -> None:
    reasons = left_out(read(tmp_path, CRON, "postgresql"), postgresql)

    assert sorted(reasons) == [1, 3, 4, 5]
    assert {reasons[line] for line in (3, 4, 5)} == {"left out because it needs the extension pg_cron"}


def test_a_block_that_names_a_missing_table_of_the_file_is_an_error(postgresql: Engine, tmp_path: Path) -> None:
    text = f"{CRON}DO $$ BEGIN PERFORM 1 FROM shop.job; END $$;"

    with pytest.raises(ScriptError, match=r':6: relation "shop.job" does not exist: create what it names'):
        left_out(read(tmp_path, text, "postgresql"), postgresql)


def test_a_missing_table_without_a_missing_extension_is_an_error(postgresql: Engine, tmp_path: Path) -> None:
    script = read(tmp_path, "CREATE VIEW v AS SELECT * FROM missing;", "postgresql")

    with pytest.raises(ScriptError, match=r':1: relation "missing" does not exist: create what it names'):
        left_out(script, postgresql)


def test_a_function_of_an_extension_that_is_not_created_names_it(postgresql: Engine, tmp_path: Path) -> None:
    script = read(tmp_path, "CREATE TABLE t (id uuid DEFAULT uuid_generate_v4());", "postgresql")

    with pytest.raises(ScriptError, match='add `CREATE EXTENSION IF NOT EXISTS "uuid-ossp"` before it'):
        left_out(script, postgresql)


def test_an_extension_that_can_leave_the_database_is_left_out(postgresql: Engine, tmp_path: Path) -> None:
    script = read(tmp_path, "CREATE TABLE t (id int);\nCREATE EXTENSION dblink;\n", "postgresql")

    assert left_out(script, postgresql) == {2: "the extension dblink needs a superuser and can leave the database"}


def test_a_harmless_extension_is_created_by_the_superuser(postgresql: Engine, tmp_path: Path) -> None:
    text = "CREATE SCHEMA tools;\nCREATE EXTENSION vector WITH SCHEMA tools;\nCREATE TABLE t (v tools.vector(3));\n"
    script = read(tmp_path, text, "postgresql")

    with postgresql.scratch() as scratch, scratch.connect() as connection:
        if not connection.run("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'").rows:
            pytest.skip("this server has no vector")
    assert left_out(script, postgresql) == {}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CREATE EXTENSION Vector", "vector"),
        ('create extension if not exists "uuid-ossp" WITH SCHEMA public', "uuid-ossp"),
        ("CREATE/* x */EXTENSION IF NOT EXISTS HSTORE", "hstore"),
    ],
)
def test_an_extension_is_recognised_in_any_case(tmp_path: Path, text: str, name: str) -> None:
    script = read(tmp_path, f"CREATE TABLE t (id int);\n{text};\n", "postgresql")

    assert script.extensions == (name,)
    assert name in _first_statements(script, ExtensionPlan(by_superuser=(name,))).lower()
    assert LeftOut({name: "missing"}).before_running(script.statements[1].text) == "missing"


def test_a_base_type_needs_a_superuser(postgresql: Engine, tmp_path: Path) -> None:
    text = "CREATE TABLE t (id int);\nCREATE TYPE box9;\nCREATE FUNCTION f(cstring) RETURNS int LANGUAGE c AS 'x';\n"

    assert list(left_out(read(tmp_path, text, "postgresql"), postgresql)) == [2, 3]


def test_a_view_of_a_skipped_foreign_table_is_left_out(postgresql: Engine, tmp_path: Path) -> None:
    text = "CREATE TABLE t (id int);\nCREATE FOREIGN TABLE f (a int) SERVER s;\nCREATE VIEW v AS SELECT * FROM f;\n"

    assert left_out(read(tmp_path, text, "postgresql"), postgresql) == {3: "left out because f was left out"}


def test_a_module_that_sqlite_lacks(sqlite: Engine, tmp_path: Path) -> None:
    tables = "CREATE TABLE t (id INTEGER);\nCREATE VIRTUAL TABLE z USING no_such_one(a);\n"
    view = "CREATE VIEW v AS SELECT * FROM t;\n"
    trigger = "CREATE TRIGGER r AFTER INSERT ON z BEGIN SELECT 1; END;\n"

    assert left_out(read(tmp_path, tables + view + trigger, "sqlite"), sqlite) == {
        2: "this SQLite has no module no_such_one",
        4: "left out because z was left out",
    }


PROCEDURES = """CREATE TABLE a (id INT PRIMARY KEY);
DELIMITER //
CREATE PROCEDURE add_column() BEGIN ALTER TABLE a ADD n INT; SELECT 'done'; SELECT 'again'; END//
CREATE PROCEDURE copy_row() BEGIN IF (SELECT count(*) FROM a) = 0 THEN SIGNAL SQLSTATE '45000'; END IF; END//
DELIMITER ;
"""


def test_a_procedure_that_changes_the_schema_is_called(mariadb: Engine, tmp_path: Path) -> None:
    script = read(tmp_path, f"{PROCEDURES}CALL add_column();\nALTER TABLE a ADD KEY (n);\n", "mariadb")

    with database_of(script, mariadb) as database, database.scratch.connect() as connection:
        assert {"a.id", "a.n"} <= set(connection.catalogue()["column"])


def test_a_call_that_fails_without_rows_is_left_out(mariadb: Engine, tmp_path: Path) -> None:
    reasons = left_out(read(tmp_path, f"{PROCEDURES}CALL copy_row();\n", "mariadb"), mariadb)

    assert list(reasons) == [6]
    assert reasons[6].startswith("the procedure fails, and the rows that it may need are not loaded: ")


def test_names_of_mysql_that_the_server_lacks(mariadb: Engine, tmp_path: Path) -> None:
    text = "CREATE TABLE a (n VARCHAR(9) COLLATE utf8mb4_0901_ai_ci) ENGINE=Nothing DEFAULT CHARSET=utf8mb4;\n"
    script = read(tmp_path, text, "mariadb")

    with database_of(script, mariadb) as database:
        changed = {one.text: one.reason for one in database.script.skipped}
    assert changed["Nothing"] == "removed: the server has no storage engine of this name, the default is used"
    assert changed["utf8mb4_0901_ai_ci"].startswith("replaced by utf8mb4_")


def test_the_ddl_alone_creates_the_database_again(postgresql: Engine, tmp_path: Path) -> None:
    text = f"{POSTGIS}CREATE ROLE reader_2;\nGRANT SELECT ON road TO reader_2;\n"

    with database_of(read(tmp_path, text, "postgresql"), postgresql) as database, database.scratch.connect() as one:
        with postgresql.scratch(database.script.ddl) as again, again.connect() as two:
            assert one.catalogue() == two.catalogue()
            assert list(two.catalogue()["grant"])


def test_the_roles_of_a_script_exist_on_the_next_server_too(postgresql: Engine) -> None:
    assert postgresql.version()  # or the test is skipped
    engine: Any = open_engine("postgresql")
    assert engine.provide_roles(["reader_4", "pg_reader", 'odd "name"']) == ""
    engine._server.stop()

    with engine.scratch('CREATE TABLE t (id int); GRANT SELECT ON t TO reader_4, "odd ""name"""') as scratch:
        with scratch.connect() as connection:
            found = connection.run(
                "SELECT rolname, rolcanlogin FROM pg_roles WHERE rolname ~ 'reader_4|pg_reader'"
            ).rows
    engine.close()
    assert found == (("reader_4", False),)


def test_a_role_of_a_script_can_be_the_role_of_an_application(postgresql: Engine) -> None:
    assert postgresql.provide_roles(["app_5"]) == ""

    with (
        postgresql.scratch("CREATE TABLE t (id int)", app_role="app_5") as scratch,
        scratch.connect("app") as connection,
    ):
        assert connection.run("SELECT current_user").scalar == "app_5"


@pytest.mark.parametrize(
    ("dialect", "endless"),
    [
        ("postgresql", "SELECT pg_sleep(1000)"),
        ("mariadb", "CREATE TABLE n AS SELECT SUM(a.seq * b.seq) AS s FROM seq_1_to_1000000 a, seq_1_to_1000000 b"),
        (
            "sqlite",
            "CREATE TABLE n AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x FROM c) SELECT count(*) FROM c",
        ),
    ],
)
def test_an_endless_statement_is_named_with_its_line(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dialect: str, endless: str
) -> None:
    engine: Engine = request.getfixturevalue(dialect)
    monkeypatch.setattr(script_run, "_STATEMENT_S", 1.0)
    script = read(tmp_path, f"CREATE TABLE t (id INTEGER PRIMARY KEY);\n{endless};\n", dialect)

    with (
        pytest.raises(ScriptError, match=r"s\.sql:2: it did not end within 1 s: remove it"),
        database_of(script, engine),
    ):
        pass


def test_the_budget_of_the_caller_ends_a_script(postgresql: Engine, tmp_path: Path) -> None:
    script = read(tmp_path, "CREATE TABLE t (id int);\nSELECT pg_sleep(1000);\n", "postgresql")

    with pytest.raises(OverBudget), budget(1.0), database_of(script, postgresql):
        pass


def test_statements_that_a_query_returns_are_named_as_not_read(tmp_path: Path) -> None:
    text = "CREATE TABLE a (x int);\nSELECT 'CREATE TABLE b (y int)' \\gexec\n\\copy a from 'a.csv' csv\n"

    script = read(tmp_path, text)

    assert script.dialect == "postgresql"
    assert [(one.line, one.reason) for one in script.skipped] == [
        (2, "psql runs what the query before it returns: the objects that this creates are not read"),
        (3, "it copies rows between a table and a file"),
    ]
