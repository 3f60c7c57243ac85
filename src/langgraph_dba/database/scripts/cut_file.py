"""Recognise a file that is cut off: a dump without its last line, or a statement that is not closed."""

import re

from langgraph_dba.database.scripts.script import one_line
from langgraph_dba.database.statements import DIALECTS, Statement, split
from langgraph_dba.errors import InputError

# the first and the last line that each dump program writes; a file may hold several dumps
_DUMPS = {
    "pg_dump": (r"-- PostgreSQL database dump", r"-- PostgreSQL database dump complete"),
    "pg_dumpall": (r"-- PostgreSQL database cluster dump", r"-- PostgreSQL database cluster dump complete"),
    "mysqldump": (r"-- (?:MySQL|MariaDB) dump \d.*", r"-- Dump completed.*"),
    "sqlite3 .dump": (r"PRAGMA foreign_keys=OFF;\r?\nBEGIN TRANSACTION;", r"(?:COMMIT|END)(?: TRANSACTION)?;"),
}
_LAST_LINES = {"mysqldump": "-- Dump completed", "sqlite3 .dump": "COMMIT;"}  # as they are written
_COMPILED = {
    program: tuple(re.compile(rf"^{line}[ \r]*$", re.MULTILINE) for line in lines) for program, lines in _DUMPS.items()
}


def refuse_cut_dump(text: str, file: str) -> None:
    """Raise InputError for a dump that ends before its program's last line, even if that is between two statements.

    The keys and indexes stand at the end of a dump: without them, every table would seem to lack them.
    """
    for program, (first, last) in _COMPILED.items():
        starts, ends = (len(mark.findall(text)) for mark in (first, last))
        if starts > ends:
            end = _LAST_LINES.get(program, _DUMPS[program][1])
            raise InputError(
                f"{file}:{text.rstrip().count(chr(10)) + 1}: the file ends here, without the last line of {program}"
                f" ({end}): write the dump again, or add that line if the file is complete"
            )


def unclosed(statement: Statement, file: str) -> InputError:
    """Return the error for a statement that is open at the end of the file."""
    return InputError(
        f"{file}:{statement.line}: the {statement.unterminated} that begins in this statement is not closed, the file"
        f" may be cut off: {one_line(statement.text)[:40]!r}: write the dump again"
    )


def refuse_unclosed(text: str, file: str) -> None:
    """Raise InputError if the last statement is not closed in whichever dialect the text is written."""
    ends = [statement for one in DIALECTS for statement in split(text, one) if statement.unterminated]
    # only in PostgreSQL are parentheses counted, and no dialect ends a statement within them
    sure = next((one for one in ends if one.unterminated == "parenthesis"), ends[0] if ends else None)
    if sure and (sure.unterminated == "parenthesis" or len(ends) == len(DIALECTS)):
        raise unclosed(sure, file)
