"""A server named by URL: scratch databases are made on it and dropped, and nothing else is touched."""

import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from usable_engines import usable

from langgraph_dba.database.engines import open_engine
from langgraph_dba.database.engines.mariadb.server import MariadbServer
from langgraph_dba.database.engines.postgresql.server import PostgresServer
from langgraph_dba.database.engines.servers.process_identity import ProcessIdentity, machine
from langgraph_dba.database.engines.servers.server_by_url import names_of_ended_processes, without_credentials
from langgraph_dba.errors import EngineError, EngineUnavailable

DDL = "CREATE TABLE t (id INTEGER PRIMARY KEY);"
# everything that has a name on a server, whoever made it
EVERYTHING = {
    "postgresql": "SELECT datname FROM pg_database UNION ALL SELECT rolname FROM pg_roles",
    "mariadb": "SELECT schema_name FROM information_schema.schemata UNION ALL SELECT user FROM mysql.user",
}


@dataclass(frozen=True)
class Given:
    """Somebody's server."""

    name: str
    variable: str
    url: str
    password: str

    def everything(self) -> set[str]:
        """Ask with an engine that makes nothing."""
        engine: Any = open_engine(self.name)
        asked = engine._super("postgres") if self.name == "postgresql" else engine._super()
        with asked as connection:
            found = {str(name) for (name,) in connection.run(EVERYTHING[self.name]).rows}
        engine.close()
        return found


@pytest.fixture(scope="module")
def somebodys() -> Iterator[dict[str, PostgresServer | MariadbServer]]:
    made: dict[str, PostgresServer | MariadbServer] = {}
    yield made
    for server in made.values():
        server.stop()


@pytest.fixture(params=EVERYTHING)
def given(
    request: pytest.FixtureRequest,
    somebodys: dict[str, PostgresServer | MariadbServer],
    monkeypatch: pytest.MonkeyPatch,
) -> Given:
    usable(request.param)
    if request.param not in somebodys:
        somebodys[request.param] = PostgresServer() if request.param == "postgresql" else MariadbServer()
    server = somebodys[request.param]
    if isinstance(server, PostgresServer):
        url = f"postgresql://postgres:{server.password}@/postgres?host={quote(str(server.folder), safe='')}"
        variable = "LANGGRAPH_DBA_POSTGRES"
    else:
        url = f"mysql://root:{server.password}@localhost/?unix_socket={quote(str(server.socket), safe='')}"
        variable = "LANGGRAPH_DBA_MARIADB"
    monkeypatch.setenv(variable, url)
    return Given(request.param, variable, url, server.password)


def test_scratch_databases_are_made_under_names_of_our_own_and_dropped(given: Given) -> None:
    before = given.everything()
    engine = open_engine(given.name)

    with engine.scratch(DDL) as scratch, scratch.connect() as owner, scratch.connect("app") as app:
        owner.run("INSERT INTO t VALUES (1)")
        made = given.everything() - before
        user = str(app.run("SELECT current_user").scalar)
    engine.close()

    assert user.partition("@")[0] in made
    assert all(name.startswith(f"dba_scratch_{machine()}_{ProcessIdentity.current()}_") for name in made - {"app_user"})
    assert given.everything() == before


def test_what_a_killed_process_left_there_is_dropped_by_the_next(given: Given) -> None:
    before = given.everything()
    script = f"""
        import os
        from langgraph_dba.database.engines import open_engine
        with open_engine({given.name!r}).scratch({DDL!r}) as scratch:
            os.kill(os.getpid(), 9)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    assert done.returncode == -signal.SIGKILL

    given.everything()  # asking opens an engine, opening one reaps, and closing it drops a role that nobody uses
    assert given.everything() == before


def test_a_wrong_password_is_said_and_not_shown(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(given.variable, given.url.replace(given.password, "not-the-password"))

    with pytest.raises(EngineUnavailable, match="cannot be used") as refusal:
        open_engine(given.name).version()

    assert "not-the-password" not in str(refusal.value)
    assert given.password not in str(refusal.value)


def test_a_login_without_the_rights_is_told_which_it_lacks(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    engine: Any = open_engine(given.name)
    make = {
        "postgresql": "CREATE ROLE weak LOGIN CREATEDB PASSWORD 'weak'",
        "mariadb": "CREATE USER weak@'%' IDENTIFIED BY 'weak'",
    }
    drop = {"postgresql": "DROP ROLE weak", "mariadb": "DROP USER weak@'%'"}
    asked = engine._super("postgres") if given.name == "postgresql" else engine._super()
    with asked as root:
        root.run(make[given.name])
        user = "postgres" if given.name == "postgresql" else "root"
        monkeypatch.setenv(given.variable, given.url.replace(f"{user}:{given.password}", "weak:weak"))

        with pytest.raises(EngineUnavailable, match=r"lacks SUPERUSER|lacks, WITH GRANT OPTION: .*CREATE USER"):
            open_engine(given.name).version()

        root.run(drop[given.name])
    engine.close()


def test_a_role_of_somebody_elses_is_not_taken(given: Given) -> None:
    if given.name != "postgresql":
        assert given.name == "mariadb"  # where the application's login bears our mark too
        return
    engine: Any = open_engine(given.name)
    with engine._super("postgres") as root:
        root.run("CREATE ROLE theirs LOGIN")
        with pytest.raises(EngineError, match="did not create"), engine.scratch(DDL, app_role="theirs"):
            pass
        root.run("DROP ROLE theirs")
    engine.close()


def test_only_names_of_this_machine_whose_process_is_gone_are_left_behind() -> None:
    this, here = ProcessIdentity.current(), machine()
    dead = f"dba_scratch_{here}_{this.pid}_{this.start_time}9_1"

    assert names_of_ended_processes(
        [dead, f"{dead}_owner", f"dba_scratch_{here}_{this}_1", dead.replace(here, "00000000"), "dba_scratch", "app"]
    ) == [dead, f"{dead}_owner"]


def test_a_url_is_shown_without_its_password() -> None:
    assert (
        without_credentials("postgresql://me:secret@db.example:5433/app?password=again")
        == "postgresql://me@db.example:5433/app"
    )
