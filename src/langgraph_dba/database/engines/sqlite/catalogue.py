"""Read SQLite's catalogue as records: from PRAGMA functions, and from the stored CREATE statements for the rest."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlglot
from sqlglot.errors import SqlglotError

from langgraph_dba.database.engines.records import (
    CheckRecord,
    ColumnRecord,
    Definition,
    ForeignKeyRecord,
    IndexRecord,
    KeyRecord,
    LossRecord,
    OtherRecord,
    Records,
    SelectRunner,
    TableRecord,
    ViewRecord,
)
from langgraph_dba.database.engines.sqlite.create_statements import (
    RuleText,
    TableText,
    after_name,
    index_text,
    on_conflict,
    table_text,
    unquoted,
)

# ESCAPE, because an unescaped _ in LIKE matches any character
_OBJECTS = (
    "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY rowid"
)
_TABLES = (
    "SELECT t.name, t.strict, t.wr FROM pragma_table_list t "
    "JOIN sqlite_schema s ON s.type = 'table' AND s.name = t.name "
    "WHERE t.schema = 'main' AND t.type = 'table' ORDER BY s.rowid"
)
# the tables in which a virtual table stores its rows are of the type `shadow`: it creates them itself
_VIRTUAL = (
    "SELECT s.name, s.sql FROM pragma_table_list t JOIN sqlite_schema s ON s.type = 'table' AND s.name = t.name "
    "WHERE t.schema = 'main' AND t.type = 'virtual' ORDER BY s.rowid"
)
_NUMBERS = (
    "SELECT 'user_version', user_version FROM pragma_user_version WHERE user_version <> 0 "
    "UNION ALL SELECT 'application_id', application_id FROM pragma_application_id WHERE application_id <> 0"
)
_COLUMNS = 'SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(:name) ORDER BY cid'
_KEYS = (
    'SELECT id, "table", "from", "to", on_update, on_delete FROM pragma_foreign_key_list(:name) ORDER BY id DESC, seq'
)
_INDEXES = 'SELECT name, "unique", origin FROM pragma_index_list(:name) ORDER BY name'
_PARTS = 'SELECT name, "desc", coll FROM pragma_index_xinfo(:name) WHERE key ORDER BY seqno'
_COUNTED = "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'"
_ESTIMATES = (
    "SELECT tbl, max(CAST(substr(stat, 1, instr(stat || ' ', ' ') - 1) AS INTEGER)) FROM sqlite_stat1 GROUP BY tbl"
)
_DEFERRED = re.compile(r"(NOT\s+)?DEFERRABLE(?:\s+INITIALLY\s+(DEFERRED|IMMEDIATE))?", re.IGNORECASE)
_NO_TARGET = "its target is not a table of this database"
_GENERATED = {2: "virtual", 3: "stored"}


def read(connection: SelectRunner, namespace: str = "") -> Records:
    """Return the records of the main database; `namespace` is ignored."""
    del namespace  # other databases (ATTACH) exist only within one connection
    objects = connection.run(_OBJECTS).rows
    statements = {name: sql for kind, name, _, sql in objects if kind in ("table", "index")}
    # sqlite_stat1 exists only after ANALYZE
    estimates = dict(connection.run(_ESTIMATES).rows) if connection.run(_COUNTED).scalar else {}
    names = [name for name, *_ in _table_rows(connection)]
    spellings = {name.lower(): name for name in names}
    tables = [_Table(connection, name, statements, spellings) for name in names]
    return Records(
        table=tuple(
            TableRecord(name, options=_options(strict, bare), estimate=estimates.get(name))
            for name, strict, bare in _table_rows(connection)
        ),
        column=tuple(column for table in tables for column in table.columns()),
        key=tuple(key for table in tables for key in table.unique_keys()),
        check=tuple(check for table in tables for check in table.checks()),
        foreign_key=tuple(key for table in tables for key in table.foreign_keys()),
        index=tuple(index for table in tables for index in table.indexes()),
        view=tuple(ViewRecord(name, after_name(sql, "VIEW")) for kind, name, _, sql in objects if kind == "view"),
        trigger=tuple(Definition(name, sql, on=on) for kind, name, on, sql in objects if kind == "trigger"),
        other=tuple(_virtual_table(name, sql) for name, sql in connection.run(_VIRTUAL).rows),
        lost=(*(loss for table in tables for loss in table.losses()), *_lost_numbers(connection)),
    )


def _virtual_table(name: str, sql: str) -> OtherRecord:
    quoted = '"' + name.replace('"', '""') + '"'
    return OtherRecord(name, "virtual table", sql, "before-views", f"DROP TABLE {quoted}")


def _lost_numbers(connection: SelectRunner) -> Iterator[LossRecord]:
    for name, value in connection.run(_NUMBERS).rows:
        yield LossRecord(name, "setting", f"it is {value}: the settings of a file are not read")


def _table_rows(connection: SelectRunner) -> Sequence[tuple[Any, ...]]:
    return [row for row in connection.run(_TABLES).rows if not row[0].startswith("sqlite_")]


def _options(strict: int, bare: int) -> tuple[str, ...]:
    return (*(["STRICT"] if strict else []), *(["WITHOUT ROWID"] if bare else []))


class _Table:
    def __init__(
        self, connection: SelectRunner, name: str, statements: Mapping[str, str], spellings: Mapping[str, str]
    ) -> None:
        self.connection, self.name, self.statements, self.spellings = connection, name, statements, spellings
        self.text: TableText = table_text(statements[name])
        self.column_rows = self._run(_COLUMNS)
        key_rows = sorted((row for row in self.column_rows if row[4]), key=lambda row: row[4])
        self.primary_key = tuple(row[0] for row in key_rows)
        self.index_rows = self._run(_INDEXES)
        self.has_key_index = any(origin == "pk" for _, _, origin in self.index_rows)

    def _run(self, sql: str, name: str = "") -> tuple[tuple[Any, ...], ...]:
        return self.connection.run(sql, {"name": name or self.name}).rows

    def columns(self) -> Iterator[ColumnRecord]:
        for name, type_, required, default, _, hidden in self.column_rows:
            text = self.text.columns.get(name)
            # a key with an index of its own (INTEGER PRIMARY KEY DESC) is no alias of the row's number
            rowid = self.primary_key == (name,) and type_.upper() == "INTEGER" and not self.has_key_index
            yield ColumnRecord(
                table=self.name,
                name=name,
                type=re.sub(r"\s*GENERATED ALWAYS$", "", type_, flags=re.IGNORECASE).upper() or "BLOB",
                required=bool(required),
                default=text.expression if hidden and text else _default(default),
                collation=text.collation if text and text.collation != "BINARY" else "",
                generated=_GENERATED.get(hidden, ""),
                identity="rowid" if rowid and "wr" not in self._without_rowid() else "",
                identity_options="AUTOINCREMENT" if text and text.autoincrement else "",
                on_conflict=text.on_conflict if text else "",
            )

    def _without_rowid(self) -> str:
        tail = self.statements[self.name].rpartition(")")[2]
        return "wr" if re.search(r"WITHOUT\s+ROWID", tail, re.IGNORECASE) else ""

    def unique_keys(self) -> Iterator[KeyRecord]:
        if self.primary_key:
            rule = next((rule for rule in self.text.rules if rule.kind == "primary"), RuleText("primary"))
            yield KeyRecord(self.name, rule.name, "primary", self.primary_key, on_conflict=on_conflict(rule.tail))
        rules = [rule for rule in self.text.rules if rule.kind == "unique"]
        for rule in rules:
            yield KeyRecord(self.name, rule.name, "unique", rule.columns, on_conflict=on_conflict(rule.tail))

    def checks(self) -> Iterator[CheckRecord]:
        names = [row[0] for row in self.column_rows]
        for rule in self.text.rules:
            if rule.kind == "check":
                # SQLite does not report the columns of a check: take the names in its condition
                words = {
                    unquoted(word).lower() for word in re.findall(r'"[^"]+"|`[^`]+`|\[[^\]]+\]|\w+', rule.condition)
                }
                yield CheckRecord(self.name, rule.name, rule.condition, tuple(n for n in names if n.lower() in words))

    def foreign_keys(self) -> Iterator[ForeignKeyRecord]:
        texts = [rule for rule in self.text.rules if rule.kind == "foreign"]
        # pragma_foreign_key_list numbers them from last to first: the query sorts by id descending
        for number, parts in enumerate(self._key_rows()):
            columns = tuple(row[2] for row in parts)
            rule = texts[number] if number < len(texts) else RuleText("foreign")
            target, target_columns = self._target(parts)
            if len(target_columns) != len(columns):
                continue
            *_, on_update, on_delete = parts[0]
            yield ForeignKeyRecord(
                table=self.name,
                name=rule.name,
                columns=columns,
                target=target,
                target_columns=target_columns,
                on_delete=_action(on_delete),
                on_update=_action(on_update),
                null_columns=columns if on_delete == "SET NULL" else (),
                deferrable=_deferrable(rule.tail),
            )

    def _key_rows(self) -> Iterable[list[tuple[Any, ...]]]:
        rows: dict[int, list[tuple[Any, ...]]] = {}
        for row in self._run(_KEYS):
            rows.setdefault(row[0], []).append(row)
        return rows.values()

    def _target(self, parts: list[tuple[Any, ...]]) -> tuple[str, tuple[str, ...]]:
        """Return the table and the columns that a foreign key refers to; without those that do not exist."""
        target, targets = self.spellings.get(parts[0][1].lower(), ""), tuple(row[3] for row in parts)
        if not target:
            return "", ()
        return target, self._key_of(target) if None in targets else self._declared_names(target, targets)

    def losses(self) -> Iterator[LossRecord]:
        """Yield what is not part of the other records."""
        yield from (LossRecord(f"{name} on {self.name}", kind, reason) for kind, name, reason in self.text.lost)
        for name, type_, *_ in self.column_rows:
            # the affinity of a column without a type is that of BLOB
            if not re.sub(r"GENERATED ALWAYS$", "", type_, flags=re.IGNORECASE):
                yield LossRecord(f"{name} of {self.name}", "column", "it has no type: it is created as BLOB")
        yield from dict.fromkeys(self._lost_keys())

    def _lost_keys(self) -> Iterator[LossRecord]:
        for parts in self._key_rows():
            target, columns = self._target(parts)
            if len(columns) != len(parts):
                reason = "the columns that it refers to do not exist" if target else _NO_TARGET
                yield LossRecord(f"{self.name} to {parts[0][1]}", "foreign key", reason)

    def _declared_names(self, table: str, names: tuple[str, ...]) -> tuple[str, ...]:
        # a reference may spell names in another case than their declaration
        spellings = {row[0].lower(): row[0] for row in self._run(_COLUMNS, table)}
        return tuple(spellings[name.lower()] for name in names if name.lower() in spellings)

    def _key_of(self, table: str) -> tuple[str, ...]:
        # a reference without columns means the primary key of its target
        key_rows = sorted((row[4], row[0]) for row in self._run(_COLUMNS, table) if row[4])
        return tuple(name for _, name in key_rows)

    def indexes(self) -> Iterator[IndexRecord]:
        for name, unique, origin in self.index_rows:
            if origin == "c":
                key_texts, predicate = index_text(self.statements[name])
                parts = self._run(_PARTS, name)
                keys = tuple(self._part(part, text) for part, text in zip(parts, key_texts, strict=True))
                yield IndexRecord(self.name, name, keys, unique=bool(unique), where=predicate)

    def _part(self, part: tuple[Any, ...], text: str) -> dict[str, Any]:
        column, descending, collation = part
        bare = re.sub(r"\s+(ASC|DESC)$", "", text, flags=re.IGNORECASE).strip()
        own = self.text.columns[column].collation or "BINARY" if column in self.text.columns else ""
        return {
            "column": column,
            "expression": "" if column else bare,
            "descending": bool(descending),
            "collation": collation if column and collation.upper() != own else "",
        }


def _default(text: str | None) -> str | None:
    """Return the text of a default; SQLite reads one in double quotes as a string."""
    if text is None or not re.fullmatch(r'"(?:[^"]|"")*"', text):
        return text
    return "'" + text[1:-1].replace('""', '"').replace("'", "''") + "'"


def _action(text: str) -> str:
    return text.lower().replace(" ", "-")


def _deferrable(text: str) -> str:
    match = _DEFERRED.search(text)
    if not match or match[1]:
        return ""
    return "deferred" if (match[2] or "").upper() == "DEFERRED" else "immediate"


def normalise_expression(text: str) -> str:
    """Return one form for equal expressions; text that sqlglot cannot parse only gets single spaces."""
    # SQLite stores expressions as they were typed, PostgreSQL and MariaDB in a form of their own
    if not re.search(r"\W", text):
        return text
    try:
        return sqlglot.parse_one(text, dialect="sqlite").sql(dialect="sqlite", normalize=True)
    except (SqlglotError, AttributeError):
        return " ".join(text.split())
