"""What is kept, counted as data, or skipped with a reason."""

from pathlib import Path

import pytest

from langgraph_dba.database.engines import Engine
from langgraph_dba.database.scripts import Script, database_of, read_script

FIRST = {
    "postgresql": "CREATE TABLE first (id serial)",
    "mariadb": "CREATE TABLE first (id INT)",
    "sqlite": "CREATE TABLE first (id INTEGER)",
}
LONG = ",".join("a" * 15)  # more tokens than the head of a statement has
SKIPPED = {
    "postgresql": [
        "ALTER TABLE first OWNER TO a", "SET statement_timeout = 0", "SELECT pg_catalog.set_config('x.y', '', false)",
        "BEGIN", "COMMIT", "CREATE DATABASE d", "CREATE ROLE r LOGIN", "ALTER USER r SET a = 1", "GRANT a TO b",
        "COMMENT ON EXTENSION plpgsql IS 'x'", "CREATE PUBLICATION p FOR ALL TABLES", "LOCK TABLE first", "ANALYZE",
        "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()", "CREATE SERVER s FOREIGN DATA WRAPPER w",
        "CREATE FOREIGN TABLE f (a int) SERVER s", "ALTER SYSTEM SET a = 1", "SET SESSION AUTHORIZATION postgres",
        "GRANT ALL ON DATABASE d TO a", "CREATE TABLESPACE t LOCATION '/x'",
        "COPY first TO '/tmp/x'", "COPY first FROM '/tmp/x'", "CREATE LANGUAGE plpgsql",
        "CREATE USER MAPPING FOR a SERVER s",
        "REASSIGN OWNED BY a TO b", "ALTER TABLE first DISABLE TRIGGER ALL", "/* x */ SET ROLE a",
        "SELECT pg_catalog.lo_create('1')", "ALTER TABLE first SET TABLESPACE t",
        f"ALTER FUNCTION f({LONG}) OWNER TO a", f"COPY first ({LONG}) TO STDOUT",
    ],
    "mariadb": [
        "USE first", "CREATE SCHEMA d", "LOCK TABLES first WRITE", "UNLOCK TABLES", "START TRANSACTION",
        "/*!40000 ALTER TABLE `first` DISABLE KEYS */", "SET NAMES utf8", "SET GLOBAL a = 1", "FLUSH PRIVILEGES",
        "CREATE USER 'a'@'%'", "GRANT ALL ON *.* TO 'a'@'%'", "SET @@SESSION.SQL_LOG_BIN= 0",
        "SET @@GLOBAL.GTID_PURGED=''", "SHOW WARNINGS", "SELECT 'loading' AS info",
        "LOAD DATA INFILE 'x' INTO TABLE first", "ANALYZE TABLE first", "CREATE FUNCTION f RETURNS INT SONAME 'x.so'",
        "SET character_set_client = utf8",
    ],
    "sqlite": [
        "BEGIN TRANSACTION", "COMMIT", "PRAGMA journal_mode = WAL", "PRAGMA user_version = 3",
        "PRAGMA foreign_keys = OFF", "ANALYZE", "VACUUM",
        "ATTACH 'x.db' AS x", "SELECT 1",
        "INSERT INTO sqlite_stat1 VALUES ('t', NULL, '1')",
        "CREATE TABLE sqlite_sequence(name,seq)", ".mode box",
    ],
}  # fmt: skip
DATA = {
    "postgresql": ["INSERT INTO first VALUES (1)", "SELECT pg_catalog.setval('s', 1)", "UPDATE first SET id = 1",
                   "WITH x AS (SELECT 1) INSERT INTO first SELECT * FROM x", "COPY first FROM stdin;\n1\n\\."],
    "mariadb": ["INSERT IGNORE INTO first VALUES (1)", "REPLACE INTO first VALUES (1)",
                "/*!50000 INSERT */ INTO first VALUES (1)"],
    "sqlite": ["INSERT INTO first VALUES (1)", "REPLACE INTO first VALUES (1)", "DELETE FROM sqlite_sequence"],
}  # fmt: skip
KEPT = {
    "postgresql": [
        "SET search_path = a, public", "SELECT pg_catalog.set_config('search_path', '', false)", "DO $$ BEGIN END $$",
        "SET check_function_bodies = false", "CREATE TYPE m AS ENUM ('BEGIN')", "SELECT create_things()",
        "COMMENT ON TABLE first IS 'OWNER TO x'", "ALTER TABLE first ADD owner int", "REVOKE ALL ON first FROM PUBLIC",
        f"ALTER FUNCTION f({LONG}) VOLATILE", f"GRANT SELECT ({LONG}) ON first TO PUBLIC",
    ],
    "mariadb": ["SET FOREIGN_KEY_CHECKS = 0", "SET SQL_MODE = 'ANSI'", "SET @a = 1",
                "ALTER TABLE first COMMENT 'USE x'", "CALL create_things()"],
    "sqlite": ["CREATE VIEW v AS SELECT 1", "ALTER TABLE first ADD COLUMN n TEXT", "DROP TABLE first"],
}  # fmt: skip


