"""Patterns that Python 3.11.0 to 3.11.4 match wrongly are not used."""

import re
from pathlib import Path

import langgraph_dba

# `(…)*+` and its relatives, outside of a character class
_POSSESSIVE_GROUP = re.compile(r"(?<!\()\)[*+?]\+")


def test_no_group_is_repeated_possessively() -> None:
    """The standard library's bug 106052: `(?:ab|c)*+` stopped at the wrong place, and scripts were not split."""
    root = Path(langgraph_dba.__file__).parent
    found = [
        f"{path.relative_to(root)}:{number}"
        for path in sorted(root.rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if _POSSESSIVE_GROUP.search(re.sub(r"\[(?:\\.|[^\]\\])*\]", "x", line))
    ]

    assert found == []
    assert _POSSESSIVE_GROUP.search(r"(?:ab|c)*+")
