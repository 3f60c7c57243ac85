"""Differences of views, types, sequences, routines, triggers, extensions and what `Schema` cannot hold."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from langgraph_dba.database.engines.records import Definition, Records, ViewRecord
from langgraph_dba.database.proofs.kit.catalogue.sides import Sides


def view_lines(sides: Sides) -> Iterator[str]:
    """Yield a line for each view that differs."""
    old, new = ({one.name: one for one in side.view} for side in (sides.declared, sides.created))
    for name in sorted(old.keys() - new.keys()):
        yield f"view {name} is missing: every statement on it fails"
    for name in sorted(new.keys() - old.keys()):
        yield f"view {name} is not declared: it shows rows in a way that nobody declared"
    for name in sorted(old.keys() & new.keys()):
        if _view_content(sides, sides.declared, old[name]) != _view_content(sides, sides.created, new[name]):
            yield f"view {name} has another definition: it shows other rows or columns"


def _view_content(sides: Sides, side: Records, one: ViewRecord) -> Any:
    columns = tuple((c.name, c.type) for c in side.column if c.table == one.name)
    indexes = tuple(sorted(sides.form(text) for text in one.indexes))
    return sides.form(one.definition), one.materialised, one.options, indexes, columns


_EFFECTS = {
    "type": "columns of it hold other values",
    "sequence": "it gives other numbers",
    "routine": "what it does is not declared",
    "trigger": "it can change or swallow what a statement does",
    "extension": "its functions and types are there or not",
    "rule": "it can change or swallow what a statement does",
    "schema": "what it contains is not declared and not compared",
    "default privileges": "tables that are created later have other privileges",
    "privileges of a routine": "other roles may call it",
    "privileges of a schema": "other roles may use it or create tables in it",
    "privileges of the database": "a role may do more than the declaration allows",
    "publication": "changes of rows are sent to other servers, or refused for lack of an identity",
    "replica identity": "replicas find rows in another way",
    "not null on conflict": "a NULL is ignored or replaced instead of refused",
    "constraint on conflict": "a violation is ignored or deletes the other row instead of being refused",
    "key collation": "the key takes other texts for equal",
    "virtual table": "nobody knows what its rows are",
    "column options": "it is hidden, compressed or without history",
    "table options": "the table is stored in another way",
    "system versioned": "old versions of its rows are kept",
    "mode of a trigger": "it runs under other rules for invalid values",
    "mode of a routine": "it runs under other rules for invalid values",
}


def definition_lines(sides: Sides) -> Iterator[str]:
    """Yield a line for each object that differs and that its text describes."""
    for kind in ("type", "sequence", "routine", "trigger", "extension", "other"):
        old, new = (
            {(one.kind if kind == "other" else "", one.on, one.name): one for one in _definitions(sides, side, kind)}
            for side in (sides.declared, sides.created)
        )
        for key in sorted(old.keys() | new.keys()):
            before, after = old.get(key), new.get(key)
            if before is None or after is None or _text(sides, before) != _text(sides, after):
                yield _definition_line(kind, before, after)
    yield from _trigger_order(sides)


# They change no row that is accepted and no answer: texts for readers, names, and how rows are stored.
_WITHOUT_EFFECT = frozenset({
    "comment", "not null constraint", "not null constraints of a partition", "statistics", "index statistics",
    "column storage", "table settings", "cluster", "constraint", "security label", "definer",
})  # fmt: skip


def _definitions(sides: Sides, side: Records, kind: str) -> list[Definition]:
    if kind != "other":
        return sides.unreported(getattr(side, kind))
    carried = [Definition(one.name, one.definition, one.kind) for one in side.other]
    carried += [Definition(one.name, one.reason, one.kind) for one in side.lost]
    # the texts of an undeclared or missing table belong to the line about the table
    tables = re.compile(rf"\b({'|'.join(map(re.escape, sorted(sides.odd_tables)))})\b") if sides.odd_tables else None
    return [
        one
        for one in carried
        if one.kind not in _WITHOUT_EFFECT and not (tables and tables.search(f"{one.name} {one.definition}"))
    ]


_EVENT = re.compile(r"\b(BEFORE|AFTER|INSTEAD\s+OF)\s+(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)


def _trigger_order(sides: Sides) -> Iterator[str]:
    """Yield the events of a table whose triggers run in another order; records are in the order of execution."""
    old, new = (_by_event(side) for side in (sides.declared, sides.created))
    for event in sorted(old.keys() & new.keys()):
        if old[event] != new[event] and set(old[event]) == set(new[event]):
            yield f"triggers of {event[0]} {event[1]} run as {', '.join(new[event])}: each sees what the others left"


def _by_event(side: Records) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in side.trigger:
        if event := _EVENT.search(one.definition):
            found[one.on, event[0].upper()].append(one.name)
    return found


def _text(sides: Sides, one: Definition) -> tuple[str, str]:
    # white space and comments count in the body of another language, and in a quoted text within a body
    plain = not re.search(r"\bLANGUAGE\s+(?!sql\b|plpgsql\b)\w+", one.definition, re.IGNORECASE)
    plain = plain and len(re.findall(r"\$\w*\$", one.definition)) <= 2  # noqa: PLR2004  where the body begins and ends
    return (sides.form(one.definition) if plain else one.definition), one.kind


def _definition_line(kind: str, old: Definition | None, new: Definition | None) -> str:
    one = new or old
    assert one is not None, "a difference has at least one side"
    noun = one.kind if kind == "other" else kind
    label = f"{noun} {one.name}" + (f" of {one.on}" if one.on else "")
    effect = _EFFECTS.get(noun, "the database is not the declared one")
    if old is None:
        return f"{label} is not declared: {effect}"
    if new is None:
        return f"{label} is missing: what it does, does not happen"
    if old.kind != new.kind:
        return f"{label} is {new.kind or 'ENABLE'} instead of {old.kind or 'ENABLE'}: it runs at other times or never"
    return f"{label} has another definition ({new.definition[:60]}): {effect}"
