"""SQLite's catalogue over named columns: its stored SQL text would call two spellings of one table different."""

from typing import Protocol

import sqlglot
from sqlglot import exp

from langgraph_dba.database.engines.base import Catalogue, Result


class _Runs(Protocol):
    def run(self, sql: str) -> Result: ...


def read(connection: _Runs) -> Catalogue:
    """Return tables, columns, keys, checks, indexes, triggers and views of the main database."""
    found: Catalogue = {kind: {} for kind in ("table", "column", "foreign key", "check", "index", "trigger", "view")}
    for kind, name, sql in connection.run(
        "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name"
    ).rows:
        if kind == "table":
            _table(connection, found, name, sql)
        elif kind in ("trigger", "view"):
            found[kind][name] = " ".join(sql.split())
    return found


def _table(connection: _Runs, found: Catalogue, table: str, sql: str) -> None:
    strict = sql.rstrip().upper().endswith("STRICT")
    found["table"][table] = "strict" if strict else "flexible"
    for _, column, type_, required, default, key, *_ in connection.run(f'PRAGMA table_xinfo("{table}")').rows:
        parts = (type_.upper(), "not null" if required else "", f"default {default}" if default is not None else "")
        found["column"][f"{table}.{column}"] = " ".join((*filter(None, parts), f"key {key}" if key else "")).strip()
    _foreign_keys(connection, found, table)
    _indexes(connection, found, table)
    for name, condition in _checks(sql):
        found["check"][f"{table}.{name}"] = condition


def _foreign_keys(connection: _Runs, found: Catalogue, table: str) -> None:
    pairs: dict[int, list[tuple[str, str]]] = {}
    targets: dict[int, tuple[str, str]] = {}
    rows = sorted(connection.run(f'PRAGMA foreign_key_list("{table}")').rows, key=lambda row: (row[0], row[1]))
    for number, _, target, column, target_column, _, on_delete, *_ in rows:
        pairs.setdefault(number, []).append((column, target_column))
        targets[number] = (target, on_delete)
    for number, columns in pairs.items():
        target, on_delete = targets[number]
        # SQLite keeps no name for a foreign key: its columns and target are its name
        name = f"{table}({', '.join(c for c, _ in columns)}) -> {target}"
        found["foreign key"][name] = f"({', '.join(t for _, t in columns)}) on delete {on_delete.lower()}"


def _indexes(connection: _Runs, found: Catalogue, table: str) -> None:
    for _, name, unique, origin, partial in connection.run(f'PRAGMA index_list("{table}")').rows:
        parts = connection.run(f'PRAGMA index_xinfo("{name}")').rows
        columns = [f"{c or '<expression>'}{' desc' if desc else ''}" for _, _, c, desc, _, key in parts if key]
        where = f" where {_predicate(connection, name)}" if partial else ""
        text = f"({', '.join(columns)}){' unique' if unique else ''}{where}"
        # an automatic index is numbered by its place in the statement: its columns say more
        shown = name if origin == "c" else f"{'key' if origin == 'pk' else 'unique'} of {table} {text}"
        found["index"][shown] = text


def _predicate(connection: _Runs, index: str) -> str:
    sql = str(connection.run(f"SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = '{index}'").scalar)
    tree = sqlglot.parse_one(sql, dialect="sqlite")
    where = tree.find(exp.Where) if tree else None
    return where.this.sql(dialect="sqlite", normalize=True) if isinstance(where, exp.Where) else ""


def _checks(sql: str) -> list[tuple[str, str]]:
    """Return (name, condition) of each CHECK, the condition in one spelling; an unnamed one goes by its condition."""
    tree = sqlglot.parse_one(sql, dialect="sqlite")
    assert tree is not None
    found = []
    for check in tree.find_all(exp.CheckColumnConstraint):
        condition = check.this.sql(dialect="sqlite", normalize=True)
        holder = check.parent
        label = holder.this if isinstance(holder, exp.Constraint | exp.ColumnConstraint) else None
        found.append((label.name if label else condition, condition))
    return found
