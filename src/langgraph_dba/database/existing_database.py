"""A database that somebody already has, as a subject of rules and proofs: a URL, a dump, migrations, a folder.

A database behind a URL is only read. Proofs run on copies in scratch databases.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from langgraph_dba.database import session_files
from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import (
    ENGINES,
    LiveCondition,
    Records,
    Rejected,
    Scratch,
    Traits,
    engines_for,
    read_catalogue,
    read_condition,
    traits_of,
)
from langgraph_dba.database.engines.live.live_database import open_live
from langgraph_dba.database.engines.records import LossRecord
from langgraph_dba.database.model.catalogue_objects import DISABLED_KEYS, LEFT_OUT, ROLE_STATEMENT
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.proofs.kit.catalogue.client_run import lost_in_transactions
from langgraph_dba.database.proofs.kit.catalogue.compare import compare
from langgraph_dba.database.proofs.kit.catalogue.role_statements import with_script_roles
from langgraph_dba.database.reflection.read_schema import schema_from_records, schema_from_sql
from langgraph_dba.database.rules import find, find_live
from langgraph_dba.database.scripts import Script, SkippedStatement, database_of, read_script
from langgraph_dba.database.scripts.migration_folder import without_down_parts
from langgraph_dba.database.scripts.script import NOT_ENFORCED
from langgraph_dba.database.scripts.source_text import read_text
from langgraph_dba.errors import EngineUnavailable, InputError
from langgraph_dba.findings import Finding, by_severity
from langgraph_dba.redaction import redact


@dataclass(frozen=True, slots=True)
class ExistingDatabase:
    """What was read: the schema, the statements that create a copy of it by engine, and what the copy lacks.

    `skipped` are statements of a file that were not run, `lost` are differences of the copy; both with the reason.
    `data_statements` is the number of statements that write rows or set sequences, which are not run either: the
    proofs generate rows. `version` and `condition` are those of a live database, else empty and None.
    """

    source: str
    schema: Schema
    ddl: Mapping[str, Ddl]
    version: str = ""
    skipped: tuple[SkippedStatement, ...] = ()
    lost: tuple[str, ...] = ()
    data_statements: int = 0
    condition: LiveCondition | None = field(default=None, repr=False)

    @property
    def unreadable(self) -> tuple[str, ...]:
        """The parts of a live database's condition that could not be read, with the reason."""
        return tuple(map(str, self.condition.unreadable)) if self.condition else ()

    def findings(self) -> tuple[Finding, ...]:
        """Return the findings of all rules about the schema and the live condition, sorted by severity."""
        live = find_live(self.condition) if self.condition else ()
        created = (finding for schema in self._created_schemas() for finding in find(schema))
        # once, if several schemas have it
        every = {finding.identity(): finding for finding in (*live, *created, *find(self.schema))}
        return by_severity(every.values())

    def _created_schemas(self) -> Iterator[Schema]:
        """Yield what the statements of a session's folder create where somebody has edited them since."""
        for name, statements in self.ddl.items():
            engine = engines_for([name])[name]
            if isinstance(engine, EngineUnavailable) or not statements.down.strip():
                continue
            if statements.up != render(self.schema, engine.traits).up:
                with suppress(Rejected):  # the proofs say that the statements do not run
                    yield schema_from_sql(statements.up, engine, name=self.schema.name)


def read_existing(
    source: str | Path, *, engines: Sequence[str] = (), trust_role: bool = False, namespace: str = ""
) -> ExistingDatabase:
    """Read a database URL, an SQL file, a folder of migrations, or the output folder of a session.

    `engines` restricts a session folder, or names the dialect of a file if its text does not show it. `namespace` is a
    schema of PostgreSQL other than the first one: its rules apply, but there are no statements to prove. InputError for
    a source that cannot be read, UnsafeRole for a login that may do more than read unless `trust_role` is set, and
    EngineError if the database cannot be read.
    """
    text = str(source)
    if not text.strip():
        raise InputError("the source is empty: give a database URL, an SQL file, or a folder")
    if "://" in text:
        return _read_live(text, trust_role=trust_role, namespace=namespace)
    path = Path(source)
    if _is_session_folder(path):
        schema, ddl = session_files.read_folder(path, engines)
        return ExistingDatabase(text, schema, ddl)
    return _read_script(path, engines, namespace)


