"""The rights of the application's role on its own server: a scratch database gives it none of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from langgraph_dba.database.model.catalogue_objects import ROLE_STATEMENT
from langgraph_dba.database.proofs.kit.catalogue.role_statements import roles_of
from langgraph_dba.database.proofs.kit.subject import Subject

_POWERS = ("CREATEROLE", "REPLICATION")
_MAY_CHANGE_ROLES = re.compile(
    r"(alter|create|drop) (role|user|group)\b|(do|execute|call|grant)\b|select (?!(pg_catalog \. )?setval )"
)


@dataclass(frozen=True, slots=True)
class RoleRights:
    """What exempts a role from policies, what may lead to that, its groups, and statements that were not read.

    `is_named` unless a database that exists has no role and no privilege of this name: then it is only our default.
    """

    role: str
    exempt: list[str]
    owns: list[str]
    powers: list[str]
    groups: list[str]
    unread: list[str]
    is_named: bool

    def failures(self) -> Iterator[str]:
        """Yield why no policy restricts the role."""
        yield from (f"{self.role} has {one}: no policy restricts it, so it sees every tenant" for one in self.exempt)
        for table in self.owns:
            yield f"{self.role} owns {table}: without FORCE ROW LEVEL SECURITY no policy restricts its owner"

    def open(self) -> str:
        """Return why the role may have other rights than were tried, or ""."""
        if not self.is_named and not self.unread:
            return (
                "no role of an application is known: nothing is granted to a role, so that only the owner of the tables"
                " can read them, and no policy restricts it without FORCE ROW LEVEL SECURITY"
            )
        if self.groups:
            return f"{self.role} is a member of {', '.join(self.groups)}, whose privileges the copy does not give it"
        if self.unread:
            return f"what this does to roles was not read: {'; '.join(self.unread)}"
        if self.powers:
            return f"{self.role} has {' and '.join(self.powers)}, by which it may get other rights"
        return ""


def rights_of(subject: Subject, name: str) -> RoleRights:
    """Return the rights of a role by the catalogue of an existing database, or by the statements of a folder."""
    schema = subject.schema
    roles = [role for role in schema.roles if role.name == name]
    exempt = [right for role in roles for right in role.unrestricted_by]
    powers = [one for role in roles for one in role.attributes if one in _POWERS]
    groups = [group for role in roles for group in role.member_of]
    unread = [one.name for one in schema.lost if one.kind == ROLE_STATEMENT]
    owned = {table for role in roles for table in role.owns}
    owns = [
        table.sql_name
        for table in schema.tables
        if table.sql_name in owned and table.row_security != "forced" and not schema.is_shared(table)
    ]
    if subject.is_designed:
        found = roles_of(subject.text.up, subject.traits)
        attributes = [one.upper() for one in sorted(found.attributes.get(name, ()))]
        exempt += [one for one in attributes if one in ("SUPERUSER", "BYPASSRLS")]
        powers += [one for one in attributes if one in _POWERS]
        groups += sorted(found.groups.get(name, ()))
        unread += [text for text in found.unread if _MAY_CHANGE_ROLES.match(text)]
    holders = {*(one.role for one in schema.grants), *(role.name for role in schema.roles)}
    # where the isolation derives the grants of the role, the schema has them no more
    is_derived = bool(schema.isolation and schema.isolation.derives)
    is_named = subject.is_designed or is_derived or not holders.isdisjoint({name, "public"})
    return RoleRights(name, exempt, owns, powers, groups, unread, is_named)
