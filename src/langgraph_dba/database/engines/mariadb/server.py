"""A private MariaDB (or MySQL) server: programs, settings and initialisation.

The programs come from an installed server: no package on PyPI contains them.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from langgraph_dba.database.engines.mariadb.driver import Address
from langgraph_dba.database.engines.servers.private_server import PrivateServer
from langgraph_dba.errors import EngineUnavailable

_SERVER_HINT = "install a MariaDB server (Debian, Ubuntu: apt-get install mariadb-server)"
SQL_MODE = (
    "STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE,NO_ENGINE_SUBSTITUTION,"
    "ONLY_FULL_GROUP_BY,NO_AUTO_VALUE_ON_ZERO"
)
_SERVERS = ("mariadbd", "mysqld")
_INSTALLERS = ("mariadb-install-db", "mysql_install_db")
_ROOTS = tuple(map(Path, ("/usr", "/usr/local", "/opt/homebrew", "/usr/local/mysql")))
_FOLDERS = ("bin", "sbin", "libexec", "scripts")
# Durability is not needed for scratch databases.
_SETTINGS = {
    "innodb-buffer-pool-size": "64M",
    "innodb-flush-log-at-trx-commit": "0",
    "innodb-doublewrite": "0",
    "innodb-stats-persistent": "0",  # a background thread would update statistics, and plans would change
    "innodb-stats-auto-recalc": "0",
    "max-connections": "60",
    "character-set-server": "utf8mb4",
    "sql-mode": SQL_MODE,
    "default-time-zone": "+00:00",
    "event-scheduler": "OFF",
    "local-infile": "0",
    "default-storage-engine": "InnoDB",
}
_MARIADB_SETTINGS = {
    "collation-server": "utf8mb4_nopad_bin",
    "innodb-flush-method": "nosync",
    "innodb-log-file-size": "32M",
    "innodb-buffer-pool-dump-at-shutdown": "0",
    "max-recursive-iterations": "4294967295",  # 10.6 and later cut a recursive query after 1,000 rounds
}
_MYSQL_SETTINGS = {"collation-server": "utf8mb4_0900_bin", "mysqlx": "0", "skip-log-bin": ""}
# Drops the default logins and database of an installation; `root` gets its password before any connection.
_FIRST_STATEMENTS = """\
ALTER USER 'root'@'localhost' IDENTIFIED BY '{password}';
DROP USER IF EXISTS ''@'localhost';
DROP DATABASE IF EXISTS test;
"""


@dataclass(frozen=True, slots=True)
class MariadbBinaries:
    """The server program, the installer of its data (None: the server itself), and the installation folder."""

    server: Path
    installer: Path | None
    root: Path
    origin: str


def find_binaries() -> MariadbBinaries:
    """Find the programs: in `LANGGRAPH_DBA_MARIADB` (an installation folder), else in the system's folders."""
    setting = os.environ.get("LANGGRAPH_DBA_MARIADB")
    for root in [Path(setting)] if setting else _ROOTS:
        server = _program(root, _SERVERS)
        if server:
            return MariadbBinaries(server, _program(root, _INSTALLERS), root, str(server))
    if setting:
        raise EngineUnavailable(f"LANGGRAPH_DBA_MARIADB={setting} has no bin/mariadbd or bin/mysqld")
    raise EngineUnavailable(f"no MariaDB server found: {_SERVER_HINT}")


def _program(root: Path, names: Sequence[str]) -> Path | None:
    paths = (root / folder / name for name in names for folder in _FOLDERS)
    return next((path for path in paths if path.is_file()), None)


class MariadbServer(PrivateServer):
    """One running MariaDB; its superuser is `root`."""

    title = "MariaDB"
    folder_prefix = "dba-my-"

    def __init__(self) -> None:
        """Find the programs, initialise the data and start the server; EngineUnavailable if that fails."""
        self._binaries = find_binaries()
        super().__init__(self._binaries.origin)

    host = "localhost"  # of the logins: they connect by the Unix socket

    @property
    def superuser(self) -> Address:
        """The address and login of the superuser."""
        return Address(user="root", password=self.password, socket=str(self.socket))

    @property
    def socket(self) -> Path:
        """The path of the Unix socket."""
        return self.folder / "socket"

    def _initialise(self) -> None:
        data = f"--datadir={self.folder / 'data'}"
        (self.folder / "files").mkdir()
        (self.folder / "tmp").mkdir()
        self.own(self.folder)
        installer = self._binaries.installer
        if installer is None:
            command = [str(self._binaries.server), "--no-defaults", "--initialize-insecure", data]
        else:
            command = [str(installer), "--no-defaults", data, f"--basedir={self._binaries.root}"]
            command += ["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"]
            command += [f"--tmpdir={self.folder / 'tmp'}", "--innodb-flush-method=nosync", "--innodb-log-file-size=32M"]
        self.run_to_end(command, "install.log")
        self._first = self.secret_file("first.sql", _FIRST_STATEMENTS.format(password=self.password))

    def _command(self) -> list[str]:
        mysql = self._binaries.installer is None
        settings = _SETTINGS | (_MYSQL_SETTINGS if mysql else _MARIADB_SETTINGS)
        return [
            str(self._binaries.server),
            "--no-defaults",
            f"--datadir={self.folder / 'data'}",
            f"--tmpdir={self.folder / 'tmp'}",
            f"--socket={self.socket}",
            f"--pid-file={self.folder / 'pid'}",
            f"--secure-file-priv={self.folder / 'files'}",
            f"--init-file={self._first}",
            "--skip-networking",
            "--skip-name-resolve",
            *(f"--{key}={value}" if value else f"--{key}" for key, value in settings.items()),
        ]

    def _ready(self) -> bool:
        ready = b"ready for connections" in self.log.read_bytes()
        if ready:
            self._first.unlink(missing_ok=True)
        return ready
