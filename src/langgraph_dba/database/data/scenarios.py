"""A scenario tests one constraint: its statements, the result that the engine must return, and how it is judged."""

from dataclasses import dataclass
from typing import Any, Literal

from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Connection, QueryResult, Rejected
from langgraph_dba.database.model.schema import Schema, Table
from langgraph_dba.database.reflection.names import plain_name

Topic = Literal["key", "reference", "tenant", "delete", "required", "check"]
Step = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ExpectedRejection:
    """The last statement must be rejected by a constraint of this kind, reported by one of `names`.

    A check is reported by its name or by its condition, depending on the engine: any report is expected except one of
    the `others`. A list of values (`is_list`) can be that of the column's type.
    """

    kind: Literal["unique", "foreign-key", "not-null", "check", "permission", "trigger"]
    names: tuple[str, ...]
    others: tuple[str, ...] = ()
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class ExpectedCount:
    """The last statement must return this number."""

    number: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """`rule` is the tested constraint, `claim` the tested property as a sentence, `tenant` the owner of the rows.

    `violations` counts the rows that violate the rule, in case that the engine accepts a statement and stores another
    value: MariaDB stores the current time for a NULL in a timestamp.
    """

    name: str
    rule: str
    table: str
    topic: Topic
    claim: str
    steps: tuple[Step, ...]
    expects: ExpectedRejection | ExpectedCount
    tenant: int = 1
    is_partitioned: bool = False
    violations: Step | None = None


def room_for(table: Table, schema: Schema, names: Names) -> tuple[Step, ...]:
    """Return the statement that makes room for a new row of a table of which each tenant has one row; else nothing."""
    return ((f"DELETE FROM {names.table(table)}", {}),) if schema.has_one_row_per_tenant(table) else ()


def has_code(table: Table, schema: Schema) -> bool:
    """Return whether a trigger of the table can change a row or refuse it.

    The triggers are those that were read from a database: what they do is not modelled.
    """
    return any(trigger.on in (table.name, table.sql_name) for trigger in schema.triggers)


def run_scenario(connection: Connection, scenario: Scenario, schema: Schema, *, is_designed: bool) -> str | None:
    """Run a scenario, roll it back, and return the difference from its claim; empty if there is none.

    None if the difference shows nothing, because something else than the tested constraint can be its cause.
    """
    answer = connection.attempt(*scenario.steps)
    difference = _difference(scenario, answer)
    if not difference:
        return ""
    if isinstance(answer, Rejected):
        return difference if _is_judged(answer, scenario, schema, is_designed=is_designed) else None
    if _code_decides(scenario, schema) or _is_deferred(scenario, schema):
        return None
    if scenario.violations:
        stored = connection.attempt(*scenario.steps, scenario.violations)
        return "" if not isinstance(stored, Rejected) and stored.scalar == 0 else difference
    return difference


def _is_judged(refusal: Rejected, scenario: Scenario, schema: Schema, *, is_designed: bool) -> bool:
    """Return whether an unexpected refusal contradicts the claim."""
    if refusal.kind == "syntax" or _code_decides(scenario, schema):
        return False
    # The rules of a database that exists were read from it, and those without a model refuse rows too: exclusions,
    # checks of any condition, unique expressions. Only a unique key that spans all tenants is known to be wrong.
    return is_designed or (scenario.topic == "tenant" and refusal.kind == "unique")


def _code_decides(scenario: Scenario, schema: Schema) -> bool:
    table = schema.table(scenario.table)
    involved = (table, *(schema.table(key.target) for key in table.foreign_keys))
    return any(has_code(one, schema) for one in involved)


def _is_deferred(scenario: Scenario, schema: Schema) -> bool:
    """Return whether the tested foreign key is checked at the end of a transaction, which SQLite has no way to ask."""
    keys = schema.table(scenario.table).all_foreign_keys
    return any(key.name == scenario.rule and key.deferrable == "deferred" for key in keys)


def _difference(scenario: Scenario, answer: QueryResult | Rejected) -> str:
    if isinstance(scenario.expects, ExpectedCount):
        if isinstance(answer, Rejected):
            return f"{scenario.claim}: refused ({answer})"
        return "" if answer.scalar == scenario.expects.number else f"{scenario.claim}: got {answer.scalar}"
    if not isinstance(answer, Rejected):
        return f"{scenario.claim}: the engine accepted it"
    # a partitioned table refuses a row that belongs to no partition, and names the constraints of its partitions
    kinds = (scenario.expects.kind, *(("check",) if scenario.is_partitioned else ()))
    names = () if scenario.is_partitioned else scenario.expects.names
    is_named = not names or _is_expected_name(answer.constraint, names)
    if scenario.expects.kind == "check":
        is_named = not _is_expected_name(answer.constraint, scenario.expects.others)
    is_unlisted = scenario.expects.is_list and answer.kind == "type" and answer.constraint != ""
    is_expected = (answer.kind in kinds and is_named) or is_unlisted
    return "" if is_expected else f"{scenario.claim}: refused for another reason ({answer})"


def _is_expected_name(reported: str, names: tuple[str, ...]) -> bool:
    """Return whether an engine reported one of the names.

    SQLite reports columns instead of a name, possibly fewer than expected: those of a narrower key, which the row
    violates too. The scenario of that key tests it.
    """
    # names of an existing database can have capitals, which identifiers of a schema do not have
    plain, columns = plain_name(reported), set(reported.split(", ")) if "." in reported else set()
    return any(plain == plain_name(name) or (columns and columns <= set(name.split(", "))) for name in names)
