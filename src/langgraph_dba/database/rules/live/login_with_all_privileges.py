"""A login with all privileges can drop and change tables, which an application never needs.

An injected statement can then delete the database, and with privileges on all databases (`*.*`) also create accounts
and read files of the server. If the login is an administrator's and no application uses it, nothing is wrong.

Repair:

```sql
REVOKE ALL PRIVILEGES ON shop.* FROM 'app'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON shop.* TO 'app'@'%';
```
"""

from collections.abc import Iterator

from langgraph_dba.database.engines import LiveCondition
from langgraph_dba.database.rules.kit.live_finding import in_schema
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "major"
_DATABASE = "its_database.*"


def check(condition: LiveCondition) -> Iterator[Finding]:
    """Yield all privileges of the connection's login; they are minor if they are only on one database."""
    for one in condition.privileges:
        message = f"{one.login}, the login of this connection, has all privileges on {one.on}"
        instead = (
            f"give the application a login of its own: GRANT SELECT, INSERT, UPDATE, DELETE ON {_DATABASE} TO it "
            if one.on == "*.*"
            else f"REVOKE ALL PRIVILEGES ON {one.on} FROM {one.login}; "
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {one.on} TO {one.login}"
        )
        severity: Severity = SEVERITY if one.on == "*.*" else "minor"
        yield in_schema(__name__, severity, "", message, instead.strip(), constraint=one.login)
