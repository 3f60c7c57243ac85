"""Detect sentences that state a rule: an unknown noun in one is no table of its own."""

from collections.abc import Sequence
from itertools import pairwise

from langgraph_dba.database.request.tagging import Tagged
from langgraph_dba.database.request.tokens import BULLET
from langgraph_dba.database.requirements.word_lists import words

_STRICT = frozenset(
    "only exactly most least unique twice overlap overlaps overlapping exceed log logged encrypt encrypted numbered "  # noqa: SIM905
    "overwrite editing".split()
)
# "every change of a price is recorded": a change is no table
_RECORDED = frozenset(
    (each, change)
    for each in ("every", "each", "all", "any")
    for change in ("change", "changes", "correction", "corrections", "edit", "edits")
) | {("history", "of"), ("audit", "trail")}
_STOPS = frozenset({".", ";", BULLET})


def rule_positions(tagged: Sequence[Tagged]) -> frozenset[int]:
    """Return the positions of all tokens of sentences that state a rule."""
    signals = words("negations") | words("obligations") | _STRICT
    positions: set[int] = set()
    start = 0
    for end in range(len(tagged) + 1):
        if end == len(tagged) or tagged[end].text in _STOPS or _is_blank_line(tagged, end):
            texts = [item.text for item in tagged[start:end]]
            if signals.intersection(texts) or any(pair in _RECORDED for pair in pairwise(texts)):
                positions.update(range(start, end))
            start = end + 1
    return frozenset(positions)


def _is_blank_line(tagged: Sequence[Tagged], position: int) -> bool:
    return [item.text for item in tagged[position : position + 2]] == ["\n", "\n"]
