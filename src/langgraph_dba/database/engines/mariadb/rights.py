"""The privileges of a MariaDB (or MySQL) login beyond reading, and the SQL that creates a read-only login."""

import re
from collections.abc import Iterable, Iterator

_HARMLESS = frozenset({
    "USAGE", "SELECT", "SHOW VIEW", "SHOW DATABASES", "PROCESS", "REPLICATION CLIENT", "BINLOG MONITOR",
    "SLAVE MONITOR", "REPLICA MONITOR", "SHOW CREATE ROUTINE",
})  # fmt: skip
_GRANT = re.compile(r"GRANT (?P<rights>.+?) ON (?P<what>.+?) TO (?P<rest>.+)", re.DOTALL)
_ROLE = re.compile(r"GRANT (?P<roles>[`'\"].+?) TO ")

REMEDY = """
CREATE USER dba_reader@'%' IDENTIFIED BY <its password> WITH MAX_USER_CONNECTIONS 4;
GRANT SELECT, SHOW VIEW ON `{database}`.* TO dba_reader@'%';
""".strip()


def excess(grants: Iterable[str]) -> Iterator[str]:
    """Yield a clause for each grant, in the form of `SHOW GRANTS`, that allows more than reading."""
    for line in grants:
        grant = _GRANT.match(line)
        if not grant:
            continue
        # remove column lists such as `SELECT (a, b)`: their commas do not separate privileges
        rights = [right.strip().upper() for right in re.sub(r"\([^)]*\)", "", grant["rights"]).split(",")]
        more = [right for right in rights if right not in _HARMLESS]
        if more:
            yield f"may {', '.join(more[:6])}{', …' if len(more) > 6 else ''} on {grant['what']}"  # noqa: PLR2004
        if "WITH GRANT OPTION" in grant["rest"].upper():
            yield f"may grant its privileges on {grant['what']} to others"


def roles(grants: Iterable[str]) -> Iterator[str]:
    """Yield the roles that were granted to a login."""
    for line in grants:
        grant = None if _GRANT.match(line) else _ROLE.match(line)
        if grant:
            yield from (role.strip() for role in grant["roles"].split(","))
