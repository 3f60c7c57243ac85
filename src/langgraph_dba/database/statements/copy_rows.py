"""Decode the rows of PostgreSQL's COPY in text and CSV format."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

CopyRow = tuple[str | None, ...]

_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPE = re.compile(r"(?P<bytes>(?:\\(?:[0-7]{1,3}|x[0-9A-Fa-f]{1,2}))+)|\\(?P<char>.)", re.DOTALL)
_BYTE = re.compile(r"\\(?:x([0-9A-Fa-f]{1,2})|([0-7]{1,3}))")
_LINE = re.compile(r"((?:[^\\\n]|\\.)*)(?:\n|\Z)", re.DOTALL)  # a backslash before a newline continues the field
_QUOTED = r"[eE]?'((?:[^']|'')*)'"


@dataclass(frozen=True, slots=True)
class _Options:
    """The options of a COPY statement that decide how its rows are read."""

    is_csv: bool
    has_header: bool
    delimiter: str
    null: str
    quote: str
    escape: str


def copy_rows(statement: str, data: str) -> Iterator[CopyRow]:
    """Yield the fields of each row; `statement` is the COPY statement, whose options say how rows are written."""
    options = _options(statement)
    rows = _csv_rows(data, options) if options.is_csv else _text_rows(data, options)
    if options.has_header:
        next(rows, None)
    return rows


def _options(statement: str) -> _Options:
    """Read the options behind `STDIN`, in the form of PostgreSQL 9 (`(FORMAT csv)`) and the older one (`WITH CSV`)."""
    tail = re.split(r"\bSTDIN\b", statement, maxsplit=1, flags=re.IGNORECASE)[-1]
    words = re.sub(_QUOTED, " ", tail)
    is_csv = bool(re.search(r"\bCSV\b", words, re.IGNORECASE))
    has_header = re.search(r"\bHEADER\b(?!\s*(?:false|off|0)\b)", words, re.IGNORECASE)
    quote = _option(tail, "QUOTE", '"')
    return _Options(
        is_csv,
        has_header is not None,
        _option(tail, "DELIMITERS?", "," if is_csv else "\t"),
        _option(tail, "NULL", "" if is_csv else r"\N"),
        quote,
        _option(tail, "ESCAPE", quote),
    )


def _option(tail: str, word: str, default: str) -> str:
    found = re.search(rf"\b{word}\s+(?:AS\s+)?{_QUOTED}", tail, re.IGNORECASE)
    if found is None:
        return default
    value = found[1].replace("''", "'")
    return _unescaped(value) if re.search(r"[eE]'", found[0]) else value


def _text_rows(data: str, options: _Options) -> Iterator[CopyRow]:
    field = re.compile(rf"((?:[^\\{re.escape(options.delimiter)}]|\\.)*)({re.escape(options.delimiter)}|\Z)", re.DOTALL)
    for line in _LINE.finditer(data):
        if line.start() == len(data):
            return
        text = line[1].removesuffix("\r")
        parts = [found[1] for found in _fields(field, text)] if "\\" in text else text.split(options.delimiter)
        yield tuple([None if part == options.null else _unescaped(part) for part in parts])


def _fields(field: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    for found in field.finditer(text):
        yield found
        if not found[2]:  # the end of the line; another, empty match would follow
            return


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_unescape, text) if "\\" in text else text


def _unescape(found: re.Match[str]) -> str:
    if found["bytes"]:  # several together: a character may be written as its UTF-8 bytes
        codes = (int(digits or octal, 16 if digits else 8) & 0xFF for digits, octal in _BYTE.findall(found["bytes"]))
        return bytes(codes).decode("utf-8", "surrogateescape")
    return _ESCAPES.get(found["char"], found["char"])


def _csv_rows(data: str, options: _Options) -> Iterator[CopyRow]:
    quote, escape, delimiter = map(re.escape, (options.quote, options.escape, options.delimiter))
    piece = re.compile(
        rf"{quote}(?P<quoted>(?:{escape}[{quote}{escape}]|(?!{quote}).)*){quote}"
        rf"|(?P<end>{delimiter}|\r?\n|\Z)|(?P<plain>[^{quote}{delimiter}\r\n]+|.)",
        re.DOTALL,
    )
    row: list[str | None] = []
    field, was_quoted, at = "", False, 0
    while at < len(data) or field or row:
        found = piece.match(data, at)
        if found is None:
            return
        at = found.end()
        if found["quoted"] is not None:
            field += re.sub(rf"{escape}([{quote}{escape}])", r"\1", found["quoted"])
            was_quoted = True
        elif found["plain"]:
            field += found["plain"]
        else:
            row.append(None if field == options.null and not was_quoted else field)
            field, was_quoted = "", False
            if found["end"] != options.delimiter:
                yield tuple(row)
                row = []
