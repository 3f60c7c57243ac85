"""A server named by URL: scratch databases are created and dropped on it, and nothing else is changed."""

import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from usable_engines import usable

from langgraph_dba.database.engines import open_engine
from langgraph_dba.database.engines.mariadb.server import MariadbServer
from langgraph_dba.database.engines.postgresql.server import PostgresServer
from langgraph_dba.database.engines.servers.process_identity import ProcessIdentity, machine
from langgraph_dba.database.engines.servers.server_by_url import names_of_ended_processes, without_credentials
from langgraph_dba.database.scripts import database_of, read_script
from langgraph_dba.errors import EngineError, EngineUnavailable

DDL = "CREATE TABLE t (id INTEGER PRIMARY KEY);"
# the names of all databases and logins on a server
EVERYTHING = {
    "postgresql": "SELECT datname FROM pg_database UNION ALL SELECT rolname FROM pg_roles",
    "mariadb": "SELECT schema_name FROM information_schema.schemata UNION ALL SELECT user FROM mysql.user",
}


@dataclass(frozen=True)
class UserServer:
    """A user's server."""

    name: str
    variable: str
    url: str
    password: str

    def everything(self) -> set[str]:
        """Return the names with an engine that creates nothing."""
        engine: Any = open_engine(self.name)
        superuser = engine._super("postgres") if self.name == "postgresql" else engine._super()
        with superuser as connection:
            names = {str(name) for (name,) in connection.run(EVERYTHING[self.name]).rows}
        engine.close()
        return names


@pytest.fixture(scope="module")
def running_servers() -> Iterator[dict[str, PostgresServer | MariadbServer]]:
    servers: dict[str, PostgresServer | MariadbServer] = {}
    yield servers
    for server in servers.values():
        server.stop()


@pytest.fixture(params=EVERYTHING)
def user_server(
    request: pytest.FixtureRequest,
    running_servers: dict[str, PostgresServer | MariadbServer],
    monkeypatch: pytest.MonkeyPatch,
) -> UserServer:
    usable(request.param)
    if request.param not in running_servers:
        running_servers[request.param] = PostgresServer() if request.param == "postgresql" else MariadbServer()
    server = running_servers[request.param]
    if isinstance(server, PostgresServer):
        url = f"postgresql://postgres:{server.password}@/postgres?host={quote(str(server.folder), safe='')}"
        variable = "LANGGRAPH_DBA_POSTGRES"
    else:
        url = f"mysql://root:{server.password}@localhost/?unix_socket={quote(str(server.socket), safe='')}"
        variable = "LANGGRAPH_DBA_MARIADB"
    monkeypatch.setenv(variable, url)
    return UserServer(request.param, variable, url, server.password)


def test_scratch_databases_have_names_with_our_prefix_and_are_dropped(user_server: UserServer) -> None:
    before = user_server.everything()
    engine = open_engine(user_server.name)

    with engine.scratch(DDL) as scratch, scratch.connect() as owner, scratch.connect("app") as app:
        owner.run("INSERT INTO t VALUES (1)")
        created = user_server.everything() - before
        user = str(app.run("SELECT current_user").scalar)
    engine.close()

    assert user.partition("@")[0] in created
    assert all(
        name.startswith(f"dba_scratch_{machine()}_{ProcessIdentity.current()}_") for name in created - {"app_user"}
    )
    assert user_server.everything() == before


def test_scratch_databases_of_a_killed_process_are_dropped_by_the_next(user_server: UserServer) -> None:
    before = user_server.everything()
    script = f"""
        import os
        from langgraph_dba.database.engines import open_engine
        with open_engine({user_server.name!r}).scratch({DDL!r}) as scratch:
            os.kill(os.getpid(), 9)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    assert done.returncode == -signal.SIGKILL

    user_server.everything()  # opens an engine, which drops leftovers; closing it drops unused roles
    assert user_server.everything() == before


def test_a_wrong_password_is_reported_without_the_password(
    user_server: UserServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(user_server.variable, user_server.url.replace(user_server.password, "not-the-password"))

    with pytest.raises(EngineUnavailable, match="cannot be used") as refusal:
        open_engine(user_server.name).version()

    assert "not-the-password" not in str(refusal.value)
    assert user_server.password not in str(refusal.value)


def test_missing_privileges_of_a_login_are_named(user_server: UserServer, monkeypatch: pytest.MonkeyPatch) -> None:
    engine: Any = open_engine(user_server.name)
    make = {
        "postgresql": "CREATE ROLE weak LOGIN CREATEDB PASSWORD 'weak'",
        "mariadb": "CREATE USER weak@'%' IDENTIFIED BY 'weak'",
    }
    drop = {"postgresql": "DROP ROLE weak", "mariadb": "DROP USER weak@'%'"}
    superuser = engine._super("postgres") if user_server.name == "postgresql" else engine._super()
    with superuser as root:
        root.run(make[user_server.name])
        user = "postgres" if user_server.name == "postgresql" else "root"
        monkeypatch.setenv(user_server.variable, user_server.url.replace(f"{user}:{user_server.password}", "weak:weak"))

        with pytest.raises(EngineUnavailable, match=r"lacks SUPERUSER|lacks, WITH GRANT OPTION: .*CREATE USER"):
            open_engine(user_server.name).version()

        root.run(drop[user_server.name])
    engine.close()


def test_an_existing_role_of_the_user_is_not_changed(user_server: UserServer) -> None:
    if user_server.name != "postgresql":
        assert user_server.name == "mariadb"  # its application login has the prefix of the scratch database too
        return
    engine: Any = open_engine(user_server.name)
    with engine._super("postgres") as root:
        root.run("CREATE ROLE theirs LOGIN")
        with pytest.raises(EngineError, match="did not create"), engine.scratch(DDL, app_role="theirs"):
            pass
        root.run("DROP ROLE theirs")
    engine.close()


def test_roles_that_a_script_names_are_not_created(user_server: UserServer, tmp_path: Path) -> None:
    before, engine = user_server.everything(), open_engine(user_server.name)
    (tmp_path / "s.sql").write_text("CREATE TABLE t (id INT);\nGRANT SELECT ON t TO reader_3;\n", encoding="utf-8")
    script = read_script(tmp_path / "s.sql", user_server.name)

    with database_of(script, engine) as database:
        (grant,) = database.script.skipped
    engine.close()

    assert (grant.line, user_server.everything()) == (2, before)
    assert ("roles belong to the whole server" if user_server.name == "postgresql" else "logins") in grant.reason


def test_only_names_of_ended_processes_of_this_machine_are_leftovers() -> None:
    this, here = ProcessIdentity.current(), machine()
    dead = f"dba_scratch_{here}_{this.pid}_{this.start_time}9_1"

    assert names_of_ended_processes(
        [dead, f"{dead}_owner", f"dba_scratch_{here}_{this}_1", dead.replace(here, "00000000"), "dba_scratch", "app"]
    ) == [dead, f"{dead}_owner"]


def test_a_url_without_credentials_has_no_password() -> None:
    assert (
        without_credentials("postgresql://me:secret@db.example:5433/app?password=again")
        == "postgresql://me@db.example:5433/app"
    )
