"""Build a `Script` from split statements: clean each one, choose one database, skip a DROP that finds nothing."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from langgraph_dba.database.scripts.cleaning import mariadb, postgresql, sqlite
from langgraph_dba.database.scripts.cleaning.rules import Cleaned, Cleaner
from langgraph_dba.database.scripts.client_commands import why_skipped
from langgraph_dba.database.scripts.enum_values import with_merged_enums
from langgraph_dba.database.scripts.row_writers import RowWriters
from langgraph_dba.database.scripts.script import NOT_ENFORCED, Script, ScriptStatement, SkippedStatement
from langgraph_dba.database.scripts.words import (
    altered_relation,
    altered_table,
    created_extension,
    created_name,
    dropped_name,
    path_set,
    renamed_to,
)
from langgraph_dba.database.statements import Dialect, Statement
from langgraph_dba.database.statements.psql import STANDARD_STRINGS

_CLEANERS: dict[Dialect, Cleaner] = {"mariadb": mariadb.clean, "postgresql": postgresql.clean, "sqlite": sqlite.clean}
_EMPTY_VIEW = re.compile(r"CREATE OR REPLACE VIEW \S+(?: \. \S+)? AS SELECT NULL : :")
_IMPLICIT = re.compile(r"DROP (?:INDEX|SEQUENCE)\b")  # CREATE TABLE may create it
_PUBLIC = "public"  # the schema of unqualified names in a new database of PostgreSQL


@dataclass(frozen=True, slots=True)
class Part:
    """A split statement with its file and the database that the client is connected to (empty: the first one)."""

    file: str
    statement: Statement
    database: str


@dataclass(slots=True)
class _Entry:
    """A statement; `path` is the schema of unqualified names of PostgreSQL where it stands."""

    part: Part
    cleaned: Cleaned
    path: str = _PUBLIC

    @property
    def altered(self) -> tuple[str, str]:
        """The schema and name of the table of an ALTER TABLE."""
        space, name = altered_relation(self.cleaned.head)
        return space or self.path, name


@dataclass(slots=True)
class _Draft:
    """What is collected while the statements are read."""

    statements: list[ScriptStatement] = field(default_factory=list)
    data_statements: int = 0
    skipped: list[SkippedStatement] = field(default_factory=list)
    roles: dict[str, None] = field(default_factory=dict)
    role_statements: list[str] = field(default_factory=list)
    extensions: dict[str, None] = field(default_factory=dict)
    disabled_keys: frozenset[tuple[str, str]] = frozenset()

    def skip(self, part: Part, text: str, reason: str, creates: str = "") -> None:
        self.skipped.append(SkippedStatement(part.file, part.statement.line, text, reason, creates))


def build(
    file: str, dialect: Dialect, parts: Iterable[Part], skipped: list[SkippedStatement], files: tuple[str, ...]
) -> Script:
    """Return the script of the first database that gets an object."""
    entries = _cleaned(parts, dialect)
    draft = _Draft(skipped=list(skipped), disabled_keys=_disabled_keys(entries))
    chosen = next((one.part.database for one in entries if one.cleaned.fate == "keep" and _creates(one)), "")
    _collect(entries, draft, chosen, keeps_session=dialect == "mariadb")
    if dialect == "postgresql":
        draft.statements, merged = with_merged_enums(draft.statements)
        draft.skipped += merged
    if dialect == "mariadb" and chosen:
        _remove_qualifiers(draft, chosen)
    return Script(
        file, dialect, tuple(draft.statements), draft.data_statements, tuple(draft.skipped), tuple(draft.roles),
        tuple(draft.role_statements), tuple(draft.extensions), files, tuple(sorted(draft.disabled_keys)),
    )  # fmt: skip


def _disabled_keys(entries: Iterable[_Entry]) -> frozenset[tuple[str, str]]:
    """Return the tables, each with its schema, whose foreign keys a script disables and does not enable again."""
    states = {
        one.altered: " DISABLE TRIGGER " in one.cleaned.head
        for one in entries
        if one.cleaned.reason == postgresql.TRIGGERS_OF_KEYS
    }
    return frozenset(table for table, is_disabled in states.items() if is_disabled)


def _creates(entry: _Entry) -> str:
    return created_name(entry.cleaned.head)


def _cleaned(parts: Iterable[Part], dialect: Dialect) -> list[_Entry]:
    entries, clean, backslash = [], _CLEANERS[dialect], False
    for part in parts:
        statement = part.statement
        if switch := STANDARD_STRINGS.match(statement.text):
            backslash = switch[1].lower() == "off"
        if statement.kind == "copy" or statement.data_start is not None:
            entries.append(_Entry(part, Cleaned(statement.text, "data", "COPY")))
        elif statement.kind == "meta":
            if statement.text[:9].lower() != "delimiter":
                entries.append(_Entry(part, Cleaned(statement.text, "skip", "", why_skipped(statement.text))))
        elif backslash:
            entries.append(_Entry(part, postgresql.clean(statement.text, backslash=True)))
        else:
            entries.append(_Entry(part, clean(statement.text)))
    return _with_paths(entries)


def _with_paths(entries: list[_Entry]) -> list[_Entry]:
    path = _PUBLIC
    for entry in entries:
        new = path_set(entry.cleaned.head)
        path = path if new is None else new or _PUBLIC
        entry.path = path
    return entries


def _collect(entries: list[_Entry], draft: _Draft, chosen: str, *, keeps_session: bool) -> None:
    later = {name for one in entries if one.cleaned.fate == "keep" and (name := _creates(one))}
    earlier: set[str] = set()
    shadows = sqlite.shadow_tables(one.cleaned.head for one in entries)
    writers = RowWriters(one.cleaned.text for one in entries if one.cleaned.fate == "keep")
    for entry in entries:
        cleaned, part = entry.cleaned, entry.part
        draft.roles |= dict.fromkeys(cleaned.roles)
        if cleaned.changes_roles:
            draft.role_statements.append(cleaned.text)
        is_session = keeps_session and not part.database and cleaned.head.startswith("SET")
        if cleaned.fate != "skip" and part.database != chosen and not is_session:
            draft.skip(part, cleaned.text, _other_database(part.database, chosen))
        elif cleaned.reason == postgresql.TRIGGERS_OF_KEYS and entry.altered in draft.disabled_keys:
            draft.skip(part, cleaned.text, NOT_ENFORCED)
        elif cleaned.fate == "skip":
            draft.skip(part, cleaned.text, cleaned.reason, _creates(entry))
        elif cleaned.fate == "data" or writers.only_writes_rows(cleaned.text):
            draft.data_statements += 1
        elif _creates(entry) in shadows:
            draft.skip(part, cleaned.text, "SQLite creates this table with the virtual table")
        elif reason := _needless_drop(cleaned.head, earlier, later):
            draft.skip(part, cleaned.text, reason)
        else:
            _keep(entry, draft)
            earlier |= {name for name in (_creates(entry), *renamed_to(cleaned.head)) if name}


def _other_database(name: str, chosen: str) -> str:
    one = f"database {name}" if name else "the database before the first switch"
    return f"it belongs to {one}, and {chosen or 'the first database'} is read: give a dump of one database"


def _needless_drop(head: str, earlier: set[str], later: set[str]) -> str:
    """Return why a DROP at the beginning is skipped; empty for statements that are run."""
    if not earlier and _EMPTY_VIEW.match(head):  # `pg_dump --clean` replaces a view before it drops what the view reads
        return "there is nothing to replace in an empty database"
    if "DROP" not in head:
        return ""
    name = dropped_name(head) or (altered_table(head) if " DROP " in head else "")
    if not name or name in earlier or (earlier and _IMPLICIT.match(head)):
        return ""
    is_needless = name in later or (not earlier and " IF EXISTS " in head)
    return "there is nothing to drop in an empty database" if is_needless else ""


def _keep(entry: _Entry, draft: _Draft) -> None:
    part, cleaned = entry.part, entry.cleaned
    for clause in cleaned.clauses:
        draft.skip(part, clause.text, clause.reason)
    if extension := created_extension(cleaned.head):
        draft.extensions[extension] = None
    draft.statements.append(ScriptStatement(part.file, part.statement.line, cleaned.text))


def _remove_qualifiers(draft: _Draft, database: str) -> None:
    removed = 0

    def shorten(one: ScriptStatement) -> ScriptStatement:
        nonlocal removed
        text, count = mariadb.without_qualifier(one.text, database)
        removed += count
        return ScriptStatement(one.file, one.line, text) if count else one

    draft.statements = [shorten(one) for one in draft.statements]
    if removed:
        reason = f"removed before {removed} names: a scratch database has a name of its own"
        draft.skipped.append(SkippedStatement(draft.statements[0].file, 0, f"{database}.", reason))
