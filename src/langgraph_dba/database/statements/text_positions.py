"""Convert character offsets of a text to lines, columns and UTF-8 byte offsets, and byte offsets back."""

import re
from bisect import bisect_right
from itertools import accumulate

_BLOCK = 1024  # characters; one offset per block is stored, and at most one block is encoded per question


class TextPositions:
    """The line starts and the byte offsets of a text; built in linear time."""

    def __init__(self, text: str) -> None:
        """Index a text."""
        self._text = text
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self._bytes: list[int] | None = None  # of each block; None: one byte per character
        if not text.isascii():
            blocks = (text[at : at + _BLOCK] for at in range(0, len(text), _BLOCK))
            self._bytes = [0, *accumulate(_size_bytes(block) for block in blocks)]

    def line_column(self, offset: int) -> tuple[int, int]:
        """Return the line and the column of a character, both counted from 1."""
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def byte(self, offset: int) -> int:
        """Return the UTF-8 byte offset of a character offset."""
        if self._bytes is None:
            return offset
        block = offset // _BLOCK
        return self._bytes[block] + _size_bytes(self._text[block * _BLOCK : offset])

    def character(self, byte: int) -> int:
        """Return the character offset of a UTF-8 byte offset."""
        if self._bytes is None:
            return byte
        block = bisect_right(self._bytes, byte) - 1
        start = block * _BLOCK
        encoded = self._text[start : start + _BLOCK].encode("utf-8", "surrogatepass")
        return start + len(encoded[: byte - self._bytes[block]].decode("utf-8", "ignore"))


def _size_bytes(text: str) -> int:
    # surrogatepass: a file read with `surrogateescape` contains lone surrogates
    return len(text.encode("utf-8", "surrogatepass"))
