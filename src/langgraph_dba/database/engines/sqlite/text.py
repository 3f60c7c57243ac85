"""SQLite's stored CREATE statements, taken apart: PRAGMAs tell neither checks nor names nor expressions."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""\s+|--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[\w$.\x80-\U0010ffff]+|.""",
    re.DOTALL,
)
_CONSTRAINT_WORDS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN")
_COLUMN_WORDS = (*_CONSTRAINT_WORDS[:-1], "NOT", "NULL", "DEFAULT", "COLLATE", "REFERENCES", "GENERATED", "AS")


@dataclass(slots=True)
class ColumnText:
    """What the text says of a column beyond the PRAGMAs."""

    collation: str = ""
    expression: str = ""
    counted: bool = False  # AUTOINCREMENT


@dataclass(frozen=True, slots=True)
class RuleText:
    """One constraint: its kind, its name if it has one, its columns or condition, and what follows."""

    kind: str
    name: str = ""
    columns: tuple[str, ...] = ()
    condition: str = ""
    tail: str = ""


@dataclass(slots=True)
class TableText:
    """The parts of one CREATE TABLE."""

    columns: dict[str, ColumnText] = field(default_factory=dict)
    rules: list[RuleText] = field(default_factory=list)


def tokens(sql: str) -> list[str]:
    """Return the words, marks and quoted texts of a statement, without blanks; a comment is kept."""
    return [found for found in _TOKEN.findall(sql) if not found.isspace()]


def table_text(sql: str) -> TableText:
    """Take a CREATE TABLE apart; nothing is found in one that was made from a query."""
    read = TableText()
    for item in _items(_body(sql)):
        first = _first(item)
        if first.upper() in _CONSTRAINT_WORDS:
            read.rules += _rules(_clauses(item, _CONSTRAINT_WORDS))
        elif first:
            name, clauses = unquoted(first), list(_clauses(item, _COLUMN_WORDS))
            read.columns[name] = _column(clauses)
            read.rules += _rules(clauses, name)
    return read


def index_text(sql: str) -> tuple[list[str], str]:
    """Return the keys of a CREATE INDEX as they are written, and its predicate."""
    start = _opening(sql, _after_on(sql))
    end = _closing(sql, start)
    predicate = re.match(r"\s*WHERE\s+(.*)", sql[end + 1 :], re.DOTALL | re.IGNORECASE)
    return list(_items(sql[start + 1 : end])), predicate[1].strip() if predicate else ""


def after_name(sql: str, word: str) -> str:
    """Return what follows the name in `CREATE [TEMP] <word> [IF NOT EXISTS] name …`."""
    places = [(m.start(), m.end(), m.group()) for m in _TOKEN.finditer(sql) if not m.group().isspace()]
    number = next(n for n, (_, _, text) in enumerate(places) if text.upper() == word)
    number += 4 if places[number + 1][2].upper() == "IF" else 1
    return sql[places[number][1] :].strip()


def unquoted(word: str) -> str:
    """Return a name without its quotes."""
    if word[:1] in "\"`'":
        return word[1:-1].replace(word[0] * 2, word[0])
    return word[1:-1] if word.startswith("[") else word


def _first(item: str) -> str:
    """The first word that is no comment, empty where there is none."""
    words = (found.group() for found in _TOKEN.finditer(item))
    return next((word for word in words if not word.isspace() and not _is_comment(word)), "")


def _is_comment(word: str) -> bool:
    return word.startswith(("--", "/*"))


def _body(sql: str) -> str:
    start = _opening(sql, 0)
    return sql[start + 1 : _closing(sql, start)]


def _opening(sql: str, start: int) -> int:
    """The first parenthesis that is not part of a name."""
    return next((found.start() for found in _TOKEN.finditer(sql, start) if found.group() == "("), len(sql))


def _closing(sql: str, start: int) -> int:
    depth = 0
    for found in _TOKEN.finditer(sql, start):
        depth += {"(": 1, ")": -1}.get(found.group(), 0)
        if depth == 0 and found.group() == ")":
            return found.start()
    return len(sql)


def _after_on(sql: str) -> int:
    return next((m.end() for m in _TOKEN.finditer(sql) if m.group().upper() == "ON"), 0)


def _items(body: str) -> Iterator[str]:
    """Cut at the commas that stand in no parenthesis."""
    depth, begin = 0, 0
    for found in _TOKEN.finditer(body):
        depth += {"(": 1, ")": -1}.get(found.group(), 0)
        if found.group() == "," and not depth:
            yield body[begin : found.start()].strip()
            begin = found.end()
    if body[begin:].strip():
        yield body[begin:].strip()


def _column(clauses: Iterable[tuple[str, str]]) -> ColumnText:
    column = ColumnText()
    for head, clause in clauses:
        if head == "COLLATE":
            column.collation = unquoted(tokens(clause)[1]).upper()
        elif head in ("GENERATED", "AS"):
            start = clause.index("(")
            column.expression = clause[start + 1 : _closing(clause, start)].strip()
        elif head == "PRIMARY":
            column.counted = "AUTOINCREMENT" in map(str.upper, tokens(clause))
    return column


def _rules(clauses: Iterable[tuple[str, str]], column: str = "") -> list[RuleText]:
    """Return the constraints of one item: several where they stand beside a column."""
    found, named = [], ""
    for head, clause in clauses:
        if head == "CONSTRAINT":
            named = unquoted(tokens(clause)[1])
            continue
        if head == "CHECK":
            start = clause.index("(")
            found.append(RuleText("check", named, condition=clause[start + 1 : _closing(clause, start)].strip()))
        elif head in ("PRIMARY", "UNIQUE", "FOREIGN", "REFERENCES"):
            kind = {"PRIMARY": "primary", "UNIQUE": "unique"}.get(head, "foreign")
            listed = _listed(clause) if not column else (column,)
            found.append(RuleText(kind, named, columns=listed, tail=clause))
        named = ""
    return found


def _clauses(item: str, heads: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Cut an item where a clause begins; SET NULL, NOT NULL, NOT DEFERRABLE and DEFAULT NULL begin none within."""
    starts: list[tuple[str, int]] = []
    depth, before = 0, ""
    for found in _TOKEN.finditer(item):
        word = found.group().upper()
        if word.isspace() or _is_comment(word):
            continue
        depth += {"(": 1, ")": -1}.get(word, 0)
        within = (
            (word == "NULL" and before in ("NOT", "SET", "DEFAULT"))
            or (word == "DEFAULT" and before == "SET")
            or (word == "NOT" and re.match(r"\s+DEFERRABLE", item[found.end() :], re.IGNORECASE))
            or (word == "AS" and before == "ALWAYS")
        )
        if not depth and word in heads and not within and (starts or before or word in _CONSTRAINT_WORDS):
            starts.append((word, found.start()))
        before = word
    ends = [*(start for _, start in starts[1:]), len(item)][: len(starts)]
    yield from ((word, item[start:end].strip()) for (word, start), end in zip(starts, ends, strict=True))


def _listed(clause: str) -> tuple[str, ...]:
    start = clause.index("(")
    parts = _items(clause[start + 1 : _closing(clause, start)])
    return tuple(unquoted(tokens(part)[0]) for part in parts)
