"""Values that Python cannot hold are read as the server's text, and no other value ends in a traceback."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from psycopg.types.range import Range

from langgraph_dba.database import LiveDatabase, open_live
from langgraph_dba.database.engines import Engine
from langgraph_dba.errors import EngineError

_DAY, _DAY_TEXT = dt.date(2026, 1, 2), "'2026-01-02'::date"
_DEEP = "repeat('[', 3000) || repeat(']', 3000)"


@pytest.fixture
def live(postgresql: Engine) -> Iterator[LiveDatabase]:
    with postgresql.scratch() as scratch, open_live(scratch.url("superuser"), trust_role=True) as opened:
        yield opened


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("'infinity'::date", "infinity"),
        ("'-infinity'::timestamp", "-infinity"),
        ("'infinity'::timestamptz", "infinity"),
        ("'0044-03-15 BC'::date", "0044-03-15 BC"),
        ("'0044-03-15 12:00 BC'::timestamp", "0044-03-15 12:00:00 BC"),
        ("'10000-01-01'::date", "10000-01-01"),
        ("'10000-01-01 00:00'::timestamp", "10000-01-01 00:00:00"),
        ("'24:00'::time", "24:00:00"),
        ("'24:00+01'::timetz", "24:00:00+01"),
        ("interval '170000000 years'", "170000000 years"),
        (f"ARRAY[{_DAY_TEXT}, 'infinity']", [_DAY, "infinity"]),
        (f"daterange({_DAY_TEXT}, 'infinity')", Range(_DAY, "infinity")),
        (f"ARRAY[daterange({_DAY_TEXT}, 'infinity')]", [Range(_DAY, "infinity")]),
        (f"datemultirange(daterange({_DAY_TEXT}, 'infinity'))", [Range(_DAY, "infinity")]),
        ("ARRAY[interval '170000000 years', interval '1 day']", ["170000000 years", dt.timedelta(days=1)]),
        ("('{\"a\": ' || repeat('9', 5000) || '}')::jsonb", '{"a": ' + "9" * 5000 + "}"),
        ("repeat('9', 5000)::json", "9" * 5000),
        (f"({_DEEP})::jsonb", "[" * 3000 + "]" * 3000),
        (f"({_DEEP})::json", "[" * 3000 + "]" * 3000),
    ],
)
def test_a_value_that_python_cannot_hold_is_text(live: LiveDatabase, value: str, expected: object) -> None:
    (row,) = live.read(f"SELECT {value}, {_DAY_TEXT}").rows

    got: Any = list(row[0]) if "multirange" in value else row[0]
    assert (got, row[1]) == (expected, _DAY)


def test_an_infinite_interval_is_not_zero(live: LiveDatabase) -> None:
    if int(live.version().split(".")[0]) < 17:
        pytest.skip("PostgreSQL has infinite intervals from version 17 on")

    row = live.read("SELECT interval 'infinity', ARRAY[interval '-infinity'], interval '1 day'").rows[0]

    assert row == ("infinity", ["-infinity"], dt.timedelta(days=1))


def test_values_after_thousands_of_ordinary_rows_are_text_too(live: LiveDatabase) -> None:
    sql = "SELECT CASE WHEN n % 3000 = 0 THEN 'infinity' ELSE date '2026-01-01' + n END FROM generate_series(1, 9000) n"

    values = [row[0] for row in live.read(sql).rows]

    assert len(values) == 9000
    assert {n + 1 for n, value in enumerate(values) if value == "infinity"} == {3000, 6000, 9000}
    assert values[0] == _DAY


@pytest.mark.parametrize("depth", range(850, 1000, 10))
def test_json_nearly_too_deep_is_read_one_way_or_the_other(live: LiveDatabase, depth: int) -> None:
    (row,) = live.read(f"SELECT (repeat('[', {depth}) || repeat(']', {depth}))::jsonb").rows

    assert isinstance(row[0], list | str)


@pytest.mark.parametrize("error", [ValueError("one\nline"), OverflowError("too large"), RecursionError("too deep")])
def test_another_value_that_cannot_be_converted_is_an_error_of_one_line(
    live: LiveDatabase, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("langgraph_dba.database.engines.postgresql.cursor_rows.size_bound", fail)
    with pytest.raises(EngineError, match="a value cannot be converted") as caught:
        live.read("SELECT 1")

    assert "\n" not in str(caught.value)
    monkeypatch.undo()
    assert live.read("SELECT 1").rows == ((1,),)
