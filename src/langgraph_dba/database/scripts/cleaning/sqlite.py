"""Which statements of a SQLite file create objects."""

import re
from collections.abc import Iterable

from langgraph_dba.database.scripts.cleaning.rules import Clause, Cleaned, decide, rule
from langgraph_dba.database.scripts.words import created_name, head_of

_STATISTICS = "statistics are collected again from the rows"
RULES = (
    rule(r"(?i:(?:INSERT|REPLACE) (?:OR \w+ )?INTO \"?sqlite_stat\d)", "skip", _STATISTICS),
    rule(r"(?:INSERT|REPLACE|UPDATE|DELETE|WITH)\b", "data"),
    rule(r"PRAGMA\b", "skip", "a setting of the file or the session, which creates no object"),
    rule(r"(?:BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE)\b", "skip", "the script is run in one transaction"),
    rule(r"(?:ANALYZE|VACUUM|REINDEX)\b", "skip", "maintenance, which creates no object"),
    rule(r"(?:ATTACH|DETACH)\b", "skip", "a scratch database cannot open other files"),
    rule(r"(?:SELECT|EXPLAIN|VALUES)\b", "skip", "it shows rows and creates no object"),
    rule(r"(?i:CREATE TABLE (?:IF NOT EXISTS )?\"?'?sqlite_\w+)", "skip", "SQLite creates this table itself"),
)
# the tables behind virtual tables of the modules fts3, fts4, fts5 and rtree
_SHADOWS = ("config", "content", "data", "docsize", "idx", "node", "parent", "rowid", "segdir", "segments", "stat")
_CATALOGUE_ROW = re.compile(
    r"INSERT\s+INTO\s+\"?sqlite_(?:master|schema)\"?.*?VALUES\s*\(\s*'table'\s*,"
    r".*?'(CREATE VIRTUAL (?:[^']|'')*)'\s*\)\s*$",
    re.IGNORECASE | re.DOTALL,
)


def clean(text: str) -> Cleaned:
    """Decide the fate of a statement; a catalogue row of `.dump` becomes the CREATE VIRTUAL TABLE that it contains."""
    # `.dump` writes a virtual table as a row of the catalogue, because creating it would create its tables twice
    found = _CATALOGUE_ROW.match(text) if text[:6].upper() == "INSERT" and "CREATE VIRTUAL" in text else None
    if found is None:
        return decide(text, RULES)
    statement = found[1].replace("''", "'")
    note = Clause("INSERT INTO sqlite_schema", "run as the CREATE VIRTUAL TABLE statement that the row contains")
    return Cleaned(statement, "keep", head_of(statement), clauses=(note,))


def shadow_tables(heads: Iterable[str]) -> frozenset[str]:
    """Return the names of the tables that SQLite creates with the virtual tables of a script."""
    virtual = [created_name(head) for head in heads if head.startswith("CREATE VIRTUAL TABLE")]
    return frozenset(f"{name}_{shadow}" for name in virtual for shadow in _SHADOWS)
