"""Split a request into series of nouns and the words between them: `members | borrow | copies | of | books`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from langgraph_dba.database.request.mentions import Mention
from langgraph_dba.database.request.tagging import Tagged
from langgraph_dba.database.request.tokens import BULLET

_JOINING = frozenset({",", "and", "or", ";", "also", "plus", "then", "finally", "nor", "as", "well", "both", "either"})
_STOPS = frozenset({".", ";", BULLET})
_GOVERNING = frozenset({"verb", "participle", "gerund", "prep", "aux"})
_FINITE = frozenset({"verb", "modal", "aux"})


@dataclass(slots=True)
class Series:
    """A list of nouns; `attached` maps the position of a noun to the words in parentheses after it."""

    mentions: list[Mention]
    attached: dict[int, list[Tagged]] = field(default_factory=dict)

    @property
    def start(self) -> int:
        """Return the position of its first token."""
        return self.mentions[0].start

    @property
    def end(self) -> int:
        """Return the position after its last token."""
        return self.mentions[-1].end

    def last(self) -> "Series":
        """Return a series of its last noun only."""
        count = len(self.mentions) - 1
        return Series(self.mentions[-1:], {0: self.attached[count]} if count in self.attached else {})

    def without_last(self) -> tuple["Series", "Series"]:
        """Return a series of all nouns except the last one, and one of the last."""
        count = len(self.mentions) - 1
        others = {position: words for position, words in self.attached.items() if position < count}
        return Series(self.mentions[:-1], others), self.last()


@dataclass(frozen=True, slots=True)
class Clause:
    """Two series with the words between them; `left` is None at the start of a sentence."""

    left: Series | None
    connector: tuple[Tagged, ...]
    right: Series
    bullet: bool = False


def find_clauses(tagged: Sequence[Tagged], mentions: Sequence[Mention]) -> list[Clause]:
    """Return every series of nouns with the words that connect it to the series before it."""
    inside = _parentheses(tagged)
    series = list(_series(tagged, list(mentions), inside))
    outside = {position: item for position, item in enumerate(tagged) if position not in inside}
    return list(_connected(outside, series, len(tagged)))


def _series(
    tagged: Sequence[Tagged], mentions: list[Mention], inside: Mapping[int, tuple[int, int]]
) -> Iterator[Series]:
    current: Series | None = None
    for mention in mentions:
        if current and mention.start in inside:
            continue  # in parentheses: they become `attached` of the noun before them
        if current and _joins(tagged, inside, current, mention):
            current.mentions.append(mention)
        else:
            if current:
                yield current
            current = Series([mention])
        after = tagged[mention.end].text if mention.end < len(tagged) else ""
        if after in ("(", "[", "{"):
            start, end = inside.get(mention.end, (mention.end, mention.end))
            current.attached[len(current.mentions) - 1] = list(tagged[start + 1 : end])
    if current:
        yield current


def _parentheses(tagged: Sequence[Tagged]) -> dict[int, tuple[int, int]]:
    """Return, for each position within parentheses, the positions where they open and close."""
    places: dict[int, tuple[int, int]] = {}
    opened: int | None = None
    for position, item in enumerate(tagged):
        if item.text in ("(", "[", "{") and opened is None:
            opened = position
        elif item.text in (")", "]", "}") and opened is not None:
            places |= dict.fromkeys(range(opened, position + 1), (opened, position))
            opened = None
    return places


def _joins(tagged: Sequence[Tagged], inside: Mapping[int, tuple[int, int]], current: Series, mention: Mention) -> bool:
    """Return whether a noun continues the series: only commas and conjunctions before it, and no new subject starts."""
    between = [tagged[position] for position in range(current.end, mention.start) if position not in inside]
    if not between or any(item.text not in _JOINING and item.text != "\n" for item in between):
        return False
    if mention.quantity == "each" or (any(item.text == "\n" for item in between) and not _trailing(between)):
        return False
    return not (mention.quantity == "their" and len(between) == 1 and between[0].text == "and")


def _trailing(between: Sequence[Tagged]) -> bool:
    """Return whether a list continues on the next line: after a comma, or before `and`."""
    return any(item.text in (",", "and", "or") for item in between)


def _connected(outside: Mapping[int, Tagged], series: list[Series], length: int) -> Iterator[Clause]:
    before: Series | None = None
    subject: Series | None = None
    start = 0
    for number, current in enumerate(series):
        # a sentence that ends between two series makes the second one independent of the first
        words = _between(outside, start, current.start)
        stop = max((position for position in range(len(words)) if _ends_sentence(words, position)), default=-1)
        bullet = any(item.text == BULLET for item in words)
        connector = tuple(item for item in words[stop + 1 :] if item.tag != "adv")
        left = None if stop >= 0 else subject if subject and _continues_subject(connector) else before
        after = series[number + 1].start if number + 1 < len(series) else length
        behind = _between(outside, current.end, after)
        if any(item.tag in _FINITE for item in connector) and left:
            subject = left
        # "a lease belongs to a plot and a gardener, has a rent": the gardener is no subject
        goes_on = bool(subject and behind and behind[0].text == "," and _continues_subject(behind))
        acts = _starts_with_verb(behind) and not goes_on
        apart = acts or (_is_separate(outside, current) and behind[:1] and behind[0].tag in ("prep", "participle"))
        if apart and len(current.mentions) > 1 and any(item.tag in _GOVERNING for item in connector):
            # "members borrow copies, authors write books": the last noun is the subject of the next clause
            objects, before = current.without_last()
            yield Clause(left, connector, objects, bullet)
            yield Clause(None, (), before, bullet)
        else:
            yield Clause(left, connector, current, bullet)
            before = current if acts else current.last()
        start = current.end


def _is_separate(outside: Mapping[int, Tagged], current: Series) -> bool:
    """Return whether only a comma precedes the last noun: `customers have cards, transfers between accounts`."""
    if len(current.mentions) < 2:  # noqa: PLR2004
        return False
    words = _between(outside, current.mentions[-2].end, current.mentions[-1].start)
    return [item.text for item in words] == [","]


def _continues_subject(connector: Sequence[Tagged]) -> bool:
    """Return whether another verb with the same subject follows: `users write posts, like posts and …`."""
    joined = connector[:1] and (connector[0].text == "," or connector[0].tag == "conj")
    verbs = [item for item in connector if item.text != "," and item.tag not in ("conj", "modal")]
    return bool(joined and verbs and (verbs[0].tag == "verb" or verbs[0].text in ("has", "have")))


def _between(outside: Mapping[int, Tagged], start: int, end: int) -> list[Tagged]:
    """Return the tokens between two positions, without those in parentheses."""
    return [outside[position] for position in range(start, end) if position in outside]


def _ends_sentence(words: Sequence[Tagged], position: int) -> bool:
    """Return whether a sentence ends here: at a stop, or at the end of a line without an open `:` or preposition."""
    if words[position].text in _STOPS:
        return True
    return words[position].text == "\n" and not any(item.text == ":" or item.tag == "prep" for item in words[:position])


def _starts_with_verb(words: Sequence[Tagged]) -> bool:
    """Return whether the words start with a verb: the noun before them is its subject."""
    first = next((item for item in words if item.tag != "adv" and item.text != ","), None)
    return first is not None and first.tag in _FINITE
