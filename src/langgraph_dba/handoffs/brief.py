"""The brief: what one agent asks of the next, under six headings that are always the same."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

_NONE = "None."


class Brief(BaseModel):
    """What an agent is asked to do; only the task itself is required.

    `dependencies` names agents whose work must be finished first, or anything else that is waited for; an agent named
    there never shares a wave with the reader of the brief.
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
        """Accept a brief, its fields, or just the task as a sentence; ValidationError if it is none of them."""
        if isinstance(raw, str):
            return cls(specific_task=raw)
        return cls.model_validate(raw.model_dump() if isinstance(raw, Brief) else raw)

    def to_markdown(self) -> str:
        """Render the six headings in their fixed order; an empty one says so."""
        return brief_markdown(dict(self))


def brief_markdown(brief: Mapping[str, Any]) -> str:
    """Render the fields of a brief, as the log holds them: they were checked when it was written."""
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


_TASK = re.compile(r"^## Specific Task\n\n(.+?)\n\n## Success Criteria\n", re.DOTALL | re.MULTILINE)


def task_in(text: str) -> str:
    """Return the task alone where the text is a brief as `to_markdown` writes it, else the text as it is."""
    found = _TASK.search(text)
    return found[1].strip() if found else text


def _bullets(items: Sequence[str]) -> str:
    return _text("\n".join(f"- {item}" for item in items)) if items else _NONE
