"""What only one engine has: roles and settings of PostgreSQL, privileges and statements of MariaDB."""

import gc
import os
from contextlib import ExitStack, closing
from pathlib import Path
from typing import NoReturn

import pytest
from shelf_database import DDL, FILLED

from langgraph_dba.database.engines import (
    Engine,
    QueryResult,
    Rejected,
)
from langgraph_dba.errors import EngineError, EngineFailed, EngineUnavailable


class TestPostgresql:
    """Tests for roles."""

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

    def test_a_second_statement_after_a_semicolon_is_refused(self, postgresql: Engine) -> None:
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

    def test_a_connection_that_the_server_ended_is_replaced(self, postgresql: Engine) -> None:
        with postgresql.scratch() as scratch, scratch.connect("superuser") as connection:
            ended = connection.run(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = 'postgres' AND state = 'idle' AND pid <> pg_backend_pid()"
            )
        with postgresql.scratch("CREATE TABLE after_the_end (id integer)") as scratch, scratch.connect() as owner:
            found = owner.run("SELECT count(*) FROM after_the_end").scalar

        assert ended.scalar >= 1
        assert found == 0

    @pytest.mark.server
    def test_a_server_whose_first_connection_fails_is_started_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from langgraph_dba.database.engines.postgresql import engine as module

        def fail(_: object) -> NoReturn:
            raise EngineFailed("the server refused the connection: a test")

        with closing(module.PostgresEngine()) as engine:
            with monkeypatch.context() as patch:
                patch.setattr(module, "_connect_as_superuser", fail)
                for _ in range(2):
                    with pytest.raises(EngineFailed, match="a test"):
                        engine.version()

            assert int(engine.version().split(".")[0]) >= 15

    def test_a_role_name_that_is_not_an_identifier_is_refused(self, postgresql: Engine) -> None:
        with pytest.raises(EngineError, match="cannot be the application's role"):
            with postgresql.scratch(app_role="x; DROP ROLE postgres"):
                pass

    def test_missing_binaries_name_the_extra(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        from langgraph_dba.database.engines.postgresql.server import find_binaries

        monkeypatch.setitem(os.environ, "LANGGRAPH_DBA_POSTGRES", str(tmp_path))

        with pytest.raises(EngineUnavailable, match="has no bin/initdb"):
            find_binaries()


class TestMariadb:
    """Tests for logins, and for DDL without transactions."""

    def test_the_owner_has_privileges_only_in_its_own_database(self, mariadb: Engine) -> None:
        with mariadb.scratch(DDL) as other, mariadb.scratch() as scratch, scratch.connect("owner") as owner:
            databases = {str(name) for (name,) in owner.run("SHOW DATABASES").rows}
            with other.connect() as there:
                elsewhere = there.run("SELECT database()").scalar
            answers = [owner.attempt((sql.format(elsewhere), {})) for sql in REACHING_OUT]

        assert elsewhere not in databases
        assert [answer.kind if isinstance(answer, Rejected) else answer for answer in answers] == ["permission"] * 5

    def test_the_application_reads_and_writes_but_cannot_alter_tables(self, mariadb: Engine) -> None:
        with mariadb.scratch(FILLED) as scratch, scratch.connect("app") as app:
            inserted = app.attempt(("INSERT INTO shelf VALUES (2, 'b')", {}))
            altered = app.attempt(("ALTER TABLE shelf ADD COLUMN more INTEGER", {}))

        assert isinstance(inserted, QueryResult)
        assert isinstance(altered, Rejected)
        assert altered.kind == "permission"

    def test_a_second_statement_after_a_semicolon_is_refused(self, mariadb: Engine) -> None:
        with mariadb.scratch(FILLED) as scratch, scratch.connect() as connection:
            with pytest.raises(Rejected, match="syntax"):
                connection.run("SELECT 1; DELETE FROM book")

            assert connection.run("SELECT count(*) FROM book").scalar == 1

    def test_an_attempt_with_ddl_is_an_error(self, mariadb: Engine) -> None:
        with mariadb.scratch(DDL) as scratch, scratch.connect() as connection:
            with pytest.raises(EngineError, match="cannot roll back"):
                connection.attempt(("CREATE TABLE further (id INTEGER)", {}))

    def test_a_refusal_names_the_constraint_or_the_column(self, mariadb: Engine) -> None:
        broken = {
            "INSERT INTO shelf VALUES (2, 'a')": "shelf_name",
            "INSERT INTO shelf VALUES (1, 'b')": "PRIMARY",
            "INSERT INTO shelf VALUES (2, NULL)": "shelf.name",
            "INSERT INTO book VALUES (2, 99, 1)": "book_shelf",
            "INSERT INTO book VALUES (2, 1, -1)": "book_pages",
        }
        with mariadb.scratch(FILLED) as scratch, scratch.connect() as connection:
            answers = {sql: connection.attempt((sql, {})) for sql in broken}

        assert {sql: getattr(answer, "constraint", None) for sql, answer in answers.items()} == broken

    def test_texts_differ_by_case_and_trailing_spaces(self, mariadb: Engine) -> None:
        """As on the other engines: with the server's default collation they would be equal."""
        with mariadb.scratch(FILLED) as scratch, scratch.connect() as connection:
            connection.run("INSERT INTO shelf VALUES (2, 'A'), (3, 'a '), (4, 'ä')")

            assert connection.run("SELECT count(*) FROM shelf WHERE name = 'a'").scalar == 1

    def test_an_open_connection_does_not_block_dropping_the_database(self, mariadb: Engine) -> None:
        with ExitStack() as left_open:
            with mariadb.scratch(FILLED) as scratch:
                connection = left_open.enter_context(scratch.connect())
                connection.run("START TRANSACTION")
                connection.run("SELECT * FROM book")

            with pytest.raises(EngineFailed):
                connection.run("SELECT 1")

    def test_the_socket_of_a_refused_connection_is_closed(self, tmp_path: Path) -> None:
        """PyMySQL leaves the socket to the garbage collector, which would emit a warning."""
        from langgraph_dba.database.engines.mariadb.driver import Address, connect

        with pytest.raises(EngineFailed, match="no server answers at"):
            connect(Address(user="nobody", password="", socket=str(tmp_path / "none")), sql_mode="")

        gc.collect()

    def test_a_missing_server_names_what_to_install(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        from langgraph_dba.database.engines.mariadb import server

        monkeypatch.setattr(server, "_ROOTS", (tmp_path,))

        with pytest.raises(EngineUnavailable, match="apt-get install mariadb-server"):
            server.find_binaries()


REACHING_OUT = (
    "SELECT count(*) FROM {}.shelf",
    "SELECT count(*) FROM mysql.global_priv",
    "SELECT 'x' INTO OUTFILE '/tmp/dba-outfile'",
    "SET GLOBAL general_log = 1",
    "CREATE DATABASE beside",
)
