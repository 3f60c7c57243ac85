"""Each rule's docstring: what it calls bad is found and can be mended, what it calls good passes."""

from collections.abc import Callable
from types import ModuleType

import pytest

from langgraph_dba.database.engines import Engine, traits_of
from langgraph_dba.database.rules import RULES, mend_all, rule_name
from langgraph_dba.database.rules.documentation import examples
from langgraph_dba.database.schema.ddl import render
from langgraph_dba.database.schema.model import Schema

Read = Callable[[str], Schema]
NAMES = [rule_name(rule.__name__) for rule in RULES]
MENDING = [rule for rule in RULES if hasattr(rule, "mend")]


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_the_bad_example_is_found(rule: ModuleType, from_sql: Read) -> None:
    bad = from_sql(examples(rule)["Bad"])

    found = list(rule.check(bad))

    assert {(one.rule, one.severity) for one in found} == {(rule_name(rule.__name__), rule.SEVERITY)}
    for one in found:
        assert one.column in ("", *bad.table(one.table).column_names)
        assert one.message
        assert one.help


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_the_good_example_passes(rule: ModuleType, from_sql: Read) -> None:
    assert list(rule.check(from_sql(examples(rule)["Good"]))) == []


@pytest.mark.parametrize("rule", MENDING, ids=lambda rule: rule_name(rule.__name__))
def test_mending_clears_the_bad_example_and_leaves_what_engines_take(
    rule: ModuleType, from_sql: Read, sqlite: Engine
) -> None:
    bad = from_sql(examples(rule)["Bad"])

    mended, changes = mend_all(bad, rule.check(bad))

    assert changes
    assert list(rule.check(mended)) == []
    assert "CREATE TABLE" in render(mended, traits_of("postgresql")).up
    with sqlite.scratch(render(mended, traits_of("sqlite")).up) as scratch, scratch.connect() as link:
        assert set(link.catalogue()["table"]) == {table.name for table in mended.tables}
