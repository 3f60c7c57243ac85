"""The registries list every module of `rules/schema` and `rules/live`, and each module is documented."""

import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from langgraph_dba.database.rules import LIVE_RULES, RULES, live, schema
from langgraph_dba.database.rules.documentation import examples, render_rules
from langgraph_dba.findings import WEIGHTS, Rule, rule_name

ROOT = Path(__file__).parents[3]
Rules = tuple[Rule[Any], ...]
FAMILIES = pytest.mark.parametrize("rules", [RULES, LIVE_RULES], ids=["schema", "live"])


@pytest.mark.parametrize(("folder", "rules"), [(schema, RULES), (live, LIVE_RULES)], ids=["schema", "live"])
def test_every_file_is_a_rule(folder: ModuleType, rules: Rules) -> None:
    files = {path.stem for path in Path(str(folder.__file__)).parent.glob("*.py")} - {"__init__"}

    assert files == {rule.__name__.rpartition(".")[2] for rule in rules}


def test_no_rule_is_listed_twice() -> None:
    names = [*map(rule_name, RULES), *map(rule_name, LIVE_RULES)]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("rules", "labels"), [(RULES, {"Bad", "Good"}), (LIVE_RULES, {"Repair"})])
def test_every_rule_has_a_reason_a_severity_and_examples(rules: Rules, labels: set[str]) -> None:
    for rule in rules:
        reason, _, _ = (rule.__doc__ or "").partition(f"{min(labels)}:")
        assert len(reason.strip()) > 40, rule.__name__
        assert rule.SEVERITY in WEIGHTS
        assert set(examples(rule)) == labels, rule.__name__


@FAMILIES
def test_rules_are_sorted_by_severity(rules: Rules) -> None:
    weights = [WEIGHTS[rule.SEVERITY] for rule in rules]

    assert weights == sorted(weights, reverse=True)


@FAMILIES
def test_rules_do_not_import_each_other(rules: Rules) -> None:
    names = {rule.__name__ for rule in rules}

    for rule in rules:
        text = Path(inspect.getfile(sys.modules[rule.__name__])).read_text(encoding="utf-8")
        assert not [name for name in names if f"from {name} import" in text]


def test_the_documentation_of_rules_is_current() -> None:
    """`python -m langgraph_dba.database.rules.documentation > docs/rules.md` writes it."""
    assert (ROOT / "docs" / "rules.md").read_text(encoding="utf-8") == render_rules()
