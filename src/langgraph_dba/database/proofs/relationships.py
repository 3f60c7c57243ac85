"""Every reference and key does what it says.

An orphan is refused, a pair exists once, a one-to-one partner has no second, a row of one tenant cannot name another
tenant's, and deleting a row does to those that name it what was declared. A sample that obeys every declared rule must
load: a key that lost a column refuses rows it should take.
"""

from collections.abc import Iterator

from langgraph_dba.database.data.sample import Sample
from langgraph_dba.database.data.scenarios import Scenario, run_scenario, scenarios
from langgraph_dba.database.engines import Connection, Rejected
from langgraph_dba.database.model.schema import Index, Table
from langgraph_dba.database.proofs.kit.defect import (
    Defect,
    key_edit,
    table_edit,
    unique_edit,
    without_key,
)
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "every key and reference refuses what it must, takes what it may, and deletes as declared"
CAPABILITY = "Relationship Design"
NEEDS = ()
_TOPICS = ("key", "reference", "tenant", "delete")


def obstacle(_: Subject) -> str:
    """Return an empty text: the proof applies to every schema."""
    return ""


def run(subject: Subject) -> CheckResult:
    """Run the experiments on keys, references, tenants and deletion against a loaded sample."""
    sample = Sample(subject.schema)
    try:
        with subject.loaded(sample) as (_, connection):
            tried = [s for s in scenarios(subject.schema, sample, subject.traits) if s.topic in _TOPICS]
            failures = list(_failures(connection, tried))
    except Rejected as refusal:
        return CheckResult((f"a sample that obeys every declared rule is refused: {refusal}",), "", {})
    counts = {topic: sum(s.topic == topic for s in tried) for topic in _TOPICS}
    summary = f"{len(tried)} experiments, no counterexample"
    return CheckResult(
        tuple(failures), summary, {"experiments": counts}, tuple(dict.fromkeys(s.steps[-1][0] for s in tried))
    )


def _failures(connection: Connection, tried: list[Scenario]) -> Iterator[str]:
    """A table that refuses even a row without fault says nothing more by refusing others."""
    closed: set[str] = set()
    for scenario in tried:
        wrong = "" if scenario.table in closed else run_scenario(connection, scenario)
        if wrong:
            yield wrong
            closed |= {scenario.table} if scenario.rule == scenario.table else set()


def _many_partners(table: Table) -> Table:
    index = Index(name="profiles_user_idx", columns=("tenant_id", "user_id"))
    return table.with_(uniques=tuple(u for u in table.uniques if u.name != "profiles_user_key"), indexes=(index,))


DEFECTS = (
    Defect("a reference is not enforced", "projects", made=without_key("projects", "projects_team_fkey")),
    Defect(
        "a reference lost its tenant",
        "belongs to another tenant",
        made=key_edit("tasks", "tasks_project_fkey", columns=("project_id",), target_columns=("id",)),
    ),
    Defect(
        "a pair's key lost a side",
        "team_members",
        made=table_edit("team_members", lambda table: table.with_(primary_key=("tenant_id", "team_id"))),
    ),
    Defect("a unique name lost its tenant", "users", made=unique_edit("users", "users_email_key", columns=("email",))),
    Defect("a unique name is not unique", "teams", made=table_edit("teams", lambda t: t.with_(uniques=t.uniques[:1]))),
    Defect("a delete action was changed", "tasks", made=key_edit("tasks", "tasks_project_fkey", on_delete="restrict")),
    Defect("a one-to-one became a one-to-many", "profiles", made=table_edit("profiles", _many_partners)),
)
