"""Replace placeholders by SQL that a parser takes."""

import re

from langgraph_dba.database.statements.dialects import LETTER, Dialect, known_dialect
from langgraph_dba.database.statements.placeholder_scan import Placeholder, placeholders

_LETTER = re.compile(rf"[{LETTER}]")
# what the grammar of a dialect reads itself
_NATIVE = {
    "postgresql": frozenset({"$1"}),
    "mariadb": frozenset({"?"}),
    "sqlite": frozenset({"?", "$1", ":name", "@name", "$name"}),
}


def mask(text: str, dialect: str) -> str:
    """Return the text with each placeholder replaced by SQL of the same length, so that offsets and lines stay.

    A bind variable becomes `$1` on PostgreSQL and `?` on the others, a Jinja expression a name; Jinja tags, comments
    and `{{ config(…) }}` become blanks. `$1` does not fit in the place of a `?` on PostgreSQL, which becomes `0`.
    """
    known, parts, at = known_dialect(dialect), [], 0
    for number, found in enumerate(placeholders(text, known), 1):
        parts += [text[at : found.start], _masked(text, found, known, number)]
        at = found.end
    return "".join([*parts, text[at:]])


def _masked(text: str, found: Placeholder, dialect: Dialect, number: int) -> str:
    source = text[found.start : found.end]
    if found.style in _NATIVE[dialect]:
        return source
    # `stage_{{ env }}.t`, `t_%s`: part of a name
    is_behind_name = bool(_LETTER.match(text[found.start - 1 : found.start]))
    is_before_name = bool(_LETTER.match(text[found.end : found.end + 1]))
    if found.style in ("{% %}", "{# #}") or found.name.startswith("config("):  # dbt's config() gives no SQL
        return _padded("", source, " ")
    if found.style == "{{ }}" or is_behind_name or is_before_name:
        return _padded(f"j{number}", source, "_" if is_before_name else " ")
    return _padded(_bind_variable(found, dialect), source, " ")


def _bind_variable(found: Placeholder, dialect: Dialect) -> str:
    if found.name[:1] in ("'", '"'):  # psql's :'text' and :"name"
        return found.name
    if dialect != "postgresql":
        return "?"
    return "0" if found.style == "?" else "$1"


def _padded(sql: str, source: str, fill: str) -> str:
    """Return SQL of the length of the source, with the source's line breaks in their places."""
    room = len(source.partition("\n")[0])
    rest = source[min(room, len(sql)) :]
    return sql[:room] + re.sub(r"[^\n]", fill, rest)
