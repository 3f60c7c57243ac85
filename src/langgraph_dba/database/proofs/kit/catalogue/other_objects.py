"""Differences of views, types, sequences, routines, triggers, extensions and what `Schema` cannot hold."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from langgraph_dba.database.engines.records import Definition, LossRecord, OtherRecord, Records, ViewRecord
from langgraph_dba.database.proofs.kit.catalogue.sides import Sides, paired, without_equals


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
    columns = tuple((c.name, sides.type_form(c)) for c in side.column if c.table == one.name)
    indexes = tuple(sorted(sides.form(text) for text in one.indexes))
    return sides.form(one.definition), one.materialised, one.options, indexes, columns


# What it means that the statements add or change an object, and that they lack one.
_EFFECTS: Mapping[str, tuple[str, str]] = {
    "type": ("columns of it hold other values", "statements and columns that use it fail"),
    "sequence": ("it gives other numbers", "statements that take a number from it fail"),
    "routine": ("statements that call it act as nobody declared", "statements that call it fail"),
    "trigger": (
        "it can change or swallow what a statement does",
        "what it changes or refuses in each row stays undone",
    ),
    "extension": ("statements may use functions and types of it", "statements that use its functions or types fail"),
    "rule": ("it can change or swallow what a statement does", "statements on its table are not rewritten as declared"),
    "schema": ("what it contains is not declared and not compared", "statements that name it fail"),
    "publication": (
        "changes of rows are sent to other servers, or refused for lack of an identity",
        "changes of rows are not sent to other servers",
    ),
    "replica identity": ("replicas find changed rows in another way",) * 2,
    "virtual table": ("its module decides what its rows are", "every statement on it fails"),
    "table option": ("the rows of the table are stored in another way",) * 2,
    "table options": ("the rows of the table are stored in another way",) * 2,
    "next number": (
        "hardly a number is left, so an INSERT without a number is soon refused",
        "its rows are numbered from 1",
    ),
    "period": ("rows whose period ends before it begins are refused", "rows may end before they begin"),
    "ignored index": (
        "no statement may read with it, so reads scan the table",
        "statements may read with the index, which the declaration forbids",
    ),
    "system versioning": ("old versions of its rows are kept", "old versions of its rows are not kept"),
    "event": ("it changes rows at times of its own", "what it does at its times stays undone"),
}
_OTHERWISE = ("it is no part of the declaration", "the declaration has it")
# Whole sentences for objects without a name of their own; {text} is the statement or the reason that describes it.
_SENTENCES: Mapping[str, tuple[str, str]] = {
    "privilege": (
        "{text} is not declared: other roles may use it than the declaration says",
        "{text} is missing: other roles may use it than the declaration says",
    ),
    "default privilege": (
        "{text} is not declared: objects that are created later have other privileges",
        "{text} is missing: objects that are created later have other privileges",
    ),
    "default privileges of a role": (
        "the default privileges of role {name} are changed: objects that it creates later have other privileges",
        "the default privileges of role {name} are not set: objects that it creates later have other privileges",
    ),
    "unvalidated not null": (
        "constraint {name} is NOT NULL … NOT VALID: rows that exist may have no value",
        "constraint {name} is no longer NOT VALID: rows that exist without a value make the statement fail",
    ),
    "privileges of an owner": (
        "{name}: {text}, which is not declared",
        "{name}: the declaration says that {text}, and the statements do not",
    ),
    "privileges of the database": (
        "role {name}: {text}, which the declaration does not allow",
        "role {name}: the declaration says that {text}, and the statements do not grant it",
    ),
    "sql mode": (
        "{name} runs in another sql_mode: it may store invalid values that the declaration refuses",
        "{name} does not run in the declared sql_mode: it may refuse or store other invalid values",
    ),
}


def definition_lines(sides: Sides) -> Iterator[str]:
    """Yield a line for each object that differs and that its text describes."""
    for kind in ("type", "sequence", "routine", "trigger", "extension", "other"):
        old, new = (_definitions(sides, side, kind) for side in (sides.declared, sides.created))
        pairs, missing, added = paired(
            *without_equals(old, new, lambda one: (_identity(one), _text(sides, one))),
            _identity,
            *([_trigger_name] if kind == "trigger" else []),
        )
        differences = [*pairs, *((one, None) for one in missing), *((None, one) for one in added)]
        for before, after in sorted(differences, key=_position):
            yield _definition_line(kind, before, after)
    yield from _trigger_order(sides)


# One object has several of these statements, all under its name and the role's.
_MANY_OF_A_NAME = frozenset({"privilege", "default privilege"})


def _identity(one: Definition) -> tuple[str, ...]:
    # the kind tells a procedure from a function of the same name
    return one.kind, one.on, one.name, one.definition if one.kind in _MANY_OF_A_NAME else ""


def _trigger_name(one: Definition) -> tuple[str, str]:
    return one.on, one.name  # its kind is whether it is enabled


def _position(difference: tuple[Definition | None, Definition | None]) -> tuple[str, ...]:
    old, new = difference
    one = new or old
    assert one is not None, "a difference has at least one side"
    return one.kind, one.on, one.name, one.definition


# They change no row that is accepted and no answer: texts for readers, names, and how rows are stored.
_WITHOUT_EFFECT = frozenset({
    "comment", "not null constraint", "not null constraints of a partition", "statistics", "index statistics",
    "column storage", "table settings", "cluster", "constraint", "security label", "definer",
})  # fmt: skip


# The text of a record that was not read is a reason and no statement: it needs another sentence.
_UNREAD_KINDS = {"default privilege": "default privileges of a role", "privilege": "privileges of an owner"}


# InnoDB stores rows in this way by default, and how it estimates the rows that a read finds
_STORAGE = re.compile(r"\s+(?:ROW_FORMAT=DYNAMIC|STATS_\w+=\w+)(?=\s|$)")
_UNCHANGED_TABLE = re.compile(r"ALTER TABLE `(?:[^`]|``)+`")
# an index whose own record lacks only these
_NOTED_INDEX = re.compile(
    r"ALTER TABLE .* DROP KEY .*\)(?: USING \w+| COMMENT '(?:[^'\\]|''|\\.)*'| `?KEY_BLOCK_SIZE`?=\d+)*", re.DOTALL
)
_INTEGER_BITS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}
_FEW_NUMBERS = 1_000


def _without_storage(one: OtherRecord) -> str:
    return _STORAGE.sub("", one.definition) if one.kind == "table option" else one.definition


def _has_effect(one: Definition, side: Records) -> bool:
    """Return whether an object without records of its own changes a row that is accepted or an answer."""
    if one.kind == "next number":
        return not _has_numbers(one, side)
    harmless = {"table option": _UNCHANGED_TABLE, "index": _NOTED_INDEX}.get(one.kind)
    return one.kind not in _WITHOUT_EFFECT and not (harmless and harmless.fullmatch(one.definition))


def _has_numbers(one: Definition, side: Records) -> bool:
    """Return whether the type of the numbered column has many numbers after the next one of MariaDB."""
    types = [column.type for column in side.column if column.table == one.name and column.identity]
    bits = next((_INTEGER_BITS.get(re.split(r"\W", type_)[0], 64) for type_ in types), 64)
    largest = (1 << (bits if any("unsigned" in type_ for type_ in types) else bits - 1)) - 1
    return int(one.definition.rpartition("=")[2]) <= largest - _FEW_NUMBERS


def _lost_kind(one: LossRecord) -> str:
    if one.kind == "not null constraint" and one.reason.startswith("NOT VALID"):
        return "unvalidated not null"
    return _UNREAD_KINDS.get(one.kind, one.kind)


def _definitions(sides: Sides, side: Records, kind: str) -> list[Definition]:
    if kind != "other":
        return sides.unreported(getattr(side, kind))
    carried = [Definition(one.name, _without_storage(one), one.kind) for one in side.other]
    carried += [Definition(one.name, one.reason, _lost_kind(one)) for one in side.lost]
    # the texts of an undeclared or missing table belong to the line about the table
    tables = re.compile(rf"\b({'|'.join(map(re.escape, sorted(sides.odd_tables)))})\b") if sides.odd_tables else None
    ignored = {one.name for one in carried if one.kind == "ignored index"}  # it is carried as an index too
    return [
        one
        for one in carried
        if _has_effect(one, side)
        and not (one.kind == "index" and one.name in ignored)
        and not (tables and tables.search(f"{one.name} {one.definition}"))
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
    if noun in _SENTENCES:
        return _SENTENCES[noun][new is None].format(name=one.name, text=one.definition)
    label = f"{noun} {one.name}" + (f" of {one.on}" if one.on else "")
    effect, loss = _EFFECTS.get(noun, _OTHERWISE)
    if old is None:
        return f"{label} is not declared: {effect}"
    if new is None:
        return f"{label} is missing: {loss}"
    if old.kind != new.kind:
        return f"{label} is {new.kind or 'ENABLE'} instead of {old.kind or 'ENABLE'}: it runs at other times or never"
    return f"{label} has another definition ({new.definition[:60]}): {effect}"
