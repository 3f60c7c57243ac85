"""Read a SQL file, or a folder of migrations, as a `Script`."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from langgraph_dba.database.scripts.client_commands import refuse_include, switched_database
from langgraph_dba.database.scripts.cut_file import refuse_cut_dump, refuse_unclosed, unclosed
from langgraph_dba.database.scripts.dialect_guess import COMMAND_OPTION, guess_dialect
from langgraph_dba.database.scripts.migration_folder import migration_files, without_down_parts
from langgraph_dba.database.scripts.script import Script, SkippedStatement
from langgraph_dba.database.scripts.script_builder import Part, build
from langgraph_dba.database.scripts.source_text import LARGEST_BYTES, read_text
from langgraph_dba.database.scripts.words import head_of
from langgraph_dba.database.statements import DIALECTS, Dialect, split
from langgraph_dba.errors import InputError


def read_script(path: Path, dialect: str | None = None) -> Script:
    """Return the statements of a SQL file, or of the up migrations of a folder in version order.

    Without `dialect` it is guessed. InputError, one line `FILE:LINE: problem: fix`, if the input cannot be read.
    """
    known = next((one for one in DIALECTS if one == dialect), None)
    if dialect is not None and known is None:
        names = f"{', '.join(DIALECTS)} {COMMAND_OPTION}"
        raise InputError(f"{path}:1: there is no dialect {dialect!r}: set `dialect` to one of {names}")
    files, skipped = _files(Path(path))
    texts: dict[str, str] = {}
    for file in files:
        text, downs = without_down_parts(read_text(file))
        texts[str(file)] = text
        refuse_cut_dump(text, str(file))
        skipped += [SkippedStatement(str(file), part.line, part.mark, "it migrates down") for part in downs]
    if sum(map(len, texts.values())) > LARGEST_BYTES:
        raise InputError(f"{path}:1: the files have more than {LARGEST_BYTES // 1_000_000} MB: give fewer of them")
    guess = (known, True) if known else guess_dialect("\n".join(texts.values()), str(path))
    chosen, is_sure = guess or _refuse_unclear(texts, path)
    script = build(str(path), chosen, _parts(texts, chosen), skipped, tuple(texts))
    script = replace(script, is_dialect_guessed=not is_sure)
    if not any(_changes_the_schema(one.text) for one in script.statements):
        rows = f"only rows ({script.data_statements} statements)"
        what = rows if script.data_statements else "no statement that creates an object"
        raise InputError(f"{path}:1: the file has {what}: give a dump with the schema")
    return script


def _refuse_unclear(texts: dict[str, str], path: Path) -> NoReturn:
    """Raise InputError for a text whose dialect is not clear; a statement that is not closed is the first problem."""
    for file, text in texts.items():
        refuse_unclosed(text, file)
    if not any(any(True for _ in split(text, dialect)) for text in texts.values() for dialect in DIALECTS):
        raise InputError(f"{path}:1: the file has no statement: give a file with SQL statements")
    names = ", ".join(DIALECTS)
    raise InputError(
        f"{path}:1: the dialect is not clear from the statements: set `dialect` to one of {names} {COMMAND_OPTION}"
    )


def _changes_the_schema(text: str) -> bool:
    """Return whether a kept statement is more than a setting of the session."""
    return not head_of(text).startswith(("SET ", "SELECT "))


def _files(path: Path) -> tuple[list[Path], list[SkippedStatement]]:
    if not os.path.isdir(path):  # noqa: PTH112  the method of Path raises an error for a name that is too long
        return [path], []
    folder = migration_files(path)
    ignored = [SkippedStatement(str(file), 0, "the whole file", reason) for file, reason in folder.ignored]
    return list(folder.files), ignored


def _parts(texts: dict[str, str], dialect: Dialect) -> Iterator[Part]:
    database = ""
    for file, text in texts.items():
        for statement in split(text, dialect):
            if statement.unterminated:
                raise unclosed(statement, file)
            refuse_include(statement, file)
            database = switched_database(statement, dialect) or database
            yield Part(file, statement, database)