def read(tmp_path: Path, text: str, dialect: str) -> Script:
    file = tmp_path / "s.sql"
    file.write_text(text, encoding="utf-8")
    return read_script(file, dialect)


def cases(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(dialect, text) for dialect, texts in table.items() for text in texts]


@pytest.mark.parametrize(("dialect", "text"), cases(SKIPPED))
def test_a_skipped_statement_is_named_with_its_line_and_reason(tmp_path: Path, dialect: str, text: str) -> None:
    end = "" if text.startswith(".") else ";"

    script = read(tmp_path, f"{FIRST[dialect]};\n{text}{end}\n", dialect)

    assert [one.text for one in script.statements] == [FIRST[dialect]]
    assert [(one.line, one.text) for one in script.skipped] == [(2, text.removeprefix("/* x */ "))]
    assert script.skipped[0].reason


@pytest.mark.parametrize(("dialect", "text"), cases(DATA))
def test_rows_are_counted_and_no_part_of_the_ddl(tmp_path: Path, dialect: str, text: str) -> None:
    script = read(
        tmp_path, f"{FIRST[dialect]};\n{text};\n" if "COPY" not in text else f"{FIRST[dialect]};\n{text}\n", dialect
    )

    assert (len(script.statements), script.data_statements, script.skipped) == (1, 1, ())


@pytest.mark.parametrize(("dialect", "text"), cases(KEPT))
def test_what_creates_objects_or_decides_names_is_kept(tmp_path: Path, dialect: str, text: str) -> None:
    script = read(tmp_path, f"{FIRST[dialect]};\n{text};\n", dialect)

    assert [one.text for one in script.statements] == [FIRST[dialect], text]
    assert (script.data_statements, script.skipped) == (0, ())


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("CREATE SCHEMA a AUTHORIZATION b", "CREATE SCHEMA IF NOT EXISTS a"),
        ("CREATE SCHEMA AUTHORIZATION b", "CREATE SCHEMA IF NOT EXISTS b"),
        ("CREATE INDEX CONCURRENTLY i ON first (id)", "CREATE INDEX i ON first (id)"),
        ("CREATE TABLE t (a int) TABLESPACE fast", "CREATE TABLE t (a int)"),
        ("CREATE TABLE t (a int, tablespace text)", "CREATE TABLE t (a int, tablespace text)"),
        ("SET LOCAL search_path = a", "SET search_path = a"),
        ("CREATE EXTENSION a VERSION '1.2'", "CREATE EXTENSION IF NOT EXISTS a"),
        ("ALTER DEFAULT PRIVILEGES FOR ROLE a IN SCHEMA b GRANT SELECT ON TABLES TO c",
         "ALTER DEFAULT PRIVILEGES IN SCHEMA b GRANT SELECT ON TABLES TO c"),
        ("COMMENT ON TABLE first IS 'in TABLESPACE x'", "COMMENT ON TABLE first IS 'in TABLESPACE x'"),
        ("CREATE VIEW v AS SELECT ' TABLESPACE x'", "CREATE VIEW v AS SELECT ' TABLESPACE x'"),
    ],
)  # fmt: skip
def test_clauses_of_postgresql(tmp_path: Path, text: str, cleaned: str) -> None:
    script = read(tmp_path, f"{FIRST['postgresql']};\n{text};\n", "postgresql")

    assert script.statements[1].text == cleaned


