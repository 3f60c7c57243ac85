"""What a MariaDB (or MySQL) login may do beyond reading, told from its grants; and the SQL that makes a lesser one."""

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
    """Return a line for each grant, as `SHOW GRANTS` writes it, that gives more than reading."""
    for line in grants:
        found = _GRANT.match(line)
        if not found:
            continue
        # column names in brackets may hold commas; what is granted is before them
        rights = [right.strip().upper() for right in re.sub(r"\([^)]*\)", "", found["rights"]).split(",")]
        more = [right for right in rights if right not in _HARMLESS]
        if more:
            yield f"may {', '.join(more[:6])}{', …' if len(more) > 6 else ''} on {found['what']}"  # noqa: PLR2004
        if "WITH GRANT OPTION" in found["rest"].upper():
            yield f"may hand on its rights on {found['what']}"


def roles(grants: Iterable[str]) -> Iterator[str]:
    """Return the roles that a login was granted."""
    for line in grants:
        found = None if _GRANT.match(line) else _ROLE.match(line)
        if found:
            yield from (role.strip() for role in found["roles"].split(","))
