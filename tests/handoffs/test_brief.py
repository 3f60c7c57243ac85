"""The brief: six headings, one required field."""

import re
from typing import Any

import pytest
from pydantic import ValidationError

from langgraph_dba.handoffs import Brief
from langgraph_dba.handoffs.brief import task_in

HEADINGS = [
    "Context",
    "Vision Alignment",
    "Specific Task",
    "Success Criteria",
    "Dependencies",
    "Integration Points",
]


def test_markdown_has_the_six_headings_in_order() -> None:
    brief = Brief(specific_task="Design the schema", success_criteria=("all proved",), dependencies=("api-designer",))

    text = brief.to_markdown()

    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    assert "Design the schema" in text
    assert "- all proved" in text
    assert "- api-designer" in text


def test_an_empty_heading_has_the_text_none() -> None:
    assert "## Context\n\nNone.\n" in Brief(specific_task="x").to_markdown()


def test_a_sentence_is_a_brief() -> None:
    assert Brief.read("Write tests") == Brief(specific_task="Write tests")


def test_a_brief_survives_plain_data() -> None:
    brief = Brief(specific_task="x", integration_points=("src/models.py",))

    assert Brief.read(brief.model_dump(mode="json")) == brief


@pytest.mark.parametrize("raw", ["", {}, {"specific_task": "x", "sucess_criteria": []}])
def test_a_brief_without_task_or_with_a_misspelt_field_is_refused(raw: Any) -> None:
    with pytest.raises(ValidationError):
        Brief.read(raw)


@pytest.mark.parametrize("task", ["Design it.", "Design it.\n\n- for teams\n- for players"])
def test_the_task_of_a_brief_is_read_back_from_its_text(task: str) -> None:
    assert task_in(Brief(specific_task=task, context="A club.").to_markdown()) == task
    assert task_in(task) == task
