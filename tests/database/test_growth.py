"""Work grows linearly with the number of tables, measured in executed lines: unlike seconds, they are exact."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from growing_schema import requirements_of
from usable_engines import usable

import langgraph_dba
from langgraph_dba.agents.backend_specialist.migration import render_migration
from langgraph_dba.agents.backend_specialist.models import render_models
from langgraph_dba.database.data.generator import Profile, statements
from langgraph_dba.database.data.sample import Sample
from langgraph_dba.database.data.scenario_builder import scenarios
from langgraph_dba.database.ddl.rendering import index_statement, render
from langgraph_dba.database.engines import ENGINES, read_catalogue, traits_of
from langgraph_dba.database.model.schema import ColumnType, Schema
from langgraph_dba.database.reflection.engine_round_trip import as_stored_by
from langgraph_dba.database.reflection.read_schema import schema_from_records
from langgraph_dba.database.rules import find, fix_all
from langgraph_dba.database.schema_design.design_schema import design
from langgraph_dba.database.schema_design.er_diagram import to_mermaid

_PACKAGE = str(Path(langgraph_dba.__file__).parent)
_SIZES = (12, 24, 48)
# From 24 to 48 tables linear work grows by twice as many lines as from 12 to 24, quadratic work by four times.
_LINEAR = 2.1
_TRAITS = traits_of("postgresql")


def _lines(run: Callable[[], object]) -> int:
    """Return the number of executed lines of the package; each pass of a loop or comprehension counts."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        if not frame.f_code.co_filename.startswith(_PACKAGE):
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run()
    finally:
        sys.settrace(before)
    return count


def _growth(counts: list[int]) -> float:
    small, middle, large = counts
    return (large - middle) / (middle - small)


def _all_rows(schema: Schema) -> list[object]:
    sample = Sample(schema)
    return [row for table in schema.tables for row in sample.all_rows(table)]


def _all_indexes(schema: Schema) -> list[str]:
    return [index_statement(table, index, _TRAITS) for table in schema.tables for index in table.indexes]


_STEPS: dict[str, Callable[[Schema], object]] = {
    "DDL": lambda schema: render(schema, _TRAITS),
    "statements of indexes": _all_indexes,
    "models": lambda schema: render_models(schema, _TRAITS),
    "migration": lambda schema: render_migration(schema, _TRAITS),
    "sample rows": _all_rows,
    "scenarios": lambda schema: list(scenarios(schema, Sample(schema), _TRAITS)),
    "generated rows": lambda schema: statements(schema, _TRAITS, Profile(rows=50)),
    "prediction of the round trip": lambda schema: as_stored_by(schema, _TRAITS),
    "diagram": to_mermaid,
}


@pytest.mark.parametrize("step", _STEPS)
def test_work_grows_linearly_with_the_number_of_tables(step: str) -> None:
    schemas = [design(requirements_of(size)) for size in _SIZES]
    _STEPS[step](schemas[-1])  # fills the caches

    assert _growth([_lines(lambda schema=schema: _STEPS[step](schema)) for schema in schemas]) < _LINEAR  # type: ignore[misc]


def test_fixing_grows_linearly_with_the_number_of_findings() -> None:
    schemas = [_flawed(design(requirements_of(size))) for size in (*_SIZES, _SIZES[-1])]
    findings = [find(schema) for schema in schemas]
    fix_all(schemas.pop(), findings.pop())  # fills the caches

    growth = _growth([_lines(lambda pair=pair: fix_all(*pair)) for pair in zip(schemas, findings, strict=True)])  # type: ignore[misc]

    assert [len(one) for one in findings] == [42, 90, 186]
    assert growth < _LINEAR


def _flawed(schema: Schema) -> Schema:
    """Return the schema without plain indexes and with amounts as floats."""
    amount = {"type": ColumnType(name="float")}
    tables = (
        table.with_(
            indexes=tuple(index for index in table.indexes if index.unique),
            checks=(),
            columns=tuple(c.model_copy(update=amount) if c.name == "amount" else c for c in table.columns),
        )
        for table in schema.tables
    )
    return schema.model_copy(update={"tables": tuple(tables)})


def test_design_grows_linearly() -> None:
    requirements = [requirements_of(size) for size in _SIZES]
    design(requirements[-1])

    counts = [_lines(lambda one=one: design(one)) for one in requirements]  # type: ignore[misc]

    assert _growth(counts) < _LINEAR


@pytest.mark.parametrize("name", ENGINES)
def test_reading_a_catalogue_grows_linearly(name: str) -> None:
    engine, counts = usable(name), []
    for size in (_SIZES[-1], *_SIZES):
        ddl = render(design(requirements_of(size)), engine.traits).up
        with engine.scratch(ddl) as scratch, scratch.connect() as connection:
            records = read_catalogue(connection, engine.traits)
        counts.append(_lines(lambda records=records: schema_from_records(records, engine.traits, name="grown")))  # type: ignore[misc]

    assert _growth(counts[1:]) < _LINEAR
