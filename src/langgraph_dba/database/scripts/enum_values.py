"""Add the values of ALTER TYPE … ADD VALUE to the CREATE TYPE of PostgreSQL's enums.

A script is run in one transaction, in which PostgreSQL before version 17 refuses to use an added value.
"""

import re
from collections.abc import Sequence

from langgraph_dba.database.scripts.script import ScriptStatement, SkippedStatement

_NAME = r'(?P<name>(?:(?:"(?:[^"]|"")+"|\w+)\s*\.\s*)?(?:"(?:[^"]|"")+"|\w+))'
_LITERAL = r"'(?:[^']|'')*'"
_ADDED = re.compile(
    rf"ALTER\s+TYPE\s+{_NAME}\s+ADD\s+VALUE\s+(?P<quiet>IF\s+NOT\s+EXISTS\s+)?(?P<value>{_LITERAL})"
    rf"(?:\s+(?P<side>BEFORE|AFTER)\s+(?P<other>{_LITERAL}))?\s*$",
    re.IGNORECASE,
)
_CREATED = re.compile(
    rf"(?P<start>CREATE\s+TYPE\s+{_NAME}\s+AS\s+ENUM\s*\()(?P<values>\s*(?:{_LITERAL}\s*,?\s*)*)\)\s*$", re.IGNORECASE
)


def with_merged_enums(
    statements: Sequence[ScriptStatement],
) -> tuple[list[ScriptStatement], list[SkippedStatement]]:
    """Return the statements with each added value in its CREATE TYPE, and the statements that are not needed then."""
    kept: list[ScriptStatement] = []
    merged: list[SkippedStatement] = []
    enums: dict[str, int] = {}  # name -> position in `kept`
    for one in statements:
        added = _ADDED.match(one.text)
        at = enums.get(_plain(added["name"])) if added else None
        text = _with_value(kept[at].text, added) if added and at is not None else None
        if at is not None and text is not None:
            before = kept[at]
            kept[at] = ScriptStatement(before.file, before.line, text)
            merged.append(SkippedStatement(one.file, one.line, one.text, "CREATE TYPE has the value"))
            continue
        if created := _CREATED.match(one.text):
            enums[_plain(created["name"])] = len(kept)
        elif re.match(r"(?i)(?:ALTER|DROP)\s+TYPE\b", one.text):
            enums.clear()  # a renamed or dropped type: later values belong to another one
        kept.append(one)
    return kept, merged


def _plain(name: str) -> str:
    return re.sub(r"\s+", "", name).lower().replace('"', "").removeprefix("public.")


def _with_value(create: str, added: re.Match[str]) -> str | None:
    """Return CREATE TYPE with the value at its place; None if the statement would fail."""
    created = _CREATED.match(create)
    values = re.findall(_LITERAL, created["values"]) if created else []
    value, other, side = added["value"], added["other"], (added["side"] or "").upper()
    if created is None or (value in values and not added["quiet"]) or (other and other not in values):
        return None
    if value not in values:
        place = values.index(other) + (side == "AFTER") if other else len(values)
        values.insert(place, value)
    return f"{created['start']}{', '.join(values)})"
