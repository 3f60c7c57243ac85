"""Differences of foreign keys, and whether RESTRICT and NO ACTION differ for one of them."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from langgraph_dba.database.engines.records import ForeignKeyRecord
from langgraph_dba.database.proofs.kit.catalogue.sides import Sides, deferral_effect, paired, without_equals


def foreign_key_lines(sides: Sides) -> Iterator[str]:
    """Yield a line for each foreign key that differs; its name and the order of its pairs of columns do not count."""
    every = sides.declared.foreign_key
    old, new = without_equals(
        map(_normal, sides.unreported(every)),
        map(_normal, sides.unreported(sides.created.foreign_key)),
        lambda one: replace(one, name=""),
    )
    pairs, missing, added = paired(
        old, new, lambda o: (o.table, o.columns, o.target, o.target_columns), lambda o: (o.table, o.name),
        lambda o: (o.table, o.columns),
    )  # fmt: skip
    for before, after in pairs:
        effects = list(_key_changes(before, after, every))
        if effects:
            yield f"foreign key {after.name or before.name} of {after.table}: {'; '.join(effects)}"
    # another storage engine has no foreign keys: that is said once, with the engine
    stored = {one.name: one.options for one in sides.created.table}
    unlike = {one.name for one in sides.declared.table if set(one.options) ^ set(stored.get(one.name, one.options))}
    for one in missing:
        if one.table not in unlike:
            yield f"{_reference(one)} is missing: rows may refer to nothing"
    for one in added:
        yield f"{_reference(one)} is not declared: rows without a row there are refused"


def _normal(one: ForeignKeyRecord) -> ForeignKeyRecord:
    """Return the key with its pairs in the order of their names, and with all columns that SET NULL empties."""
    if len(one.columns) != len(one.target_columns):  # SQLite accepts such a key, and refuses every row
        return one
    pairs = sorted(zip(one.columns, one.target_columns, strict=True))
    emptied = (one.null_columns or one.columns) if one.on_delete == "set-null" else ()
    return replace(
        one,
        columns=tuple(column for column, _ in pairs),
        target_columns=tuple(target for _, target in pairs),
        null_columns=tuple(sorted(emptied)),
    )


def _reference(one: ForeignKeyRecord) -> str:
    return f"foreign key {one.name} of {one.table} ({', '.join(one.columns)}) to {one.target}"


_ON_DELETE = {
    "cascade": "deleting the target deletes the rows that refer to it",
    "set-null": "deleting the target empties the reference",
    "set-default": "deleting the target sets the default reference",
    "restrict": "deleting the target is refused while rows refer to it",
    "no-action": "deleting the target is refused while rows refer to it at the end of the statement",
}
_ON_UPDATE = {
    "cascade": "a changed key now changes the rows that refer to it",
    "set-null": "a changed key now empties the references to it",
    "set-default": "a changed key now sets references to their default",
    "restrict": "changing a key is refused at once while rows refer to it",
    "no-action": "changing a key is refused while rows refer to it",
}


def _key_changes(old: ForeignKeyRecord, new: ForeignKeyRecord, every: tuple[ForeignKeyRecord, ...]) -> Iterator[str]:
    if (old.columns, old.target, old.target_columns) != (new.columns, new.target, new.target_columns):
        texts = (f"({', '.join(one.columns)}) to {one.target} ({', '.join(one.target_columns)})" for one in (new, old))
        yield f"it is {' instead of '.join(texts)}: it accepts and refuses other rows"
    if _acts_otherwise(old, new, every):
        yield f"ON DELETE {_action(new.on_delete)} instead of {_action(old.on_delete)}: {_ON_DELETE[new.on_delete]}"
    elif old.null_columns != new.null_columns and "set-null" in (old.on_delete, new.on_delete):
        yield f"ON DELETE SET NULL empties {', '.join(new.null_columns)} instead of {', '.join(old.null_columns)}"
    if old.on_update != new.on_update:
        added = "added" if old.on_update == "no-action" else f"instead of {_action(old.on_update)}"
        yield f"ON UPDATE {_action(new.on_update)} {added}: {_ON_UPDATE[new.on_update]}"
    if old.deferrable != new.deferrable:
        yield deferral_effect(new.deferrable)
    if bool(old.match_full) != bool(new.match_full):
        yield "MATCH is " + ("FULL: partly empty references are refused" if new.match_full else "SIMPLE")
    if bool(old.validated) != bool(new.validated):
        yield "it is " + ("validated" if new.validated else "not validated: existing rows may refer to nothing")


def _action(name: str) -> str:
    return name.upper().replace("-", " ")


def _acts_otherwise(old: ForeignKeyRecord, new: ForeignKeyRecord, every: tuple[ForeignKeyRecord, ...]) -> bool:
    """Return whether the actions on DELETE differ for some statement.

    RESTRICT refuses at once, NO ACTION at the end of the statement. They differ only if the statement, or a cascade,
    can delete the row and those that refer to it together.
    """
    if old.on_delete == new.on_delete:
        return False
    if {old.on_delete, new.on_delete} != {"restrict", "no-action"} or old.deferrable or new.deferrable:
        return True
    children: dict[str, set[str]] = defaultdict(set)
    touched: dict[str, set[str]] = defaultdict(set)
    parents: dict[str, set[str]] = defaultdict(set)
    for key in every:
        parents[key.table].add(key.target)
        if key.on_delete == "cascade":
            children[key.target].add(key.table)
        if key.on_delete in ("cascade", "set-null", "set-default"):
            touched[key.target].add(key.table)
    if old.table in _reachable(old.target, parents):
        return True
    for start in {key.target for key in every}:
        deleted = _reachable(start, children)
        if old.target in deleted and any(old.table in touched[one] for one in deleted):
            return True
    return False


def _reachable(start: str, edges: dict[str, set[str]]) -> set[str]:
    found, todo = {start}, [start]
    while todo:
        new = edges[todo.pop()] - found
        found |= new
        todo += new
    return found
