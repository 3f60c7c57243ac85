"""Find the files of a migration folder in version order, and the parts of a file that migrate down.

Flyway, golang-migrate, diesel, Prisma, dbmate, goose, sql-migrate and folders of numbered files.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from langgraph_dba.errors import InputError

_FLYWAY = re.compile(r"(?P<kind>[VRUB])(?P<version>[\d._]*)__", re.IGNORECASE)
_DOWN_FILE = re.compile(r"(?:^|[._-])(?:down|undo|rollback|revert)\.sql(?:\.gz)?$", re.IGNORECASE)
_SQL = re.compile(r"\.sql(?:\.gz)?$", re.IGNORECASE)
_SECTION = re.compile(
    r"^--[ \t]*(?:\+goose|\+migrate|\+micrate|migrate:|rambler)[ \t]*(?P<way>up|down)\b.*"
    r"|^--[ \t]*(?P<node>up|down)[ \t]+migration\b.*|^--[ \t]*//[ \t]*(?P<undo>@undo)\b.*",
    re.IGNORECASE | re.MULTILINE,
)
_PARTS = re.compile(r"\d+|\D+")


@dataclass(frozen=True, slots=True)
class MigrationFiles:
    """The files to run in order, and the ones that are not run with the reason."""

    files: tuple[Path, ...]
    ignored: tuple[tuple[Path, str], ...]


@dataclass(frozen=True, slots=True)
class DownPart:
    """A section that migrates down: the line and the text of its mark."""

    line: int
    mark: str


def migration_files(folder: Path) -> MigrationFiles:
    """Return the SQL files of a folder and its sub-folders in version order; InputError without any."""
    try:
        is_dump = (folder / "toc.dat").is_file()
        paths = [] if is_dump else [path for path in folder.rglob("*") if _SQL.search(path.name) and not path.is_dir()]
    except OSError as error:  # such as a file of a process that ended meanwhile
        place = f"{error.strerror} ({error.filename})"
        raise InputError(f"{folder}:1: the folder cannot be read: {place}: give a folder of migrations") from None
    if is_dump:
        raise InputError(
            f"{folder}:1: this is a dump in pg_dump's directory format: use `pg_restore -f dump.sql {folder.name}`"
        )
    if not paths:
        raise InputError(f"{folder}:1: the folder has no .sql file: give a SQL file or a folder of migrations")
    ignored = {path: reason for path in paths if (reason := _reason_to_ignore(path))}
    baseline = max((key for path in paths if (key := _baseline(path))), default=())
    ignored |= {path: "the baseline migration includes it" for path in paths if _is_before(path, baseline)}
    files = sorted((path for path in paths if path not in ignored), key=lambda path: _order(path, folder))
    _refuse_equal_versions(files)
    if not files:
        raise InputError(f"{folder}:1: the folder has only down migrations: give the folder with the up migrations")
    return MigrationFiles(tuple(files), tuple(sorted(ignored.items())))


def without_down_parts(text: str) -> tuple[str, tuple[DownPart, ...]]:
    """Return the text with blanks for the sections that migrate down, and these sections; lines keep their numbers."""
    marks = list(_SECTION.finditer(text))
    kept, downs, at = [], [], 0
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    for mark, end in zip(marks, ends, strict=False):  # without a mark there is one end too many
        if (mark["way"] or mark["node"] or "down").lower() == "up":
            continue
        downs.append(DownPart(text.count("\n", 0, mark.start()) + 1, mark[0].strip()))
        kept += [text[at : mark.start()], "\n" * text.count("\n", mark.start(), end)]
        at = end
    return "".join([*kept, text[at:]]), tuple(downs)


def _reason_to_ignore(path: Path) -> str:
    flyway = _FLYWAY.match(path.name)
    if (flyway and flyway["kind"].upper() == "U") or _DOWN_FILE.search(path.name):
        return "a down migration"
    return ""


def _version(flyway: re.Match[str]) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", flyway["version"]))


def _baseline(path: Path) -> tuple[int, ...]:
    flyway = _FLYWAY.match(path.name)
    return _version(flyway) if flyway and flyway["kind"].upper() == "B" else ()


def _is_before(path: Path, baseline: tuple[int, ...]) -> bool:
    flyway = _FLYWAY.match(path.name)
    if not flyway or not baseline or flyway["kind"].upper() not in "VB":
        return False
    version = _version(flyway)
    return version < baseline or (version == baseline and flyway["kind"].upper() == "V")


def _order(path: Path, folder: Path) -> tuple[object, ...]:
    flyway = _FLYWAY.match(path.name)
    if flyway and flyway["kind"].upper() == "R":  # after all versions, by description
        return (1, (), path.name)
    if flyway:  # the sub-folder does not count
        return (0, _version(flyway), path.name)
    return (0, (), _natural(str(path.relative_to(folder))))


def _natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts `2_x` before `10_x`."""
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in _PARTS.findall(text))


def _refuse_equal_versions(files: list[Path]) -> None:
    for first, second in pairwise(files):
        versions = [found for path in (first, second) if (found := _FLYWAY.match(path.name))]
        if len(versions) == 2 and _version(versions[0]) and _version(versions[0]) == _version(versions[1]):  # noqa: PLR2004
            raise InputError(
                f"{second}:1: it has the same version as {first.name}: give each file a version of its own"
            )
