"""Rewrite a statement of MySQL for a server that lacks its collation, character set or storage engine."""

import re
from collections.abc import Callable

from langgraph_dba.database.scripts.cleaning.rules import Clause

_UNKNOWN = re.compile(r"Unknown (?P<what>collation|character set|storage engine):? '(?P<name>[^']+)'", re.IGNORECASE)
_NAMED_LIKE = re.compile(r"(?P<charset>utf8mb4|utf8mb3|utf8)_(?:\w+?_)?0900_(?P<kind>\w+)", re.IGNORECASE)
# the newest Unicode order that the server has; MariaDB 10.10 brought uca1400
_REPLACEMENTS = ("{charset}_uca1400_{kind}", "{charset}_unicode_520_ci", "{charset}_unicode_ci", "{charset}_general_ci")


def adapted(text: str, message: str, collations: Callable[[], set[str]]) -> tuple[str, Clause] | None:
    """Return the statement without what the server lacks, and the change; None if the error has another cause."""
    found = _UNKNOWN.search(message)
    if found is None:
        return None
    name = found["name"]
    if found["what"].lower() == "collation":
        return _with_collation(text, name, collations())
    pattern = rf"(?i)\s*\b(?:ENGINE|TYPE)\s*=?\s*'?{re.escape(name)}'?" if "engine" in found["what"] else (
        rf"(?i)\s*(?:\bDEFAULT\s+)?\b(?:CHARSET|CHARACTER\s+SET)\s*=?\s*'?{re.escape(name)}'?"
    )  # fmt: skip
    shorter = re.sub(pattern, "", text)
    reason = f"removed: the server has no {found['what'].lower()} of this name, the default is used"
    return None if shorter == text else (shorter, Clause(name, reason))


def _with_collation(text: str, name: str, collations: set[str]) -> tuple[str, Clause] | None:
    parts = _NAMED_LIKE.match(name)
    charset, kind = (parts["charset"], parts["kind"]) if parts else (name.partition("_")[0], "ci")
    if kind.endswith("bin"):
        candidates = [f"{charset}_bin"]
    else:
        candidates = [form.format(charset=charset, kind=kind) for form in _REPLACEMENTS]
    usable = next((one for one in candidates if one.lower() in collations), "")
    if not usable:
        return None
    changed = re.sub(rf"(?i)\b{re.escape(name)}\b", usable, text)
    return changed, Clause(name, f"replaced by {usable}: the server has no collation of this name")
