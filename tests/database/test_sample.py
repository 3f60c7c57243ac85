from collections import Counter

import pytest

from langgraph_dba.database.data.sample import Sample, load
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.model.schema import Schema


@pytest.mark.parametrize(("tenants", "rows"), [(2, 4), (3, 25), (1, 1)])
def test_a_sample_satisfies_every_constraint(
    engine: Engine, schema: Schema, ddl: dict[str, Ddl], tenants: int, rows: int
) -> None:
    with engine.scratch(ddl[engine.traits.name].up) as scratch, scratch.connect("superuser") as connection:
        assert load(connection, Sample(schema, tenants=tenants, rows=rows), engine.traits) > 0


def test_every_tenant_has_equally_many_rows(schema: Schema) -> None:
    sample = Sample(schema, tenants=3, rows=10)
    tasks = schema.table("tasks")

    assert Counter(row["tenant_id"] for row in sample.all_rows(tasks)) == {1: 10, 2: 10, 3: 10}


def test_a_row_is_the_same_in_samples_of_any_size(schema: Schema) -> None:
    tasks = schema.table("tasks")

    assert Sample(schema, rows=6).row(tasks, 2, 3) == list(Sample(schema, rows=6).all_rows(tasks))[9]


def test_some_nullable_values_are_null(schema: Schema) -> None:
    budgets = [row["budget"] for row in Sample(schema, rows=20).all_rows(schema.table("projects"))]

    assert None in budgets
    assert any(budget is not None for budget in budgets)
