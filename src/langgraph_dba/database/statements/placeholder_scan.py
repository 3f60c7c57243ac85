"""Find the placeholders of drivers and templates in a statement."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from langgraph_dba.database.statements.dialects import (
    DOLLAR_QUOTE,
    FIRST,
    JINJA,
    LETTER,
    Dialect,
    known_dialect,
    tokens,
)
from langgraph_dba.database.statements.jinja import jinja_end
from langgraph_dba.database.statements.psql import nested_comment_end

PlaceholderStyle = Literal["%s", "%(name)s", ":name", "?", "$1", "$name", "@name", "{{ }}", "{% %}", "{# #}"]
_JINJA_STYLES: dict[str, PlaceholderStyle] = {"{{": "{{ }}", "{%": "{% %}", "{#": "{# #}"}
_SIGNS = frozenset("%:?$@{")  # a text without these has no placeholder

# Behind these words of PostgreSQL an operand follows, so that a `?` there is a placeholder and no operator.
_BEFORE_OPERAND = frozenset({
    "ALL", "AND", "ANY", "ARRAY", "AS", "BETWEEN", "BY", "CALL", "CASE", "DATE", "DEFAULT", "DISTINCT", "ELSE",
    "ESCAPE", "EXCEPT", "EXECUTE", "FETCH", "FILTER", "FIRST", "FOR", "FROM", "HAVING", "ILIKE", "IN", "INTERSECT",
    "INTERVAL", "INTO", "IS", "LIKE", "LIMIT", "NEXT", "NOT", "OFFSET", "ON", "OR", "RETURN", "RETURNING", "SELECT",
    "SET", "SOME", "THEN", "TIME", "TIMESTAMP", "TIMESTAMPTZ", "TO", "UNION", "USING", "VALUES", "WHEN", "WHERE",
    "WITH", "ZONE",
})  # fmt: skip
_NAME = rf"[{FIRST}][0-9{FIRST}]*+"
# `::` is a cast, `:=` an assignment; a colon directly behind an operand is a slice `a[b:c]` or a label
_COLON = rf"(?<![:\\{LETTER}\])'\"`]):(?:(?P<colon>{_NAME})|(?P<psql>'{_NAME}'|\"{_NAME}\"))"
_PERCENT = rf"%\((?P<percent>[^()\s%]+)\)[sbt]|(?P<format>%s)(?![{LETTER}])"
_OWN = {
    # the first alternatives are operators, also without an operand before them
    "postgresql": rf"(?P<operator>@\?|(?<=\.)\?)|(?P<question>\?)|(?<![{LETTER}])\$(?P<number>\d++)",
    "mariadb": r"(?P<question>\?)",
    "sqlite": rf"\?(?P<question>\d*+)|(?<![{LETTER}])\$(?:(?P<number>\d++)|(?P<dollar>{_NAME}))|@(?P<at>{_NAME})",
}
_QUESTION_OPERATOR = re.compile(r"\?[?|&#]*+")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A placeholder at `text[start:end]`: its style, and its name or number if it has one.

    `{{ }}`, `{% %}` and `{# #}` are Jinja's; the name of these is the text between the braces. The name of psql's
    `:'name'` and `:"name"` includes the quotes.
    """

    style: PlaceholderStyle
    start: int
    end: int
    name: str = ""
    number: int | None = None


def placeholders(text: str, dialect: str) -> tuple[Placeholder, ...]:
    """Return the placeholders outside of literals, quoted names and comments, in the order of the text.

    On PostgreSQL a `?` behind an operand is an operator (`doc ? 'key'`), and a placeholder where an operand is expected
    (`WHERE id = ?`).
    """
    known = known_dialect(dialect)
    return () if _SIGNS.isdisjoint(text) else tuple(_scan(text, known))


@cache
def _pattern(dialect: Dialect) -> re.Pattern[str]:
    known = tokens(dialect)
    openers = "|".join(map(re.escape, known.quote_names))
    dynamic = rf"|(?P<nested>/\*)|(?P<quote>{DOLLAR_QUOTE})" if dialect == "postgresql" else ""
    return re.compile(
        rf"(?P<literal>{known.literals})|(?P<comment>{known.comments}){dynamic}|(?P<open>{openers})|(?P<jinja>{JINJA})"
        rf"|{_PERCENT}|{_COLON}|{_OWN[dialect]}|(?P<word>[0-9{FIRST}][{LETTER}]*+)|(?P<close>[)\]])"
        r"|(?P<blank>\s++)|(?P<other>::|.)",
        re.DOTALL,
    )


def _scan(text: str, dialect: Dialect) -> Iterator[Placeholder]:
    pattern, at, operand_before = _pattern(dialect), 0, False
    while found := pattern.match(text, at):
        kind, start = found.lastgroup or "", found.start()
        at = _end(text, kind, found)
        if at < 0:  # not closed: the rest is no SQL
            return
        if kind == "question" and dialect == "postgresql" and operand_before:
            kind, at = "operator", _end_of_operator(text, start)
        placeholder = _placeholder(kind, found, text[start:at], at)
        if placeholder:
            yield placeholder
        if kind in ("blank", "comment", "nested") or (placeholder and placeholder.style in ("{% %}", "{# #}")):
            continue
        is_word = kind == "word" and found.group().upper() not in _BEFORE_OPERAND
        operand_before = is_word or placeholder is not None or kind in ("literal", "quote", "close")


def _end_of_operator(text: str, start: int) -> int:
    found = _QUESTION_OPERATOR.match(text, start)  # ?| ?& ?# and JDBC's ??
    return found.end() if found else start + 1


def _end(text: str, kind: str, found: re.Match[str]) -> int:
    """Return the offset behind a token, or -1 if it is not closed."""
    if kind == "open":
        return -1
    if kind == "nested":
        return nested_comment_end(text, found.start(), len(text))
    if kind == "jinja":
        return jinja_end(text, found.start(), len(text))
    if kind == "quote":
        end = text.find(found.group(), found.end())
        return end if end < 0 else end + len(found.group())
    return found.end()


def _placeholder(kind: str, found: re.Match[str], source: str, end: int) -> Placeholder | None:
    start, value = found.start(), found[kind]
    match kind:
        case "jinja":
            return Placeholder(_JINJA_STYLES[value], start, end, source[2:-2].strip("-+ \t\r\n"))
        case "percent":
            return Placeholder("%(name)s", start, end, value)
        case "format":
            return Placeholder("%s", start, end)
        case "colon" | "psql":
            return Placeholder(":name", start, end, value)
        case "question":
            return Placeholder("?", start, end, number=int(value) if value.isdigit() else None)
        case "number":
            return Placeholder("$1", start, end, number=int(value))
        case "dollar":
            return Placeholder("$name", start, end, value)
        case "at":
            return Placeholder("@name", start, end, value)
    return None