def _is_session_folder(path: Path) -> bool:
    """Return whether a folder has the schema of a session; InputError if it has only the statements of one."""
    if os.path.lexists(path / session_files.SCHEMA):
        return True
    files = [name for name in map(session_files.statements_file, ENGINES) if os.path.lexists(path / name)]
    if files:
        raise InputError(
            f"{path}: {session_files.SCHEMA} is missing: the folder of a session has it beside {', '.join(files)};"
            " copy it from the session, or give one of these files"
        )
    return False


def _read_live(url: str, *, trust_role: bool, namespace: str) -> ExistingDatabase:
    with open_live(url, trust_role=trust_role) as database:
        reader, traits = database.without_parsing(), database.traits
        records = read_catalogue(reader, traits, namespace)
        schema = schema_from_records(records, traits, name=redact(url))
        condition, version = read_condition(reader, traits), database.version()
    if not schema.tables:
        raise InputError(f"{redact(url)}: no table is visible: the database is empty, or the login may not read it")
    if namespace:
        return ExistingDatabase(redact(url), schema, {}, version, condition=condition)
    statements = _copy_statements(schema, traits)
    lost = tuple(_losses(records, statements, traits.name, refused=_NO_COPY))
    ddl = {traits.name: Ddl(statements, "")}
    return ExistingDatabase(redact(url), schema, ddl, version, lost=lost, condition=condition)


def _copy_statements(schema: Schema, traits: Traits) -> str:
    # roles belong to the server: those of a scratch server are provided, and its owner may not grant membership
    return render(schema.model_copy(update={"roles": ()}), traits).up


_NO_COPY = "the copy on which the proofs would run cannot be created: {}"
# a statement whose object may show rows of tenants
_OPENS_ROWS = re.compile(
    r"CREATE (OR REPLACE )?(MATERIALIZED |RECURSIVE |CONSTRAINT )*(VIEW|FUNCTION|PROCEDURE|TRIGGER|POLICY|RULE)\b"
    r"|ALTER POLICY\b|ALTER DATABASE\s+\S+\s+SET\s+\"?\w+\.",  # the second gives every session a tenant
    re.IGNORECASE,
)
_NOT_COMPARED = (
    "only the comparison with a copy made from what was read was not possible, because that copy cannot be created"
    " ({}); the proofs use the statements of the file"
)


def _losses(original: Records, statements: str, engine_name: str, *, refused: str) -> Iterator[str]:
    """Yield how a copy of the schema differs from the database that was read; `refused` if none can be created."""
    yield from (f"{one.kind} {one.name}: {one.reason}" for one in original.lost)
    engine = engines_for([engine_name])[engine_name]
    if isinstance(engine, EngineUnavailable):
        yield f"no copy could be compared: {engine}"
        return
    if original.role:
        engine.provide_roles([role.name for role in original.role])  # for grants and policies; without login
    try:
        with engine.scratch(statements) as scratch, scratch.connect("superuser") as connection:
            copy = read_catalogue(connection, engine.traits)
    except Rejected as refusal:
        yield refused.format(refusal)
        return
    # keys to other schemas are among the losses
    said = {one.name for one in original.lost}
    own_keys = tuple(one for one in original.foreign_key if f"{one.name} on {one.table}" not in said)
    differences = compare(replace(original, lost=(), foreign_key=own_keys), replace(copy, lost=()), engine.traits)
    yield from (f"in the copy, {line}" for line in differences.lines)
    yield from (f"{trial.label} has another text in the copy" for trial in differences.trials)


