"""Differences of row-level security policies, and of privileges on tables, columns, views and sequences."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from langgraph_dba.database.engines.records import GrantRecord, PolicyRecord
from langgraph_dba.database.proofs.kit.catalogue.sides import (
    Findings,
    Sides,
    Trial,
    paired,
    sequence_of,
    without_equals,
)


def compare_policies(sides: Sides, findings: Findings) -> None:
    """Add the differences of policies; their names do not count."""
    old, new = (
        [_complete(one) for one in sides.unreported(side.policy)
         if not sides.names_odd_column(one.table, f"{one.using} {one.check}")]
        for side in (sides.declared, sides.created)
    )  # fmt: skip

    def content(one: PolicyRecord) -> Any:
        roles = tuple(sorted(one.roles))
        return replace(one, name="", roles=roles, using=sides.form(one.using), check=sides.form(one.check))

    old, new = (_without_contained(_merged(side, sides), sides) for side in (old, new))
    # a condition that two policies have counts once: permissive ones are combined with OR, restrictive ones with AND
    old, new = ([*{content(one): one for one in reversed(side)}.values()][::-1] for side in (old, new))
    missing, added = without_equals(old, new, content)
    pairs, missing, added = paired(
        missing, added, lambda o: (o.table, o.name), lambda o: (o.table, o.command, o.permissive, o.roles)
    )
    for before, after in pairs:
        _policy(sides, before, after, findings)
    for one in missing:
        effect = "it allows nothing more" if one.permissive else "rows that it hides can be visible"
        findings.lines.append(f"{_policy_label(one)} is missing: {effect}")
    for one in added:
        effect = "it opens more rows" if one.permissive else "rows that the declaration shows are hidden"
        findings.lines.append(f"{_policy_label(one)} is not declared: {effect}")


def _complete(one: PolicyRecord) -> PolicyRecord:
    """Return the policy with the check that the engine applies: without WITH CHECK it is the condition of USING."""
    return replace(one, check=one.check or (one.using if one.command in ("all", "update") else ""))


def _merged(policies: Sequence[PolicyRecord], sides: Sides) -> list[PolicyRecord]:
    """Return policies of which four, one for each command, are one for all commands if their conditions are equal."""
    left = list(policies)
    for one in [one for one in policies if one.command == "update"]:
        using, check = sides.form(one.using), sides.form(one.check)
        forms = {"select": (using, ""), "insert": ("", check), "update": (using, check), "delete": (using, "")}
        found: dict[str, PolicyRecord] = {
            other.command: other
            for other in left
            if (other.table, other.permissive, set(other.roles)) == (one.table, one.permissive, set(one.roles))
            and forms.get(other.command) == (sides.form(other.using), sides.form(other.check))
        }
        if found.keys() == forms.keys():
            left = [replace(one, command="all") if other == one else other for other in left]
            left = [other for other in left if other not in found.values()]
    return left


def _without_contained(policies: Sequence[PolicyRecord], sides: Sides) -> list[PolicyRecord]:
    """Return policies without those for one command that repeat a policy for all commands."""
    whole = [one for one in policies if one.command == "all"]
    return [one for one in policies if one.command == "all" or not any(_contains(o, one, sides) for o in whole)]


def _contains(whole: PolicyRecord, one: PolicyRecord, sides: Sides) -> bool:
    bound = "public" in whole.roles or set(one.roles) <= set(whole.roles)
    is_alike = (whole.table, whole.permissive) == (one.table, one.permissive) and bound
    parts = {"insert": ("check",), "update": ("using", "check")}.get(one.command, ("using",))
    return is_alike and all(sides.form(getattr(whole, part)) == sides.form(getattr(one, part)) for part in parts)


def _policy_label(one: PolicyRecord) -> str:
    return f"policy {one.name} of {one.table}"


def _policy(sides: Sides, old: PolicyRecord, new: PolicyRecord, findings: Findings) -> None:
    effects = []
    if old.permissive != new.permissive:
        effects.append(
            "it is permissive instead of restrictive: another permissive policy opens what it should hide"
            if new.permissive
            else "it is restrictive instead of permissive: alone it shows no row"
        )
    if old.command != new.command:
        effects.append(f"it applies to {new.command} instead of {old.command}")
    if set(old.roles) != set(new.roles):
        effects.append(f"it applies to {', '.join(new.roles)} instead of {', '.join(old.roles)}")
    if effects:
        findings.lines.append(f"{_policy_label(new)}: {'; '.join(effects)}")
    columns = tuple(name for table, name in sides.columns(sides.created) if table == new.table)
    for clause, before, after in (("USING", old.using, new.using), ("WITH CHECK", old.check, new.check)):
        if sides.form(before) == sides.form(after):
            continue
        if not (before and after):
            text = f"{clause} is {after or 'missing'} instead of {before or 'none'}: it shows or accepts other rows"
            findings.lines.append(f"{_policy_label(new)}: {text}")
        else:
            findings.trials.append(
                Trial(
                    f"{_policy_label(new)}: {clause} is ({after or 'none'}) instead of ({before or 'none'})", new.table,
                    "filter", (before,), (after,), columns,
                    if_wider="a row of another tenant passes", if_narrower="an own row is hidden or refused",
                )
            )  # fmt: skip


def grant_lines(sides: Sides) -> Iterator[str]:
    """Yield a line for each role and set of privileges that only one side grants."""
    owned = {f"{name}_" for name in sides.odd_tables}
    inserting = {(one.on, one.role) for one in sides.created.grant if "insert" in one.privileges}
    # a serial column needs a privilege that an identity column does not
    needed = {
        (sequence_of(one), role)
        for one in sides.created.column
        for table, role in inserting
        if one.identity == "serial" and one.table == table
    }
    old, new = (
        _without_covered(
            one for record in side.grant if not _is_folded(record, sides, owned) for one in _single(record, needed)
        )
        for side in (sides.declared, sides.created)
    )
    yield from _grant_lines(old - new, "is missing", "its statements are refused")
    yield from _grant_lines(new - old, "is not declared", "it can do more than the declaration allows")


_Right = tuple[str, str, str, str, bool]  # role, object, privilege, column or empty, whether it is the grant option


def _is_folded(record: GrantRecord, sides: Sides, owned: set[str]) -> bool:
    return record.on in sides.odd_tables or any(record.on.startswith(prefix) for prefix in owned)


def _single(record: GrantRecord, needed: set[tuple[str, str]]) -> Iterator[_Right]:
    for privilege in record.privileges:
        if (record.on, record.role) in needed and privilege == "usage" and not record.grantable:
            continue
        for column in record.columns or ("",):
            for option in (False, True) if record.grantable else (False,):
                yield record.role, record.on, privilege, column, option


def _without_covered(rights: Iterable[_Right]) -> set[_Right]:
    """Return the rights without those on a column of a table on which the role has the same right."""
    every = set(rights)
    return {
        (role, on, privilege, column, option)
        for role, on, privilege, column, option in every
        if not column or (role, on, privilege, "", option) not in every
    }


def _grant_lines(rights: set[_Right], what: str, effect: str) -> Iterator[str]:
    by_role: dict[tuple[str, str, frozenset[tuple[str, bool]]], list[str]] = defaultdict(list)
    by_object: dict[tuple[str, str, str], set[tuple[str, bool]]] = defaultdict(set)
    for role, on, privilege, column, option in rights:
        by_object[role, on, column].add((privilege, option))
    for (role, on, column), held in sorted(by_object.items()):
        by_role[role, "column" if column else "", frozenset(held)].append(f"{on}.{column}" if column else on)
    for (role, _, privileges), objects in sorted(by_role.items(), key=lambda item: (item[0][0], item[1])):
        own = sorted(privilege.upper() for privilege, option in privileges if not option)
        granted = sorted(privilege.upper() for privilege, option in privileges if option)
        end = f"ON {', '.join(sorted(objects))} TO {role}"
        if own:
            also = f", and {_OPTION_EFFECTS[what]} (WITH GRANT OPTION)" if granted else ""
            yield f"GRANT {', '.join(own)} {end} {what}: {effect}{also}"
        elif granted:
            yield f"WITH GRANT OPTION for {', '.join(granted)} {end} {what}: {_OPTION_EFFECTS[what]}"


_OPTION_EFFECTS = {
    "is missing": "the role may not grant it to others",
    "is not declared": "the role may grant it to others",
}
