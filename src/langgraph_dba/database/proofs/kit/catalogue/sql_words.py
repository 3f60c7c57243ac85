"""Split SQL text into words, so that comments, white space and quotes of plain names do not count."""

import re

from langgraph_dba.database.engines import Traits

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_SKIPPED = re.compile(r"--|/\*.")  # a whole comment, not the two words `/` and `*`
_REST = r"""|\$\w*\$|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]\[]*\]|[\w$.\x80-\U0010ffff]+|::|<>|!=|<=|>=|\|\||."""
_COMMENTS = r"\s+|--[^\n]*|/\*(?!M?!).*?\*/|"  # MariaDB runs what stands in /*! … */
_LITERAL = r"'(?:[^']|'')*'"
_ESCAPED_LITERAL = r"'(?:[^'\\]|''|\\.)*'"


def words(text: str, traits: Traits) -> tuple[str, ...]:
    """Return the words of a text: unquoted ones in lower case, without comments and without quotes of plain names.

    The body of a routine (`$$ … $$`) is split too. Two texts with the same words mean the same to the engine.
    """
    literal = _ESCAPED_LITERAL if traits.backslash_escapes else _LITERAL
    pieces = (found.group() for found in re.finditer(_COMMENTS + literal + _REST, text, re.DOTALL))
    return tuple(_normalise(one, traits) for one in pieces if not one.isspace() and not _SKIPPED.match(one))


def _normalise(piece: str, traits: Traits) -> str:
    # MariaDB reads double quotes as a text
    quotes = '`"' if not traits.backslash_escapes else "`"
    if piece[0] in quotes and _PLAIN.fullmatch(piece[1:-1]):
        return piece[1:-1]
    return piece if piece[0] in "'\"`[" else piece.lower()
