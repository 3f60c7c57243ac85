"""The rule registry lists every module of `rules/schema`, and each module is documented."""

import inspect
import sys
from pathlib import Path

from langgraph_dba.database.rules import RULES, schema
from langgraph_dba.database.rules.documentation import examples, render_rules
from langgraph_dba.findings import WEIGHTS

ROOT = Path(__file__).parents[3]


def test_every_file_is_a_rule() -> None:
    files = {path.stem for path in Path(str(schema.__file__)).parent.glob("*.py")} - {"__init__"}

    assert files == {rule.__name__.rpartition(".")[2] for rule in RULES}


def test_no_rule_is_listed_twice() -> None:
    assert len(set(RULES)) == len(RULES)


def test_every_rule_has_a_reason_a_severity_and_two_examples() -> None:
    for rule in RULES:
        assert len((rule.__doc__ or "").split("Bad:")[0].strip()) > 40, rule.__name__
        assert rule.SEVERITY in WEIGHTS
        assert set(examples(rule)) == {"Bad", "Good"}, rule.__name__


def test_rules_are_sorted_by_severity() -> None:
    weights = [WEIGHTS[rule.SEVERITY] for rule in RULES]

    assert weights == sorted(weights, reverse=True)


def test_rules_do_not_import_each_other() -> None:
    names = {rule.__name__ for rule in RULES}

    for rule in RULES:
        text = Path(inspect.getfile(sys.modules[rule.__name__])).read_text(encoding="utf-8")
        assert not [name for name in names if f"from {name} import" in text]


def test_the_documentation_of_rules_is_current() -> None:
    """`python -m langgraph_dba.database.rules.documentation > docs/rules.md` writes it."""
    assert (ROOT / "docs" / "rules.md").read_text(encoding="utf-8") == render_rules()
