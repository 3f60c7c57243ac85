"""Lists of nouns and what connects them: `members | borrow | copies | of | books | written by | several authors`."""

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
    """Nouns that stand side by side; `attached` are the words in parentheses behind one of them."""

    mentions: list[Mention]
    attached: dict[int, list[Tagged]] = field(default_factory=dict)

    @property
    def start(self) -> int:
        """The place of its first token."""
        return self.mentions[0].start

    @property
    def end(self) -> int:
        """The place behind its last token."""
        return self.mentions[-1].end

    def last(self) -> "Series":
        """Return the last of its nouns alone."""
        count = len(self.mentions) - 1
        return Series(self.mentions[-1:], {0: self.attached[count]} if count in self.attached else {})

    def parted(self) -> tuple["Series", "Series"]:
        """Return all but the last of its nouns, and the last."""
        count = len(self.mentions) - 1
        kept = {place: words for place, words in self.attached.items() if place < count}
        return Series(self.mentions[:-1], kept), self.last()


@dataclass(frozen=True, slots=True)
class Clause:
    """`connector` stands between `left` (None at the beginning of a sentence) and `right`."""

    left: Series | None
    connector: tuple[Tagged, ...]
    right: Series
    bullet: bool = False


def clauses(tagged: Sequence[Tagged], mentions: Sequence[Mention]) -> list[Clause]:
    """Return every series with what connects it to the one before."""
    inside = _parentheses(tagged)
    series = list(_series(tagged, list(mentions), inside))
    outside = {place: item for place, item in enumerate(tagged) if place not in inside}
    return list(_connected(outside, series, len(tagged)))


def _series(
    tagged: Sequence[Tagged], mentions: list[Mention], inside: Mapping[int, tuple[int, int]]
) -> Iterator[Series]:
    current: Series | None = None
    for mention in mentions:
        if current and mention.start in inside:
            continue  # in parentheses: what they stand behind keeps the words
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
    """Return for each place within parentheses where they open and close."""
    places: dict[int, tuple[int, int]] = {}
    opened: int | None = None
    for place, item in enumerate(tagged):
        if item.text in ("(", "[", "{") and opened is None:
            opened = place
        elif item.text in (")", "]", "}") and opened is not None:
            places |= dict.fromkeys(range(opened, place + 1), (opened, place))
            opened = None
    return places


def _joins(tagged: Sequence[Tagged], inside: Mapping[int, tuple[int, int]], current: Series, mention: Mention) -> bool:
    """Whether a noun continues the series: only commas and conjunctions between, and no new subject begins."""
    between = [tagged[place] for place in range(current.end, mention.start) if place not in inside]
    if not between or any(item.text not in _JOINING and item.text != "\n" for item in between):
        return False
    if mention.quantity == "each" or (any(item.text == "\n" for item in between) and not _trailing(between)):
        return False
    return not (mention.quantity == "their" and len(between) == 1 and between[0].text == "and")


def _trailing(between: Sequence[Tagged]) -> bool:
    """Whether a line ended within a list: with a comma, or before `and`."""
    return any(item.text in (",", "and", "or") for item in between)


def _connected(outside: Mapping[int, Tagged], series: list[Series], length: int) -> Iterator[Clause]:
    before: Series | None = None
    subject: Series | None = None
    start = 0
    for number, current in enumerate(series):
        words = _between(outside, start, current.start)
        stop = max((place for place in range(len(words)) if _ends(words, place)), default=-1)
        bullet = any(item.text == BULLET for item in words)
        connector = tuple(item for item in words[stop + 1 :] if item.tag != "adv")
        left = None if stop >= 0 else subject if subject and _goes_on(connector) else before
        after = series[number + 1].start if number + 1 < len(series) else length
        behind = _between(outside, current.end, after)
        acts = _acts(behind)
        apart = acts or (_is_apart(outside, current) and behind[:1] and behind[0].tag in ("prep", "participle"))
        if any(item.tag in _FINITE for item in connector) and left:
            subject = left
        if apart and len(current.mentions) > 1 and any(item.tag in _GOVERNING for item in connector):
            # "members borrow copies, authors write books": the last noun begins a clause of its own
            objects, before = current.parted()
            yield Clause(left, connector, objects, bullet)
            yield Clause(None, (), before, bullet)
        else:
            yield Clause(left, connector, current, bullet)
            before = current if acts else current.last()
        start = current.end


def _is_apart(outside: Mapping[int, Tagged], current: Series) -> bool:
    """Whether the last noun stands behind a bare comma: `customers have cards, transfers between accounts`."""
    if len(current.mentions) < 2:  # noqa: PLR2004
        return False
    words = _between(outside, current.mentions[-2].end, current.mentions[-1].start)
    return [item.text for item in words] == [","]


def _goes_on(connector: Sequence[Tagged]) -> bool:
    """Whether the same subject does a further thing: `users write posts, like posts and …`."""
    joined = connector[:1] and (connector[0].text == "," or connector[0].tag == "conj")
    verbs = [item for item in connector if item.text != "," and item.tag not in ("conj", "modal")]
    return bool(joined and verbs and verbs[0].tag == "verb")


def _between(outside: Mapping[int, Tagged], start: int, end: int) -> list[Tagged]:
    """Return the tokens between two places without those in parentheses."""
    return [outside[place] for place in range(start, end) if place in outside]


def _ends(words: Sequence[Tagged], place: int) -> bool:
    """Whether a sentence ends here; a line does, unless its last word leaves it open (`with`, `:`)."""
    if words[place].text in _STOPS:
        return True
    return words[place].text == "\n" and not any(item.text == ":" or item.tag == "prep" for item in words[:place])


def _acts(words: Sequence[Tagged]) -> bool:
    """Whether a verb follows at once: what stands before is its subject."""
    first = next((item for item in words if item.tag != "adv" and item.text != ","), None)
    return first is not None and first.tag in _FINITE
