"""Keys and foreign keys enforce what the schema declares.

Each of these must be refused: an orphan row, a duplicate pair, a second partner in a one-to-one relationship, and a
reference to a row of another tenant. A delete must have the declared effect on the referencing rows. A sample that
obeys every declared rule must load, because a key with a missing column refuses valid rows. A foreign key whose target
SQLite cannot find is refuted. The proof is not run if keys were not tried, because a table could not be filled.

PostgreSQL enforces foreign keys by triggers. A table whose triggers an existing database has disabled refutes the
claim, although the copy enforces its keys: only a superuser may disable them there.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator

from langgraph_dba.database.data.found_values import is_modelled
from langgraph_dba.database.data.outer_key_scenarios import outer_scenarios
from langgraph_dba.database.data.sample import Sample
from langgraph_dba.database.data.scenario_builder import scenarios
from langgraph_dba.database.data.scenarios import Scenario, run_scenario
from langgraph_dba.database.engines import Connection, Rejected, Traits
from langgraph_dba.database.model.catalogue_objects import DISABLED_KEYS
from langgraph_dba.database.model.schema import Index, Schema, Table
from langgraph_dba.database.proofs.kit.defect import (
    Defect,
    key_edit,
    table_edit,
    unique_edit,
    without_key,
)
from langgraph_dba.database.proofs.kit.not_enforced import not_enforced
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "every key and foreign key refuses invalid rows, accepts valid rows, and has the declared delete action"
CAPABILITY = "Relationship Design"
NEEDS = ()
# the other topics (`required`, `check`) belong to data-types
_TOPICS = ("key", "reference", "tenant", "delete")


def obstacle(_: Subject) -> str:
    """Return an empty text: the proof applies to every schema."""
    return ""


def run(subject: Subject) -> CheckResult:
    """Run the scenarios for keys, foreign keys, tenants and delete actions against a loaded sample."""
    sample = Sample(subject.schema)
    try:
        with subject.loaded(sample) as (_, connection):
            every = list(scenarios(subject.schema, sample, subject.traits))
            every += outer_scenarios(subject.schema, sample, subject.traits)
            experiments = [s for s in every if s.topic in _topics(s.table, subject)]
            failures, judged = _results(connection, experiments, subject)
            failures += _without_target(connection, subject)
    except Rejected as refusal:
        if not subject.is_designed or not is_modelled(subject.declared or subject.schema):
            # a rule that is not modelled here can refuse a row that the known rules allow
            untried = f"the engine refused a generated row: {refusal}"
            return CheckResult(tuple(_disabled(subject.schema)), "", untried=untried)
        # Here a refused sample is a counterexample: the declared schema allows each of its rows.
        return CheckResult((f"a sample that obeys every declared rule is refused: {refusal}",), "", {})
    counts = {topic: sum(s.topic == topic for s in judged) for topic in _TOPICS}
    summary = f"{len(judged)} experiments, no counterexample"
    if left := len(experiments) - len(judged):
        summary += f"; {left} not judged, because triggers or rules without a model decide"
    statements = tuple(dict.fromkeys(s.steps[-1][0] for s in judged))
    nothing = "triggers or rules without a model decide every experiment"
    named = "; ".join(filter(None, (_not_tried(subject), _undecided(subject, sample, every))))
    untried = nothing if experiments else named or "no table has a key that an experiment could violate"
    untried = named if judged else untried
    failures += _disabled(subject.schema)
    return CheckResult(tuple(failures), summary, {"experiments": counts}, statements, untried=untried)


def _not_tried(subject: Subject) -> str:
    """Return the keys and foreign keys that no experiment could violate, because a table could not be filled."""
    whole = subject.declared or subject.schema
    # not by name: the statements may have another
    tried = {(table.name, key.columns, key.target) for table, key in subject.schema.foreign_keys()}
    names = [f"the keys of {t.name}" for t in whole.tables if t.name in subject.left_out and t.row_key]
    if subject.left_out:
        untried = ((t, key) for t, key in whole.foreign_keys() if (t.name, key.columns, key.target) not in tried)
        names += [f"{key.name} of {t.name}" for t, key in untried]
    reasons = "; ".join(f"{table}: {reason}" for table, reason in subject.left_out.items())
    return f"not tried: {', '.join(names)} ({reasons})" if names else ""


def _undecided(subject: Subject, sample: Sample, every: list[Scenario]) -> str:
    """Return the foreign keys to the tenants and to other schemas whose delete action no experiment shows."""
    schema, whole = subject.schema, subject.declared or subject.schema
    tried = {(one.table, one.rule) for one in every if one.topic == "delete"}
    tenant_keys = [
        f"the delete action of {key.name} of {table.name}"
        for table, key in schema.foreign_keys()
        if schema.is_tenant_table(schema.table(key.target)) and sample.count(table.name)
        if (table.name, key.name) not in tried
    ]
    outer = [(table, key) for table in whole.tables for key in table.outer_keys if (table.name, key.name) not in tried]
    outer_keys = [f"{key.name} of {table.name} to {key.target}" for table, key in outer]
    reasons = (
        (tenant_keys, "other foreign keys decide whether a tenant with such rows can be deleted, or no key selects it"),
        (outer_keys, "no row of the other schema could be deleted for a trial, or no key selects the referring row"),
    )
    return "; ".join(f"not tried: {', '.join(names)} ({reason})" for names, reason in reasons if names)


def _without_target(connection: Connection, subject: Subject) -> Iterator[str]:
    """Yield the foreign keys whose target is missing or not unique, with the tables that accept no row for that."""
    tables_of: dict[str, list[str]] = defaultdict(list)
    for table in (subject.declared or subject.schema).tables if subject.traits.accepts_any_target else ():
        columns = subject.names.columns(table, tuple(column.name for column in table.writable_columns))
        name = subject.names.table(table)
        no_row = f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {name} WHERE 1 = 0"
        if refusal := _refusal_by_keys(connection, no_row, subject.traits):
            tables_of[refusal].append(table.name)
    for refusal, tables in tables_of.items():
        yield f"a foreign key cannot be enforced ({refusal}): {' and '.join(tables)} refuse every row"


def _refusal_by_keys(connection: Connection, statement: str, traits: Traits) -> str:
    """Return why a statement is refused that is accepted without foreign keys; empty for any other."""
    refusal = connection.attempt((statement, {}))
    if not isinstance(refusal, Rejected):
        return ""
    for switch in traits.sql_templates.ignore_keys:
        connection.run(switch)
    accepted = not isinstance(connection.attempt((statement, {})), Rejected)
    for switch in traits.sql_templates.enforce_keys:
        connection.run(switch)
    return str(refusal) if accepted else ""


def _topics(table: str, subject: Subject) -> Collection[str]:
    """Return the topics for which the copy shows what the database does: it may not enforce foreign keys."""
    return ("key",) if table in _unenforced(subject.schema) else _TOPICS


def _unenforced(schema: Schema) -> frozenset[str]:
    """Return the tables whose triggers for foreign keys are disabled: those of its own keys, and of its deletes."""
    lost = {one.name.strip('"').replace('""', '"') for one in schema.lost if one.kind == DISABLED_KEYS}
    return frozenset(table.name for table in schema.tables if table.sql_name in lost)


def _disabled(schema: Schema) -> Iterator[str]:
    """Yield the tables whose foreign keys, or those that reference them, the database does not enforce."""
    yield from (f"{one}: rows may reference nothing" for one in not_enforced(schema, "FOREIGN KEY"))
    targets = {key.target for table in schema.tables for key in table.foreign_keys}
    for name in sorted(_unenforced(schema)):
        effects = ["accepts rows that reference nothing"] if schema.table(name).foreign_keys else []
        effects += ["deletes rows that others reference"] if name in targets else []
        if effects:
            fix = f"ALTER TABLE {name} ENABLE TRIGGER ALL"
            yield f"{name}: its triggers for foreign keys are disabled: it {' and '.join(effects)}: {fix}"


def _results(connection: Connection, experiments: list[Scenario], subject: Subject) -> tuple[list[str], list[Scenario]]:
    """Return the failures, only the first of a table that refuses valid rows, and the experiments that were judged.

    Not judged are those of such a table, and those that triggers or rules without a model may have decided.
    """
    # A table that refuses valid rows refuses the invalid ones for the same wrong reason: more failures explain nothing.
    closed: set[str] = set()
    failures: list[str] = []
    judged: list[Scenario] = []
    for scenario in experiments:
        if scenario.table in closed:
            continue
        wrong = run_scenario(connection, scenario, subject.schema, is_designed=subject.is_designed)
        if wrong is None:
            continue
        judged.append(scenario)
        if wrong:
            failures.append(wrong)
            closed |= {scenario.table} if scenario.rule == scenario.table else set()
    return failures, judged


def _many_partners(table: Table) -> Table:
    index = Index(name="profiles_user_idx", columns=("tenant_id", "user_id"))
    return table.with_(uniques=tuple(u for u in table.uniques if u.name != "profiles_user_key"), indexes=(index,))


DEFECTS = (
    Defect("a foreign key is missing", "projects", actual=without_key("projects", "projects_team_fkey")),
    Defect(
        "a foreign key lacks the tenant column",
        "belongs to another tenant",
        actual=key_edit("tasks", "tasks_project_fkey", columns=("project_id",), target_columns=("id",)),
    ),
    Defect(
        "the key of an association lacks a column",
        "team_members",
        actual=table_edit("team_members", lambda table: table.with_(primary_key=("tenant_id", "team_id"))),
    ),
    Defect(
        "a unique constraint lacks the tenant column",
        "users",
        actual=unique_edit("users", "users_email_key", columns=("email",)),
    ),
    Defect(
        "a unique constraint is missing", "teams", actual=table_edit("teams", lambda t: t.with_(uniques=t.uniques[:1]))
    ),
    Defect("a delete action differs", "tasks", actual=key_edit("tasks", "tasks_project_fkey", on_delete="restrict")),
    Defect("a one-to-one relationship allows many", "profiles", actual=table_edit("profiles", _many_partners)),
)
