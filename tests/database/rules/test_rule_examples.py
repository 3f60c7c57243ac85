"""The examples in the docstring of each rule: `Bad` has a finding that the fix clears, `Good` has none."""

from collections.abc import Callable

import pytest

from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.engines import Engine, traits_of
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.rules import RULES, SchemaRule, fix_all, fix_of
from langgraph_dba.database.rules.documentation import examples
from langgraph_dba.findings import SchemaLocation, rule_name

Read = Callable[[str], Schema]
NAMES = [rule_name(rule) for rule in RULES]
WITH_FIX = [rule for rule in RULES if fix_of(rule)]


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_the_bad_example_is_found(rule: SchemaRule, from_sql: Read) -> None:
    bad = from_sql(examples(rule)["Bad"])

    findings = list(rule.check(bad))

    assert {(finding.rule, finding.severity) for finding in findings} == {(rule_name(rule), rule.SEVERITY)}
    for finding in findings:
        assert isinstance(finding.location, SchemaLocation)
        table = bad.find_table(finding.location.table)  # None for a view or a routine
        assert finding.location.column in ("", *(table.column_names if table else ()))
        assert finding.message
        assert finding.help


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_the_good_example_passes(rule: SchemaRule, from_sql: Read) -> None:
    assert list(rule.check(from_sql(examples(rule)["Good"]))) == []


@pytest.mark.parametrize("rule", WITH_FIX, ids=rule_name)
def test_the_fix_clears_the_bad_example_and_engines_accept_the_result(
    rule: SchemaRule, from_sql: Read, sqlite: Engine
) -> None:
    bad = from_sql(examples(rule)["Bad"])

    fixed, changes = fix_all(bad, rule.check(bad))

    assert changes
    assert list(rule.check(fixed)) == []
    assert "CREATE TABLE" in render(fixed, traits_of("postgresql")).up
    with sqlite.scratch(render(fixed, traits_of("sqlite")).up) as scratch, scratch.connect() as link:
        assert set(link.catalogue()["table"]) == {table.name for table in fixed.tables}
