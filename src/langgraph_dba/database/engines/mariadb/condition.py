"""Read the condition of a MariaDB database with the queries of `condition.sql`."""

import re

from langgraph_dba.database.engines.condition import ConditionReader, LiveCondition, LoginPrivileges
from langgraph_dba.database.engines.mariadb.rights import roles
from langgraph_dba.database.engines.records import SelectRunner, sections

_ALL = re.compile(r"GRANT ALL PRIVILEGES ON (?P<on>\S+) TO (?P<login>\S+)")


def read(connection: SelectRunner) -> LiveCondition:
    """Return the condition of the connection's current database."""
    reader = ConditionReader(connection, "mariadb")
    for kind, query in sections(__package__, "condition.sql").items():
        reader.read(kind, query)
    grants = reader.run("privileges", "SHOW GRANTS")
    lines = [str(line) for (line,) in grants.rows] if grants else []
    found = [match for line in lines if (match := _ALL.match(line))]
    reader.add("privileges", tuple(LoginPrivileges(one["login"], one["on"]) for one in found))
    for role in roles(lines):
        reader.skip("privileges", "what a role allows is not read", role)
    return reader.condition()
