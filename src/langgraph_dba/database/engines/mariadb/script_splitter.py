"""Split a MariaDB script into statements, because a connection sends one statement per message.

A `;` inside a literal, a quoted name, a comment, or the body (`BEGIN … END`) of a trigger or routine does not end a
statement. `DELIMITER x` works as in the command-line client.
"""

import re
from collections.abc import Iterator

_PIECE = re.compile(
    r"""
      (?P<opaque>'(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*" | `(?:[^`]|``)*`)
    | (?P<executed>/\*[!M].*?\*/)            # a comment that the server executes
    | (?P<comment>/\*.*?\*/ | --(?=\s|$)[^\n]* | \#[^\n]*)
    | (?P<delimiter>^[ \t]*DELIMITER[ \t]+(?P<mark>\S+)[^\n]*)
    | (?P<word>\w+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_ROUTINE = re.compile(r"\s*CREATE\b.*?\b(TRIGGER|PROCEDURE|FUNCTION|EVENT|PACKAGE)\b", re.DOTALL | re.IGNORECASE)
_OTHER_ENDS = frozenset({"IF", "LOOP", "REPEAT", "WHILE", "FOR"})  # `END IF` ends a block that was not counted


def split_script(script: str) -> Iterator[str]:
    """Yield the statements of a script without comments and delimiters."""
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
    """Return (number of open blocks, whether the last word was END) after a word."""
    # not counted: IF and REPEAT, which are also functions, and the other loops
    if after_end and word in _OTHER_ENDS:
        return depth + 1, False  # `END IF` closed no counted block: undo the END
    if after_end and word == "CASE":
        return depth, False
    if word == "END":
        return depth - 1, True
    return depth + (word in ("BEGIN", "CASE")), False
