"""A script of MariaDB cut into its statements: the server takes one a message, and is never told to take more.

A `;` inside a text, a quoted name, a comment or the body of a trigger or routine is no end. Bodies are told by their
`BEGIN … END`; a line `DELIMITER x` is understood as the command-line client understands it.
"""

import re
from collections.abc import Iterator

_PIECE = re.compile(
    r"""
      (?P<opaque>'(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*" | `(?:[^`]|``)*`)
    | (?P<executed>/\*[!M].*?\*/)            # a comment that the server runs
    | (?P<comment>/\*.*?\*/ | --(?=\s|$)[^\n]* | \#[^\n]*)
    | (?P<delimiter>^[ \t]*DELIMITER[ \t]+(?P<mark>\S+)[^\n]*)
    | (?P<word>\w+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_ROUTINE = re.compile(r"\s*CREATE\b.*?\b(TRIGGER|PROCEDURE|FUNCTION|EVENT|PACKAGE)\b", re.DOTALL | re.IGNORECASE)
_OTHER_ENDS = frozenset({"IF", "LOOP", "REPEAT", "WHILE", "FOR"})  # `END IF` closes what was not counted


def statements(script: str) -> Iterator[str]:
    """Yield the statements of a script, without comments and without what ends them."""
    pending, depth, after_end, mark = "", 0, False, ";"
    for piece in _PIECE.finditer(script):
        text = piece.group()
        if piece["delimiter"]:
            mark = piece["mark"]
            continue
        if piece["comment"]:
            pending += " "
            continue
        pending += text
        if piece["word"]:
            depth, after_end = _depth(depth, text.upper(), after_end=after_end)
        if (
            pending.endswith(mark)
            and not piece["opaque"]
            and (mark != ";" or depth <= 0 or not _ROUTINE.match(pending))
        ):
            if statement := pending[: -len(mark)].strip():
                yield statement
            pending, depth, after_end = "", 0, False
    if pending.strip():
        yield pending.strip()


def _depth(depth: int, word: str, *, after_end: bool) -> tuple[int, bool]:
    """Count open blocks: BEGIN and CASE open one, END closes one unless it belongs to a word that opened none."""
    if after_end and word in _OTHER_ENDS:
        return depth + 1, False  # takes back what END closed
    if after_end and word == "CASE":
        return depth, False
    if word == "END":
        return depth - 1, True
    return depth + (word in ("BEGIN", "CASE")), False
