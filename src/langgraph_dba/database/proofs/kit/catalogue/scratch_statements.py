"""Turn the statements of a folder into those that a scratch database can run.

Roles belong to the server: the engine creates them before, and the owner of a scratch database may not change them.
What such statements do is read from their text (`role_statements`). Commands of a client, its rows for COPY, and what
cannot run in a transaction (CONCURRENTLY, VACUUM) are taken out too; `client_run` names those that matter.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine, Traits
from langgraph_dba.database.proofs.kit.catalogue.role_grammar import RoleChange, role_change
from langgraph_dba.database.proofs.kit.catalogue.role_statements import guarded_statements
from langgraph_dba.database.proofs.kit.catalogue.sql_words import words
from langgraph_dba.database.scripts.words import head_of, tokens_of
from langgraph_dba.database.statements import DIALECTS, Statement, split
from langgraph_dba.errors import EngineError

_CONCURRENT = re.compile(r"(?:CREATE (?:UNIQUE )?INDEX|DROP INDEX|REINDEX|REFRESH MATERIALIZED VIEW) .*CONCURRENTLY\b")


@dataclass(frozen=True, slots=True)
class ScratchStatements:
    """The statements that run in a scratch database.

    `roles` are those that the statements name, `unconditional` those that they create without asking whether they
    exist, and do not drop.
    """

    ddl: Ddl
    roles: tuple[str, ...] = ()
    unconditional: tuple[str, ...] = ()


def scratch_statements(ddl: Ddl, traits: Traits) -> ScratchStatements:
    """Return what a scratch database can run; blank lines keep the numbers of the statements."""
    if traits.name not in DIALECTS:  # an engine of another package
        return ScratchStatements(ddl)
    is_postgresql = traits.name == "postgresql"
    up, down = (list(_role_statements(text, traits)) if is_postgresql else [] for text in (ddl.up, ddl.down))
    dropped = {name for one in down if one.kind == "drop" for name in one.roles}
    created = (name for one in up if one.kind == "create" for name in one.roles if name not in dropped)
    return ScratchStatements(
        Ddl(_runnable(ddl.up, up, traits), _runnable(ddl.down, down, traits)),
        tuple(dict.fromkeys(name for one in up for name in one.roles)),
        tuple(dict.fromkeys(created)),
    )


def with_roles(ddl: Ddl, engine: Engine, app_role: str) -> Ddl:
    """Create the roles that statements name on a private server, and return what a scratch database can run.

    On a server that is named by URL, the statements stay as they are if they name more than the application's role.
    """
    found = scratch_statements(ddl, engine.traits)
    others = [name for name in found.roles if name != app_role]
    try:
        refusal = engine.provide_roles(others) if others else ""
    except EngineError:  # each proof reports an engine that fails
        refusal = ""
    return ddl if refusal else found.ddl


_Kind = Literal["create", "change", "drop", "guarded", "block"]


@dataclass(frozen=True, slots=True)
class _RoleStatement:
    statement: Statement
    kind: _Kind
    roles: tuple[str, ...]


def _role_statements(script: str, traits: Traits) -> Iterator[_RoleStatement]:
    """Yield the statements that do nothing but create, change or drop roles."""
    for statement in split(script, traits.name):
        parts = words(statement.text, traits)
        if parts[:2] in (("drop", "role"), ("drop", "user")) and parts[2:4] != ("mapping", "for"):
            rest = parts[4:] if parts[2:4] == ("if", "exists") else parts[2:]
            yield _RoleStatement(statement, "drop", tuple(name for name in rest if name != ","))
            continue
        if parts[:2] in (("alter", "role"), ("alter", "user")) and parts[2:4] != ("mapping", "for"):
            yield _RoleStatement(statement, "change", parts[2:3] if parts[2] != "all" else ())
            continue
        block = guarded_statements(parts, traits)
        changes = [role_change(part) for part in block or (parts,)]
        if roles := _roles(changes):
            yield _RoleStatement(statement, _kind(parts, is_block=bool(block)), roles)


def _kind(parts: tuple[str, ...], *, is_block: bool) -> _Kind:
    if is_block and "exception" in parts:
        return "block"
    if is_block and {"exists", "found", "pg_has_role"}.intersection(parts):
        return "guarded"  # it asks before it creates, and runs as it is: the role exists
    return "create" if "create" in parts else "change"


def _roles(changes: Sequence[RoleChange | None]) -> tuple[str, ...]:
    """Return the roles that changes name; empty if one of the statements is about something else."""
    names: list[str] = []
    for change in changes:
        if change is None:
            return ()
        names += filter(None, (change.name, *(name for one in change.memberships for name in (one.member, one.group))))
    return tuple(dict.fromkeys(names))


def _runnable(script: str, roles: Sequence[_RoleStatement], traits: Traits) -> str:
    """Return a script without the statements about roles and what only a client can run."""
    cuts = [(one.statement.start, one.statement.end) for one in roles if one.kind != "guarded"]
    cuts += (cut for statement in split(script, traits.name) for cut in _cuts(statement, traits))
    for start, end in sorted(cuts, reverse=True):
        script = script[:start] + "\n" * script.count("\n", start, end) + script[end:]
    return script


def _cuts(statement: Statement, traits: Traits) -> Iterator[tuple[int, int]]:
    """Yield what is taken out of a statement, as positions in the script."""
    if statement.kind == "meta":
        if not statement.text.lower().startswith("delimiter"):  # the engine's own reader of scripts knows it
            yield statement.start, statement.end
        return
    if statement.kind == "copy":
        yield statement.start, max(statement.end, statement.data_end or 0)
        return
    head = head_of(statement.text) if traits.transactional_ddl else ""
    if head.startswith("VACUUM"):
        yield statement.start, statement.end
    elif _CONCURRENT.match(head):
        word = next(token for token in tokens_of(statement.text) if token.is_word("CONCURRENTLY"))
        yield statement.start + word.start, statement.start + word.start + len(word.text)
