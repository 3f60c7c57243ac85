"""Dumps that the engines' own programs write: the database read from a dump equals the dumped one."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dump_tools import mariadb_dump, pg_dump, sqlite_dump

from langgraph_dba.database.engines import Connection, Engine, Scratch, difference
from langgraph_dba.database.scripts import Script, ScriptDatabase, database_of, read_script

POSTGRESQL = """
CREATE SCHEMA audit;
CREATE EXTENSION citext;
CREATE TYPE mood AS ENUM ('sad', 'o;k');
CREATE DOMAIN year AS int CHECK (VALUE > 1900);
CREATE TABLE tenant (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name citext UNIQUE, since year);
CREATE TABLE "Odd ""Name" (
  id serial PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenant, feeling mood DEFAULT 'sad',
  note text, doubled int GENERATED ALWAYS AS (id * 2) STORED, at timestamptz DEFAULT now());
CREATE TABLE measure (day date NOT NULL, n int) PARTITION BY RANGE (day);
CREATE TABLE measure_2024 PARTITION OF measure FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE audit.log (id int, what text);
CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO audit.log VALUES (NEW.id, 'changed; again'); RETURN NEW; END $$;
CREATE TRIGGER changed BEFORE UPDATE ON "Odd ""Name" FOR EACH ROW EXECUTE FUNCTION note_change();
CREATE FUNCTION plus(a int, b int) RETURNS int BEGIN ATOMIC SELECT a + b; END;
CREATE VIEW names AS SELECT t.name, count(*) FROM tenant t GROUP BY t.id;
CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS tenants FROM tenant;
ALTER TABLE "Odd ""Name" ENABLE ROW LEVEL SECURITY;
CREATE POLICY one ON "Odd ""Name" TO "Reader-1" USING (tenant_id = 1);
CREATE INDEX feelings ON "Odd ""Name" (lower(note)) WHERE feeling = 'sad';
COMMENT ON TABLE tenant IS 'it''s; a comment';
GRANT SELECT, INSERT ON tenant TO "Reader-1" WITH GRANT OPTION;
GRANT USAGE ON SCHEMA audit TO "Reader-1";
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO "Reader-1";
INSERT INTO tenant (name, since) VALUES ('a', 1999), (E'tab\\there \\\\. x', NULL);
INSERT INTO "Odd ""Name" (tenant_id, note) VALUES (1, E'line\\nbreak'), (1, NULL), (2, '\\.');
INSERT INTO measure VALUES ('2024-05-05', 1);
"""
MARIADB = """
CREATE TABLE tenant (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(40) NOT NULL,
  kind ENUM('a', 'b;c')) COMMENT 'it''s';
CREATE TABLE item (id INT PRIMARY KEY, tenant_id INT NOT NULL, price DECIMAL(8, 2) CHECK (price > 0),
  total DECIMAL(9, 2) AS (price * 2) STORED, FULLTEXT KEY words (note), note TEXT,
  CONSTRAINT of_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id) ON DELETE CASCADE);
CREATE VIEW names AS SELECT name, COUNT(item.id) AS items FROM tenant
  LEFT JOIN item ON tenant_id = tenant.id GROUP BY 1;
