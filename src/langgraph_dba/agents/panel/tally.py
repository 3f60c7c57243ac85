"""Count a panel's ballots: who lives, who stands, and which decisions come to the same thing."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from langgraph_dba.agents.panel.decision import Ballot, Decision, SeatClaim
from langgraph_dba.agents.panel.topics import Topic, canonical_option
from langgraph_dba.evidence import Evidence

Support = Literal["supported", "unchecked", "refuted"]
Effects = Mapping[str, str]  # option -> what it makes on an engine, where that is known


def checked_sentence(decision: Decision, claim: SeatClaim) -> str:
    """Return the sentence that evidence for a claim bears: a claim is made of one option, not of the topic."""
    parameters = f" {canonical(decision.parameters)}" if decision.parameters else ""
    return f"{decision.topic} = {canonical_option(decision.option)}{parameters}: {claim.sentence}"


def proof_of(check: str) -> str:
    """Return the name that a check's evidence bears: `proof:tenant-isolation` runs the proof `tenant-isolation`."""
    return check.removeprefix("proof:")


def canonical(value: Any) -> str:
    """Return parameters as a text that is the same for the same meaning: keys sorted, 1.0 as 1, texts folded."""
    return json.dumps(_folded(value), sort_keys=True, ensure_ascii=False)


def _folded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key.strip().casefold(): _folded(item) for key, item in value.items() if item not in (None, "")}
    if isinstance(value, list | tuple):
        return [_folded(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return " ".join(value.casefold().split()) if isinstance(value, str) else value


def support_of(decision: Decision, evidence: Iterable[Evidence]) -> Support:
    """Return what the engines say of a decision: one refuted claim is enough; what did not run says nothing."""
    states = {item.state for item in evidence_of(decision, evidence)}
    if "refuted" in states:
        return "refuted"
    return "supported" if "supported" in states else "unchecked"


def evidence_of(decision: Decision, evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Return the evidence that bears on a decision's claims."""
    made = {(checked_sentence(decision, claim), proof_of(claim.check)) for claim in decision.claims}
    return tuple(item for item in evidence if (item.claim, item.proof) in made)


@dataclass(frozen=True, slots=True)
class Voter:
    """A live seat: its decision, what the engines say of it, and what it comes to (`key`)."""

    seat: str
    decision: Decision
    support: Support
    key: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """Standing decisions that come to the same thing; `leader` is the most conservative way of saying it."""

    voters: tuple[Voter, ...]
    leader: Decision

    @property
    def supported(self) -> bool:
        """Whether an engine speaks for any of them."""
        return any(voter.support == "supported" for voter in self.voters)

    @property
    def seats(self) -> frozenset[str]:
        """Who agrees on it."""
        return frozenset(voter.seat for voter in self.voters)


@dataclass(frozen=True, slots=True)
class Tally:
    """All that the levels ask about: `seats` counts the chairs, `clusters` are of standing votes, largest first."""

    seats: int
    live: tuple[Voter, ...]
    clusters: tuple[Cluster, ...]

    @property
    def standing(self) -> tuple[Voter, ...]:
        """Live and not refuted."""
        return tuple(voter for voter in self.live if voter.support != "refuted")

    @property
    def refuted(self) -> tuple[Voter, ...]:
        """Out of the vote: an engine has a counterexample."""
        return tuple(voter for voter in self.live if voter.support == "refuted")

    @property
    def vetoes(self) -> tuple[Voter, ...]:
        """Who objects, with a reason; an objection counts even where its own proposal is refuted."""
        return tuple(voter for voter in self.live if voter.decision.vetoes)

    @property
    def majority(self) -> Cluster | None:
        """What more than half of all chairs agree on, standing."""
        first = self.clusters[0] if self.clusters else None
        return first if first and len(first.voters) * 2 > self.seats and len(first.voters) > 1 else None


def tally(ballots: Sequence[Ballot], evidence: Sequence[Evidence], topic: Topic, seats: int, effects: Effects) -> Tally:
    """Count; the order of the ballots does not matter."""
    live = tuple(
        Voter(ballot.seat, ballot.decision, support_of(ballot.decision, evidence), key_of(ballot.decision, effects))
        for ballot in sorted(ballots, key=lambda ballot: ballot.seat)
        if ballot.decision is not None
    )
    standing = sorted((voter for voter in live if voter.support != "refuted"), key=lambda voter: voter.key)
    groups = (tuple(group) for _, group in groupby(standing, key=lambda voter: voter.key))
    clusters = [Cluster(group, _leader(group, topic)) for group in groups]
    return Tally(seats, live, tuple(sorted(clusters, key=lambda cluster: _rank(cluster, topic))))


def key_of(decision: Decision, effects: Effects) -> str:
    """Return what a decision comes to: the same engine effect, else the same canonical decision; never its prose."""
    option = canonical_option(decision.option)
    return f"effect {effects[option]}" if option in effects else f"{option} {canonical(decision.parameters)}"


def _leader(voters: Sequence[Voter], topic: Topic) -> Decision:
    return min((voter.decision for voter in voters), key=lambda decision: _order(decision, topic))


def _rank(cluster: Cluster, topic: Topic) -> tuple[int, int, str, str]:
    return (-len(cluster.voters), *_order(cluster.leader, topic))


def _order(decision: Decision, topic: Topic) -> tuple[int, str, str]:
    return topic.place(decision.option), decision.option, canonical(decision.parameters)