def _read_script(path: Path, engines: Sequence[str], namespace: str) -> ExistingDatabase:
    if len(engines) > 1:
        raise InputError(f"{path}: a script has one dialect: name one engine with --engine")
    script = read_script(path, engines[0] if engines else None)
    traits = traits_of(script.dialect)
    for file in script.files:
        _refuse_lost_statements(file, traits)
    engine = engines_for([traits.name])[traits.name]
    if isinstance(engine, EngineUnavailable):
        raise engine
    with database_of(script, engine) as database, database.scratch.connect("superuser") as connection:
        original = read_catalogue(connection, engine.traits, namespace)
        owner = _owner(database.scratch, engine.traits.name)
    space = namespace or "public"
    original = replace(original, lost=(*_of_owner(original, owner), *_unenforced(script, original, space)))
    # the roles of the scratch server have no attributes: the schema has those that the script gives them
    records, unread = with_script_roles(original, script.role_statements, engine.traits, space)
    of_roles = tuple(LossRecord(text, ROLE_STATEMENT, "what it does to roles was not read") for text in unread)
    opening = (one for one in database.script.skipped if _OPENS_ROWS.match(one.text))
    left_out = tuple(LossRecord(one.text, LEFT_OUT, one.reason) for one in opening)
    records = replace(records, lost=(*records.lost, *of_roles, *left_out))
    schema = schema_from_records(records, engine.traits, name=path.name)
    if not schema.tables:
        raise InputError(f"{path}: {_no_table(original, namespace, database.script.skipped)}")
    run = database.script
    read = ExistingDatabase(str(path), schema, {}, skipped=run.skipped, data_statements=run.data_statements)
    if namespace:
        return read
    lost = [*_losses(original, _copy_statements(schema, traits), traits.name, refused=_NOT_COMPARED)]
    lost += [f"what this does to roles was not read: {text}" for text in unread]
    return replace(read, ddl={traits.name: Ddl(run.ddl, "")}, lost=tuple(lost))


def _refuse_lost_statements(file: str, traits: Traits) -> None:
    """Raise InputError if a client would lose statements of a file, which are all run here: they are rolled back."""
    text, _ = without_down_parts(read_text(Path(file)))
    if lines := [*lost_in_transactions(text, traits)]:
        line, _, problem = lines[0].removeprefix("line ").partition(": ")
        raise InputError(f"{file}:{line}: {problem}: correct the transaction, or remove what does not last")


def _no_table(records: Records, namespace: str, skipped: Sequence[SkippedStatement]) -> str:
    left_out = next((one for one in skipped if re.match(r"(?i)CREATE (\w+ )?TABLE\b", one.text)), None)
    if left_out:
        return f"no table could be created, the first one in line {left_out.line}: {left_out.reason}"
    others = [one.name for one in records.lost if one.kind == "schema" and "tables are not read" in one.reason]
    where = f" in the schema {namespace or 'public'}" if namespace or others else ""
    choice = f": choose another schema with --schema ({', '.join(others)})" if others else ""
    return f"it creates no table{where}{choice}"


def _owner(scratch: Scratch, engine: str) -> str:
    """Return the login that owns every object of a scratch database; empty without logins."""
    query = {"postgresql": "SELECT current_user", "mariadb": "SELECT current_user()"}.get(engine)
    if query is None:
        return ""
    with scratch.connect("owner") as connection:
        return str(connection.run(query).scalar)


def _of_owner(records: Records, owner: str) -> Iterator[LossRecord]:
    """Yield what is lost, without what concerns the login that owns every object of the scratch database."""
    for one in records.lost:
        if owner not in (one.name, one.name.strip('"')):
            yield one
        elif one.kind != "definer":  # the file's logins were replaced by this one, which was said with the statements
            yield replace(one, name="of the owner")


def _unenforced(script: Script, records: Records, space: str) -> Iterator[LossRecord]:
    """Yield the tables of a schema whose foreign keys a script disables, as only a superuser may do in a scratch."""
    names = (table.name for table in records.table if (space, table.name) in script.disabled_keys)
    yield from (LossRecord(name, DISABLED_KEYS, NOT_ENFORCED) for name in names)
