"""Every reference and key does what it says.

An orphan is refused, a pair exists once, a one-to-one partner has no second, a row of one tenant cannot name another
tenant's, and deleting a row does to those that name it what was declared. A sample that obeys every declared rule must
load: a key that lost a column refuses rows it should take.
"""

from collections.abc import Iterator

from langgraph_dba.database.engines import Connection, Rejected
from langgraph_dba.database.proofs.subject import Result, Subject
from langgraph_dba.database.schema.sample import Sample
from langgraph_dba.database.schema.scenarios import Scenario, outcome, scenarios

CLAIM = "every key and reference refuses what it must, takes what it may, and deletes as declared"
CAPABILITY = "Relationship Design"
_TOPICS = ("key", "reference", "tenant", "delete")


def run(subject: Subject) -> Result:
    """Run the experiments on keys, references, tenants and deletion against a loaded sample."""
    sample = Sample(subject.schema)
    try:
        with subject.loaded(sample) as (_, connection):
            tried = [s for s in scenarios(subject.schema, sample, subject.traits) if s.topic in _TOPICS]
            failures = list(_failures(connection, tried))
    except Rejected as refusal:
        return Result((f"a sample that obeys every declared rule is refused: {refusal}",), "", {})
    counts = {topic: sum(s.topic == topic for s in tried) for topic in _TOPICS}
    summary = f"{len(tried)} experiments, no counterexample"
    return Result(
        tuple(failures), summary, {"experiments": counts}, tuple(dict.fromkeys(s.steps[-1][0] for s in tried))
    )


def _failures(connection: Connection, tried: list[Scenario]) -> Iterator[str]:
    """A table that refuses even a row without fault says nothing more by refusing others."""
    closed: set[str] = set()
    for scenario in tried:
        wrong = "" if scenario.table in closed else outcome(connection, scenario)
        if wrong:
            yield wrong
            closed |= {scenario.table} if scenario.rule == scenario.table else set()
