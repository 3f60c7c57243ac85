"""Compare two catalogues record by record, and say what each difference means to somebody who writes rows."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from langgraph_dba.database.engines import Traits
from langgraph_dba.database.engines.records import (
    CheckRecord,
    ColumnRecord,
    Definition,
    ForeignKeyRecord,
    GrantRecord,
    IndexRecord,
    KeyRecord,
    PolicyRecord,
    Records,
    TableRecord,
    ViewRecord,
)
from langgraph_dba.database.proofs.kit.catalogue_sides import (
    Findings,
    Sides,
    Trial,
    keys_and_indexes,
    paired,
    without_equals,
)
from langgraph_dba.database.reflection.expression_form import type_form


def compare(declared: Records, created: Records, traits: Traits) -> Findings:
    """Return what the created catalogue has other than the declared one; equal records leave nothing."""
    sides, findings = Sides(declared, created, traits), Findings()
    findings.lines += _tables(sides)
    _columns(sides, findings)
    _keys_and_indexes(sides, findings)
    _checks(sides, findings)
    findings.lines += _foreign_keys(sides)
    _policies(sides, findings)
    for compare_kind in (_views, _definitions, _grants):
        findings.lines += compare_kind(sides)
    return findings


# -- tables and columns ---------------------------------------------------------------------------------------------


def _tables(sides: Sides) -> Iterator[str]:
    old = {one.name: one for one in sides.declared.table}
    new = {one.name: one for one in sides.created.table}
    for name in sorted(old.keys() - new.keys()):
        yield f"table {name} is missing: every statement on it fails"
    for name in sorted(new.keys() - old.keys()):
        yield f"table {name} is not declared: nobody knows what its rows are, and no proof looks at them"
    for name in sorted(sides.tables):
        yield from _table(old[name], new[name])


_OPTIONS = {
    "UNLOGGED": ("its rows are lost after a crash, and no replica has them", "it is logged"),
    "STRICT": ("a value of a wrong type is refused", "a column accepts values of any type"),
    "WITHOUT ROWID": ("the rows have no number of their own", "the rows have a number of their own"),
}
_SECURITY = {
    "": "no policy applies, so every role sees the rows of all tenants",
    "enabled": "policies do not apply to the owner of the table (FORCE is missing)",
    "forced": "policies apply to the owner too",
}


def _table(old: TableRecord, new: TableRecord) -> Iterator[str]:
    where = f"table {new.name}"
    effects = [
        f"{option} is {'added' if option in new.options else 'missing'}: "
        + _OPTIONS.get(option, ("the table is stored in another way",) * 2)[option not in new.options]
        for option in sorted(set(old.options) ^ set(new.options))
    ]
    if effects:
        yield f"{where}: {'; '.join(effects)}"
    if old.row_security != new.row_security:
        yield f"{where}: row-level security is {new.row_security or 'off'}: {_SECURITY[new.row_security]}"
    if (old.partitioned_by, old.parent, old.bound) != (new.partitioned_by, new.parent, new.bound):
        kind = " ".join(filter(None, (new.partitioned_by, new.parent, new.bound))) or "no partition"
        yield f"{where}: partitioned as {kind}: rows are stored in, or refused by, other partitions"


def _columns(sides: Sides, findings: Findings) -> None:
    old, new = sides.columns(sides.declared), sides.columns(sides.created)
    for table, name in sorted(old.keys() - new.keys()):
        findings.lines.append(f"column {table}.{name} is missing: every statement that names it fails")
    for key in sorted(new.keys() - old.keys()):
        one = new[key]
        need = one.required and one.default is None and not one.identity and not one.generated
        effect = "an INSERT without it is refused" if need else "rows keep data that nobody declared"
        findings.lines.append(f"column {one.table}.{one.name} is not declared: {effect}")
    for key in sorted(old.keys() & new.keys()):
        effects = list(_column(sides, old[key], new[key]))
        if effects:
            findings.lines.append(f"column {new[key].table}.{new[key].name}: {'; '.join(effects)}")
        _value(sides, old[key], new[key], findings)


def _column(sides: Sides, old: ColumnRecord, new: ColumnRecord) -> Iterator[str]:
    if type_form(old.type) != type_form(new.type):
        yield f"the type is {new.type} instead of {old.type}, so it {_type_effect(old.type, new.type)}"
    if _is_required(old) and not _is_required(new):
        yield "NOT NULL is missing: a row without a value is accepted"
    if _is_required(new) and not _is_required(old):
        yield "NOT NULL is added: a row without a value is refused"
    if old.collation != new.collation:
        names = f"{new.collation or 'the default'} instead of {old.collation or 'the default'}"
        yield f"the collation is {names}: texts are equal, unique and ordered by other rules"
    if old.generated != new.generated:
        kinds = {"": "not generated", "stored": "generated and stored", "virtual": "generated when read"}
        yield f"it is {kinds[new.generated]} instead of {kinds[old.generated]}"
    if old.labels != new.labels:
        yield f"its values are {', '.join(new.labels)} instead of {', '.join(old.labels)}"
    yield from _identity(sides, old, new)


def _is_required(column: ColumnRecord) -> bool:
    # the alias of SQLite's row number is never NULL
    return bool(column.required) or column.identity == "rowid"


def _identity(sides: Sides, old: ColumnRecord, new: ColumnRecord) -> Iterator[str]:
    numbering = {"serial": "by default"}
    if numbering.get(old.identity, old.identity) != numbering.get(new.identity, new.identity):
        effect = "a row without a number is refused" if not new.identity else "the engine numbers rows in another way"
        yield f"the numbering is {new.identity or 'none'} instead of {old.identity or 'none'}: {effect}"
    elif old.identity_options != new.identity_options:
        options = new.identity_options or "the default", old.identity_options or "the default"
        yield f"the numbering is {options[0]} instead of {options[1]}: rows get other numbers"
    if new.identity == "serial" and old.identity != "serial":
        # only an identity column lets every role that may INSERT take the next number
        grants = sides.created.grant
        insert = {one.role for one in grants if one.on == new.table and "insert" in one.privileges}
        usage = {one.role for one in grants if one.on == _sequence(new) and {"usage", "update"} & set(one.privileges)}
        if roles := sorted(insert - usage):
            yield f"serial without USAGE of {_sequence(new)}: {', '.join(roles)} cannot insert a row without a number"


def _sequence(column: ColumnRecord) -> str:
    return f"{column.table}_{column.name}_seq"


def _type_effect(old: str, new: str) -> str:
    if re.split(r"\W", old)[0] != re.split(r"\W", new)[0]:
        return "stores and compares other values"
    before, after = (tuple(map(int, re.findall(r"\d+", text))) for text in (old, new))
    if len(before) == len(after) and all(a >= b for a, b in zip(after, before, strict=True)):
        return "accepts values that the declaration refuses"
    return "refuses or rounds values that the declaration stores"


def _value(sides: Sides, old: ColumnRecord, new: ColumnRecord, findings: Findings) -> None:
    where = f"column {new.table}.{new.name}"
    before, after = _default_form(sides, old.default), _default_form(sides, new.default)
    if before == after or (old.identity and new.identity):
        return
    what = "expression" if new.generated else "default"
    if old.default is None or new.default is None:
        state = (
            "is missing: an INSERT without it stores NULL or is refused"
            if new.default is None
            else (f"{new.default} is added: an INSERT without it stores this value")
        )
        findings.lines.append(f"{where}: the {what} {state}")
        return
    text = f"the {what} is {new.default} instead of {old.default}"
    findings.trials.append(
        Trial(f"{where}: {text}", new.table, "value", (old.default,), (new.default,), (new.name,),
              if_wider="an INSERT without it stores another value")
    )  # fmt: skip


_NOW = re.compile(r"\b(current_timestamp|transaction_timestamp \( \))(?! \()")


def _default_form(sides: Sides, text: str | None) -> str | None:
    return None if text is None or text.upper() == "NULL" else _NOW.sub("now ( )", sides.form(text))


# -- keys, indexes and checks ---------------------------------------------------------------------------------------


def _keys_and_indexes(sides: Sides, findings: Findings) -> None:
    old_keys, old_indexes = keys_and_indexes(sides.declared, sides)
    new_keys, new_indexes = keys_and_indexes(sides.created, sides)
    findings.lines += _keys(*without_equals(old_keys, new_keys, lambda one: _key_content(sides, one)))
    rest = without_equals(old_indexes, new_indexes, lambda one: _index_content(sides, one))
    _indexes(sides, *rest, findings)


def _key_content(sides: Sides, one: KeyRecord) -> tuple[Any, ...]:
    # INCLUDE only serves reads
    return one.table, one.kind, one.columns, bool(one.nulls_equal), one.deferrable, sides.form(one.definition)


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
        yield f"{_key_label(one)} is not declared: rows that the declaration accepts are refused"


def _key_label(one: KeyRecord) -> str:
    kind = {"primary": "primary key", "unique": "unique key"}.get(one.kind, one.definition or "constraint")
    return f"{kind} of {one.table} ({', '.join(one.columns)})"


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
        yield _deferral(new.deferrable)
    if old.definition != new.definition:
        yield f"it is {new.definition or 'plain'} instead of {old.definition or 'plain'}"


def _deferral(deferrable: str) -> str:
    if not deferrable:
        return "it is not deferrable: a transaction can no longer break it for a moment"
    return "it is deferrable: a transaction can break it until it commits" + (
        "" if deferrable == "deferred" else ", if it asks for it"
    )


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


def _only_serves_reads(sides: Sides, index: IndexRecord) -> bool:
    """Return whether an index can refuse no row: it is over whole columns whose values are short enough for a key."""
    if index.unique or index.where or any(part.get("expression") for part in index.keys):
        return False
    names = [str(part["column"]) for part in index.keys] + list(index.include)
    columns = sides.columns(sides.created)
    if not all((index.table, name) in columns for name in names):
        return False
    if index.method:  # such as GIN, which splits values into parts of another size
        return False
    if not sides.traits.index_row_bytes:
        return True
    return sum(_bytes(columns[index.table, name].type) for name in names) <= sides.traits.index_row_bytes


def _bytes(type_: str) -> int:
    """Return the most bytes that a value needs in an index; a huge number for a type without a limit."""
    length = re.fullmatch(r"(?:character varying|character|varchar|char)\((\d+)\)", type_)
    if length:
        return 4 * int(length[1]) + 4
    return 32 if _BOUNDED.fullmatch(type_) else 10**9


def _checks(sides: Sides, findings: Findings) -> None:
    old, new = (sides.unreported(side.check) for side in (sides.declared, sides.created))
    equal = {(one.table, sides.form(one.condition)) for one in old} & {(o.table, sides.form(o.condition)) for o in new}
    # a condition that is required twice is required once: sets, and no counts
    missing, added = ([o for o in side if (o.table, sides.form(o.condition)) not in equal] for side in (old, new))
    common = [one for one in old if (one.table, sides.form(one.condition)) in equal]
    for group_old, group_new in _connected(missing, added):
        findings.trials.append(_check_trial(group_old, group_new, common))


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


# -- foreign keys ---------------------------------------------------------------------------------------------------


def _foreign_keys(sides: Sides) -> Iterator[str]:
    every = sides.declared.foreign_key
    old, new = without_equals(
        sides.unreported(every), sides.unreported(sides.created.foreign_key), lambda one: replace(one, name="")
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
        yield _deferral(new.deferrable)
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


# -- policies, grants and other objects -----------------------------------------------------------------------------


def _policies(sides: Sides, findings: Findings) -> None:
    old, new = (
        [_complete(one) for one in sides.unreported(side.policy)
         if not sides.names_odd_column(one.table, f"{one.using} {one.check}")]
        for side in (sides.declared, sides.created)
    )  # fmt: skip

    def content(one: PolicyRecord) -> Any:
        return replace(one, name="", using=sides.form(one.using), check=sides.form(one.check))

    missing, added = without_equals(old, new, content)
    pairs, missing, added = paired(
        missing, added, lambda o: (o.table, o.name), lambda o: (o.table, o.command, o.permissive, o.roles)
    )
    for before, after in pairs:
        _policy(sides, before, after, findings)
    for one in missing:
        effect = "it allows nothing more" if one.permissive else "rows that it hides are visible"
        findings.lines.append(f"{_policy_label(one)} is missing: {effect}")
    for one in added:
        effect = "it opens more rows" if one.permissive else "rows that the declaration shows are hidden"
        findings.lines.append(f"{_policy_label(one)} is not declared: {effect}")


def _complete(one: PolicyRecord) -> PolicyRecord:
    """Return the policy with the check that the engine applies: without WITH CHECK it is the condition of USING."""
    return replace(one, check=one.check or (one.using if one.command in ("all", "update") else ""))


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


def _grants(sides: Sides) -> Iterator[str]:
    owned = {f"{name}_" for name in sides.odd_tables}
    inserting = {(one.on, one.role) for one in sides.created.grant if "insert" in one.privileges}
    # a serial column needs a privilege that an identity column does not
    needed = {
        (_sequence(one), role)
        for one in sides.created.column
        for table, role in inserting
        if one.identity == "serial" and one.table == table
    }
    old, new = (
        {one for record in side.grant if not _is_folded(record, sides, owned) for one in _single(record, needed)}
        for side in (sides.declared, sides.created)
    )
    yield from _grant_lines(old - new, "is missing", "its statements are refused")
    yield from _grant_lines(new - old, "is not declared", "it can do more than the declaration allows")


_Right = tuple[str, str, str, str, bool]


def _is_folded(record: GrantRecord, sides: Sides, owned: set[str]) -> bool:
    return record.on in sides.odd_tables or any(record.on.startswith(prefix) for prefix in owned)


def _single(record: GrantRecord, needed: set[tuple[str, str]]) -> Iterator[_Right]:
    for privilege in record.privileges:
        if (record.on, record.role) in needed and privilege == "usage" and not record.grantable:
            continue
        for column in record.columns or ("",):
            yield record.role, record.on, privilege, column, bool(record.grantable)


def _grant_lines(rights: set[_Right], what: str, effect: str) -> Iterator[str]:
    by_role: dict[tuple[str, str, frozenset[tuple[str, bool]]], list[str]] = defaultdict(list)
    by_object: dict[tuple[str, str, str], set[tuple[str, bool]]] = defaultdict(set)
    for role, on, privilege, column, grantable in rights:
        by_object[role, on, column].add((privilege, grantable))
    for (role, on, column), held in sorted(by_object.items()):
        by_role[role, "column" if column else "", frozenset(held)].append(f"{on}.{column}" if column else on)
    for (role, _, privileges), objects in sorted(by_role.items(), key=lambda item: (item[0][0], item[1])):
        names = ", ".join(sorted(p.upper() + (" WITH GRANT OPTION" if more else "") for p, more in privileges))
        yield f"GRANT {names} ON {', '.join(sorted(objects))} TO {role} {what}: {effect}"


def _views(sides: Sides) -> Iterator[str]:
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


def _definitions(sides: Sides) -> Iterator[str]:
    for kind in ("type", "sequence", "routine", "trigger", "extension", "other"):
        old, new = (
            {(one.kind if kind == "other" else "", one.on, one.name): one
             for one in sides.unreported(getattr(side, kind))}
            for side in (sides.declared, sides.created)
        )  # fmt: skip
        for key in sorted(old.keys() | new.keys()):
            before, after = old.get(key), new.get(key)
            if before is None or after is None or _text(sides, before) != _text(sides, after):
                yield _definition_line(kind, before, after)
    yield from _trigger_order(sides)


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