@pytest.mark.parametrize(
    "clause",
    [
        "DEFINER=`root`@`localhost`",
        "DEFINER = 'a b'@'%'",
        "DEFINER=CURRENT_USER()",
        "DEFINER=root@localhost",
        "DEFINER=r",
    ],
)
def test_a_definer_is_removed_and_named(tmp_path: Path, clause: str) -> None:
    text = f"CREATE {clause} SQL SECURITY INVOKER VIEW v AS SELECT 'DEFINER=`a`@`b`'"

    script = read(tmp_path, f"{FIRST['mariadb']};\n{text};\n", "mariadb")

    assert script.statements[1].text == "CREATE SQL SECURITY INVOKER VIEW v AS SELECT 'DEFINER=`a`@`b`'"
    assert [one.text for one in script.skipped] == [clause]


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("ALTER TABLE first OWNER TO a", ("a",)),
        ('GRANT SELECT ON first TO a, "B c" WITH GRANT OPTION', ("a", "B c")),
        ("GRANT SELECT ON TABLE first TO GROUP a", ("a",)),
        ("REVOKE ALL ON first FROM PUBLIC, a CASCADE", ("a",)),
        ("CREATE POLICY p ON first FOR SELECT TO a, PUBLIC USING (id TO b)", ("a",)),
        ("CREATE POLICY p ON first USING (true)", ()),
        ("ALTER DEFAULT PRIVILEGES FOR ROLE a GRANT SELECT ON TABLES TO b", ("a", "b")),
        ("GRANT a, b TO c", ("c", "a", "b")),
        ("CREATE USER a PASSWORD 'x'", ("a",)),
        ("CREATE USER MAPPING FOR a SERVER s OPTIONS (user 'b', password 'x')", ()),
        ('DO $$ BEGIN CREATE ROLE a; CREATE USER "B"; END $$', ("a", "B")),
    ],
)  # fmt: skip
def test_roles_of_postgresql(tmp_path: Path, text: str, roles: tuple[str, ...]) -> None:
    assert read(tmp_path, f"{FIRST['postgresql']};\n{text};\n", "postgresql").roles == roles


@pytest.mark.parametrize(
    ("text", "skipped"),
    [
        ("DROP TABLE IF EXISTS a; CREATE TABLE a (id INTEGER);", [1]),
        ("DROP TABLE a; CREATE TABLE a (id INTEGER);", [1]),
        ("DROP TABLE IF EXISTS x; CREATE TABLE a (id INTEGER);", [1]),
        ("CREATE TABLE a (id INTEGER); DROP TABLE IF EXISTS a; CREATE TABLE a (id INTEGER);", []),
        ("CREATE TABLE a (id INTEGER); ALTER TABLE a RENAME TO b; DROP TABLE IF EXISTS b; CREATE TABLE b (n INT);", []),
        ("CREATE TABLE a (id INT, UNIQUE (id)); DROP INDEX IF EXISTS i; CREATE INDEX i ON a (id);", []),
        ("CREATE TABLE a (id INTEGER); DROP TABLE IF EXISTS not_seen;", []),
    ],
)
def test_only_a_drop_that_finds_nothing_is_skipped(tmp_path: Path, text: str, skipped: list[int]) -> None:
    assert [one.line for one in read(tmp_path, text, "sqlite").skipped] == skipped


def test_of_several_databases_the_first_one_is_read(tmp_path: Path) -> None:
    text = "CREATE ROLE r;\n\\connect template1\nSET a = 1;\n\\connect one\nCREATE TABLE a (id int);\n"

    script = read(
        tmp_path, f"{text}\\connect -reuse-previous=on \"dbname='two'\"\nCREATE TABLE b (id int);\n", "postgresql"
    )

    assert [one.text for one in script.statements] == ["CREATE TABLE a (id int)"]
    assert script.skipped[-1].reason == "it belongs to database two, and one is read: give a dump of one database"


@pytest.mark.parametrize(
    "target",
    ["postgresql://u:Zq9pass@host/one", '"host=h dbname=one password=Zq9pass"', "one u h 5432", "postgres:///one?a=b"],
)
def test_a_connected_database_has_the_name_of_its_url(tmp_path: Path, target: str) -> None:
    text = f"CREATE TABLE a (id int);\n\\connect {target}\nCREATE TABLE b (id int);\n"

    script = read(tmp_path, text, "postgresql")

    assert script.skipped[-1].reason.startswith("it belongs to database one, and the first database is read")
    assert "Zq9" not in str(script.skipped)


