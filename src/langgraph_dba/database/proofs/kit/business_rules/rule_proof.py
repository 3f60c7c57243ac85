"""The run of a proof of business rules: the cases of each rule of a form, tried on the engine.

The rows are those of a sample, so that everything else that the schema demands is met: what is refused is refused for
the rule. A violation that is refused in a database without the rule too shows nothing and is counted as untried, unless
another rule is what refuses it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import reduce
from typing import Any

from langgraph_dba.database.data.reserved_keys import reserve_keys
from langgraph_dba.database.data.sample import Row, Sample, load_rows
from langgraph_dba.database.data.unchecked_keys import check_later_keys
from langgraph_dba.database.ddl.business_rules.registry import (
    is_enforced,
    limits_of,
    not_enforced_on,
    without_mechanism_of,
)
from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.engines import Connection, Scratch, Traits
from langgraph_dba.database.model.business_rules import ENFORCED, EnforcedRule, FrozenRule, HoldsRule, NoOverlapRule
from langgraph_dba.database.model.schema import Schema, Table
from langgraph_dba.database.proofs.kit.business_rules.bound_rows import demanded_rows, demanding_rules
from langgraph_dba.database.proofs.kit.business_rules.referring_rows import rows_of_rule
from langgraph_dba.database.proofs.kit.business_rules.rule_rows import RuleRows
from langgraph_dba.database.proofs.kit.rule_trial import RuleCases, RuleOutcome, try_rule
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.errors import EngineError
from langgraph_dba.evidence import CheckResult

_ROWS = 6  # of each table to which the rows refer
Cases = Callable[[Any, RuleRows], RuleCases | None]


def rules_of(schema: Schema, *forms: str) -> list[Any]:
    """Return the rules of some forms."""
    return [rule for rule in schema.rules if rule.form in forms]


def obstacle_of(subject: Subject, *forms: str) -> str:
    """Return why a proof of a form does not apply: there is no rule of it, or the engine enforces none of them."""
    rules = rules_of(subject.schema, *forms)
    if not rules:
        return f"no business rule has the form {' or '.join(forms)}"
    lacks = [not_enforced_on(subject.schema, rule, subject.traits) for rule in rules]
    reasons = dict.fromkeys(lack.reason for lack in lacks if lack)
    return f"not enforced on {subject.traits.title}: {'; '.join(reasons)}" if all(lacks) else ""


def run_rules(
    subject: Subject, forms: tuple[str, ...], cases_of: Cases, rows_of: Callable[[Any], int] = lambda _: _ROWS
) -> CheckResult:
    """Try each rule of some forms; the numbers have the outcome of each rule by its id.

    `rows_of` returns the number of rows of each table to which the rows of a rule's table refer.
    """
    failures: list[str] = []
    untried: list[str] = []
    numbers: dict[str, dict[str, Any]] = {}
    refused = interleaved = 0
    for rule in rules_of(subject.schema, *forms):
        if lack := not_enforced_on(subject.schema, rule, subject.traits):
            numbers[rule.id] = {"not enforced": lack.reason}
            continue
        reason, outcome = _trial(subject, rule, cases_of, rows_of(rule))
        if outcome is None:
            untried.append(f"{rule.id}: {reason}")
            numbers[rule.id] = {"not run": reason}
            continue
        failures += [f"{rule.id} ({rule.title!r}): {failure}" for failure in outcome.failures]
        untried += [f"{rule.id}: {text}" for text in outcome.untried]
        interleaved += len(outcome.interleavings)
        refused += outcome.refused
        numbers[rule.id] = {
            "allowed": outcome.allowed,
            "refused": outcome.refused,
            **({"covered": outcome.covered} if outcome.covered else {}),
            "interleavings": len(outcome.interleavings),
            "waited": sum(one.waited for one in outcome.interleavings),
            **({"limits": limits} if (limits := limits_of(rule, subject.traits)) else {}),
            **({"failures": outcome.failures} if outcome.failures else {}),
            **({"untried": outcome.untried} if outcome.untried else {}),
        }
    summary = f"{len(numbers)} rules: {refused} violations refused, {interleaved} interleavings of two transactions"
    return CheckResult(tuple(failures), summary, numbers, untried="; ".join(untried))


def _trial(subject: Subject, rule: Any, cases_of: Cases, row_count: int) -> tuple[str, RuleOutcome | None]:
    table = subject.schema.find_table(rule.table)
    if table is None:
        return subject.left_out.get(rule.table, f"{rule.table} could not be filled"), None
    sample = Sample(subject.schema, rows=row_count)
    loaded = _own_rows(sample, table, rule)
    rows = rows_of_rule(subject.schema, sample, table, rule, subject.traits, demanded=demanded_rows, loaded=loaded)
    cases = cases_of(rule, rows)
    if cases is None or not cases.violations:
        return "no row that breaks it could be made", None

    # from the declaration, without the mechanism: it is part of the tables there
    declared = subject.declared or subject.schema
    bare = render(_without_rule(declared, rule), subject.traits).up
    others = (one for one in declared.rules if isinstance(one, ENFORCED) and declared.find_table(one.table))
    ruleless = render(reduce(without_mechanism_of, others, declared), subject.traits).up
    # a key of the table that exists anyway may enforce the rule: then there is no database without it
    has_own = is_enforced(declared, rule)

    @contextmanager
    def fresh(statements: str | None = None) -> Iterator[Scratch]:
        with subject.scratch(statements) as scratch, scratch.connect("superuser") as connection:
            _load_parents(connection, sample, table, rule, subject.traits)
            yield scratch

    try:
        if has_own:
            cases = replace(cases, bare=lambda: fresh(bare), ruleless=lambda: fresh(ruleless))
        return "", try_rule(fresh, cases, subject.traits, "superuser")
    except EngineError as error:
        return str(error), None


def _without_rule(schema: Schema, rule: EnforcedRule) -> Schema:
    """Return the schema without what enforces a rule, and without rules that enforce a part of it."""
    enforced = (one for one in schema.rules if isinstance(one, ENFORCED))
    left_out = [one for one in enforced if one.id == rule.id or _have_common_part(one, rule)]
    for one in left_out:
        schema = without_mechanism_of(schema, one)
    return schema


def _have_common_part(one: EnforcedRule, other: EnforcedRule) -> bool:
    """Return whether both rules refuse a period that ends before it starts."""
    period, check = (one, other) if isinstance(one, NoOverlapRule) else (other, one)
    if not isinstance(period, NoOverlapRule) or not isinstance(check, HoldsRule) or period.table != check.table:
        return False
    return {period.starts, period.ends} <= check.named_columns


def _own_rows(sample: Sample, table: Table, rule: EnforcedRule) -> list[Row]:
    """Return the rows of the table of a rule that must exist: those to which its rows refer; they refer to none."""
    keys = [key for key in table.row_references if key.target == table.name and table.is_optional(key)]
    names = {name for key in keys for name in table.own_key_columns(key)}
    if not names or not (isinstance(rule, FrozenRule) or not names.isdisjoint(rule.named_columns)):
        return []
    return [row | dict.fromkeys(names) for row in sample.all_rows(table)]


def _load_parents(connection: Connection, sample: Sample, table: Table, rule: EnforcedRule, traits: Traits) -> None:
    """Load the tables of which rows of `table` need rows; its own stay out, so that every value is free."""
    schema = sample.schema
    needed, open_ = set[str](), [table.name, *(one.table for one in demanding_rules(schema, table))]
    while open_:
        for key in schema.table(open_.pop()).foreign_keys:
            if key.target not in needed and key.target != table.name:
                needed.add(key.target)
                open_.append(key.target)
    reserve_keys(connection, schema, traits)
    for one in schema.tables:
        if one.name in needed:
            load_rows(connection, schema, one, sample.all_rows(one), traits)
    load_rows(connection, schema, table, _own_rows(sample, table, rule), traits)
    check_later_keys(connection, schema, traits)
