"""Which option comes out of a graded tally, and what of the others goes into it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from langgraph_dba.agents.panel.decision import Decision
from langgraph_dba.agents.panel.tally import Cluster, Tally, Voter
from langgraph_dba.agents.panel.topics import Topic
from langgraph_dba.agents.panel.verdict import Action, Role

Merge = Callable[[Sequence[tuple[Role, Decision]]], tuple[str, ...]]  # all standing decisions -> the additions to take


@dataclass(frozen=True, slots=True)
class Choice:
    """The option, whose it is (`seats`), and in words how it was picked."""

    option: str | None
    how: str
    parameters: dict[str, JsonValue] = field(default_factory=dict)
    seats: frozenset[str] = frozenset()


NOTHING = Choice(None, "")


def choose(tally: Tally, action: Action, topic: Topic) -> Choice:
    """Return what a level's action makes of the standing decisions; nothing where a person must decide."""
    if action == "escalate":
        return NOTHING
    if action == "synthesise":
        return _synthesised(tally, topic)
    agreed = tally.majority or tally.clusters[0]
    return _of(agreed, f"{len(agreed.voters)} of {tally.seats} seats agree on it")


def _synthesised(tally: Tally, topic: Topic) -> Choice:
    hybrid = topic.combine(cluster.leader.option for cluster in tally.clusters)
    if hybrid:
        return Choice(hybrid, "a hybrid: these options can be had together", {}, _everyone(tally.clusters))
    supported = [cluster for cluster in tally.clusters if cluster.supported]
    if len(supported) == 1:
        return _of(supported[0], "by evidence: an engine speaks for it alone, and the options exclude each other")
    first = min(
        supported or tally.clusters, key=lambda cluster: (topic.place(cluster.leader.option), cluster.leader.option)
    )
    tie = "engines speak for several" if supported else "no engine speaks for any"
    return _of(first, f"{tie}, and they exclude each other: the most conservative of them")


def _of(cluster: Cluster, how: str) -> Choice:
    return Choice(cluster.leader.option, how, cluster.leader.parameters, cluster.seats)


def _everyone(clusters: Iterable[Cluster]) -> frozenset[str]:
    return frozenset[str]().union(*(cluster.seats for cluster in clusters))


def fallback(tally: Tally, topic: Topic) -> str | None:
    """Return the most conservative option that still stands, for whoever must go on without a decision."""
    options = {voter.decision.option for voter in tally.standing}
    return min(options, key=lambda option: (topic.place(option), option), default=None)


def role_of(voter: Voter, choice: Choice, topic: Topic) -> Role:
    """Return what part a live seat plays: a third that can be had together with the choice, or accepts it, adds to it.

    Where nothing was chosen, those that stand all dissent from each other.
    """
    if voter.support == "refuted":
        return "refuted"
    if voter.seat in choice.seats:
        return "agrees"
    if choice.option is None:
        return "dissents"
    together = topic.combine((voter.decision.option, choice.option)) is not None
    return "complements" if together or voter.decision.stance == "accept" else "dissents"


def complements(standing: Sequence[tuple[Role, Decision]]) -> tuple[str, ...]:
    """Take the additions of those who agree and of those who complement; what dissents is shown, not mixed in."""
    taken = (decision for role, decision in standing if role in ("agrees", "complements"))
    return _distinct(addition for decision in taken for addition in decision.additions)


def union(standing: Sequence[tuple[Role, Decision]]) -> tuple[str, ...]:
    """Take everybody's additions, dissent's too: for panels whose answers are controls, of which none may be lost."""
    return _distinct(addition for _, decision in standing for addition in decision.additions)


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    """Keep the first spelling of each; sorted, so that the order of the seats does not matter."""
    return tuple(sorted({" ".join(text.split()) for text in texts if text.strip()}))
