"""Values are converted to plain data for checkpoints, and read back unchanged."""

import datetime as dt
from decimal import Decimal

import pytest
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import PydanticSerializationError

from langgraph_dba.handoffs.plain import plain, read_all


class Step(BaseModel):
    title: str = Field(alias="name")
    parts: tuple[int, ...] = ()


def test_models_tuples_and_numbers_become_plain_data() -> None:
    value = {"steps": (Step(name="a", parts=(1, 2)),), "price": Decimal("0.10"), "day": dt.date(2026, 1, 2)}

    assert plain(value) == {"steps": [{"name": "a", "parts": [1, 2]}], "price": "0.10", "day": "2026-01-02"}


def test_plain_data_reads_back() -> None:
    steps = [Step(name="a"), Step(name="b", parts=(3,))]

    assert read_all(Step, plain(steps)) == steps


def test_a_value_without_a_plain_form_is_refused() -> None:
    with pytest.raises(PydanticSerializationError):
        plain({"lock": object()})


def test_an_item_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValidationError):
        read_all(Step, [{"name": "a"}, {}])
