"""Databases and logins are dropped whoever still uses them: a connection left open would hold the drop up for ever."""

from collections.abc import Sequence
from contextlib import suppress

from langgraph_dba.database.engines.base import Rejected
from langgraph_dba.database.engines.mariadb.connection import MariadbConnection


def unmake(root: MariadbConnection, databases: Sequence[str], logins: Sequence[str], host: str) -> None:
    """End the logins' connections, then drop the databases and the logins."""
    for login in logins:
        query = "SELECT id FROM information_schema.processlist WHERE user = :login"
        for (number,) in root.run(query, {"login": login}).rows:
            with suppress(Rejected):  # it ended meanwhile
                root.run(f"KILL CONNECTION {int(number)}")
    for name in databases:
        root.run(f"DROP DATABASE IF EXISTS `{name}`")
    for login in logins:
        root.run(f"DROP USER IF EXISTS `{login}`@'{host}'")
