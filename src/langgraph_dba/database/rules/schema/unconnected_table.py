"""A table that no foreign key connects with the others has no relation that the database knows.

Often a relation was forgotten: nothing says whose submission a submission is. A table of settings, of jobs, of sessions
or of a tool's own state is not reported, nor is one in a schema in which few tables have foreign keys.

Bad:

```sql
CREATE TABLE films (id bigint PRIMARY KEY);
CREATE TABLE jurors (id bigint PRIMARY KEY);
CREATE TABLE scores (
  film_id bigint REFERENCES films, juror_id bigint REFERENCES jurors, PRIMARY KEY (film_id, juror_id)
);
CREATE TABLE submissions (id bigint PRIMARY KEY, submitted_at timestamptz NOT NULL);
```

Good:

```sql
CREATE TABLE films (id bigint PRIMARY KEY);
CREATE TABLE jurors (id bigint PRIMARY KEY);
CREATE TABLE scores (
  film_id bigint REFERENCES films, juror_id bigint REFERENCES jurors, PRIMARY KEY (film_id, juror_id)
);
CREATE TABLE app_settings (name text PRIMARY KEY, value text NOT NULL);
CREATE TABLE django_session (session_key varchar(40) PRIMARY KEY, session_data text NOT NULL);
```
"""

from collections.abc import Iterator

from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.rules.kit.vocabulary import tokens
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "minor"
fix = None  # what the table belongs to is not known
_LEAST_TABLES = 3  # that are connected
_ALONE = frozenset(
    {
        "alembic", "audit", "backup", "cache", "calendar", "config", "configuration", "counter", "django", "event",
        "feature", "flag", "flyway", "history", "import", "job", "jobs", "key", "keys", "lock", "locks", "log", "logs",
        "meta", "metadata", "migration", "migrations", "option", "options", "outbox", "parameter", "parameters",
        "queue", "report", "reset", "resets", "schema", "sequence", "sequences", "session", "sessions", "setting",
        "settings", "spatial", "staging", "statistic", "statistics", "stats", "temp", "tmp", "token", "tokens",
        "translation", "variable", "variables", "version", "versions",
    }
)  # fmt: skip


def check(schema: Schema) -> Iterator[Finding]:
    """Yield tables without foreign keys, to which none refers either, beside tables that have some."""
    alone = _unconnected(schema)
    connected = len(schema.tables) - len(alone)
    if connected < _LEAST_TABLES or connected <= len(alone):
        return
    for table in schema.tables:
        if table.name in alone and table.primary_key and _ALONE.isdisjoint(tokens(table.name)):
            message = f"no foreign key connects {table.name} with another table"
            instead = "add the reference that says what a row belongs to, or what belongs to it"
            yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead)


def _unconnected(schema: Schema) -> frozenset[str]:
    """Return the tables that neither refer to a row of another table nor are referred to; tenants connect nothing."""
    tenants = schema.isolation.table if schema.isolation else ""
    ends = {
        name
        for table, key in schema.foreign_keys()
        if table.name != key.target and tenants not in (key.target, table.name)
        for name in (table.name, key.target)
    }
    outer = {table.name for table in schema.tables if table.outer_keys}
    return frozenset(table.name for table in schema.tables if table.name not in {*ends, *outer, tenants})