SECRETS = {
    "postgresql": [
        "CREATE ROLE r LOGIN PASSWORD 'Zq9pass'", "ALTER ROLE r ENCRYPTED PASSWORD E'Zq9\\'pass'",
        f"CREATE ROLE r CONNECTION LIMIT 1 VALID UNTIL '2030-01-01' IN ROLE {'r' * 30} PASSWORD 'Zq9 pass word'",
        "CREATE USER MAPPING FOR a SERVER s OPTIONS (user 'u', password 'Zq9pass')",
        "CREATE SUBSCRIPTION s CONNECTION 'host=h password=''Zq9 x'' user=u' PUBLICATION p",
        "ALTER DATABASE d SET \"app.jwt_secret\" TO 'Zq9pass'", "\\connect postgresql://u:Zq9pass@h/d",
        "ALTER SYSTEM SET primary_conninfo = 'host=h password=Zq9pass'",
    ],
    "mariadb": [
        "CREATE USER a IDENTIFIED VIA mysql_native_password USING '*Zq9'", "SET PASSWORD FOR a = PASSWORD('Zq9')",
        "ALTER USER a IDENTIFIED WITH ed25519 AS 'Zq9; x'", "GRANT ALL ON *.* TO a IDENTIFIED BY PASSWORD '*Zq9'",
        "CREATE SERVER s FOREIGN DATA WRAPPER m OPTIONS (HOST 'h', PASSWORD 'Zq9')",
        "CHANGE MASTER TO MASTER_PASSWORD='Zq9 pass'",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("dialect", "text"), cases(SECRETS))
def test_a_skipped_statement_contains_no_password(tmp_path: Path, dialect: str, text: str) -> None:
    script = read(tmp_path, f"{FIRST[dialect]};\n{text};\n", dialect)

    assert len(script.skipped) == 1
    assert "Zq9" not in repr(script.skipped)


def test_a_schema_with_the_name_of_its_database(tmp_path: Path) -> None:
    text = (
        "CREATE DATABASE m;\nUSE m;\nCREATE TABLE `m`.`a` (id INT);\nCREATE VIEW m.v AS SELECT a.m, 'm.a' FROM m.a;\n"
    )

    script = read(tmp_path, text, "mariadb")

    assert [one.text for one in script.statements] == [
        "CREATE TABLE `a` (id INT)",
        "CREATE VIEW v AS SELECT a.m, 'm.a' FROM a",
    ]


@pytest.mark.parametrize("setting", ["SET standard_conforming_strings", "SET SESSION standard_conforming_strings"])
def test_literals_without_standard_strings_keep_their_meaning(postgresql: Engine, tmp_path: Path, setting: str) -> None:
    text = f"{setting} = off;\nCREATE TABLE a (n text DEFAULT 'a\\'b;\\\\');\n"

    with (
        database_of(read(tmp_path, text, "postgresql"), postgresql) as database,
        database.scratch.connect() as connection,
    ):
        connection.run("INSERT INTO a DEFAULT VALUES")
        assert connection.run("SELECT n FROM a").scalar == "a'b;\\"


def test_bodies_without_a_delimiter_stay_whole_in_the_ddl(mariadb: Engine, tmp_path: Path) -> None:
    body = "CREATE PROCEDURE p() BEGIN SELECT ';'; SELECT '$$'; END"
    script = read(tmp_path, f"CREATE TABLE a (n INT);\nDELIMITER //\n{body}//\nDELIMITER ;\n", "mariadb")

    with database_of(script, mariadb) as database, database.scratch.connect() as connection:
        assert len(connection.catalogue()["routine"]) == 1
    assert f"DELIMITER //\n{body}\n//\nDELIMITER ;\n" in script.ddl


def test_settings_that_only_mysql_has_are_left_out(mariadb: Engine, tmp_path: Path) -> None:
    text = "SET SESSION information_schema_stats_expiry = 0;\nCREATE TABLE a (n INT);\n"

    with database_of(read(tmp_path, text, "mariadb"), mariadb) as database:
        assert [(one.line, one.reason) for one in database.script.skipped] == [
            (1, "the server has no setting of this name")
        ]


def test_lines_may_end_with_a_carriage_return(engine: Engine, tmp_path: Path) -> None:
    text = "-- a\r\nCREATE TABLE a (\r\n  n INT -- b\r\n);\r\nINSERT INTO a VALUES (1);\r\n"

    with database_of(read(tmp_path, text, engine.traits.name), engine) as database:
        assert [one.line for one in database.script.statements] == [2]
        assert database.script.data_statements == 1


def test_objects_of_other_schemas_are_created(postgresql: Engine, tmp_path: Path) -> None:
    text = "CREATE SCHEMA a;\nSET search_path TO a;\nCREATE TABLE t (id serial);\nCREATE TABLE public.u (id int);\n"

    with database_of(read(tmp_path, text, "postgresql"), postgresql) as database:
        with database.scratch.connect() as connection:
            rows = connection.run("SELECT schemaname, tablename FROM pg_tables WHERE tableowner = current_user").rows
    assert sorted(rows) == [("a", "t"), ("public", "u")]


def test_foreign_keys_that_stay_disabled_are_told_from_those_of_a_load(tmp_path: Path) -> None:
    name = f"{'b' * 60}"
    script = read(
        tmp_path,
        f"CREATE TABLE a (id int); CREATE TABLE {name} (id int);\n"
        "ALTER TABLE a DISABLE TRIGGER ALL;\nALTER TABLE ONLY public.a ENABLE TRIGGER ALL;\n"
        f"ALTER TABLE ONLY public.{name} DISABLE TRIGGER ALL;\n",
        "postgresql",
    )

    assert ["does not enforce" in one.reason for one in script.skipped] == [False, False, True]
    assert script.disabled_keys == (("public", name),)


WRITERS = {
    "postgresql": r"""
CREATE FUNCTION set_version(v text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM first WHERE id = 1 FOR UPDATE) THEN UPDATE first SET id = 1; -- create nothing
  ELSE INSERT INTO first VALUES (1); END IF;
  RAISE NOTICE 'create table';
END $$;
CREATE FUNCTION through() RETURNS void LANGUAGE sql AS 'SELECT public.set_version(''1'')';
CREATE FUNCTION make() RETURNS void LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO first VALUES (2); CREATE TABLE made (id int); END $$;
CREATE FUNCTION make_dynamic() RETURNS void LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO first VALUES (3); EXECUTE 'CREATE TABLE made_too (id int)'; END $$;
CREATE FUNCTION locks() RETURNS void LANGUAGE sql AS $$ SELECT 1 FROM first FOR UPDATE $$;
CREATE PROCEDURE seed() LANGUAGE sql AS $$ INSERT INTO first VALUES (4) $$;
SELECT set_version('1.14');
SELECT public.through();
CALL seed();
DO $$ BEGIN INSERT INTO first VALUES (5); END $$;
DO LANGUAGE plpgsql $$ BEGIN PERFORM set_version('2'); END $$;
SELECT make();
SELECT make_dynamic();
SELECT locks();
DO $$ BEGIN CREATE TABLE of_block (id int); INSERT INTO of_block VALUES (1); END $$;
""",
    "mariadb": """
DELIMITER //
CREATE PROCEDURE seed() BEGIN INSERT INTO first VALUES (1); END//
CREATE PROCEDURE make() BEGIN INSERT INTO first VALUES (2); CREATE TABLE made (id int); END//
DELIMITER ;
CALL seed();
CALL make();
""",
}
KEPT_CALLS = {
    "postgresql": ["SELECT make", "SELECT make_dynamic", "SELECT locks", "DO $$ BEGIN CREATE"],
    "mariadb": ["CALL make"],
}


@pytest.mark.parametrize(("engine", "rows"), [("postgresql", 5), ("mariadb", 1)], indirect=["engine"])
def test_code_that_only_writes_rows_is_counted_and_not_run(engine: Engine, tmp_path: Path, rows: int) -> None:
    name = engine.traits.name
    script = read(tmp_path, f"{FIRST[name]};{WRITERS[name]}", name)

    run = [one.text for one in script.statements if one.text.startswith(("SELECT", "CALL", "DO"))]
    assert len(run) == len(KEPT_CALLS[name])
    assert all(text.startswith(start) for text, start in zip(run, KEPT_CALLS[name], strict=True))
    assert script.data_statements == rows
    with database_of(script, engine) as database, database.scratch.connect("owner") as owner:
        assert owner.run("SELECT count(*) FROM made").scalar == 0
