"""Count a panel's ballots: answered and refuted seats, and groups of equivalent decisions."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from langgraph_dba.agents.panel.decision import Ballot, Decision, SeatClaim
from langgraph_dba.agents.panel.topics import Topic, canonical_option
from langgraph_dba.evidence import Evidence

Support = Literal["supported", "unchecked", "refuted"]
Effects = Mapping[str, str]  # option -> digest of what it builds on an engine, if that is known


def checked_sentence(decision: Decision, claim: SeatClaim) -> str:
    """Return the text of the claim in its evidence, with topic, option and parameters."""
    # The same sentence may be true of one option and false of another, so the evidence must name the option.
    parameters = f" {canonical(decision.parameters)}" if decision.parameters else ""
    return f"{decision.topic} = {canonical_option(decision.option)}{parameters}: {claim.sentence}"


def proof_of(check: str) -> str:
    """Return the proof name in a check's evidence: `proof:tenant-isolation` runs the proof `tenant-isolation`."""
    return check.removeprefix("proof:")


def canonical(value: Any) -> str:
    """Return parameters in a canonical JSON form: keys sorted, 1.0 as 1, texts case-folded, empty values left out."""
    # Seats write equal parameters differently; as different texts they would count as different decisions.
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
    """Return the evidence's state for a decision: `refuted` if one claim is, `unchecked` if none could be run."""
    states = {item.state for item in evidence_of(decision, evidence)}
    if "refuted" in states:
        return "refuted"
    return "supported" if "supported" in states else "unchecked"


def evidence_of(decision: Decision, evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Return the evidence for a decision's claims."""
    claims = {(checked_sentence(decision, claim), proof_of(claim.check)) for claim in decision.claims}
    return tuple(item for item in evidence if (item.claim, item.proof) in claims)


@dataclass(frozen=True, slots=True)
class Voter:
    """A seat that answered: its decision, the state of its evidence, and the key of equivalent decisions."""

    seat: str
    decision: Decision
    support: Support
    key: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """Equivalent standing decisions; `leader` is the most conservative of them."""

    voters: tuple[Voter, ...]
    leader: Decision

    @property
    def supported(self) -> bool:
        """Return whether evidence supports any of them."""
        return any(voter.support == "supported" for voter in self.voters)

    @property
    def seats(self) -> frozenset[str]:
        """Return the names of the seats in the cluster."""
        return frozenset(voter.seat for voter in self.voters)


@dataclass(frozen=True, slots=True)
class Tally:
    """The counted ballots: `seats` is the size of the panel, `clusters` are of standing votes, largest first."""

    seats: int
    live: tuple[Voter, ...]
    clusters: tuple[Cluster, ...]

    @property
    def standing(self) -> tuple[Voter, ...]:
        """Return the seats that answered and are not refuted."""
        return tuple(voter for voter in self.live if voter.support != "refuted")

    @property
    def refuted(self) -> tuple[Voter, ...]:
        """Return the seats whose vote does not count, because an engine has a counterexample."""
        return tuple(voter for voter in self.live if voter.support == "refuted")

    @property
    def vetoes(self) -> tuple[Voter, ...]:
        """Return the seats that veto; a veto counts even if the seat's own proposal is refuted."""
        return tuple(voter for voter in self.live if voter.decision.vetoes)

    @property
    def majority(self) -> Cluster | None:
        """Return the cluster of more than half of all seats, or None."""
        # Of all seats, not of those that answered: two answers of three are a majority only if they agree.
        first = self.clusters[0] if self.clusters else None
        return first if first and len(first.voters) * 2 > self.seats and len(first.voters) > 1 else None


def count_ballots(
    ballots: Sequence[Ballot], evidence: Sequence[Evidence], topic: Topic, seats: int, effects: Effects
) -> Tally:
    """Return the tally of the ballots; their order does not matter."""
    live = tuple(
        Voter(ballot.seat, ballot.decision, support_of(ballot.decision, evidence), key_of(ballot.decision, effects))
        for ballot in sorted(ballots, key=lambda ballot: ballot.seat)
        if ballot.decision is not None
    )
    # `groupby` groups only adjacent items, so the voters are sorted by key.
    standing = sorted((voter for voter in live if voter.support != "refuted"), key=lambda voter: voter.key)
    groups = (tuple(group) for _, group in groupby(standing, key=lambda voter: voter.key))
    clusters = [Cluster(group, _leader(group, topic)) for group in groups]
    return Tally(seats, live, tuple(sorted(clusters, key=lambda cluster: _rank(cluster, topic))))


def key_of(decision: Decision, effects: Effects) -> str:
    """Return the key of equivalent decisions: the effect on an engine, else canonical option and parameters."""
    # Never the rationale: seats with one decision give different reasons for it.
    option = canonical_option(decision.option)
    return f"effect {effects[option]}" if option in effects else f"{option} {canonical(decision.parameters)}"


def _leader(voters: Sequence[Voter], topic: Topic) -> Decision:
    return min((voter.decision for voter in voters), key=lambda decision: _order(decision, topic))


def _rank(cluster: Cluster, topic: Topic) -> tuple[int, int, str, str]:
    return (-len(cluster.voters), *_order(cluster.leader, topic))


def _order(decision: Decision, topic: Topic) -> tuple[int, str, str]:
    return topic.rank(decision.option), decision.option, canonical(decision.parameters)
