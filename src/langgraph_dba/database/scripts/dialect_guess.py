"""Guess the dialect of a SQL file from what only one of the three dialects has."""

import re

from langgraph_dba.database.statements import DIALECTS, Dialect
from langgraph_dba.errors import InputError

_READ_CHARACTERS = 2_000_000
_BEHIND_TYPE = r"(?:,|\)|$|NOT\b|NULL\b|DEFAULT\b|PRIMARY\b|UNIQUE\b|REFERENCES\b|CHECK\b)"
_SURE = 20  # a header of a dump tool has this weight, and decides alone
# dialect -> (weight, pattern); a negative weight for what the dialect does not have
_MARKS: dict[Dialect, tuple[tuple[int, str], ...]] = {
    "postgresql": (
        (20, r"^-- PostgreSQL database(?: cluster)? dump"),
        (20, r"^\\(?:restrict|connect|c|copy|i|ir|set|pset|echo|unrestrict)\b|\\(?:gexec|gset|gx)\s*$"),
        (10, r"\bSET (?:statement_timeout|client_encoding|check_function_bodies|search_path)\b"),
        (8, r"\bCREATE EXTENSION\b"),
        (6, r"\bLANGUAGE\s+'?(?:plpgsql|sql)\b"),
        (6, r"\$\w*\$"),
        (6, r"\b(?:BIG|SMALL)?SERIAL\b(?!\s+DEFAULT)"),
        (5, r"\w::\w|'::\w"),
        (5, r"\b(?:TIMESTAMPTZ|JSONB|BYTEA|TIMESTAMP WITH(?:OUT)? TIME ZONE|CHARACTER VARYING|INET|TSVECTOR)\b"),
        (5, r"\bUSING (?:gin|gist|btree|brin)\b|\bROW LEVEL SECURITY\b|\bCREATE POLICY\b"),
        (5, r"\bGENERATED (?:ALWAYS|BY DEFAULT) AS IDENTITY\b|\bOWNER TO\b|\bCREATE (?:TYPE|DOMAIN|SEQUENCE)\b"),
        (5, r"\bEXCLUDE USING \w+ ?\(|\bNULLS NOT DISTINCT\b"),
        (3, r"\bTEXT\[\]|\bUUID\b|\bnextval\b"),
        (-4, rf"[\w\"]\s+(?:DATETIME|TINYINT|BLOB)\s*{_BEHIND_TYPE}"),
    ),
    "mariadb": (
        (20, r"^-- (?:MySQL|MariaDB) dump|^-- phpMyAdmin SQL Dump|^-- MySQL (?:Script|Workbench)"),
        (20, r"^/\*M?!\d"),
        (15, r"^\s*DELIMITER\s+\S"),
        (10, r"\)\s*(?:ENGINE|TYPE)\s*=\s*\w+"),
        (8, r"\bAUTO_INCREMENT\b"),
        (6, r"`\w+`"),
        (5, r"\bUNSIGNED\b|\b(?:TINY|MEDIUM)INT\b|\b(?:LONG|MEDIUM|TINY)(?:TEXT|BLOB)\b|(?<!AS )\bENUM\s*\('"),
        (-10, rf"^\s*\"\w[^\"\n]*\"\s+\w+\s*(?:\([\d, ]+\)\s*)?{_BEHIND_TYPE}"),  # a column with a quoted name
        (5, r"^\s*USE\s+[`\w]+\s*;|\bON UPDATE CURRENT_TIMESTAMP\b|\b(?:DEFAULT )?CHARSET\s*="),
    ),
    "sqlite": (
        (15, r"^\s*PRAGMA\s+\w+"),
        (12, r"\bAUTOINCREMENT\b"),
        (10, r"\)\s*(?:STRICT\s*,\s*)?WITHOUT\s+ROWID\b|\)\s*STRICT\s*;"),
        (12, r"\bCREATE VIRTUAL TABLE\b|\bsqlite_(?:master|schema|sequence)\b|\bUSING fts[345]\b"),
        (6, r"^\s*\.(?:mode|headers?|read|import|open|tables|echo)\b"),
        (6, r"\b(?:CREATE TABLE|DROP TABLE)(?: IF (?:NOT )?EXISTS)? \[\w+\]"),
        (4, r"\bdatetime\('now'|\bstrftime\(|\bINTEGER PRIMARY KEY\b(?! AUTO_INCREMENT)"),
    ),
}
_COMPILED = {
    dialect: tuple((weight, re.compile(pattern, re.IGNORECASE | re.MULTILINE)) for weight, pattern in marks)
    for dialect, marks in _MARKS.items()
}
_FOREIGN = {
    "T-SQL (Microsoft SQL Server)": (
        r"^\s*GO\s*$|\[dbo\]\.|\bdbo\.\w|\bIDENTITY\s*\(\s*\d+\s*,|\bNVARCHAR\s*\(\s*MAX\s*\)|\bSET ANSI_NULLS\b"
    ),
    "Oracle": r"\bVARCHAR2\s*\(|\bNUMBER\s*\(\s*\d+|^\s*/\s*$|\bSYSDATE\b|\bENABLE ROW MOVEMENT\b",
}


COMMAND_OPTION = "(on the command line: --engine)"


def guess_dialect(text: str, file: str) -> tuple[Dialect, bool] | None:
    """Return the dialect and whether it is sure, None if the text fits several equally well.

    InputError if the text is of another database.
    """
    sample = text[:_READ_CHARACTERS]
    scores = {
        dialect: sum(weight for weight, mark in _COMPILED[dialect] if mark.search(sample)) for dialect in DIALECTS
    }
    best, second = sorted(DIALECTS, key=lambda dialect: -scores[dialect])[:2]
    _refuse_foreign(sample, file, scores[best])
    lead = scores[best] - scores[second]
    return (best, lead >= _SURE) if lead else None


def _refuse_foreign(sample: str, file: str, best: int) -> None:
    for title, pattern in _FOREIGN.items():
        marks = list(re.finditer(pattern, sample, re.IGNORECASE | re.MULTILINE))
        different = {" ".join(mark[0].split()).lower() for mark in marks}
        if len(different) * 8 > best:  # one word may be a column's name
            line = sample[: marks[0].end()].count("\n") + 1
            raise InputError(
                f"{file}:{line}: this looks like {title}, which is not one of {', '.join(DIALECTS)}:"
                f" convert the file, or set `dialect` if it is one of these {COMMAND_OPTION}"
            )
