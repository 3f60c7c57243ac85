"""Add to a declared schema what its statements create beyond it, so that proofs test these objects too."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from langgraph_dba.database.data.found_values import fillable, is_modelled, without_tables
from langgraph_dba.database.ddl.business_rules.registry import mechanism_names
from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.model.business_rules import CountRule, TotalRule
from langgraph_dba.database.model.schema import (
    Check,
    Constraint,
    ForeignKey,
    Index,
    Schema,
    Table,
    Unique,
)
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.database.reflection.read_schema import schema_from_records
from langgraph_dba.errors import EngineError, OverBudget

_NO_TRANSACTIONS = "its engine has no transactions"
_Part = Unique | Check | ForeignKey | Constraint | Index


def with_undeclared(subject: Subject) -> Subject:
    """Return the subject with the tables, foreign keys and indexes that only its statements have.

    Constraints and indexes get the names that the statements give them: engines name them in a refusal. What the
    statements lack or define differently stays as declared: the proofs must find that it is not enforced.
    """
    rendered = render(subject.schema, subject.traits).up
    if subject.ddl.up == rendered:
        return subject  # the usual case: nobody edited the statements
    try:
        created, expected = _reflected(subject, subject.ddl.up), _reflected(subject, rendered)
    except (EngineError, OverBudget):
        return subject  # `up-down-up` refutes statements that do not run, and each proof reports an engine that fails
    whole = _merged(subject.schema, created, expected)
    lacking = dict.fromkeys(_stored_otherwise(subject, rendered), _NO_TRANSACTIONS)
    found = without_tables(whole, lacking)
    if found.schema == subject.schema:
        return subject
    return replace(subject, schema=found.schema, declared=subject.schema, left_out=found.left_out)


def _stored_otherwise(subject: Subject, rendered: str) -> Iterator[str]:
    """Yield the tables with another storage engine than declared: it has no transactions, which all trials need."""
    declared = {one.name: one.options for one in subject.catalogue(rendered).table}
    names = {table.sql_name: table.name for table in subject.schema.tables}
    for one in subject.catalogue().table:
        lost = set(declared.get(one.name, ())) - set(one.options)
        if one.name in names and any(option.lower().startswith("engine=") for option in lost):
            yield names[one.name]


def with_values(subject: Subject) -> Subject:
    """Return the subject with values for columns that are not modelled, without the tables that cannot be filled."""
    try:
        found = fillable(
            subject.schema,
            _tried_statements(subject),
            subject.engine,
            tries_all=not subject.is_designed,
            obeyed=mechanism_names(subject.schema),
        )
    except (EngineError, OverBudget):
        return subject
    if found.schema == subject.schema:
        return subject
    return replace(
        subject,
        schema=found.schema,
        declared=subject.declared or subject.schema,
        left_out={**subject.left_out, **found.left_out},
        setup=found.setup,
    )


def _tried_statements(subject: Subject) -> str:
    """Return the statements on which values are tried: those of the declaration if only its business rules need it.

    Then an edited statement cannot take tables away from the proofs that must find it.
    """
    rules = mechanism_names(subject.schema)
    needs_trial = not is_modelled(subject.schema, checks=rules)
    return subject.ddl.up if needs_trial or not rules else render(subject.schema, subject.traits).up


def _reflected(subject: Subject, statements: str) -> Schema:
    return schema_from_records(subject.catalogue(statements), subject.traits, name=subject.schema.name)


def _merged(declared: Schema, created: Schema, expected: Schema) -> Schema:
    # compared with what the declaration creates, not with itself: engines add indexes and change names
    before = {table.sql_name: table for table in expected.tables}
    after = {table.sql_name: table for table in created.tables}
    tables = [
        _with_parts(table, before[table.sql_name], after[table.sql_name])
        if table.sql_name in before and table.sql_name in after
        else table
        for table in declared.tables
    ]
    names = _names_of_keys(declared, tables)
    tables = [_with_renamed_keys(table, names) for table in tables]
    added = (table for name, table in after.items() if name not in before)
    tenant = declared.isolation.column if declared.isolation else ""
    tables += [
        table.with_(tenant_column=table.tenant_column or (tenant if tenant in table.column_names else None))
        for table in added
    ]
    rules = tuple(_with_key(one, names) if isinstance(one, CountRule | TotalRule) else one for one in declared.rules)
    return declared.model_copy(update={"tables": tuple(tables), "rules": rules})


def _names_of_keys(declared: Schema, tables: Sequence[Table]) -> Mapping[tuple[str, str], str]:
    """Return the new names of foreign keys by (table, declared name): derived columns and rules refer to them."""
    return {
        (old.name, before.name): after.name
        for old, new in zip(declared.tables, tables, strict=True)
        for before, after in zip(old.foreign_keys, new.foreign_keys, strict=False)
    }


def _with_renamed_keys(table: Table, names: Mapping[tuple[str, str], str]) -> Table:
    derived, copied = table.derived_columns, table.copied_columns
    return table.with_(
        derived_columns=tuple(
            one.model_copy(update={"key": names.get((one.source, one.key), one.key)}) for one in derived
        ),
        copied_columns=tuple(
            one.model_copy(update={"key": names.get((table.name, one.key), one.key)}) for one in copied
        ),
    )


def _with_key(rule: CountRule | TotalRule, names: Mapping[tuple[str, str], str]) -> CountRule | TotalRule:
    return rule.model_copy(update={"key": names.get((rule.table, rule.key), rule.key)})


_NAMED_PARTS = ("uniques", "checks", "foreign_keys", "constraints", "indexes")


def _with_names(declared: Table, expected: Table, created: Table) -> Table:
    """Return the declared table with the created names of those parts that are equal except for their name."""
    changes: dict[str, object] = {}
    if expected.primary_key_name != created.primary_key_name:
        changes["key_name"] = created.primary_key_name
    # a unique index does what a unique constraint does
    alike = [Unique(name=one.name, columns=one.columns) for one in created.indexes if one.unique and one.is_plain]
    for kind in _NAMED_PARTS:
        names = _new_names(getattr(expected, kind), (*getattr(created, kind), *(alike if kind == "uniques" else ())))
        parts = getattr(declared, kind)
        if any(part.name in names for part in parts):
            changes[kind] = tuple(part.model_copy(update={"name": names.get(part.name, part.name)}) for part in parts)
    return declared.with_(**changes)


def _new_names(expected: Sequence[_Part], created: Sequence[_Part]) -> dict[str, str]:
    """Return the created name by the expected one, for the parts that lack their name and differ in little else.

    These are the equal ones, and then those over the same columns, if no other one is over them.
    """
    names: dict[str, str] = {}
    for form in (_shape, _columns):
        kept = {(part.name, form(part)) for part in expected} & {(part.name, form(part)) for part in created}
        lacking, free = (
            _by_form(side, form, [name for name, _ in kept] + list(used))
            for side, used in ((expected, names), (created, names.values()))
        )
        for content, parts in lacking.items():
            others = free.get(content, [])
            if content and (form is _shape or len(parts) == len(others) == 1):
                names |= dict(zip(parts, others, strict=False))
    return names


def _by_form(parts: Sequence[_Part], form: Callable[[_Part], str], without: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for part in parts:
        if part.name not in without:
            found[form(part)].append(part.name)
    return found


def _columns(part: _Part) -> str:
    if isinstance(part, Constraint):
        return ""  # such as an exclusion, which is a text
    target = part.target if isinstance(part, ForeignKey) else ""
    return " ".join((*sorted(part.columns), target))


def _with_parts(declared: Table, expected: Table, created: Table) -> Table:
    columns = set(declared.column_names)
    keys = {(key.columns, key.target, key.target_columns) for key in expected.foreign_keys}
    new_keys = tuple(
        key
        for key in created.foreign_keys
        if (key.columns, key.target, key.target_columns) not in keys and columns.issuperset(key.columns)
    )
    shapes = {_shape(index) for index in expected.indexes}
    new_indexes = tuple(
        index
        for index in created.indexes
        if _shape(index) not in shapes and columns.issuperset((*index.columns, *index.include))
    )
    named = _with_names(declared, expected, created)
    return named.with_(foreign_keys=(*named.foreign_keys, *new_keys), indexes=(*named.indexes, *new_indexes))


def _shape(part: _Part) -> str:
    return part.model_copy(update={"name": "", "reason": ""}).model_dump_json()
