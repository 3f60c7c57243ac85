"""A panel as data: its chairs, what their agreement is worth, and what its record consists of."""

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
    """One part of a consultation's record; `seat` names whose analysis it is, where it is one."""

    title: str
    kind: SectionKind
    seat: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """`levels` are evaluated from the top, and the last must always hold; `merge` takes the others' additions."""

    seats: tuple[Seat, ...]
    levels: Levels
    merge: Merge = complements
    sections: tuple[Section, ...] = ()
    topics: tuple[Topic, ...] = ()  # empty: those of the graph that the panel sits in

    def __post_init__(self) -> None:
        """InputError for a panel that could not be asked: too few chairs, two of one name."""
        names = [seat.name for seat in self.seats]
        if len(names) < 2 or len({name.casefold() for name in names}) < len(names):  # noqa: PLR2004  one is no panel
            raise InputError(f"a panel has two or more seats of different names, not {names}")
        if not self.levels:
            raise InputError("a panel needs levels: at least one row that always holds")
