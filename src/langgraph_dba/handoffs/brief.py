"""The brief: the task that one agent hands to another, under six fixed headings."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

_NONE = "None."


class Brief(BaseModel):
    """The task of an agent; only `specific_task` is required.

    `dependencies` names agents whose work must be finished first, or other preconditions; an agent that is named there
    never shares a wave with the receiver of the brief.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    specific_task: str = Field(min_length=1)
    context: str = ""
    vision_alignment: str = ""
    success_criteria: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    integration_points: tuple[str, ...] = ()

    @classmethod
    def read(cls, raw: "Brief | Mapping[str, Any] | str") -> Self:
        """Convert a brief, its fields, or the task as a sentence to a brief; ValidationError for anything else."""
        if isinstance(raw, str):
            return cls(specific_task=raw)
        return cls.model_validate(raw.model_dump() if isinstance(raw, Brief) else raw)

    def plain(self) -> dict[str, Any]:
        """Return the fields as plain data."""
        return self.model_dump(mode="json")

    def to_markdown(self) -> str:
        """Return the six headings in their fixed order; an empty one has the text `None.`."""
        return brief_markdown(dict(self))


def brief_markdown(brief: Mapping[str, Any]) -> str:
    """Return a brief's fields as Markdown; they are those of a log entry, which were validated when it was written."""
    return (
        f"## Context\n\n{_text(brief['context'])}\n\n"
        f"## Vision Alignment\n\n{_text(brief['vision_alignment'])}\n\n"
        f"## Specific Task\n\n{_text(brief['specific_task'])}\n\n"
        f"## Success Criteria\n\n{_bullets(brief['success_criteria'])}\n\n"
        f"## Dependencies\n\n{_bullets(brief['dependencies'])}\n\n"
        f"## Integration Points\n\n{_bullets(brief['integration_points'])}\n"
    )


def _text(text: str) -> str:
    return text.strip() or _NONE


# A brief that leaves a team becomes a message of the parent graph; its headings are no part of the task.
_TASK = re.compile(r"^## Specific Task\n\n(.+?)\n\n## Success Criteria\n", re.DOTALL | re.MULTILINE)


def task_in(text: str) -> str:
    """Return the task if the text is a brief as written by `to_markdown`, else the text unchanged."""
    match = _TASK.search(text)
    return match[1].strip() if match else text


def _bullets(items: Sequence[str]) -> str:
    return _text("\n".join(f"- {item}" for item in items)) if items else _NONE
