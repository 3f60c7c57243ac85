"""Parse SQLite's stored CREATE statements: PRAGMAs report neither checks nor constraint names nor expressions."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

# Literals, quoted names and comments are one token each: they may contain commas, parentheses and keywords.
_TOKEN = re.compile(
    r"""\s+|--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[\w$.\x80-\U0010ffff]+|.""",
    re.DOTALL,
)
_CONSTRAINT_WORDS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN")
# without FOREIGN: a reference of a column begins with REFERENCES
_COLUMN_WORDS = (*_CONSTRAINT_WORDS[:-1], "NOT", "NULL", "DEFAULT", "COLLATE", "REFERENCES", "GENERATED", "AS")


@dataclass(slots=True)
class ColumnText:
    """The properties of a column that PRAGMAs do not report."""

    collation: str = ""
    expression: str = ""
    autoincrement: bool = False
    on_conflict: str = ""  # of NOT NULL


@dataclass(frozen=True, slots=True)
class RuleText:
    """One constraint: kind, name if it has one, columns or condition, and in `tail` the whole clause."""

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
    # (kind, name or clause, reason) of what neither these fields nor PRAGMAs report
    lost: list[tuple[str, str, str]] = field(default_factory=list)


def tokens(sql: str) -> list[str]:
    """Return the words, operators, quoted texts and comments of a statement, without white space."""
    return [token for token in _TOKEN.findall(sql) if not token.isspace()]


def table_text(sql: str) -> TableText:
    """Parse a CREATE TABLE; the result is empty for CREATE TABLE … AS SELECT."""
    table = TableText()
    for item in _items(_body(sql)):
        first = _first(item)
        if first.upper() in _CONSTRAINT_WORDS:
            table.rules += _rules(_clauses(item, _CONSTRAINT_WORDS))
        elif first:
            name, clauses = unquoted(first), list(_clauses(item, _COLUMN_WORDS))
            table.columns[name] = _column(clauses)
            table.rules += _rules(clauses, name)
            table.lost += _lost_names(clauses)
    table.lost += [lost for rule in table.rules for lost in _lost_parts(rule)]
    return table


def on_conflict(clause: str) -> str:
    """Return the action of an ON CONFLICT clause in lower case; empty if there is none, or the default one."""
    words = list(map(str.lower, tokens(clause)))
    action = next(
        (words[at + 2] for at, word in enumerate(words[:-2]) if word == "on" and words[at + 1] == "conflict"), ""
    )
    return "" if action == "abort" else action


def _lost_names(clauses: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """Yield the names of clauses that are no constraints of their own: of NOT NULL, DEFAULT, COLLATE."""
    for (head, clause), (following, _) in pairwise(clauses):
        if head == "CONSTRAINT" and following in ("NOT", "NULL", "DEFAULT", "COLLATE", "GENERATED", "AS"):
            yield "constraint", unquoted(tokens(clause)[1]), f"the name of {following} is not read"


def _lost_parts(rule: RuleText) -> Iterator[tuple[str, str, str]]:
    words = [word.upper() for word in tokens(rule.tail)]
    name = rule.name or f"{rule.kind} ({', '.join(rule.columns)})"
    if rule.kind in ("primary", "unique") and {"DESC", "COLLATE"} & set(words):
        yield "key", name, "the order and the collation of its columns are not read"
    if rule.kind == "foreign" and "MATCH" in words:
        yield "foreign key", name, "MATCH is not read: SQLite does not enforce it"
    if rule.kind == "check" and on_conflict(rule.tail):
        yield "check", name, "ON CONFLICT is not read"


def index_text(sql: str) -> tuple[list[str], str]:
    """Return the keys of a CREATE INDEX as text, and its WHERE predicate."""
    start = _opening(sql, _after_on(sql))
    end = _closing(sql, start)
    predicate = re.match(r"\s*WHERE\s+(.*)", sql[end + 1 :], re.DOTALL | re.IGNORECASE)
    return list(_items(sql[start + 1 : end])), predicate[1].strip() if predicate else ""


def after_name(sql: str, word: str) -> str:
    """Return the text after the name in `CREATE [TEMP] <word> [IF NOT EXISTS] name …`."""
    spans = [(m.start(), m.end(), m.group()) for m in _TOKEN.finditer(sql) if not m.group().isspace()]
    number = next(n for n, (_, _, text) in enumerate(spans) if text.upper() == word)
    number += 4 if spans[number + 1][2].upper() == "IF" else 1
    return sql[spans[number][1] :].strip()


def unquoted(word: str) -> str:
    """Return a name without its quotes."""
    if word[:1] in "\"`'":
        return word[1:-1].replace(word[0] * 2, word[0])
    return word[1:-1] if word.startswith("[") else word


def _first(item: str) -> str:
    """Return the first word that is not a comment; empty if there is none."""
    words = (token.group() for token in _TOKEN.finditer(item))
    return next((word for word in words if not word.isspace() and not _is_comment(word)), "")


def _is_comment(word: str) -> bool:
    return word.startswith(("--", "/*"))


def _body(sql: str) -> str:
    start = _opening(sql, 0)
    return sql[start + 1 : _closing(sql, start)]


def _opening(sql: str, start: int) -> int:
    # by tokens: a quoted name may contain a parenthesis
    return next((token.start() for token in _TOKEN.finditer(sql, start) if token.group() == "("), len(sql))


def _closing(sql: str, start: int) -> int:
    depth = 0
    for token in _TOKEN.finditer(sql, start):
        depth += {"(": 1, ")": -1}.get(token.group(), 0)
        if depth == 0 and token.group() == ")":
            return token.start()
    return len(sql)


def _after_on(sql: str) -> int:
    return next((m.end() for m in _TOKEN.finditer(sql) if m.group().upper() == "ON"), 0)


def _items(body: str) -> Iterator[str]:
    """Split at the commas outside of parentheses."""
    depth, begin = 0, 0
    for token in _TOKEN.finditer(body):
        depth += {"(": 1, ")": -1}.get(token.group(), 0)
        if token.group() == "," and not depth:
            yield body[begin : token.start()].strip()
            begin = token.end()
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
        elif head == "NOT":
            column.on_conflict = on_conflict(clause)
        elif head == "PRIMARY":
            column.autoincrement = "AUTOINCREMENT" in map(str.upper, tokens(clause))
    return column


def _rules(clauses: Iterable[tuple[str, str]], column: str = "") -> list[RuleText]:
    """Return the constraints of one item; the item of a column may have several."""
    rules, name = [], ""
    for head, clause in clauses:
        if head == "CONSTRAINT":
            name = unquoted(tokens(clause)[1])
            continue
        if head == "CHECK":
            start = clause.index("(")
            end = _closing(clause, start)
            rules.append(RuleText("check", name, condition=clause[start + 1 : end].strip(), tail=clause[end + 1 :]))
        elif head in ("PRIMARY", "UNIQUE", "FOREIGN", "REFERENCES"):
            kind = {"PRIMARY": "primary", "UNIQUE": "unique"}.get(head, "foreign")
            columns = (column,) if column else _columns(clause)
            rules.append(RuleText(kind, name, columns=columns, tail=clause))
        name = ""
    return rules


def _clauses(item: str, heads: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Split an item at the keywords that begin a clause, and yield (keyword, clause)."""
    # SET NULL, NOT NULL, NOT DEFERRABLE and DEFAULT NULL contain keywords that begin no new clause
    starts: list[tuple[str, int]] = []
    depth, before = 0, ""
    for token in _TOKEN.finditer(item):
        word = token.group().upper()
        if word.isspace() or _is_comment(word):
            continue
        depth += {"(": 1, ")": -1}.get(word, 0)
        within = (
            (word == "NULL" and before in ("NOT", "SET", "DEFAULT"))
            or (word == "DEFAULT" and before == "SET")
            or (word == "NOT" and re.match(r"\s+DEFERRABLE", item[token.end() :], re.IGNORECASE))
            or (word == "AS" and before == "ALWAYS")
        )
        # the first word of a column is its name, even if it is also a keyword
        if not depth and word in heads and not within and (starts or before or word in _CONSTRAINT_WORDS):
            starts.append((word, token.start()))
        before = word
    ends = [*(start for _, start in starts[1:]), len(item)][: len(starts)]
    yield from ((word, item[start:end].strip()) for (word, start), end in zip(starts, ends, strict=True))


def _columns(clause: str) -> tuple[str, ...]:
    start = clause.index("(")
    parts = _items(clause[start + 1 : _closing(clause, start)])
    return tuple(unquoted(tokens(part)[0]) for part in parts)
