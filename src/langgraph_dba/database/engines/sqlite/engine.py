"""The SQLite engine: each scratch database is a temporary file with one role, the owner."""

import hashlib
import platform
import shutil
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from langgraph_dba.cancellation import at_end
from langgraph_dba.database.engines.base import Fill, Role
from langgraph_dba.database.engines.servers.private_folder import PrivateFolder
from langgraph_dba.database.engines.sqlite.connection import SqliteConnection
from langgraph_dba.database.engines.sqlite.traits import traits_of_version
from langgraph_dba.errors import EngineError, EngineFailed

_OPTIONS = (
    "ENABLE_FTS5", "ENABLE_RTREE", "ENABLE_STAT4", "ENABLE_DBSTAT_VTAB", "ENABLE_MATH_FUNCTIONS", "ENABLE_SESSION",
)  # fmt: skip
_TEMPLATES = 12  # each is a file with all rows of its `fill`
_FOLDER_PREFIX = "dba-sqlite-"


class SqliteScratch:
    """One temporary database file."""

    def __init__(self, path: Path) -> None:
        """Store the path of the file."""
        self._path = path

    @contextmanager
    def connect(self, role: Role = "owner") -> Iterator[SqliteConnection]:
        if role == "app":
            raise EngineError("SQLite has no roles: every user of the file may change everything")
        connection = SqliteConnection(self._path)
        try:
            yield connection
        finally:
            connection.close()

    def url(self, role: Role = "owner") -> str:
        del role  # there is only the owner
        return f"sqlite:///{self._path}"


class SqliteEngine:
    """The SQLite library of this Python."""

    traits = traits_of_version(sqlite3.sqlite_version)
    origin = f"Python {platform.python_version()}"

    def version(self) -> str:
        """Return the library's version, such as `3.45.1`."""
        return sqlite3.sqlite_version

    def __init__(self) -> None:
        """Create no file yet."""
        self._lock = threading.RLock()
        self._folder: PrivateFolder | None = None
        self._templates: OrderedDict[str, Path] = OrderedDict()

    def features(self) -> Mapping[str, str]:
        """Return which optional features the library was compiled with, and which it lacks."""
        link = sqlite3.connect(":memory:")
        options = {str(name) for (name,) in link.execute("PRAGMA compile_options")}
        link.close()
        present = [name for name in _OPTIONS if name in options]
        missing = [name for name in _OPTIONS if name not in options]
        return {"compiled with": ", ".join(present) or "none", "without": ", ".join(missing) or "none"}

    @contextmanager
    def scratch(
        self, ddl: str = "", *, app_role: str = "app_user", fill: Fill | None = None
    ) -> Iterator[SqliteScratch]:
        """Create a temporary file in which `ddl` was run, and remove it at the end."""
        del app_role  # SQLite has no roles
        folder = PrivateFolder(_FOLDER_PREFIX)
        try:
            path = folder.path / "scratch.db"
            # under the lock: another thread may remove the least recently used template
            with self._lock:
                self._copy(self._template(ddl, fill), path)
            yield SqliteScratch(path)
        finally:
            folder.remove()

    def provide_roles(self, names: Sequence[str]) -> str:
        """Return that SQLite has no roles."""
        del names
        return "SQLite has no roles"

    def close(self) -> None:
        """Remove the templates of scratch databases."""
        with self._lock:
            if self._folder:
                self._folder.remove()
            self._folder = None
            self._templates.clear()

    @staticmethod
    def _copy(template: Path, path: Path) -> None:
        try:
            shutil.copyfile(template, path)
        except OSError as error:
            raise EngineFailed(f"SQLite cannot copy a database: {error}") from None

    def _template(self, ddl: str, fill: Fill | None) -> Path:
        key = hashlib.sha256("\0".join((ddl, fill.key if fill else "")).encode()).hexdigest()[:16]
        if key not in self._templates:
            if self._folder is None:
                self._folder = PrivateFolder(_FOLDER_PREFIX)
                at_end(self.close)
            path = self._folder.path / f"{key}.db"
            path.unlink(missing_ok=True)  # left by a script that failed
            with SqliteScratch(path).connect() as connection:
                connection.script(ddl)
                if fill:
                    fill.load(connection)
            self._templates[key] = path
            while len(self._templates) > _TEMPLATES:
                self._templates.popitem(last=False)[1].unlink()
        self._templates.move_to_end(key)
        return self._templates[key]
