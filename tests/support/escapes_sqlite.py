"""The SQLite files for the attempts of the corpus: a read-only one, and one in WAL mode."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from escapes import Who, corpus, digest, files_left

from langgraph_dba.database import LiveDatabase
from langgraph_dba.database.engines import Engine


class SqliteWorld:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for who, mode in (("plain", "DELETE"), ("powerful", "WAL")):
            subfolder = folder / who
            subfolder.mkdir()
            with closing(sqlite3.connect(subfolder / "live.db", isolation_level=None)) as link:
                link.execute(f"PRAGMA journal_mode = {mode}")
                link.executescript(corpus("sqlite").setup)
        (folder / "plain" / "live.db").chmod(0o444)

    def url(self, who: Who) -> str:
        return f"sqlite:///{self._folder / who / 'live.db'}"

    def traces(self, live: LiveDatabase) -> Mapping[str, object]:
        del live  # its connection holds no lock between two statements
        paths = sorted(path for path in self._folder.rglob("*") if path.is_file())
        return {
            "files": [str(path.relative_to(self._folder)) for path in paths],
            "bytes": digest(*(path.read_bytes() for path in paths)),
            "elsewhere": files_left(self._folder),
        }


@contextmanager
def world(engine: Engine, folder: Path) -> Iterator[SqliteWorld]:
    del engine
    yield SqliteWorld(folder)
