"""Differences of primary and unique keys, other constraints, and indexes."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from langgraph_dba.database.engines.records import IndexRecord, KeyRecord
from langgraph_dba.database.model.schema import Choice
from langgraph_dba.database.proofs.kit.catalogue.checks import not_valid_check
from langgraph_dba.database.proofs.kit.catalogue.sides import (
    Findings,
    Sides,
    Trial,
    conflict_effect,
    deferral_effect,
    keys_and_indexes,
    paired,
    without_equals,
)
from langgraph_dba.database.reflection.checks import read_condition


def compare_keys_and_indexes(sides: Sides, findings: Findings) -> None:
    """Add the differences of keys and indexes; their names do not count."""
    old_keys, old_indexes = keys_and_indexes(sides.declared, sides)
    new_keys, new_indexes = keys_and_indexes(sides.created, sides)
    checks = {(one.table, sides.form(one.condition)) for one in sides.declared.check}
    # a declared check that is NOT VALID is a difference of checks
    new_keys = [one for one in new_keys if not_valid_check(one, sides) not in checks]
    findings.lines += _keys(*without_equals(old_keys, new_keys, lambda one: _key_content(sides, one)))
    rest = without_equals(old_indexes, new_indexes, lambda one: _index_content(sides, one))
    _indexes(sides, *rest, findings)


def _key_content(sides: Sides, one: KeyRecord) -> tuple[Any, ...]:
    # INCLUDE only serves reads
    nulls_equal = bool(one.nulls_equal)
    return one.table, one.kind, one.columns, nulls_equal, one.deferrable, one.on_conflict, sides.form(one.definition)


def _keys(old: list[KeyRecord], new: list[KeyRecord]) -> Iterator[str]:
    pairs, missing, added = paired(
        old, new, lambda one: (one.table, one.kind, frozenset(one.columns)), lambda one: (one.table, one.name)
    )
    for before, after in pairs:
        yield f"{_key_label(after)}: {'; '.join(_key_effects(before, after))}"
    for one in missing:
        effect = "two rows with the same values are accepted" if one.kind != "other" else "its rule is not enforced"
        yield f"{_key_label(one)} is missing: {effect}"
    for one in added:
        rows = "new rows" if one.definition.endswith(" NOT VALID") else "rows"
        yield f"{_key_label(one)} is not declared: {rows} that the declaration accepts are refused"


def _key_label(one: KeyRecord) -> str:
    kind = {"primary": "primary key", "unique": "unique key"}.get(one.kind, one.definition or "constraint")
    return f"{kind} of {one.table}" + (f" ({', '.join(one.columns)})" if one.columns else "")


def _key_effects(old: KeyRecord, new: KeyRecord) -> Iterator[str]:
    if old.kind != new.kind:
        yield f"it is a {new.kind} key instead of a {old.kind} one"
    if set(old.columns) != set(new.columns):
        names = f"{', '.join(new.columns)} instead of {', '.join(old.columns)}"
        yield f"its columns are {names}: it refuses other duplicates"
    elif old.columns != new.columns:
        yield f"the order of its columns is {', '.join(new.columns)}: its index serves other reads"
    if bool(old.nulls_equal) != bool(new.nulls_equal):
        yield f"two NULLs are {'equal' if new.nulls_equal else 'different'} to it"
    if old.deferrable != new.deferrable:
        yield deferral_effect(new.deferrable)
    if old.on_conflict != new.on_conflict:
        yield conflict_effect(new.on_conflict)
    if old.definition != new.definition:
        yield f"it is {new.definition or 'plain'} instead of {old.definition or 'plain'}"


def _index_content(sides: Sides, one: IndexRecord) -> tuple[Any, ...]:
    keys = tuple(tuple(sorted((n, _part(sides, n, v)) for n, v in part.items() if v)) for part in one.keys)
    where = sides.form(one.where)
    return one.table, keys, bool(one.unique), one.method, one.include, where, bool(one.nulls_equal), one.options


def _part(sides: Sides, name: str, value: Any) -> str:
    return sides.form(value) if name == "expression" else str(value)


def _indexes(sides: Sides, old: list[IndexRecord], new: list[IndexRecord], findings: Findings) -> None:
    pairs, missing, added = paired(
        old, new, lambda one: (one.table, _index_content(sides, replace(one, where=""))), lambda o: (o.table, o.name)
    )
    for before, after in pairs:
        if _index_content(sides, replace(before, where="")) == _index_content(sides, replace(after, where="")):
            findings.trials.append(_index_trial(sides, before, after))
        else:
            what = f"index {after.name} of {after.table}: {_index_text(after)} instead of {_index_text(before)}"
            findings.lines.append(f"{what}: {_index_effect(before, after)}")
    for one in missing:
        if not sides.names_odd_column(one.table, _index_text(one)):
            effect = (
                "two rows with the same key are accepted" if one.unique else "reads and parent deletes scan the table"
            )
            findings.lines.append(f"index {one.name} of {one.table} is missing: {effect}")
    for one in added:
        if sides.names_odd_column(one.table, _index_text(one)):
            continue
        if _only_serves_reads(sides, one):
            findings.additions.append(f"index {one.name} of {one.table} is not declared: it only serves reads")
        else:
            findings.lines.append(
                f"index {one.name} of {one.table} ({_index_text(one)}) is not declared: it can refuse rows that the "
                "declaration accepts"
            )


def _index_text(one: IndexRecord) -> str:
    parts = (
        " ".join(str(value) for value in (part.get("column") or part.get("expression"), part.get("collation"),
                 part.get("operator_class"), "DESC" if part.get("descending") else "") if value)
        for part in one.keys
    )  # fmt: skip
    unique, where = "UNIQUE " if one.unique else "", f" WHERE {one.where}" if one.where else ""
    include = f" INCLUDE ({', '.join(one.include)})" if one.include else ""
    return f"{unique}{f'{one.method} ' if one.method else ''}({', '.join(parts)}){include}{where}"


def _index_effect(old: IndexRecord, new: IndexRecord) -> str:
    return "it refuses other duplicates" if old.unique or new.unique else "it serves other reads"


def _index_trial(sides: Sides, old: IndexRecord, new: IndexRecord) -> Trial:
    effect = "two such rows with the same key are accepted" if new.unique else "reads of such rows scan the table"
    columns = tuple(name for table, name in sides.columns(sides.created) if table == new.table)
    return Trial(
        f"index {new.name} of {new.table}: the predicate is {new.where or 'none'} instead of {old.where or 'none'}",
        new.table, "filter", (old.where or "1 = 1",), (new.where or "1 = 1",), columns,
        if_narrower=effect, if_wider="such rows are indexed" + (", and duplicates are refused" if new.unique else ""),
    )  # fmt: skip


_BOUNDED = re.compile(
    r"(small|big|medium|tiny)?int(eger)?\b.*|numeric\b.*|decimal\b.*|date.*|time.*|boolean|uuid|real|float.*|double.*"
)


# a comparison of a column with a literal
_VALUE = r"'[^']*'(?:::[\w ]+)?|-?\d+(?:\.\d+)?|true|false"
_PLAIN_PREDICATE = re.compile(
    rf"\(*\"?\w+\"?\)?(?:::\w+)?(?: IS (?:NOT )?NULL| (?:=|<>|<|>|<=|>=) \(?(?:{_VALUE})\)?)?\)*", re.IGNORECASE
)


def _only_serves_reads(sides: Sides, index: IndexRecord) -> bool:
    """Return whether an index can refuse no row.

    It splits texts into words, or it is over whole columns whose values are short enough for a key.
    """
    if index.method == "fulltext":
        return not index.unique
    if index.unique or any(part.get("expression") for part in index.keys):
        return False
    if index.where and not _PLAIN_PREDICATE.fullmatch(index.where):  # another one may fail for some rows
        return False
    names = [str(part["column"]) for part in index.keys] + list(index.include)
    columns = sides.columns(sides.created)
    if not all((index.table, name) in columns for name in names):
        return False
    if index.method:  # such as GIN, which splits values into parts of another size
        return False
    if not sides.traits.index_row_bytes:
        return True
    chosen = _choice_bytes(sides, index.table)
    sizes = (chosen.get(name) or _bytes(columns[index.table, name].type) for name in names)
    return sum(sizes) <= sides.traits.index_row_bytes


def _choice_bytes(sides: Sides, table: str) -> dict[str, int]:
    """Return the most bytes of each column whose values a CHECK of the declaration lists."""
    names = {one.name: one.name for one in sides.declared.column if one.table == table}
    checks = [one.condition for one in sides.declared.check if one.table == table]
    parts = [part for text in checks for part in read_condition("", text, sides.traits.dialect, names)]
    choices = [part for part in parts if isinstance(part, Choice)]
    return {one.column: 4 + max(len(value.encode()) for value in one.values) for one in choices}


def _bytes(type_: str) -> int:
    """Return the most bytes that a value needs in an index; a huge number for a type without a limit."""
    length = re.fullmatch(r"(?:character varying|character|varchar|char)\((\d+)\)", type_)
    if length:
        return 4 * int(length[1]) + 4
    return 32 if _BOUNDED.fullmatch(type_) else 10**9
