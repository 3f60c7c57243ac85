"""The levels of the database panel: which agreement is worth what, and what is done about it.

A level table is evaluated from the top; the first row that holds gives the level.
"""

from collections.abc import Callable
from dataclasses import dataclass

from langgraph_dba.agents.panel.tally import Tally
from langgraph_dba.agents.panel.verdict import Action


@dataclass(frozen=True, slots=True)
class Level:
    """One row: `nominal` in percent (None: nothing is claimed), `when` says in words what `holds` decides."""

    name: str
    nominal: int | None
    holds: Callable[[Tally], bool]
    action: Action
    when: str


Levels = tuple[Level, ...]


def too_few(tally: Tally) -> bool:
    """Fewer than two seats answered."""
    return len(tally.live) < 2  # noqa: PLR2004  two: one opinion is no consensus


def vetoed(tally: Tally) -> bool:
    """Somebody objects with a reason."""
    return bool(tally.vetoes)


def agreed_and_refuted(tally: Tally) -> bool:
    """All who answered say the same, and an engine has a counterexample."""
    return not tally.standing and len({voter.key for voter in tally.live}) == 1


def unanimous(tally: Tally) -> bool:
    """Every chair is filled, stands, and says the same."""
    return len(tally.standing) == tally.seats and len(tally.clusters) == 1


def majority(tally: Tally) -> bool:
    """More than half of all chairs say the same, and no engine speaks for another decision alone."""
    return tally.majority is not None and not outweighed(tally)


def outweighed(tally: Tally) -> bool:
    """An engine speaks for a minority's decision, and for nothing that a majority wants."""
    supported = [cluster for cluster in tally.clusters if cluster.supported]
    if len(supported) != 1:
        return False
    others = [voter.key for voter in tally.live if voter.seat not in supported[0].seats]
    return any(others.count(key) > len(supported[0].voters) for key in others)


def all_differ(tally: Tally) -> bool:
    """Those that stand all say something else, and nobody was refuted."""
    several = len(tally.standing) > 1
    return several and not tally.refuted and len(tally.clusters) == len(tally.standing)


def split(tally: Tally) -> bool:
    """Valid decisions that differ, or one that an engine supports against a majority that none does."""
    return all_differ(tally) or outweighed(tally)


def otherwise(_: Tally) -> bool:
    """Whatever no row above caught."""
    return True


DATABASE_LEVELS: Levels = (
    Level("insufficient", None, too_few, "escalate", "fewer than two seats answered"),
    Level("conflicting", 50, vetoed, "escalate", "a seat objects"),
    Level("conflicting", 50, agreed_and_refuted, "escalate", "all who answered agree, and an engine refutes it"),
    Level("unanimous", 99, unanimous, "proceed", "all seats agree"),
    Level("majority", 90, majority, "integrate", "more than half of the seats agree"),
    Level("split", 75, split, "synthesise", "valid decisions differ, and none has a majority that stands on evidence"),
    Level("conflicting", 50, otherwise, "escalate", "the seats disagree, and what was refuted decides nothing"),
)
