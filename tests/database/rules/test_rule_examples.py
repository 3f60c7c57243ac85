"""Each rule's docstring: what it calls bad is found and can be fixed, what it calls good passes."""

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

    found = list(rule.check(bad))

    assert {(one.rule, one.severity) for one in found} == {(rule_name(rule), rule.SEVERITY)}
    for one in found:
        assert isinstance(one.location, SchemaLocation)
        assert one.location.column in ("", *bad.table(one.location.table).column_names)
        assert one.message
        assert one.help


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_the_good_example_passes(rule: SchemaRule, from_sql: Read) -> None:
    assert list(rule.check(from_sql(examples(rule)["Good"]))) == []


@pytest.mark.parametrize("rule", WITH_FIX, ids=rule_name)
def test_the_fix_clears_the_bad_example_and_leaves_what_engines_accept(
    rule: SchemaRule, from_sql: Read, sqlite: Engine
) -> None:
    bad = from_sql(examples(rule)["Bad"])

    fixed, changes = fix_all(bad, rule.check(bad))

    assert changes
    assert list(rule.check(fixed)) == []
    assert "CREATE TABLE" in render(fixed, traits_of("postgresql")).up
    with sqlite.scratch(render(fixed, traits_of("sqlite")).up) as scratch, scratch.connect() as link:
        assert set(link.catalogue()["table"]) == {table.name for table in fixed.tables}
