"""Split SQL text into words and statements, so that comments, white space and quotes of plain names do not count."""

import re
from collections.abc import Iterator

from langgraph_dba.database.engines import Traits

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_SKIPPED = ("--", "/*")
_REST = r"""|\$\w*\$|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]\[]*\]|[\w$.\x80-\U0010ffff]+|::|<>|!=|<=|>=|\|\||."""
_COMMENTS = r"\s+|--[^\n]*|/\*.*?\*/|"
_LITERAL = r"'(?:[^']|'')*'"
_ESCAPED_LITERAL = r"'(?:[^'\\]|''|\\.)*'"
_DOLLAR = r"\$(\w*)\$.*?\$\1\$|"


def words(text: str, traits: Traits) -> tuple[str, ...]:
    """Return the words of a text: unquoted ones in lower case, without comments and without quotes of plain names.

    The body of a routine (`$$ … $$`) is split too. Two texts with the same words mean the same to the engine.
    """
    literal = _ESCAPED_LITERAL if traits.backslash_escapes else _LITERAL
    return tuple(_normalise(token, traits) for token in _tokens(text, _COMMENTS + literal + _REST))


def _tokens(text: str, pattern: str) -> Iterator[str]:
    for match in re.finditer(pattern, text, re.DOTALL):
        token = match.group()
        if not token.isspace() and not token.startswith(_SKIPPED):
            yield token


def _normalise(token: str, traits: Traits) -> str:
    # MariaDB reads double quotes as a text
    quotes = '`"' if not traits.backslash_escapes else "`"
    if token[0] in quotes and _PLAIN.fullmatch(token[1:-1]):
        return token[1:-1]
    return token if token[0] in "'\"`[" else token.lower()


def statements(script: str, traits: Traits) -> tuple[str, ...]:
    """Return the statements of a script without comments between them; a body in dollar quotes is not split."""
    literal = _ESCAPED_LITERAL if traits.backslash_escapes else _LITERAL
    pieces: list[str] = [""]
    for match in re.finditer(_COMMENTS + _DOLLAR + literal + _REST, script, re.DOTALL):
        token = match.group()
        if token == ";":
            pieces.append("")
        elif not token.startswith(_SKIPPED):
            pieces[-1] += token
    return tuple(piece.strip() for piece in pieces if piece.strip())
