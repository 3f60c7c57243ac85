"""Rules of other packages: they run with our rules, and a broken one is reported while the others run."""

from pathlib import Path

import fake_distribution
import pytest

from langgraph_dba.database.engines import LiveCondition
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.rules import REGISTRY, RULES, find, find_live, fix_all
from langgraph_dba.findings import SchemaLocation, rule_name

pytestmark = pytest.mark.usefixtures("fresh_plugins")
GROUP = "langgraph_dba.rules"
RULE = '''"""A table named like a film is hard to search for."""

from langgraph_dba.findings import Finding

SEVERITY = "minor"


def check(schema):
    for table in schema.tables:
        if table.name == "tasks":
            yield Finding.in_schema(__name__, SEVERITY, table.name, "tasks is a film", "call it jobs")
'''
FIX = """

def fix(schema, location):
    {body}
"""


def test_another_package_adds_a_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, schema: Schema) -> None:
    before = find(schema)
    fake_distribution.install(tmp_path, monkeypatch, GROUP, {"name_of_a_film": RULE})

    (more,) = set(find(schema)) - set(before)

    assert (more.rule, more.severity, more.location) == ("name-of-a-film", "minor", SchemaLocation(table="tasks"))
    assert [rule_name(rule) for rule in REGISTRY.rules()][len(RULES) :] == ["name-of-a-film"]
    assert "A table named like a film is hard to search for." in {info.summary for info in REGISTRY.infos()}


def test_another_package_adds_a_rule_for_live_databases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = RULE.partition("def check")[0] + (
        "def check(condition):\n"
        "    yield Finding.in_schema(__name__, SEVERITY, 'tasks', f'{condition.engine} holds a film', 'sell it')\n"
    )
    fake_distribution.install(tmp_path, monkeypatch, "langgraph_dba.live_rules", {"film_in_database": rule})

    (finding,) = find_live(LiveCondition("sqlite"))

    assert (finding.rule, finding.message) == ("film-in-database", "sqlite holds a film")


def test_a_rule_without_a_fix_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, schema: Schema) -> None:
    fake_distribution.install(tmp_path, monkeypatch, GROUP, {"name_of_a_film": RULE})

    assert fix_all(schema, find(schema))[0].table("tasks")


def test_a_fix_of_another_package_is_applied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, schema: Schema) -> None:
    body = 'return schema.model_copy(update={"tables": tuple(t for t in schema.tables if t.name != location.table)})'
    fake_distribution.install(tmp_path, monkeypatch, GROUP, {"name_of_a_film": RULE + FIX.format(body=body)})
    tasks = schema.model_copy(update={"tables": (schema.table("tasks").with_(foreign_keys=()),)})

    fixed, changes = fix_all(tasks, find(tasks))

    assert fixed.tables == ()
    assert "name-of-a-film: table tasks was removed." in changes


def test_a_fix_that_raises_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, schema: Schema) -> None:
    broken = RULE + FIX.format(body='raise KeyError("half built")')
    fake_distribution.install(tmp_path, monkeypatch, GROUP, {"name_of_a_film": broken})
    findings = [finding for finding in find(schema) if finding.rule == "name-of-a-film"]

    assert len(findings) == 1
    assert fix_all(schema, findings) == (schema, [])


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import no_such_package", "cannot be imported: ModuleNotFoundError"),
        ("SEVERITY = 'minor'", "lacks check"),
        ("SEVERITY = 'grave'\ndef check(schema): yield", "has the severity 'grave': use critical, major, minor, nit"),
        ("SEVERITY = 'minor'\ndef check(schema): raise KeyError('x')", "somebodys.broken raised KeyError: 'x'"),
        ("SEVERITY = 'minor'\ndef check(schema): return [7]", "somebodys.broken raised ValidationError"),
    ],
)
def test_a_broken_rule_is_named_and_the_others_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, schema: Schema, source: str, reason: str
) -> None:
    before = find(schema)
    fake_distribution.install(tmp_path, monkeypatch, GROUP, {"broken": source, "name_of_a_film": RULE})

    added = [finding for finding in find(schema) if finding not in before]

    assert [finding.rule for finding in added] == ["name-of-a-film", "broken-rule"]
    assert reason in added[1].message
    assert "broken" in added[1].message


def test_a_rule_of_another_package_cannot_have_the_name_of_an_existing_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, schema: Schema
) -> None:
    fake_distribution.install(tmp_path, monkeypatch, GROUP, {"money_as_float": RULE})

    assert "has the name money-as-float, which exists" in find(schema)[-1].message
