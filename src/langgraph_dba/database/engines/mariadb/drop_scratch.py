"""Drop scratch databases and their logins."""

from collections.abc import Sequence
from contextlib import suppress

from langgraph_dba.database.engines.base import Rejected
from langgraph_dba.database.engines.mariadb.connection import MariadbConnection


def drop_scratch(root: MariadbConnection, databases: Sequence[str], logins: Sequence[str], host: str) -> None:
    """Terminate the connections of the logins, then drop the databases and the logins."""
    # first the connections: DROP DATABASE waits for the metadata locks of open transactions
    for login in logins:
        query = "SELECT id FROM information_schema.processlist WHERE user = :login"
        for (number,) in root.run(query, {"login": login}).rows:
            with suppress(Rejected):  # the connection has ended meanwhile
                root.run(f"KILL CONNECTION {int(number)}")
    for name in databases:
        root.run(f"DROP DATABASE IF EXISTS `{name}`")
    for login in logins:
        root.run(f"DROP USER IF EXISTS `{login}`@'{host}'")
