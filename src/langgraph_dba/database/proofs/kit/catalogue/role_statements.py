"""Read roles from the statements of a script.

A role belongs to the server and not to a database: a script creates it only if it is missing, and in a scratch database
it always exists. The catalogue therefore cannot show which attributes the script would give it on another server.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from langgraph_dba.database.engines import Traits
from langgraph_dba.database.engines.records import Records, RoleRecord
from langgraph_dba.database.proofs.kit.catalogue.role_grammar import block_statements, role_change
from langgraph_dba.database.proofs.kit.catalogue.sql_words import words
from langgraph_dba.database.scripts.cleaning.postgresql_roles import folded
from langgraph_dba.database.scripts.words import altered_relation, head_of, tokens_of
from langgraph_dba.database.statements import DIALECTS, split

_DEFAULTS = frozenset({
    "nosuperuser", "nocreatedb", "nocreaterole", "nobypassrls", "noreplication", "inherit", "nologin",
    "nopassword",
})  # fmt: skip
# The parts of a block that creates what is missing: the conditions, and what else does nothing to roles.
_GUARD = re.compile(
    r"if not exists \( select(?: 1| \*| true| rolname)? from (?:pg_catalog\.)?pg_(?:roles|authid)"
    r" where rolname = '[^']*' \)"
    r"|perform (?:1|\*|true|rolname) from (?:pg_catalog\.)?pg_(?:roles|authid) where rolname = '[^']*'|if not found"
    r"|if not pg_has_role \( '[^']*' , '[^']*' , 'member' \)"
    r"|exception when (?:others|duplicate_object(?: or unique_violation)?)"
)
_FRAME = re.compile(
    r"end(?: if)?|null|language plpgsql|raise (?:notice|info|log|debug|warning) '(?:[^']|'')*'(?: , \S+)*"
)
# Statements whose effect a catalogue does not show, or that can act in another way on another server.
_UNSEEN = re.compile(
    r"(alter (role|user|group|system|database)|drop (role|user|group|owned)|reassign owned|security label"
    r"|do|call|execute|revoke (?!.* on )|set (session authorization|role|global)|values|with|copy|load|merge"
    r"|select (?!(pg_catalog\.)?set_config ))\b"
)


@dataclass(slots=True)
class ScriptRoles:
    """The roles of a script: attributes and groups by role, and statements about roles that were not understood.

    `options` are those of a membership, as (member, group), that are not the default.
    """

    attributes: dict[str, frozenset[str]] = field(default_factory=dict)
    groups: dict[str, frozenset[str]] = field(default_factory=dict)
    options: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)


def roles_of(script: str, traits: Traits) -> ScriptRoles:
    """Return the roles that a script would create on an empty server; attributes that are the default are left out."""
    result = ScriptRoles()
    for parts in _statements(script, traits):
        if _is_idle(parts, traits):
            continue
        guarded = guarded_statements(parts, traits)
        # what stands behind a condition does not run in a scratch database: the catalogue cannot show it
        for part in guarded or (parts,):
            part_text = " ".join(part)
            if not _add(part, result) and (guarded or _UNSEEN.match(part_text)):
                result.unread.append(part_text)
    return result


def _shown(text: str) -> str:
    """Return the beginning of a statement, without a password."""
    return re.sub(r"\bpassword\b.*", "password …", text)[:80]


def _statements(script: str, traits: Traits) -> Iterator[tuple[str, ...]]:
    # the roles of other engines are not read
    for statement in split(script, traits.name) if traits.name in DIALECTS else ():
        yield words(statement.text, traits)


def _is_idle(parts: tuple[str, ...], traits: Traits) -> bool:
    """Return whether a statement is a block that only prints."""
    pieces = [" ".join(piece) for piece in block_statements(_body(parts, traits))] if parts[:1] == ("do",) else []
    return bool(pieces) and all(_FRAME.fullmatch(piece) for piece in pieces)


def guarded_statements(parts: tuple[str, ...], traits: Traits) -> list[tuple[str, ...]]:
    """Return the statements of a block that runs each of them if a role is missing; empty for all other statements."""
    if parts[:1] != ("do",):
        return []
    statements = (_executed(piece, traits) for piece in block_statements(_body(parts, traits)))
    pieces = [(piece, " ".join(piece)) for piece in statements]
    found = [piece for piece, text in pieces if not (_GUARD.fullmatch(text) or _FRAME.fullmatch(text))]
    is_about_roles = all(role_change(piece) for piece in found)
    return found if is_about_roles or any(_GUARD.fullmatch(text) for _, text in pieces) else []


def _add(parts: tuple[str, ...], result: ScriptRoles) -> bool:
    """Add the role and the memberships of a statement; return whether it had any."""
    change = role_change(parts)
    if change is None:
        return False
    if change.name and parts[:2] != ("alter", "group"):
        old = result.attributes.get(change.name, frozenset())
        result.attributes[change.name] = _attributes(old, change.attributes)
    for one in change.memberships:
        result.groups[one.member] = result.groups.get(one.member, frozenset()) | {one.group}
        if one.options:
            result.options[one.member, one.group] = one.options
    return True


_ATTRIBUTES = frozenset({"LOGIN", "SUPERUSER", "CREATEDB", "CREATEROLE", "REPLICATION", "BYPASSRLS", "NOINHERIT"})


def with_script_roles(
    records: Records, script: Sequence[str], traits: Traits, namespace: str = "public"
) -> tuple[Records, list[str]]:
    """Return records whose roles have the attributes, groups and tables that statements give them on an empty server.

    The tables are those of `namespace`, to which unqualified names belong.

    In a block (`DO`), every statement is read as if it ran. The texts are the statements that were not read: those that
    take something away, those that a block calculates, and the bodies of routines, which run when they are called.
    """
    found, owners = _roles_if_run(script, traits), dict(_owners(script, namespace))

    def changed(role: RoleRecord) -> RoleRecord:
        attributes = _ATTRIBUTES & {one.upper() for one in found.attributes.get(role.name, ())}
        return replace(
            role,
            # not those of the role of the scratch server: an earlier proof may have given it LOGIN
            attributes=tuple(sorted(attributes)),
            member_of=tuple(sorted({*role.member_of, *found.groups.get(role.name, ())})),
            owns=tuple(sorted({*role.owns, *(table for table, owner in owners.items() if owner == role.name)})),
        )

    return replace(records, role=tuple(map(changed, records.role))), [_shown(text) for text in found.unread]


_UNREAD = re.compile(r"(alter (role|user|group)|execute|create (or replace )?(function|procedure)|revoke (?!.* on ))\b")


# a text for EXECUTE that begins with a statement about other objects
_OF_OBJECTS = re.compile(
    r"execute (format \( )?'\s*((create|alter|drop) (?!role|user|group)|comment|(grant|revoke) (?=[^']* on ))[^']*'",
    re.IGNORECASE,
)


def _roles_if_run(script: Sequence[str], traits: Traits) -> ScriptRoles:
    result = ScriptRoles()
    for parts in (words(text, traits) for text in script):
        is_block = parts[:1] == ("do",)
        for part in block_statements(_body(parts, traits)) if is_block else (parts,):
            one = _executed(part, traits)
            text = " ".join(one)
            if not _add(one, result) and _UNREAD.match(text) and not _OF_OBJECTS.match(text):
                result.unread.append(text)
    return result


def _body(parts: tuple[str, ...], traits: Traits) -> tuple[str, ...]:
    """Return the words of a block; the body in quotes is one word."""
    if any(one.startswith("$") for one in parts):
        return parts
    return tuple(word for one in parts for word in (_inner(one, traits) if one.startswith("'") else (one,)))


def _executed(part: tuple[str, ...], traits: Traits) -> tuple[str, ...]:
    """Return the words of the statement that EXECUTE runs, if it is made of literals; other statements as they are."""
    text = _constant(part[1:]) if part[0] == "execute" else None
    return part if text is None else words(text, traits)


def _constant(parts: tuple[str, ...]) -> str | None:
    """Return the text that literals, `||` and `format` with literals make; None if anything else is part of it."""
    if parts[:3] == ("pg_catalog", ".", "format"):
        return _constant(parts[2:])
    is_format = parts[:2] == ("format", "(") and parts[-1] == ")"
    items, separator = (parts[2:-1], ",") if is_format else (parts, "||")
    if not all(one.startswith("'") for one in items[::2]) or any(one != separator for one in items[1::2]):
        return None
    texts = [_text(one) for one in items[::2]]
    return _format_text(*texts) if is_format and texts else "".join(texts)


def _format_text(template: str, *values: str) -> str | None:
    """Return the text of `format`; None if a position is numbered or the values do not fit."""
    left = list(values)

    def value_at(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        value = left.pop(0)
        quoted = {"I": '"{}"'.format(value.replace('"', '""')), "L": "'{}'".format(value.replace("'", "''"))}
        return quoted.get(match[1], value)

    if len(re.findall(r"%[sIL]", template)) != len(values) or re.search(r"%[^sIL%]", template):
        return None
    return re.sub(r"%([sIL%])", value_at, template)


def _text(literal: str) -> str:
    return literal[1:-1].replace("''", "'")


def _inner(literal: str, traits: Traits) -> tuple[str, ...]:
    return words(_text(literal), traits)


def _owners(script: Sequence[str], namespace: str) -> Iterator[tuple[str, str]]:
    """Yield (table, owner) for each statement that gives a table of a namespace to a role."""
    for statement in script:
        head = head_of(statement)
        space, table = altered_relation(head)
        if table and space in ("", namespace) and " OWNER TO " in head:
            *_, last = tokens_of(statement)
            yield table, folded(last.text)


def _attributes(old: frozenset[str], new: Sequence[str]) -> frozenset[str]:
    found = set(old)
    for word in new:
        found.discard(word.removeprefix("no") if word.startswith("no") else f"no{word}")
        found.add(word)
    return frozenset(found - _DEFAULTS)


def role_differences(declared: ScriptRoles, created: ScriptRoles) -> Iterator[str]:
    """Yield one line for each role that the script creates with other attributes or groups than the declaration."""
    for name in sorted(declared.attributes.keys() | created.attributes.keys()):
        if name not in created.attributes and any(_names(text, name) for text in created.unread):
            yield f"role {name}: not shown that the statements create it, because a statement that names it is not read"
            continue
        yield from _attribute_lines(name, declared.attributes.get(name), created.attributes.get(name))
    for name in sorted(declared.groups.keys() | created.groups.keys()):
        old, new = declared.groups.get(name, frozenset()), created.groups.get(name, frozenset())
        if new - old:
            yield f"role {name}: the statements make it a member of {_list(new - old)}, whose privileges it then has"
        if old - new:
            yield f"role {name}: the statements do not make it a member of {_list(old - new)}"
        yield from (line for group in sorted(old & new) for line in _option_lines(declared, created, name, group))
    unread = list(created.unread)
    for text in declared.unread:
        if text in unread:
            unread.remove(text)
    for text in unread:
        yield f"a statement whose effect depends on the server: {_shown(text)}"


def _names(text: str, role: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(role)}(?!\w)", text) is not None


def _attribute_lines(name: str, old: frozenset[str] | None, new: frozenset[str] | None) -> Iterator[str]:
    if old is None:
        yield f"role {name}: the statements create or change it, and the declaration does not have it"
    elif new is None:
        yield f"role {name}: the statements do not create it, so on another server its login is missing"
    else:
        if new - old:
            effects = "; ".join(_effect(one) for one in sorted(new - old))
            yield f"role {name}: {', '.join(sorted(new - old)).upper()} is added: {effects}"
        if old - new:
            effects = "; ".join(_LOSSES.get(one, f"it lacks {one.upper()}") for one in sorted(old - new))
            yield f"role {name}: {', '.join(sorted(old - new)).upper()} is missing: {effects}"


def _option_lines(declared: ScriptRoles, created: ScriptRoles, name: str, group: str) -> Iterator[str]:
    """Yield a line if a membership has other options."""
    old, new = (side.options.get((name, group), frozenset()) for side in (declared, created))
    if old != new:
        now, before = (", ".join(sorted(options)).upper() or "the default options" for options in (new, old))
        yield f"role {name}: it is a member of {group} with {now} instead of {before}"


_EFFECTS: Mapping[str, str] = {
    "bypassrls": "no policy restricts it, so it sees every tenant",
    "superuser": "nothing restricts it",
    "createrole": "it may create roles and add itself to others",
    "createdb": "it may create databases",
    "replication": "it may copy the whole server",
    "noinherit": "it does not use the privileges of its groups",
    "password": "it can log in with a password that stands in the statements",
}


def _effect(attribute: str) -> str:
    """Return what it means that a role has an attribute."""
    if attribute.startswith("connection limit"):
        return f"it may have {attribute.rpartition(' ')[2]} connections at a time"
    if attribute.startswith("valid until"):
        return "later its password is refused"
    return _EFFECTS.get(attribute, f"it has {attribute.upper()}")


_LOSSES: Mapping[str, str] = {"login": "the application cannot log in"}


def _list(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))
