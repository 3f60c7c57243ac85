"""Properties of tables that the records do not describe, carried as ALTER TABLE with the text of SHOW CREATE TABLE.

`information_schema` of MariaDB 10.11 reports neither periods nor options of indexes and subpartitions; SHOW CREATE
TABLE shows each column, key and period on a line of its own.
"""

import re
from dataclasses import dataclass, field, replace
from operator import attrgetter

from langgraph_dba.database.engines.records import OtherRecord, Records, SelectRunner

_NAME = r"`((?:[^`]|``)+)`"
_COLUMN = re.compile(rf"{_NAME} ")
_KEY = re.compile(rf"(?:(?:UNIQUE|FULLTEXT|SPATIAL) )?KEY {_NAME} \(|PRIMARY KEY \(")
_PERIOD = re.compile(rf"PERIOD FOR (?:SYSTEM_TIME|{_NAME}) \({_NAME}, {_NAME}\)")
_ROW_TIME = re.compile(r" GENERATED ALWAYS AS ROW (START|END)")
_KEY_OPTION = re.compile(
    r"\) *(?:USING \w+ *)?((?:COMMENT |IGNORED|KEY_BLOCK_SIZE|/\*!\d+ WITH PARSER|WITH PARSER).*)$"
)
_STRING = re.compile(r"'(?:[^'\\]|''|\\.)*'")
# part of the table's record, or of the sections for comments and versions
_RECORDED = re.compile(
    r"\s*\b(ENGINE=\w+|DEFAULT CHARSET=\w+|COLLATE=\w+|COMMENT='(?:[^'\\]|''|\\.)*'|WITH SYSTEM VERSIONING)(?=\s|$)"
)
_NEXT_NUMBER = re.compile(r"\s*\bAUTO_INCREMENT=(\d+)")
_UNRECORDED_PARTITIONS = re.compile(
    r"SUBPARTITION|SYSTEM_TIME|LINEAR|DIRECTORY|COMMENT =|MAX_ROWS|MIN_ROWS|ALGORITHM|TABLESPACE"
)


@dataclass(slots=True)
class TableChanges:
    """What the records of one table must leave out, and the statements that add it."""

    columns: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)  # the primary key is ``
    checks: set[tuple[str, str]] = field(default_factory=set)  # name and condition
    partitions: bool = False
    others: list[OtherRecord] = field(default_factory=list)


def with_carried(records: Records, connection: SelectRunner, namespace: str) -> Records:
    """Return the records of a database without what cannot be created from them, which is carried as text."""
    changes: dict[str, TableChanges] = {}
    for table in sorted(records.table, key=attrgetter("name")):  # the catalogue has no order
        if not table.parent:
            statement = str(connection.run(f"SHOW CREATE TABLE {qualified_name(table.name, namespace)}").rows[0][1])
            changes[table.name] = table_changes(table.name, statement, is_empty=not table.estimate)
    return replace(
        _without(records, changes), other=(*records.other, *(one for each in changes.values() for one in each.others))
    )


def _without(records: Records, changes: dict[str, TableChanges]) -> Records:
    whole = {name for name, one in changes.items() if one.partitions}
    none = TableChanges()

    def columns(table: str) -> set[str]:
        return changes.get(table, none).columns

    return replace(
        records,
        table=tuple(
            replace(one, partitioned_by="") if one.name in whole and not one.parent else one
            for one in records.table
            if one.parent not in whole
        ),
        column=tuple(one for one in records.column if one.name not in columns(one.table)),
        key=tuple(
            replace(one, columns=tuple(name for name in one.columns if name not in columns(one.table)))
            for one in records.key
            if one.name not in changes.get(one.table, none).keys
        ),
        check=tuple(
            one for one in records.check if (one.name, one.condition) not in changes.get(one.table, none).checks
        ),
        index=tuple(
            one
            for one in records.index
            if one.name not in changes.get(one.table, none).keys
            and not columns(one.table) & {key.get("column") for key in one.keys}
        ),
    )


def table_changes(table: str, statement: str, *, is_empty: bool) -> TableChanges:
    """Return the changes that the output of SHOW CREATE TABLE requires; `is_empty` if the table has no rows."""
    body, tail = _split(statement)
    options, _, partitions = tail.partition("\n")
    changes = TableChanges()
    _add_options(table, options, changes, is_empty=is_empty)
    for line in body:
        match = _PERIOD.match(line)
        if match and match[1]:
            changes.others.append(_change(table, "period", match[1], f"ADD {line}"))
            # the server adds this check itself
            changes.checks.add((match[1], f"{quoted_name(match[2])} < {quoted_name(match[3])}"))
    for line in sorted(body):  # a key that is created again moves to the end
        _add_key(table, line, changes)
    # last: the server refuses most other changes of a table with system versions
    _add_columns(table, body, options, changes)
    if _UNRECORDED_PARTITIONS.search(partitions):
        changes.partitions = True
        changes.others.append(_change(table, "partitions", table, partitions.strip()))
    return changes


