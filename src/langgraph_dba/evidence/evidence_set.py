"""A set of evidence with one item, the latest, for each claim, proof and engine."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from langgraph_dba.evidence.evidence import STATES, Evidence, Key, State

# Graph state holds plain data: LangGraph warns about other classes in checkpoints and will refuse them.
Plain = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Counts:
    """The number of claims in each state."""

    supported: int = 0
    refuted: int = 0
    not_run: int = 0

    @property
    def total(self) -> int:
        """The number of all claims."""
        return self.supported + self.refuted + self.not_run

    def __str__(self) -> str:
        return f"{self.supported} supported, {self.refuted} refuted, {self.not_run} not run"


class EvidenceSet:
    """Immutable set of evidence; a later item replaces an earlier one with the same key and keeps its position.

    Items are `Evidence` or its plain form, as in graph state and `evidence.json`.
    """

    __slots__ = ("_items",)

    def __init__(self, items: Iterable[Evidence | Plain] = ()) -> None:
        """Validate the items; pydantic's ValidationError if one is not evidence."""
        validated = (item if isinstance(item, Evidence) else Evidence.model_validate(item) for item in items)
        # assigning to an existing key of a dict keeps its position: reports list claims in the order of their checks
        self._items: dict[Key, Evidence] = {}
        for item in validated:
            self._items[item.key] = item

    def __iter__(self) -> Iterator[Evidence]:
        return iter(self._items.values())

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EvidenceSet) and self._items == other._items

    def __hash__(self) -> int:
        return hash(frozenset(self._items))  # the keys: evidence has a dict of numbers and is not hashable

    def __repr__(self) -> str:
        return f"EvidenceSet({self.counts})"

    def merge(self, later: Iterable[Evidence | Plain]) -> Self:
        """Return a set with later evidence added."""
        return type(self)([*self, *later])

    def sorted(self) -> tuple[Evidence, ...]:
        """Return the items sorted by key, independent of the order of insertion."""
        return tuple(self._items[key] for key in sorted(self._items))

    def in_state(self, state: State) -> tuple[Evidence, ...]:
        """Return the items in one state."""
        return tuple(item for item in self if item.state == state)

    @property
    def supported(self) -> tuple[Evidence, ...]:
        """The claims for which a check found no counterexample."""
        return self.in_state("supported")

    @property
    def refuted(self) -> tuple[Evidence, ...]:
        """The claims with a counterexample."""
        return self.in_state("refuted")

    @property
    def not_run(self) -> tuple[Evidence, ...]:
        """The claims whose check could not run."""
        return self.in_state("not run")

    @property
    def counts(self) -> Counts:
        """The number of claims in each state."""
        return Counts(*(len(self.in_state(state)) for state in STATES))

    def to_plain(self) -> list[dict[str, Any]]:
        """Return plain data for graph state and JSON files."""
        return [item.model_dump(mode="json") for item in self]
