"""Take the statements about roles out of those that run in a scratch database.

Roles belong to the server: the engine creates them before, and the owner of a scratch database may not change them.
What such statements do is read from their text (`role_statements`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine, Traits
from langgraph_dba.database.proofs.kit.catalogue.role_grammar import RoleChange, role_change
from langgraph_dba.database.proofs.kit.catalogue.role_statements import guarded_statements
from langgraph_dba.database.proofs.kit.catalogue.sql_words import words
from langgraph_dba.database.statements import Statement, split
from langgraph_dba.errors import EngineError


@dataclass(frozen=True, slots=True)
class WithoutRoles:
    """Statements without those about roles.

    `named` are the roles that they name, `unconditional` those that they create without asking whether they exist, and
    do not drop.
    """

    ddl: Ddl
    named: tuple[str, ...] = ()
    unconditional: tuple[str, ...] = ()


def without_roles(ddl: Ddl, traits: Traits) -> WithoutRoles:
    """Return the statements without those about roles; blank lines keep the numbers of the others."""
    if traits.name != "postgresql":
        return WithoutRoles(ddl)
    up, down = list(_role_statements(ddl.up, traits)), list(_role_statements(ddl.down, traits))
    dropped = {name for one in down if one.kind == "drop" for name in one.roles}
    created = (name for one in up if one.kind == "create" for name in one.roles if name not in dropped)
    return WithoutRoles(
        Ddl(_without(ddl.up, up), _without(ddl.down, down)),
        tuple(dict.fromkeys(name for one in up for name in one.roles)),
        tuple(dict.fromkeys(created)),
    )


def with_roles(ddl: Ddl, engine: Engine, app_role: str) -> WithoutRoles:
    """Create the roles that statements name on a private server, and return the statements without those about roles.

    On a server that is named by URL, the statements stay as they are if they name more than the application's role.
    """
    found = without_roles(ddl, engine.traits)
    others = [name for name in found.named if name != app_role]
    try:
        refusal = engine.provide_roles(others) if others else ""
    except EngineError:  # each proof reports an engine that fails
        refusal = ""
    return replace(found, ddl=ddl) if refusal else found


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
    if is_block:
        # a block that asks before it creates runs as it is: the role exists
        return "block" if "exception" in parts else "guarded"
    return "create" if parts[0] == "create" else "change"


def _roles(changes: Sequence[RoleChange | None]) -> tuple[str, ...]:
    """Return the roles that changes name; empty if one of the statements is about something else."""
    names: list[str] = []
    for change in changes:
        if change is None:
            return ()
        names += filter(None, (change.name, *(name for one in change.memberships for name in (one.member, one.group))))
    return tuple(dict.fromkeys(names))


def _without(script: str, found: Sequence[_RoleStatement]) -> str:
    for one in reversed(found):
        if one.kind != "guarded":
            start, end = one.statement.start, one.statement.end
            script = script[:start] + "\n" * script.count("\n", start, end) + script[end:]
    return script