def _split(statement: str) -> tuple[list[str], str]:
    """Return the lines between the outer parentheses without their commas, and the text after these."""
    lines = statement.split("\n")
    end = next(number for number, line in enumerate(lines) if line.startswith(")"))
    return [line.strip().removesuffix(",") for line in lines[1:end]], "\n".join(lines[end:])[1:].strip()


def _add_options(table: str, options: str, changes: TableChanges, *, is_empty: bool) -> None:
    number = _NEXT_NUMBER.search(_STRING.sub("''", options))
    rest = _NEXT_NUMBER.sub("", _RECORDED.sub("", options)).strip()
    if rest:
        changes.others.append(_change(table, "table option", table, rest))
    # with rows, the next number is one more than the largest: no property of the schema
    if number and is_empty:
        changes.others.append(_change(table, "next number", table, f"AUTO_INCREMENT={number[1]}"))


def _add_key(table: str, line: str, changes: TableChanges) -> None:
    match = _KEY.match(line)
    if match and "WITHOUT OVERLAPS" in _STRING.sub("''", line):
        changes.keys.add(match[1] or "")
        changes.others.append(_change(table, "index", match[1] or "PRIMARY", f"ADD {line}"))
    elif match and match[1] and _KEY_OPTION.search(line):
        name = quoted_name(match[1])
        changes.others.append(_change(table, "index", match[1], f"DROP KEY {name}, ADD {line}"))
        # the server accepts the word in ADD KEY, and does not store it
        if re.search(r"\bIGNORED\b", _STRING.sub("''", line)):
            changes.others.append(_change(table, "ignored index", match[1], f"ALTER INDEX {name} IGNORED"))


def _add_columns(table: str, body: list[str], options: str, changes: TableChanges) -> None:
    parts, unversioned = [], []
    before = ""
    for line in body:
        bare, match = _STRING.sub("''", line), _COLUMN.match(line)
        if match and _ROW_TIME.search(bare):
            changes.columns.add(match[1])
            parts.append(f"ADD COLUMN {line} {f'AFTER {quoted_name(before)}' if before else 'FIRST'}")
        elif match and "WITHOUT SYSTEM VERSIONING" in bare:
            unversioned.append(f"MODIFY COLUMN {_without_check(line)}")
        elif match and re.search(r"\bINVISIBLE\b", bare):
            parts.append(f"MODIFY COLUMN {_without_check(line)}")
        before = match[1] if match else before
    parts += [f"ADD {line}" for line in body if line.startswith("PERIOD FOR SYSTEM_TIME (")]
    is_versioned = "WITH SYSTEM VERSIONING" in _STRING.sub("''", options)
    if is_versioned:
        parts.append("ADD SYSTEM VERSIONING")
    if parts:
        kind = "system versioning" if is_versioned else "column"
        changes.others.append(_change(table, kind, table, ", ".join(parts)))
    if unversioned:
        # refused before the table has versions; after that, only with this setting
        one = _change(table, "column", f"versions of {table}", ", ".join(unversioned))
        setting = f"SET STATEMENT system_versioning_alter_history=KEEP FOR {one.definition}"
        changes.others.append(replace(one, definition=setting))


def _change(table: str, kind: str, name: str, change: str) -> OtherRecord:
    label = table if name == table else f"{name} on {table}"
    return OtherRecord(label, kind, f"ALTER TABLE {quoted_name(table)} {change}")


def _without_check(line: str) -> str:
    # the check is a record of its own: MODIFY COLUMN would add it a second time
    match = re.search(r" CHECK \(", _STRING.sub(lambda text: "'" + "x" * (len(text[0]) - 2) + "'", line))
    return line[: match.start()] if match else line


def qualified_name(name: str, database: str) -> str:
    """Return a name in quotes, qualified by the database if it is not the current one (empty)."""
    return f"{quoted_name(database)}.{quoted_name(name)}" if database else quoted_name(name)


def quoted_name(name: str) -> str:
    """Return a name in quotes."""
    return f"`{name.replace('`', '``')}`"
