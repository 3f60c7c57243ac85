"""Read the condition of an SQLite file: damage, references to rows that do not exist, missing statistics."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from langgraph_dba.database.engines.condition import (
    ConditionReader,
    IntegrityProblem,
    LiveCondition,
    TableStatistics,
)
from langgraph_dba.database.engines.records import SelectRunner
from langgraph_dba.errors import EngineError, EngineFailed, OverBudget

_DAMAGE = "PRAGMA integrity_check(20)"
_REFERENCING = """
SELECT DISTINCT t.name FROM sqlite_schema t, pragma_foreign_key_list(t.name) WHERE t.type = 'table' ORDER BY t.name
"""
# of each table no more rows than this: a file without enforced foreign keys can hold millions of violations
_MOST_VIOLATIONS = 1_000
_REFERENCES = """
SELECT '{name}', parent, count(*) FROM (SELECT parent FROM pragma_foreign_key_check('{name}') LIMIT {limit}) GROUP BY 2
"""
_ANALYSED = "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'"
_INDEXED = """
SELECT DISTINCT t.name FROM sqlite_schema t JOIN sqlite_schema i ON i.tbl_name = t.name AND i.type = 'index'
WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!' {without} ORDER BY t.name
"""
_WITHOUT = "AND t.name NOT IN (SELECT tbl FROM sqlite_stat1)"
_ROWS = "SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT {limit})"
_FEWEST = 1_000  # rows from which the choice of an index matters
_BATCH = 100  # SQLite combines up to 500 SELECTs, and a read-only connection is opened for each statement


def read(connection: SelectRunner) -> LiveCondition:
    """Return the condition of the main database."""
    # a damaged page fails the statements that read it, and no others
    reader = ConditionReader(connection, "sqlite", survives_failures=True)
    lines = _damage(reader)
    if lines:
        reader.add("integrity", (IntegrityProblem("damage", "; ".join(lines[:3]), count=len(lines)),))
    _read_references(reader)
    _read_statistics(reader)
    return reader.condition()


def _damage(reader: ConditionReader) -> list[str]:
    try:
        lines = [line for (text,) in reader.connection.run(_DAMAGE).rows for line in str(text).splitlines()]
        return [line for line in lines if line != "ok" and not line.startswith("***")]
    except EngineFailed as error:
        return [str(error)]  # so damaged that it cannot be checked
    except OverBudget:
        raise
    except EngineError as error:
        reader.skip("integrity", str(error))
        return []


def _read_references(reader: ConditionReader) -> None:
    tables = reader.run("integrity", _REFERENCING)
    names = [str(name) for (name,) in tables.rows] if tables else []
    for batch in _batches(names):
        selects = (_REFERENCES.format(name=name.replace("'", "''"), limit=_MOST_VIOLATIONS) for name in batch)
        counts = reader.run("integrity", " UNION ALL ".join(selects), ", ".join(map(_quoted, batch)))
        reader.add("integrity", tuple(_violations(counts.rows)) if counts else ())


def _violations(rows: Sequence[Sequence[Any]]) -> Iterator[IntegrityProblem]:
    totals: Counter[str] = Counter()
    for table, _, count in rows:
        totals[table] += count
    for table, target, count in rows:
        message = f"rows reference rows of {target} that do not exist"
        is_cut = totals[table] >= _MOST_VIOLATIONS
        yield IntegrityProblem("reference", message, _quoted(table), count, at_least=is_cut)


def _read_statistics(reader: ConditionReader) -> None:
    analysed = reader.run("statistics", _ANALYSED)
    if analysed is None:
        return
    tables = reader.run("statistics", _INDEXED.format(without=_WITHOUT if analysed.scalar else ""))
    names = [_quoted(str(name)) for (name,) in tables.rows] if tables else []
    for batch in _batches(names):
        selects = (_ROWS.format(table=table, limit=_FEWEST) for table in batch)
        counts = reader.run("statistics", " UNION ALL ".join(selects), ", ".join(batch))
        large = [table for table, (rows,) in zip(batch, counts.rows, strict=True) if rows >= _FEWEST] if counts else []
        records = (TableStatistics(table, f"ANALYZE {table}", rows=_FEWEST) for table in large)
        reader.add("statistics", tuple(records))


def _batches(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[first : first + _BATCH] for first in range(0, len(names), _BATCH))


def _quoted(name: str) -> str:
    return name if name.isidentifier() and name.islower() else '"' + name.replace('"', '""') + '"'
