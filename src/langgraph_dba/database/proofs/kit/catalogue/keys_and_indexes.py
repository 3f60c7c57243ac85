"""Differences of primary and unique keys, other constraints, and indexes."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from langgraph_dba.database.engines.records import IndexRecord, KeyRecord
from langgraph_dba.database.proofs.kit.catalogue.checks import not_valid_check
from langgraph_dba.database.proofs.kit.catalogue.index_refusals import accepts_every_row, repeated_key
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


def compare_keys_and_indexes(sides: Sides, findings: Findings) -> None:
    """Add the differences of keys and indexes; their names do not count."""
    old_keys, old_indexes = keys_and_indexes(sides.declared, sides)
    new_keys, new_indexes = keys_and_indexes(sides.created, sides)
    checks = {(one.table, sides.form(one.condition)) for one in sides.declared.check}
    # a declared check that is NOT VALID is a difference of checks
    new_keys = [one for one in new_keys if not_valid_check(one, sides) not in checks]
    contents = {_key_content(sides, one) for one in old_keys}
    kept = [one for one in new_keys if _key_content(sides, one) in contents]
    missing, added = without_equals(old_keys, new_keys, lambda one: _key_content(sides, one))
    pairs, missing, added = paired(
        missing, added, lambda one: (one.table, one.kind, frozenset(one.columns)), lambda one: (one.table, one.name)
    )
    findings.lines += _changed_keys(pairs, missing)
    _added_keys(sides, added, kept, findings)
    old_rest, new_rest = without_equals(old_indexes, new_indexes, lambda one: _index_content(sides, one))
    # the index of a key serves the reads of a plain one
    indexed = [_index_of(one) for one in new_keys if one.kind in ("primary", "unique")]
    served = {_index_content(sides, replace(one, unique=False)) for one in indexed}
    old_rest = [one for one in old_rest if _index_content(sides, one) not in served]
    _indexes(sides, old_rest, new_rest, kept, findings)


def _key_content(sides: Sides, one: KeyRecord) -> tuple[Any, ...]:
    # INCLUDE only serves reads
    nulls_equal = bool(one.nulls_equal)
    return one.table, one.kind, one.columns, nulls_equal, one.deferrable, one.on_conflict, sides.form(one.definition)


def _changed_keys(pairs: list[tuple[KeyRecord, KeyRecord]], missing: list[KeyRecord]) -> Iterator[str]:
    for before, after in pairs:
        yield f"{_key_label(after)}: {'; '.join(_key_effects(before, after))}"
    for one in missing:
        effect = "two rows with the same values are accepted" if one.kind != "other" else "its rule is not enforced"
        yield f"{_key_label(one)} is missing: {effect}"


def _added_keys(sides: Sides, added: list[KeyRecord], kept: list[KeyRecord], findings: Findings) -> None:
    for one in added:
        index = _index_of(one)
        is_plain = one.kind == "unique" and not (one.deferrable or one.on_conflict)
        repeated = repeated_key(sides, index, kept) if is_plain else None
        if repeated and accepts_every_row(sides, index, kept):
            findings.additions.append(f"{_key_label(one)} is not declared: {_repeats(repeated)}")
        else:
            rows = "new rows" if one.definition.endswith(" NOT VALID") else "rows"
            refused = "whose key is too long for a page" if repeated else "that the declaration accepts"
            findings.lines.append(f"{_key_label(one)} is not declared: {rows} {refused} are refused")


def _index_of(key: KeyRecord) -> IndexRecord:
    parts = tuple({"column": name} for name in key.columns)
    return IndexRecord(key.table, key.name, parts, unique=True, include=key.include, nulls_equal=bool(key.nulls_equal))


def _repeats(key: KeyRecord) -> str:
    return f"it refuses no row that the {_key_label(key)} accepts"


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


def _indexes(
    sides: Sides, old: list[IndexRecord], new: list[IndexRecord], kept: list[KeyRecord], findings: Findings
) -> None:
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
        if not sides.names_odd_column(one.table, _index_text(one)):
            _added_index(sides, one, kept, findings)


def _added_index(sides: Sides, one: IndexRecord, kept: list[KeyRecord], findings: Findings) -> None:
    repeated = repeated_key(sides, one, kept) if one.unique else None
    if (repeated or not one.unique) and accepts_every_row(sides, one, kept):
        effect = _repeats(repeated) if repeated else "it only serves reads"
        findings.additions.append(f"index {one.name} of {one.table} is not declared: {effect}")
    else:
        findings.lines.append(
            f"index {one.name} of {one.table} ({_index_text(one)}) is not declared: it can refuse rows that the "
            "declaration accepts"
        )


def _index_text(one: IndexRecord) -> str:
    unique, where = "UNIQUE " if one.unique else "", f" WHERE {one.where}" if one.where else ""
    include = f" INCLUDE ({', '.join(one.include)})" if one.include else ""
    nulls = " NULLS NOT DISTINCT" if one.nulls_equal else ""
    options = f" WITH ({one.options})" if one.options else ""
    method = f"{one.method} " if one.method else ""
    return f"{unique}{method}({', '.join(map(_part_text, one.keys))}){include}{nulls}{options}{where}"


def _part_text(part: Mapping[str, Any]) -> str:
    length = f"({part['length']})" if part.get("length") else ""
    words = (f"{part.get('column') or part.get('expression')}{length}", part.get("collation"))
    order = ("DESC" if part.get("descending") else "", f"NULLS {part['nulls'].upper()}" if part.get("nulls") else "")
    return " ".join(str(word) for word in (*words, part.get("operator_class"), *order) if word)


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
