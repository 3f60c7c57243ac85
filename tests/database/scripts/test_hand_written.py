"""Schemas in the styles in which people publish them."""

from pathlib import Path

import pytest

from langgraph_dba.database.engines import Connection, Engine
from langgraph_dba.database.scripts import ScriptDatabase, database_of, read_script

FILES = Path(__file__).parent / "files"
DUMPS = Path(__file__).parents[1] / "statements" / "dumps"


@pytest.mark.parametrize(
    ("name", "dialect"),
    [
        ("django_sqlmigrate.sql", "postgresql"),
        ("phpmyadmin.sql", "mariadb"),
        ("rails_structure.sql", "postgresql"),
        ("sqlite_fts5.sql", "sqlite"),
        ("supabase.sql", "postgresql"),
        ("workbench.sql", "mariadb"),
    ],
)
def test_the_dialect_is_guessed(name: str, dialect: str) -> None:
    assert read_script(FILES / name).dialect == dialect


@pytest.mark.parametrize(
    ("name", "statements"),
    [
        pytest.param("pg_dump_15.sql", 3, marks=pytest.mark.server),
        pytest.param("pg_dump_18.sql", 3, marks=pytest.mark.server),
        pytest.param("mariadb_dump.sql", 1, marks=pytest.mark.server),
        ("sqlite_dump.sql", 3),
    ],
)
def test_the_data_statements_of_stored_dumps_are_counted(
    request: pytest.FixtureRequest, name: str, statements: int
) -> None:
    script = read_script(DUMPS / name)
    engine: Engine = request.getfixturevalue(script.dialect)

    with database_of(script, engine) as database:
        assert database.script.data_statements == statements
        assert database.script.skipped == script.skipped


def named(database: ScriptDatabase, connection: Connection, kind: str) -> list[str]:
    assert database.script.ddl
    return list(connection.catalogue()[kind])


def test_supabase_keeps_policies_and_grants_and_names_what_is_left_out(postgresql: Engine) -> None:
    script = read_script(FILES / "supabase.sql")

    with database_of(script, postgresql) as database, database.scratch.connect() as connection:
        assert len(named(database, connection, "policy")) == 3
        granted = connection.run("SELECT has_table_privilege('authenticated', 'notes', 'INSERT')").scalar
    left_out = {one.line: one.reason for one in database.script.skipped if "left out" in one.reason}
    assert granted is True
    if "uuid-ossp" in str(database.script.skipped):  # a server of a distribution has the extension
        assert left_out == {
            39: "left out because it needs the extension uuid-ossp",
            43: "left out because attachments was left out",
            45: "left out because attachments was left out",
        }
    assert script.roles == ("anon", "authenticated", "service_role", "postgres")


def test_phpmyadmin_loses_the_name_of_its_database(mariadb: Engine) -> None:
    script = read_script(FILES / "phpmyadmin.sql")

    with database_of(script, mariadb) as database, database.scratch.connect() as connection:
        assert connection.run("SELECT id FROM open_orders").rows == ()
    reasons = {one.text: one.reason for one in database.script.skipped}
    assert reasons["shop."] == "removed before 3 names: a scratch database has a name of its own"
    assert "DEFINER=`shop`@`%`" in reasons


def test_sqlite_virtual_tables_can_be_queried(sqlite: Engine) -> None:
    script = read_script(FILES / "sqlite_fts5.sql")

    with database_of(script, sqlite) as database, database.scratch.connect() as connection:
        connection.run("INSERT INTO note (body) VALUES ('trees')")
        assert connection.run("SELECT rowid FROM note_text WHERE note_text MATCH 'trees'").rows == ((1,),)
        assert connection.run("SELECT body FROM doc WHERE doc MATCH 'lakes'").rows == ()


def test_django_indexes_are_built_in_the_transaction(postgresql: Engine) -> None:
    with database_of(read_script(FILES / "django_sqlmigrate.sql"), postgresql) as database:
        with database.scratch.connect() as connection:
            assert len(named(database, connection, "index")) == 2


def test_rails_migrations_are_rows(postgresql: Engine) -> None:
    script = read_script(FILES / "rails_structure.sql")

    with database_of(script, postgresql) as database:
        assert (database.script.data_statements, database.script.extensions) == (1, ("pg_trgm",))


def test_workbench_creates_a_table_before_the_one_it_refers_to(mariadb: Engine) -> None:
    with database_of(read_script(FILES / "workbench.sql"), mariadb) as database:
        with database.scratch.connect() as connection:
            assert len(named(database, connection, "foreign key")) == 1
            assert connection.run("SELECT table_comment FROM information_schema.tables WHERE table_name = 'patient'"
                                  " AND table_schema = database()").scalar == "mydb.patient"  # fmt: skip
