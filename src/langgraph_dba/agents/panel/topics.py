"""The topics of a panel: each is one kind of decision with the vocabulary of its answers.

A topic's options stand in order, the most conservative first: the one that commits to least and is easiest to leave.
`combines` names pairs that can be had together; only of those may a split panel make a hybrid.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from langgraph_dba.agents.panel.decision import OTHER, Question
from langgraph_dba.errors import InputError


@dataclass(frozen=True, slots=True)
class Topic:
    """One kind of decision; `part_of` names the wider one it refines."""

    name: str
    group: str
    title: str
    options: tuple[str, ...]
    combines: frozenset[frozenset[str]] = frozenset()
    part_of: str = ""
    steps: tuple[str, ...] = ()  # how any of the options is put in place and measured, in order

    def place(self, option: str) -> int:
        """Return how far down the vocabulary an option stands; what is not in it comes last."""
        return self.options.index(option) if option in self.options else len(self.options)

    def combine(self, options: Iterable[str]) -> str | None:
        """Return the hybrid of these options, such as `read-replicas+sharding`, or None where they exclude each other.

        An option alone is no hybrid.
        """
        distinct = sorted(set(options), key=lambda option: (self.place(option), option))
        together = all(frozenset(pair) in self.combines for pair in combinations(distinct, 2))
        return "+".join(distinct) if together and len(distinct) > 1 else None


def topic_named(name: str, topics: Iterable[Topic]) -> Topic:
    """Return the topic of that name; InputError with the names there are."""
    known = {topic.name: topic for topic in topics}
    if name not in known:
        raise InputError(f"there is no topic {name!r}: choose from {', '.join(known)}")
    return known[name]


def complete(question: Question, topics: Iterable[Topic]) -> Question:
    """Return the question with the options that may be answered; InputError for a topic or an option unknown."""
    topic = topic_named(question.topic, topics)
    unknown = [option for option in question.options if option not in topic.options]
    if unknown:
        raise InputError(f"{unknown[0]!r} is no option of {topic.name}: choose from {', '.join(topic.options)}")
    chosen = tuple(option for option in topic.options if not question.options or option in question.options)
    return question.model_copy(update={"text": question.text or topic.title, "options": chosen})


def canonical_option(option: str) -> str:
    """Return an option as the vocabulary writes it: lower case, hyphens; `other:` keeps its words, spaced once."""
    words = " ".join(option.casefold().split())
    if words.startswith(OTHER):
        return f"{OTHER} {words.removeprefix(OTHER).strip()}".strip()
    return words.replace("_", "-").replace(" ", "-")
