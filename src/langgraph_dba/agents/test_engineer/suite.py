"""A pytest suite for a schema: one test for each rule, written out, which imports nothing of this package."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from importlib import resources
from typing import Any

from langgraph_dba.database.data.sample import Sample
from langgraph_dba.database.data.scenario_builder import scenarios
from langgraph_dba.database.data.scenarios import ExpectedCount, ExpectedRejection, Scenario, Step
from langgraph_dba.database.ddl.business_rules.registry import with_mechanisms
from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.ddl.type_mapping import to_engine_value
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.identifiers import to_one_line
from langgraph_dba.database.model.schema import Schema, Table


def render_suite(schema: Schema, traits: Traits) -> dict[str, str]:
    """Return the suite's files by name: the shared harness, the engine's sample rows and its tests."""
    schema = with_mechanisms(schema, traits)
    sample = Sample(schema)
    tests = [_test(_seen_by_owner(s, schema, traits)) for s in breakable(schema, sample, traits)]
    tests += list(_isolation_tests(schema, sample, traits))
    head = _HEADER.format(title=to_one_line(schema.name), engine=traits.name, count=len(tests))
    return {
        "conftest.py": resources.files(__package__).joinpath("harness.py").read_text(encoding="utf-8"),
        f"rows_{traits.name}.py": _rows(schema, sample, traits),
        f"test_schema_{traits.name}.py": head + "\n\n".join(tests),
    }


def breakable(schema: Schema, sample: Sample, traits: Traits) -> Iterator[Scenario]:
    """Yield the experiments that fail on a bare schema; those that only show what is allowed pass there too."""
    for scenario in scenarios(schema, sample, traits):
        if isinstance(scenario.expects, ExpectedRejection) or scenario.topic == "delete":
            yield scenario


def _seen_by_owner(scenario: Scenario, schema: Schema, traits: Traits) -> Scenario:
    """Return the refusal that the owner sees: under FORCE, the policy stops a row without a tenant before NOT NULL."""
    column = schema.table(scenario.table).tenant_column
    guarded = schema.isolation is not None and traits.row_level_security
    if guarded and scenario.rule == f"{scenario.table}.{column}":
        return replace(scenario, expects=ExpectedRejection("permission", ()))
    return scenario


_HEADER = '''"""Each of {count} tests breaks one rule of {title!r}. Generated: change the requirements and run again."""

import datetime
from decimal import Decimal

ENGINE = "{engine}"


'''


def _test(scenario: Scenario) -> str:
    tenant = "" if scenario.tenant == 1 else f", tenant={scenario.tenant}"
    match scenario.expects:
        case ExpectedRejection(kind=kind):
            method, expected = "refuses", f"kind={kind!r}{tenant}"
        case ExpectedCount(number=number):
            method, expected = "answers", f"number={number}{tenant}"
    steps = "".join(f"        {_step(step)},\n" for step in scenario.steps)
    return (
        f"def test_{scenario.name}(database):\n"
        f'    """{_sentence(scenario.claim)}"""\n'
        f"    database.{method}(\n        {scenario.rule!r},\n{steps}        {expected},\n    )\n"
    )


def _sentence(claim: str) -> str:
    # `capitalize` would change the case of a table's name
    return f"{to_one_line(claim)}."


def _step(step: Step) -> str:
    sql, params = step
    values = ", ".join(f"{name!r}: {_literal(value)}" for name, value in params.items())
    return f"({sql!r}, {{{values}}})"


def _literal(value: Any) -> str:
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return repr(value.astimezone(dt.UTC)).replace("datetime.UTC", "datetime.timezone.utc")
    if isinstance(value, Decimal):
        return f"Decimal({str(value)!r})"
    return repr(value)


def _isolation_tests(schema: Schema, sample: Sample, traits: Traits) -> Iterator[str]:
    if schema.isolation is None or not traits.row_level_security:
        return
    for table in schema.tables:
        if table.tenant_column and sample.count(table.name):
            name, column = Names(traits).table(table), Names(traits).column(table, table.tenant_column)
            yield _hidden(table, f"SELECT count(*) FROM {name} WHERE {column} <> 1")
            yield _unreachable(table, f"UPDATE {name} SET {column} = {column} WHERE {column} <> 1")


def _hidden(table: Table, count: str) -> str:
    return (
        f"def test_{table.name}_shows_the_application_no_other_tenant(app):\n"
        f'    """The application sees no row of {table.name} that belongs to another tenant."""\n'
        f'    app.answers("{table.name}_tenant", ({count!r}, {{}}), number=0)\n'
    )


def _unreachable(table: Table, update: str) -> str:
    return (
        f"def test_{table.name}_lets_the_application_change_no_other_tenant(app):\n"
        f'    """The application changes no row of {table.name} that belongs to another tenant."""\n'
        f'    app.touches("{table.name}_tenant", {update!r})\n'
    )


def _rows(schema: Schema, sample: Sample, traits: Traits) -> str:
    setting = schema.isolation.setting if schema.isolation and traits.row_level_security else ""
    lines = [
        f"    ({tenant}, {table.sql_name!r}, {{{values}}}),\n"
        for tenant, table, values in _filled(schema, sample, traits)
    ]
    title = '"""Sample rows that obey every rule: (tenant, table, row)."""'
    imports = "import datetime\nfrom decimal import Decimal"
    return f"{title}\n\n{imports}\n\nSETTING = {setting!r}\nROWS = [\n{''.join(lines)}]\n"


def _filled(schema: Schema, sample: Sample, traits: Traits) -> Iterator[tuple[int, Table, str]]:
    for table in schema.tables:
        for row in sample.all_rows(table):
            tenant = row[table.tenant_column] if table.tenant_column else 1
            values = {c.sql_name: to_engine_value(row[c.name], c.type, traits) for c in table.writable_columns}
            yield tenant, table, ", ".join(f"{name!r}: {_literal(value)}" for name, value in values.items())
