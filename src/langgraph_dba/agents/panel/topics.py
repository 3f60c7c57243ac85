"""The topics of a panel: each is one kind of decision with its options.

The options are in order, the most conservative first: the one with the least commitment, which is easiest to replace.
`combines` has the pairs of options that can be combined; a split panel makes a hybrid only of those.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from langgraph_dba.agents.panel.decision import OTHER, Question
from langgraph_dba.errors import InputError


@dataclass(frozen=True, slots=True)
class Topic:
    """One kind of decision; `part_of` names the wider topic that it refines."""

    name: str
    group: str
    title: str
    options: tuple[str, ...]
    combines: frozenset[frozenset[str]] = frozenset()
    part_of: str = ""
    steps: tuple[str, ...] = ()  # the steps of the roadmap for any of the options, in order

    def rank(self, option: str) -> int:
        """Return the index of an option, 0 for the most conservative; an unknown option comes last."""
        return self.options.index(option) if option in self.options else len(self.options)

    def combine(self, options: Iterable[str]) -> str | None:
        """Return the hybrid of these options, such as `read-replicas+sharding`, or None if any two exclude each other.

        Returns None for a single option.
        """
        # Sorted, so that the hybrid's name does not depend on the order of the seats.
        distinct = sorted(set(options), key=lambda option: (self.rank(option), option))
        together = all(frozenset(pair) in self.combines for pair in combinations(distinct, 2))
        return "+".join(distinct) if together and len(distinct) > 1 else None


def topic_named(name: str, topics: Iterable[Topic]) -> Topic:
    """Return the topic of that name; InputError with the known names if there is none."""
    known = {topic.name: topic for topic in topics}
    if name not in known:
        raise InputError(f"there is no topic {name!r}: choose from {', '.join(known)}")
    return known[name]


def complete(question: Question, topics: Iterable[Topic]) -> Question:
    """Return the question with text and allowed options; InputError for an unknown topic or option."""
    topic = topic_named(question.topic, topics)
    unknown = [option for option in question.options if option not in topic.options]
    if unknown:
        raise InputError(f"{unknown[0]!r} is no option of {topic.name}: choose from {', '.join(topic.options)}")
    # In the topic's order, not the question's: the order decides ties.
    allowed = tuple(option for option in topic.options if not question.options or option in question.options)
    return question.model_copy(update={"text": question.text or topic.title, "options": allowed})


def canonical_option(option: str) -> str:
    """Return an option in canonical form: lower case with hyphens; after `other:` with single spaces instead."""
    words = " ".join(option.casefold().split())
    if words.startswith(OTHER):
        return f"{OTHER} {words.removeprefix(OTHER).strip()}".strip()
    return words.replace("_", "-").replace(" ", "-")
