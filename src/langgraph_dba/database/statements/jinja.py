"""Find the end of a Jinja expression, tag or comment in SQL text."""

import re

NAMES = {"{{": "Jinja expression", "{%": "Jinja tag", "{#": "Jinja comment"}
# a literal may contain the closing braces, and an expression a mapping with braces of its own
_PIECE = re.compile(r"""'(?:[^'\\]++|\\.)*'|"(?:[^"\\]++|\\.)*"|[{}]|%\}""", re.DOTALL)


def jinja_end(text: str, start: int, limit: int) -> int:
    """Return the offset behind the Jinja part that begins at `start`, or -1 if it is not closed before `limit`."""
    opening = text[start : start + 2]
    if opening == "{#":
        end = text.find("#}", start + 2, limit)
        return end if end < 0 else end + 2
    depth = 0
    for piece in _PIECE.finditer(text, start + 2, limit):
        mark = piece.group()
        if mark == "%}" and opening == "{%":
            return piece.end()
        if mark.endswith("}") and not depth and opening == "{{" and text.startswith("}}", piece.end() - 1):
            return min(piece.end() + 1, limit)
        if mark in ("{", "}", "%}"):
            depth = max(0, depth + (1 if mark == "{" else -1))
    return -1
