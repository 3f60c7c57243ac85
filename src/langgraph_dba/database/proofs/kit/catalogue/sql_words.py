"""Split SQL text into words and statements, so that comments, white space and quotes of plain names do not count."""

import re
from collections.abc import Iterator

from langgraph_dba.database.engines import Traits

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_SKIPPED = re.compile(r"--|/\*.")  # a whole comment, not the two words `/` and `*`
_REST = r"""|\$\w*\$|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]\[]*\]|[\w$.\x80-\U0010ffff]+|::|<>|!=|<=|>=|\|\||."""
_COMMENTS = r"\s+|--[^\n]*|/\*(?!M?!).*?\*/|"  # MariaDB runs what stands in /*! … */
_LITERAL = r"'(?:[^']|'')*'"
_ESCAPED_LITERAL = r"'(?:[^'\\]|''|\\.)*'"
_DOLLAR = r"\$(\w*)\$.*?\$\1\$|"


def words(text: str, traits: Traits) -> tuple[str, ...]:
    """Return the words of a text: unquoted ones in lower case, without comments and without quotes of plain names.

    The body of a routine (`$$ … $$`) is split too. Two texts with the same words mean the same to the engine.
    """
    literal = _ESCAPED_LITERAL if traits.backslash_escapes else _LITERAL
    return tuple(_normalise(piece, traits) for piece in _tokens(text, _COMMENTS + literal + _REST))


def _tokens(text: str, pattern: str) -> Iterator[str]:
    for match in re.finditer(pattern, text, re.DOTALL):
        piece = match.group()
        if not piece.isspace() and not _SKIPPED.match(piece):
            yield piece


def _normalise(piece: str, traits: Traits) -> str:
    # MariaDB reads double quotes as a text
    quotes = '`"' if not traits.backslash_escapes else "`"
    if piece[0] in quotes and _PLAIN.fullmatch(piece[1:-1]):
        return piece[1:-1]
    return piece if piece[0] in "'\"`[" else piece.lower()


def statements(script: str, traits: Traits) -> tuple[str, ...]:
    """Return the statements of a script without comments between them; a body in dollar quotes is not split."""
    literal = _ESCAPED_LITERAL if traits.backslash_escapes else _LITERAL
    parts: list[str] = [""]
    for match in re.finditer(_COMMENTS + _DOLLAR + literal + _REST, script, re.DOTALL):
        piece = match.group()
        if piece == ";":
            parts.append("")
        elif not _SKIPPED.match(piece):
            parts[-1] += piece
    return tuple(piece.strip() for piece in parts if piece.strip())
