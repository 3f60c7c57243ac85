"""One statement of a script, with its place in the file."""

from dataclasses import dataclass
from typing import Literal

StatementKind = Literal["sql", "meta", "copy"]


@dataclass(frozen=True, slots=True)
class Statement:
    r"""One statement of a script; `script[start:end] == text`, except for a psql command inside of the statement.

    `text` has no delimiter and no leading or trailing blanks and comments. A psql command that stands inside of a
    statement and does not end it (`SELECT \echo x` over two lines) is a statement of its own, and blanks in `text`.
    """

    text: str
    kind: StatementKind
    """`sql`; `meta` for a command of psql, mysql or the sqlite3 shell; `copy` for COPY … FROM stdin with its data."""
    start: int
    end: int
    start_byte: int
    end_byte: int
    line: int
    column: int
    end_line: int
    data: str = ""
    """The rows of COPY … FROM stdin as they are in the file, without the final `\\.`."""
    data_start: int | None = None
    data_end: int | None = None
    unterminated: str = ""
    """What was still open at the end of the script, for example `literal` or `dollar quote $x$`; empty if nothing."""
