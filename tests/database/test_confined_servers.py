"""A superuser of a private server can run no program and write no file elsewhere: schemas call functions as one."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from langgraph_dba.confinement import WRITES, unenforced
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.engines.base import Rejected
from langgraph_dba.database.engines.servers.private_folder import base

pytestmark = pytest.mark.skipif(WRITES in unenforced(), reason="this machine has no Landlock")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every account can write in, on the file system of the servers."""
    with tempfile.TemporaryDirectory(dir=base()) as name:
        Path(name).chmod(0o777)
        yield Path(name)


@pytest.mark.parametrize(
    "statement",
    [
        "COPY (SELECT 1) TO PROGRAM 'touch {0}/x'",
        "COPY t FROM PROGRAM 'touch {0}/x'",
        "COPY (SELECT 1) TO '{0}/x'",
        "SELECT lo_export(lo_from_bytea(0, 'x'), '{0}/x')",
    ],
)
def test_a_superuser_of_postgresql_stays_in_its_folder(postgresql: Engine, folder: Path, statement: str) -> None:
    with postgresql.scratch("CREATE TABLE t (a text)") as scratch, scratch.connect("superuser") as connection:
        with pytest.raises(Rejected):
            connection.run(statement.format(folder))

    assert list(folder.iterdir()) == []


def test_a_superuser_of_mariadb_stays_in_its_folder(mariadb: Engine, folder: Path) -> None:
    with mariadb.scratch() as scratch, scratch.connect("superuser") as connection, pytest.raises(Rejected):
        connection.run(f"SELECT 1 INTO OUTFILE '{folder}/x'")

    assert list(folder.iterdir()) == []
