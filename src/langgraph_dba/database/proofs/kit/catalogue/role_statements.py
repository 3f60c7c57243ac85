"""Read roles from the statements of a script.

A role belongs to the server and not to a database: a script creates it only if it is missing, and in a scratch database
it always exists. The catalogue therefore cannot show which attributes the script would give it on another server.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from langgraph_dba.database.engines import Traits
from langgraph_dba.database.engines.records import Records, RoleRecord
from langgraph_dba.database.proofs.kit.catalogue.sql_words import statements, words
from langgraph_dba.database.scripts.cleaning.postgresql_roles import folded
from langgraph_dba.database.scripts.words import altered_table, head_of, tokens_of

_DEFAULTS = frozenset({
    "nosuperuser", "nocreatedb", "nocreaterole", "nobypassrls", "noreplication", "inherit", "nologin", "with",
})  # fmt: skip
_GUARD = re.compile(
    r"do \$\$ begin if not (?:exists \( select(?: 1)? from pg_roles where rolname = '[^']*' \)"
    r"|pg_has_role \( '[^']*' , '[^']*' , 'member' \)) then (?P<body>.*?) ; end if ; end \$\$"
)
_ROLE = re.compile(r"(?P<verb>create|alter) (?P<kind>role|user|group) (?:if not exists )?(?P<name>\S+)(?P<rest>.*)")
_MEMBER = re.compile(r"grant (?P<groups>(?:(?! on ).)+) to (?P<names>(?:(?! on ).)+)")
# Statements whose effect a catalogue does not show, or that can act in another way on another server.
_UNSEEN = re.compile(
    r"(alter (role|user|group|system|database)|drop (role|user|group|owned)|reassign owned|security label"
    r"|do|call|execute|revoke (?!.* on )|set (session authorization|role|global)|values|with|copy|load|merge"
    r"|select (?!(pg_catalog\.)?set_config ))\b"
)


@dataclass(slots=True)
class ScriptRoles:
    """The roles of a script: attributes and groups by role, and statements about roles that were not understood."""

    attributes: dict[str, frozenset[str]] = field(default_factory=dict)
    groups: dict[str, frozenset[str]] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)


def roles_of(script: str, traits: Traits) -> ScriptRoles:
    """Return the roles that a script would create on an empty server; attributes that are the default are left out."""
    result = ScriptRoles()
    for statement in statements(script, traits):
        text = " ".join(words(statement, traits))
        guard = _GUARD.fullmatch(text)
        for part in guard["body"].split(" ; ") if guard else (text,):
            # what stands behind a condition does not run in a scratch database: the catalogue cannot show it
            if not _read(part, result) and (guard or _UNSEEN.match(part)):
                result.unread.append(part)
    return result


def _read(text: str, result: ScriptRoles) -> bool:
    """Add the role or membership of a statement; return whether it was one."""
    role, member = _ROLE.fullmatch(text), _MEMBER.fullmatch(text)
    if role and not re.match(r" (set|in database|reset|rename|for)\b", role["rest"]):
        old = result.attributes.get(role["name"], frozenset())
        login = {"login"} if role["kind"] == "user" and role["verb"] == "create" else set()
        result.attributes[role["name"]] = _attributes(old | login, role["rest"].split())
    elif member:
        for name in re.split(" , ", member["names"]):
            groups = frozenset(member["groups"].split(" , "))
            result.groups[name] = result.groups.get(name, frozenset()) | groups
    else:
        return False
    return True


_IN_BLOCK = re.compile(r"(?i)\b(?:CREATE|ALTER)\s+(?:ROLE|USER)\b[^;]*")
_ATTRIBUTES = frozenset({"LOGIN", "SUPERUSER", "CREATEDB", "CREATEROLE", "REPLICATION", "BYPASSRLS", "NOINHERIT"})


def with_script_roles(records: Records, script: Sequence[str], traits: Traits) -> Records:
    """Return records whose roles have the attributes, groups and tables that statements give them on an empty server.

    In a block (`DO`), every statement is read as if it ran.
    """
    parts = [part for text in script for part in (_IN_BLOCK.findall(text) if text[:2].upper() == "DO" else [text])]
    found, owners = roles_of(";\n".join(parts), traits), dict(filter(None, map(_owner, script)))

    def changed(role: RoleRecord) -> RoleRecord:
        attributes = _ATTRIBUTES & {one.upper() for one in found.attributes.get(role.name, ())}
        groups = (one.strip('"') for one in found.groups.get(role.name, ()))
        return replace(
            role,
            attributes=tuple(sorted({*role.attributes, *attributes})),
            member_of=tuple(sorted({*role.member_of, *groups})),
            owns=tuple(sorted({*role.owns, *(table for table, owner in owners.items() if owner == role.name)})),
        )

    return replace(records, role=tuple(map(changed, records.role)))


def _owner(statement: str) -> tuple[str, str] | None:
    head = head_of(statement)
    table, (*_, last) = altered_table(head), tokens_of(statement)
    return (table, folded(last.text)) if table and " OWNER TO " in head else None


_WITH_VALUE = ("limit", "until", "role", "group", "admin")
_FILLERS = frozenset({"connection", "valid", "encrypted", "in", *_WITH_VALUE})


def _attributes(old: frozenset[str] | set[str], new: Sequence[str]) -> frozenset[str]:
    found, before = set(old), ""
    for word in new:
        if before in _WITH_VALUE:
            found.add(f"{before} {word}")
        elif "password" not in (word, before):  # a secret is no part of a report
            found.discard(word.removeprefix("no") if word.startswith("no") else f"no{word}")
            found.add(word)
        before = word
    return frozenset(found - _DEFAULTS - _FILLERS)


def role_differences(declared: ScriptRoles, created: ScriptRoles) -> Iterator[str]:
    """Yield one line for each role that the script creates with other attributes or groups than the declaration."""
    for name in sorted(declared.attributes.keys() | created.attributes.keys()):
        yield from _attribute_lines(name, declared.attributes.get(name), created.attributes.get(name))
    for name in sorted(declared.groups.keys() | created.groups.keys()):
        old, new = declared.groups.get(name, frozenset()), created.groups.get(name, frozenset())
        if new - old:
            yield f"role {name}: the statements make it a member of {_list(new - old)}, whose privileges it then has"
        if old - new:
            yield f"role {name}: the statements do not make it a member of {_list(old - new)}"
    unread = list(created.unread)
    for text in declared.unread:
        if text in unread:
            unread.remove(text)
    for text in unread:
        yield f"a statement whose effect depends on the server: {text[:80]}"


def _attribute_lines(name: str, old: frozenset[str] | None, new: frozenset[str] | None) -> Iterator[str]:
    if old is None:
        yield f"role {name}: the statements create or change it, and the declaration does not have it"
    elif new is None:
        yield f"role {name}: the statements do not create it, so on another server its login is missing"
    else:
        if new - old:
            effects = "; ".join(_EFFECTS.get(one, f"it has {one.upper()}") for one in sorted(new - old))
            yield f"role {name}: {', '.join(sorted(new - old)).upper()} is added: {effects}"
        if old - new:
            effects = "; ".join(_LOSSES.get(one, f"it lacks {one.upper()}") for one in sorted(old - new))
            yield f"role {name}: {', '.join(sorted(old - new)).upper()} is missing: {effects}"


_EFFECTS: Mapping[str, str] = {
    "bypassrls": "no policy restricts it, so it sees every tenant",
    "superuser": "nothing restricts it",
    "createrole": "it may create roles and add itself to others",
    "createdb": "it may create databases",
    "replication": "it may copy the whole server",
    "noinherit": "it does not use the privileges of its groups",
}
_LOSSES: Mapping[str, str] = {"login": "the application cannot log in"}


def _list(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))
