"""A bound of the size of rows is never below their size, and a budget decides by their size whatever bound it gets."""

import marshal
from collections.abc import Sequence
from decimal import Decimal
from sys import getsizeof
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langgraph_dba.database.engines.live.statement_limits import (
    Limits,
    ResultBudget,
    ValueKind,
    bound_bytes,
    rows_size,
    size_bound,
)
from langgraph_dba.errors import OverLimit

# one to four bytes each: all characters would need a second to prepare
_TEXT = st.text("aé€😀", max_size=40)
_TEXTS = _TEXT | st.none()
_COLUMNS: dict[ValueKind, st.SearchStrategy[Any]] = {
    "fixed": st.integers(-(2**63), 2**63 - 1) | st.floats() | st.none(),
    "text": _TEXTS,
    "flat": st.binary(max_size=40) | st.sampled_from([None, Decimal("0.5"), Decimal(10**60)]),
    "": st.lists(_TEXTS, max_size=3),
}
_STORED = st.integers(-(2**63), 2**63 - 1) | st.floats() | _TEXTS | st.binary(max_size=40)


@st.composite
def _kinds_and_rows(draw: st.DrawFn) -> tuple[list[ValueKind], list[tuple[Any, ...]]]:
    kinds = draw(st.lists(st.sampled_from(list(_COLUMNS)), min_size=1, max_size=4))
    rows = draw(st.lists(st.tuples(*(_COLUMNS[kind] for kind in kinds)), min_size=1, max_size=5))
    return kinds, rows * draw(st.sampled_from([1, 40]))


@given(_kinds_and_rows())
def test_the_bound_by_kinds_of_columns_is_not_below_the_size(
    case: tuple[list[ValueKind], list[tuple[Any, ...]]],
) -> None:
    kinds, rows = case

    assert size_bound(rows, kinds) >= sum(map(_memory, rows))


@given(st.integers(1, 4).flatmap(lambda width: st.lists(st.tuples(*[_STORED] * width), min_size=1, max_size=9)))
def test_the_bound_by_received_bytes_is_not_below_the_size(rows: list[tuple[Any, ...]]) -> None:
    assert bound_bytes(rows, len(marshal.dumps(rows))) >= max(rows_size(rows), sum(map(_memory, rows)))


def _memory(value: object) -> int:
    return getsizeof(value) + sum(map(_memory, value if isinstance(value, tuple | list) else ()))


_BATCHES = st.lists(st.lists(st.tuples(_TEXT, st.integers(0, 9)), min_size=1, max_size=5), min_size=1, max_size=9)


@given(_BATCHES, st.integers(100, 5_000), st.sampled_from([0, 1, 3]))
def test_a_budget_decides_by_the_size_of_all_rows(
    batches: Sequence[list[tuple[Any, ...]]], limit: int, factor: int
) -> None:
    budget, size = ResultBudget(Limits(size_bytes=limit)), 0
    for batch in batches:
        size += rows_size(batch)
        bound = factor * rows_size(batch)
        if size > limit:
            with pytest.raises(OverLimit):
                budget.add(batch, bound)
            return
        budget.add(batch, bound)

    assert budget.rows == [row for batch in batches for row in batch]
