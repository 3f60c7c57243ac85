"""The levels of the database panel: conditions on a tally, each with a nominal confidence and an action.

A table of levels is evaluated from the top; the first row whose condition holds is the level.
"""

from collections.abc import Callable
from dataclasses import dataclass

from langgraph_dba.agents.panel.tally import Tally
from langgraph_dba.agents.panel.verdict import Action


@dataclass(frozen=True, slots=True)
class Level:
    """One row: `nominal` in percent (None: no confidence is stated); `when` describes the condition `holds`."""

    name: str
    nominal: int | None
    holds: Callable[[Tally], bool]
    action: Action
    when: str


Levels = tuple[Level, ...]


def too_few(tally: Tally) -> bool:
    """Return whether fewer than two seats answered."""
    return len(tally.live) < 2  # noqa: PLR2004  one answer is no consensus


def has_veto(tally: Tally) -> bool:
    """Return whether a seat vetoes."""
    return bool(tally.vetoes)


def is_agreed_but_refuted(tally: Tally) -> bool:
    """Return whether all seats that answered agree, and an engine has a counterexample."""
    return not tally.standing and len({voter.key for voter in tally.live}) == 1


def unanimous(tally: Tally) -> bool:
    """Return whether all seats of the panel answered, none is refuted, and all agree."""
    return len(tally.standing) == tally.seats and len(tally.clusters) == 1


def majority(tally: Tally) -> bool:
    """Return whether more than half of all seats agree, and evidence does not support only another decision."""
    return tally.majority is not None and not is_outweighed(tally)


def is_outweighed(tally: Tally) -> bool:
    """Return whether evidence supports only the decision of a minority, against a larger group."""
    supported = [cluster for cluster in tally.clusters if cluster.supported]
    if len(supported) != 1:
        return False
    others = [voter.key for voter in tally.live if voter.seat not in supported[0].seats]
    return any(others.count(key) > len(supported[0].voters) for key in others)


def all_differ(tally: Tally) -> bool:
    """Return whether no two standing seats agree, and none is refuted."""
    is_several = len(tally.standing) > 1
    return is_several and not tally.refuted and len(tally.clusters) == len(tally.standing)


def split(tally: Tally) -> bool:
    """Return whether valid decisions all differ, or only a minority's is supported by evidence."""
    return all_differ(tally) or is_outweighed(tally)


def otherwise(_: Tally) -> bool:
    """Return True: the last row applies if no other did."""
    return True


# Vetoes come before every agreement, so that they cannot be outvoted. The percentages are nominal: on seven database
# tasks with three models the measured accuracies were 93, 65, 66 and 53 %.
DATABASE_LEVELS: Levels = (
    Level("insufficient", None, too_few, "escalate", "fewer than two seats answered"),
    Level("conflicting", 50, has_veto, "escalate", "a seat vetoes"),
    Level(
        "conflicting", 50, is_agreed_but_refuted, "escalate", "all seats that answered agree, and an engine refutes it"
    ),
    Level("unanimous", 99, unanimous, "proceed", "all seats agree"),
    Level("majority", 90, majority, "integrate", "more than half of the seats agree"),
    Level("split", 75, split, "synthesise", "valid decisions differ, and none has a majority that evidence supports"),
    Level("conflicting", 50, otherwise, "escalate", "the seats disagree, and the refutations leave no decision"),
)