CREATE TRIGGER lower_name BEFORE INSERT ON tenant FOR EACH ROW SET NEW.name = LOWER(NEW.name);
CREATE FUNCTION twice(n INT) RETURNS INT DETERMINISTIC RETURN n * 2;
INSERT INTO tenant (name) VALUES ('A; b'), ('it''s \\\\ ü');
INSERT INTO item (id, tenant_id, price) VALUES (1, 1, 2.50), (2, 2, 3);
"""
SQLITE = """
CREATE TABLE tenant (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE item (tenant_id INTEGER REFERENCES tenant, no INTEGER, PRIMARY KEY (tenant_id, no)) WITHOUT ROWID;
CREATE VIEW names AS SELECT name FROM tenant;
CREATE INDEX by_no ON item (no) WHERE no > 1;
CREATE TRIGGER renamed AFTER UPDATE ON tenant BEGIN UPDATE item SET no = no + 1; SELECT 1; END;
CREATE VIRTUAL TABLE words USING fts5(body);
INSERT INTO tenant (name) VALUES ('a;b'), ('it''s');
INSERT INTO item VALUES (1, 1);
INSERT INTO words VALUES ('trees and rivers');
"""


def read(tmp_path: Path, dump: str) -> Script:
    file = tmp_path / "dump.sql"
    file.write_text(dump, encoding="utf-8")
    return read_script(file)


@contextmanager
def restored(script: Script, engine: Engine) -> Iterator[tuple[ScriptDatabase, Connection]]:
    with database_of(script, engine) as database, database.scratch.connect("superuser") as connection:
        yield database, connection


def assert_same(dumped: Scratch, script: Script, engine: Engine) -> None:
    with dumped.connect("superuser") as before, restored(script, engine) as (database, after):
        assert [str(one) for one in database.script.skipped[len(script.skipped) :]] == []
        assert _difference(before, after) == []
        with engine.scratch(database.script.ddl) as fresh, fresh.connect("superuser") as connection:
            assert _difference(before, connection) == []


def _difference(before: Connection, after: Connection) -> list[str]:
    # MariaDB: each scratch database has an owner of its own, who is the definer of its objects
    return [one for one in difference(before.catalogue(), after.catalogue()) if not one.startswith("lost scratch_")]


@pytest.mark.parametrize(
    "options", [[], ["--inserts"], ["--clean", "--if-exists"], ["--clean"], ["--no-owner"]], ids=str
)
def test_a_dump_of_postgresql_becomes_the_same_database(postgresql: Engine, tmp_path: Path, options: list[str]) -> None:
    assert postgresql.provide_roles(["Reader-1"]) == ""

    with postgresql.scratch(POSTGRESQL) as source:
        with source.connect() as connection:
            connection.run("REFRESH MATERIALIZED VIEW totals")
        script = read(tmp_path, pg_dump(source, *options))

        assert_same(source, script, postgresql)
    assert script.extensions == ("citext",)
    assert "Reader-1" in script.roles


@pytest.mark.parametrize(
    "options", [[], ["--databases"], ["--routines", "--events", "--skip-extended-insert"]], ids=str
)
def test_a_dump_of_mariadb_becomes_the_same_database(mariadb: Engine, tmp_path: Path, options: list[str]) -> None:
    with mariadb.scratch(MARIADB) as source:
        # without --routines a dump has no functions
        all_options = options if "--routines" in options else ["--routines", *options]
        script = read(tmp_path, mariadb_dump(source, *all_options))

        assert_same(source, script, mariadb)


def test_a_dump_of_sqlite_becomes_the_same_database(sqlite: Engine, tmp_path: Path) -> None:
    with sqlite.scratch(SQLITE) as source:
        script = read(tmp_path, sqlite_dump(source))
        with source.connect() as before, restored(script, sqlite) as (_, after):
            assert _difference(before, after) == []
            assert after.run("SELECT count(*) FROM words WHERE words MATCH 'rivers'").scalar == 0


def test_an_event_of_mariadb_keeps_its_body_without_its_definer(mariadb: Engine, tmp_path: Path) -> None:
    event = "CREATE EVENT clear ON SCHEDULE EVERY 1 DAY DO BEGIN DELETE FROM tenant; SELECT 1; END"
    with mariadb.scratch() as source:
        with source.connect("superuser") as connection:
            connection.run("CREATE TABLE tenant (id INT)")
            connection.run(event)
        script = read(tmp_path, mariadb_dump(source, "--events"))

    with restored(script, mariadb) as (_, after):
        found = after.run(
            "SELECT event_name, event_definition FROM information_schema.events WHERE event_schema = database()"
        )
    assert found.rows == (("clear", "BEGIN DELETE FROM tenant; SELECT 1; END"),)


def test_a_dump_file_has_no_secret_name(tmp_path: Path) -> None:
    """The name of a database in a dump is not needed: another one gets the objects."""
    name = f"db_{secrets.token_hex(4)}"

    script = read(
        tmp_path, f"CREATE DATABASE `{name}`;\nUSE `{name}`;\nCREATE TABLE `{name}`.`t` (id INT) ENGINE=InnoDB;\n"
    )

    assert name not in script.ddl
