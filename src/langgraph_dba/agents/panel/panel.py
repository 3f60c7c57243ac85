"""A panel as data: its seats, its levels of agreement, and the sections of its record."""

from dataclasses import dataclass
from typing import Literal

from langgraph_dba.agents.panel.choose_option import Merge, complements
from langgraph_dba.agents.panel.levels import Levels
from langgraph_dba.agents.panel.seat import Seat
from langgraph_dba.agents.panel.topics import Topic
from langgraph_dba.errors import InputError

SectionKind = Literal["requirements", "seat", "consensus", "roadmap", "risks"]


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a consultation's record; `seat` is the seat whose analysis it has, for the kind `seat`."""

    title: str
    kind: SectionKind
    seat: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel; `levels` are evaluated from the top, and the last must always apply; `merge` merges the additions."""

    seats: tuple[Seat, ...]
    levels: Levels
    merge: Merge = complements
    sections: tuple[Section, ...] = ()
    topics: tuple[Topic, ...] = ()  # empty: the topics of the graph that runs the panel

    def __post_init__(self) -> None:
        """Raise InputError for fewer than two seats, two seats of one name, or no levels."""
        names = [seat.name for seat in self.seats]
        # Case-folded, because the names of the seats' nodes are in lower case.
        if len(names) < 2 or len({name.casefold() for name in names}) < len(names):  # noqa: PLR2004  one is no panel
            raise InputError(f"a panel needs two or more seats with different names, not {names}")
        if not self.levels:
            raise InputError("a panel needs levels: at least one row that always applies")
