"""Remove the clauses of PostgreSQL that need another role, another tablespace or several transactions."""

import re

from langgraph_dba.database.scripts.cleaning.rules import Clause
from langgraph_dba.database.scripts.words import Token, tokens_of

_LITERAL = re.compile(
    r"(?P<skip>--[^\n]*|/\*(?:(?!\*/).)*\*/|\"(?:[^\"]|\"\")*\"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|\b[eE]'(?:[^'\\]|\\.|'')*')"
    r"|(?P<plain>'(?:[^'\\]|\\.|'')*')",
    re.DOTALL,
)
_NAME = r'(?:"(?:[^"]|"")+"|\w+)'
# each entry: which statements, the clause, its replacement, and the reason
_CLAUSES = (
    (r"ALTER DEFAULT PRIVILEGES FOR", rf"\s+FOR\s+(?:ROLE|USER)\s+{_NAME}(?:\s*,\s*{_NAME})*", "",
     "removed: in the scratch database, ALTER DEFAULT PRIVILEGES applies to the owner, who creates every object"),
    (r"CREATE SCHEMA (?:IF NOT EXISTS )?AUTHORIZATION", r"\s+AUTHORIZATION\b", "",
     "removed: the owner of the scratch database owns the schema"),
    (r"CREATE SCHEMA .*AUTHORIZATION", rf"\s+AUTHORIZATION\s+{_NAME}", "",
     "removed: the owner of the scratch database owns the schema"),
    (r"(?:CREATE (?:UNIQUE )?INDEX|DROP INDEX|ALTER TABLE .*DETACH PARTITION) .*CONCURRENTLY", r"\s+CONCURRENTLY\b",
     "", "removed: a script in one transaction cannot build an index concurrently"),
    (r"CREATE EXTENSION .*VERSION", rf"\s+VERSION\s+(?:'[^']*'|{_NAME})", "",
     "removed: the scratch server's version is used"),
    (r"(?:CREATE|ALTER) .*", rf"(?<![,(\s])\s+(?:USING\s+INDEX\s+)?TABLESPACE\s+{_NAME}", "",
     "removed: the scratch server has no tablespace of that name"),
    (r"CREATE MATERIALIZED VIEW", r"\s+WITH\s+NO\s+DATA\s*\Z", "",
     "removed: the view is filled when it is created, because a dump fills it with its rows"),
    (r"SET LOCAL\b", r"(?<=\w)\s+LOCAL\b", "", "removed: the setting is needed up to the end of the script"),
    (r"(?:GRANT|REVOKE)\b", rf"\s+GRANTED\s+BY\s+{_NAME}", "", "removed: the owner grants the privilege"),
)  # fmt: skip
_COMPILED = tuple(
    (re.compile(head), re.compile(clause, re.IGNORECASE), replacement, reason)
    for head, clause, replacement, reason in _CLAUSES
)
_SCHEMA = re.compile(r"(?i)CREATE\s+SCHEMA\s+(?!IF\b)")
_EXTENSION = re.compile(r"(?i)CREATE\s+EXTENSION\s+(?!IF\b)")


def without_foreign_clauses(head: str, text: str) -> tuple[str, tuple[Clause, ...]]:
    """Return the statement without such clauses, and the removed ones."""
    removed = []
    for statements, clause, replacement, reason in _COMPILED:
        while statements.match(head) and (found := _outside_literals(clause, text)):
            removed.append(Clause(found[0].strip(), reason))
            text = text[: found.start()] + replacement + text[found.end() :]
    # an extension may have created the schema, and `public` exists already
    if _SCHEMA.match(text) and not re.search(r"(?i)\bCREATE\b", text[6:]):
        text = _SCHEMA.sub("CREATE SCHEMA IF NOT EXISTS ", text, count=1)
    return _EXTENSION.sub("CREATE EXTENSION IF NOT EXISTS ", text, count=1), tuple(removed)


def _outside_literals(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = pattern.search(text)
    if found is None:
        return None
    start = found.start() + len(found[0]) - len(found[0].lstrip())
    is_token = any(token.kind == "word" and token.start == start for token in _until(text, start))
    return found if is_token else None


def _until(text: str, start: int) -> list[Token]:
    return [token for token in tokens_of(text) if token.start <= start]


def without_standard_strings(text: str) -> str:
    """Write literals with backslashes as `E'…'`: the setting `standard_conforming_strings = off` is not kept."""
    # a script is sent as one message, which the server splits with the setting at its beginning
    return _LITERAL.sub(_escaped, text) if "\\" in text else text


def _escaped(found: re.Match[str]) -> str:
    literal = found["plain"]
    return f"E{literal}" if literal and "\\" in literal else found[0]
