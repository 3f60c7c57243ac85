"""The brief: what one agent asks of the next, under six headings that are always the same."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field


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
        sections = (
            ("Context", self.context),
            ("Vision Alignment", self.vision_alignment),
            ("Specific Task", self.specific_task),
            ("Success Criteria", _bullets(self.success_criteria)),
            ("Dependencies", _bullets(self.dependencies)),
            ("Integration Points", _bullets(self.integration_points)),
        )
        return "\n".join(f"## {title}\n\n{body.strip() or 'None.'}\n" for title, body in sections)


def _bullets(items: tuple[str, ...]) -> str:
    return "\n".join(f"- {item}" for item in items)
