"""What only psql knows: backslash commands, the rows behind COPY, and PostgreSQL's nested comments."""

import re
from dataclasses import dataclass

_NESTED = re.compile(r"/\*|\*/")
_COMMAND = re.compile(r"\\([^\s\\]+|.?)", re.DOTALL)
# a backslash ends the arguments: the next command, or `\\` before more SQL
_ARGUMENTS = re.compile(r"""(?:'(?:[^'\\\n]|\\.|'')*'|"(?:[^"\n]|"")*"|`[^`\n]*+`|[^\\\n])*""")
_LINE = re.compile(r"[^\n]*+")
_WHOLE_LINE = frozenset({"!", "copy", "ef", "ev", "h", "help", "sf", "sv"})
_SENDS = frozenset({"crosstabview", "g", "gdesc", "gexec", "gset", "gx", "parse", "sendpipeline", "watch"})

COPY_IN = re.compile(r"\\copy\b[^\n]*\bfrom\s+stdin\b", re.IGNORECASE)
STANDARD_STRINGS = re.compile(
    r"SET\s+(?:SESSION\s+)?standard_conforming_strings\s*(?:=|\bTO\b)\s*'?(on|off)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class MetaCommand:
    r"""A psql command: its end, whether it sends the open statement, and whether it is only `\;` or `\\`."""

    end: int
    sends: bool = False
    is_separator: bool = False


@dataclass(frozen=True, slots=True)
class CopyData:
    """The rows behind a COPY: their span, the end of the line of COPY, and where the next statement may begin."""

    line_end: int
    start: int
    end: int
    next: int
    is_closed: bool


def meta_command(script: str, at: int, limit: int) -> MetaCommand:
    """Read the command that begins with the backslash at `at`."""
    if script.startswith((r"\;", r"\\"), at):
        return MetaCommand(at + 2, is_separator=True)
    found = _COMMAND.match(script, at, limit)
    name, end = (found[1].lower(), found.end()) if found else ("", at + 1)
    arguments = (_LINE if name in _WHOLE_LINE else _ARGUMENTS).match(script, end, limit)
    return MetaCommand(arguments.end() if arguments else end, sends=name in _SENDS)


def copy_data(script: str, at: int, limit: int) -> CopyData:
    r"""Find the rows in the lines behind `at`; they end with a line `\.`."""
    newline = script.find("\n", at, limit)
    if newline < 0:
        return CopyData(limit, limit, limit, limit, is_closed=False)
    start, end = newline + 1, newline
    while (end := script.find("\n\\.", end, limit)) >= 0:
        after = script[end + 3 : end + 5]
        if after[:1] in ("", "\n") or after in ("\r", "\r\n"):
            return CopyData(newline, start, end + 1, end + 3, is_closed=True)
        end += 1
    return CopyData(newline, start, limit, limit, is_closed=False)


def nested_comment_end(script: str, at: int, limit: int) -> int:
    """Return the offset behind the comment that begins at `at`, or -1 if it is not closed."""
    depth = 0
    for mark in _NESTED.finditer(script, at, limit):
        depth += 1 if mark.group() == "/*" else -1
        if not depth:
            return mark.end()
    return -1
