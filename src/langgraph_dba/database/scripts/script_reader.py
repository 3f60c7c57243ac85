"""Read a SQL file, or a folder of migrations, as a `Script`."""

from collections.abc import Iterator
from pathlib import Path

from langgraph_dba.database.scripts.client_commands import refuse_include, switched_database
from langgraph_dba.database.scripts.dialect_guess import COMMAND_OPTION, guess_dialect
from langgraph_dba.database.scripts.migration_folder import migration_files, without_down_parts
from langgraph_dba.database.scripts.script import Script, SkippedStatement, one_line
from langgraph_dba.database.scripts.script_builder import Part, build
from langgraph_dba.database.scripts.source_text import LARGEST_BYTES, read_text
from langgraph_dba.database.scripts.words import head_of
from langgraph_dba.database.statements import DIALECTS, Dialect, split
from langgraph_dba.errors import InputError

_HEADER_CHARACTERS = 1_000
_COMMENTS = {
    "-- Dumped by pg_dump version": ("database dump complete",),
    "-- MySQL dump ": ("-- Dump completed",),
    "-- MariaDB dump ": ("-- Dump completed",),
}
_NO_END = "the comment with which the dump program ends is missing: the file may be cut off"


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
        if _lacks_its_end(text):
            skipped.append(SkippedStatement(str(file), text.count("\n") + 1, "the end of the file", _NO_END))
        skipped += [SkippedStatement(str(file), part.line, part.mark, "it migrates down") for part in downs]
    if sum(map(len, texts.values())) > LARGEST_BYTES:
        raise InputError(f"{path}:1: the files have more than {LARGEST_BYTES // 1_000_000} MB: give fewer of them")
    chosen = known or guess_dialect("\n".join(texts.values()), str(path))
    script = build(str(path), chosen, _parts(texts, chosen), skipped, tuple(texts))
    if not any(_changes_the_schema(one.text) for one in script.statements):
        what = f"only rows ({len(script.data)} statements)" if script.data else "no statement that creates an object"
        raise InputError(f"{path}:1: the file has {what}: give a dump with the schema")
    return script


def _lacks_its_end(text: str) -> bool:
    """Return whether a dump program's comment stands at the beginning, but not the one at the end."""
    head, tail = text[:_HEADER_CHARACTERS], text[-_HEADER_CHARACTERS:]
    return any(start in head and not any(end in tail for end in ends) for start, ends in _COMMENTS.items())


def _changes_the_schema(text: str) -> bool:
    """Return whether a kept statement is more than a setting of the session."""
    return not head_of(text).startswith(("SET ", "SELECT "))


def _files(path: Path) -> tuple[list[Path], list[SkippedStatement]]:
    if not path.is_dir():
        return [path], []
    folder = migration_files(path)
    ignored = [SkippedStatement(str(file), 0, "the whole file", reason) for file, reason in folder.ignored]
    return list(folder.files), ignored


def _parts(texts: dict[str, str], dialect: Dialect) -> Iterator[Part]:
    database = ""
    for file, text in texts.items():
        for statement in split(text, dialect):
            if statement.unterminated:
                raise InputError(
                    f"{file}:{statement.line}: the {statement.unterminated} that begins in this statement is not"
                    f" closed, the file may be cut off: {one_line(statement.text)[:40]!r}: write the dump again"
                )
            refuse_include(statement, file)
            database = switched_database(statement, dialect) or database
            yield Part(file, statement, database)
