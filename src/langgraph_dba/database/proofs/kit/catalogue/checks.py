"""Differences of CHECK constraints: the conditions that only one side has are compared by trying them."""

import re
from dataclasses import dataclass

from langgraph_dba.database.engines.records import CheckRecord, KeyRecord
from langgraph_dba.database.proofs.kit.catalogue.sides import Findings, Sides, Trial


def compare_checks(sides: Sides, findings: Findings) -> None:
    """Add a trial for each group of checks that only one side has."""
    old, new = (sides.unreported(side.check) for side in (sides.declared, sides.created))
    equal = {(one.table, sides.form(one.condition)) for one in old} & {(o.table, sides.form(o.condition)) for o in new}
    # a condition that is required twice is required once: sets, and no counts
    missing, added = ([o for o in side if (o.table, sides.form(o.condition)) not in equal] for side in (old, new))
    unvalidated = {not_valid_check(one, sides) for one in sides.created.key}
    for one in missing:
        if (one.table, sides.form(one.condition)) in unvalidated:
            findings.lines.append(
                f"table {one.table}: CHECK ({one.condition}) is NOT VALID: rows that exist are not checked"
            )
    missing = [one for one in missing if (one.table, sides.form(one.condition)) not in unvalidated]
    common = [one for one in old if (one.table, sides.form(one.condition)) in equal]
    for group_old, group_new in _connected(missing, added):
        findings.trials.append(_check_trial(group_old, group_new, common))


_NOT_VALID = re.compile(r"CHECK \((?P<condition>.*)\) NOT VALID", re.DOTALL)


def not_valid_check(key: KeyRecord, sides: Sides) -> tuple[str, str] | None:
    """Return the table and the form of the condition of a check that is NOT VALID; the records hold it as a key."""
    found = _NOT_VALID.fullmatch(key.definition)
    return (key.table, sides.form(found["condition"])) if found else None


def _connected(old: list[CheckRecord], new: list[CheckRecord]) -> list[tuple[list[CheckRecord], list[CheckRecord]]]:
    """Group checks that share a column: one condition may have become two."""
    groups: list[_CheckGroup] = []
    for record, is_new in [*((one, False) for one in old), *((one, True) for one in new)]:
        names = {(record.table, name) for name in record.columns} or {(record.table, f"\0{record.condition}")}
        merged = _CheckGroup(names, [] if is_new else [record], [record] if is_new else [])
        for group in [one for one in groups if one.columns & names]:
            groups.remove(group)
            merged = _CheckGroup(merged.columns | group.columns, [*group.old, *merged.old], [*group.new, *merged.new])
        groups.append(merged)
    return [(group.old, group.new) for group in groups]


@dataclass(frozen=True, slots=True)
class _CheckGroup:
    """Checks of both sides over columns that no check of another group names."""

    columns: set[tuple[str, str]]
    old: list[CheckRecord]
    new: list[CheckRecord]


def _check_trial(old: list[CheckRecord], new: list[CheckRecord], common: list[CheckRecord]) -> Trial:
    table = (old or new)[0].table
    columns = tuple(sorted({name for one in (*old, *new) for name in one.columns}))
    context = tuple(o.condition for o in common if o.table == table and o.columns and set(o.columns) <= set(columns))
    old_text, new_text = (" AND ".join(one.condition for one in side) for side in (old, new))
    if not new:
        what = f"CHECK ({old_text}) is missing"
    elif not old:
        what = f"CHECK ({new_text}) is not declared"
    else:
        what = f"the check is ({new_text}) instead of ({old_text})"
    return Trial(
        f"table {table}: {what}", table, "check", tuple(o.condition for o in old), tuple(o.condition for o in new),
        columns, context, if_wider="such a row is accepted", if_narrower="such a row is refused",
    )  # fmt: skip
