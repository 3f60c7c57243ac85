"""Sentences that compare values of a row, or say which of several has a value."""

import re
from collections.abc import Sequence

from langgraph_dba.database.request.rules.pattern import MUST, MUST_NOT, Fields, Pattern, noun, nouns, pattern
from langgraph_dba.database.request.rules.scene import NUMERIC, Scene, phrases_in
from langgraph_dba.database.requirements.model import Attribute

_IS = rf"(?:{MUST} be|must come|is|are|has to come)"
_LATER = r"(?P<later>later than|after|not before|on or after|not earlier than)"
_EARLIER = r"(?P<earlier>earlier than|before|not after|on or before|not later than)"
_WORDS_OF_ORDER = {
    "later than": "after",
    "after": "after",
    "not before": "not-before",
    "on or after": "not-before",
    "not earlier than": "not-before",
    "earlier than": "before",
    "before": "before",
    "not after": "not-after",
    "on or before": "not-after",
    "not later than": "not-after",
}


@pattern(
    "holds",
    rf"{noun('left')}(?: of {noun('owner')})? {_IS} (?:always )?(?:strictly )?(?:{_LATER}|{_EARLIER}) {noun('right')}",
)
def _ordered(scene: Scene, match: re.Match[str]) -> Fields | None:
    op = _WORDS_OF_ORDER[" ".join((match["later"] or match["earlier"]).lower().split())]
    owner = scene.entity(match["owner"]) if match["owner"] else None
    return _moments(scene, [owner] if owner else _candidates(scene), match["left"], op, match["right"])


@pattern(
    "holds",
    rf"{noun('owner')} (?:must )?(?P<left>ends?|finish(?:es)?|closes?) after it (?P<right>starts?|begins?|opens?)",
)
def _ends_after(scene: Scene, match: re.Match[str]) -> Fields | None:
    owner = scene.entity(match["owner"])
    period = (scene.period(owner) or scene.new_period(owner, by_day=False)) if owner else None
    return {"of": owner, "that": [{"left": period[1], "op": "after", "right": period[0]}]} if period else None


def _candidates(scene: Scene) -> Sequence[str]:
    return list(dict.fromkeys((*scene.before, *(one.name for one in scene.requirements.entities))))


def _moments(scene: Scene, owners: Sequence[str], left: str, op: str, right: str) -> Fields | None:
    found = []
    for owner in owners:
        one, other = scene.moment(owner, left), scene.moment(owner, right)
        if one and other and one.name != other.name and one.type == other.type:
            found.append({"of": owner, "that": [{"left": one.name, "op": op, "right": other.name}]})
    return found[0] if len(found) == 1 else None


@pattern("holds", rf"{noun('left')} {MUST_NOT} (?:be|equal) (?:the same as |equal to |identical to )?{noun('right')}")
def _not_the_same(scene: Scene, match: re.Match[str]) -> Fields | None:
    if not re.search(r"the\s+same\s+as|equal|identical", match[0], re.IGNORECASE):
        return None
    return _different(scene, match["left"], match["right"])


@pattern(
    "holds",
    rf"{noun('left')} {MUST} (?:differ from|be different from|be other than|not be the same as) {noun('right')}",
)
def _differs(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _different(scene, match["left"], match["right"])


@pattern("holds", rf"{noun('left')} and {noun('right')} {MUST} (?:be different|differ|not be the same)")
def _both_differ(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _different(scene, match["left"], match["right"])


@pattern("holds", rf"(?:the )?(?:two|2) {noun('what')} {MUST} (?:be different|differ)")
def _two_differ(scene: Scene, match: re.Match[str]) -> Fields | None:
    target = scene.entity(match["what"])
    links = [link for link in scene.requirements.relationships if link.target == target and link.source != target]
    sources = [link.source for link in links if link.kind != "many-to-many"]
    pairs = [one for one in dict.fromkeys(sources) if sources.count(one) == 2]  # noqa: PLR2004
    if len(pairs) != 1:
        return None
    one, other = (link.role for link in links if link.source == pairs[0])
    return {"of": pairs[0], "that": [{"left": one, "op": "is-not", "right": other}]}


def _different(scene: Scene, left: str, right: str) -> Fields | None:
    found = []
    for owner in _candidates(scene):
        one, other = scene.role(owner, left), scene.role(owner, right)
        if one and other and one != other:
            found.append({"of": owner, "that": [{"left": one, "op": "is-not", "right": other}]})
    return found[0] if len(found) == 1 else None


@pattern(
    "holds",
    rf"{noun('name')}(?: of {noun('owner')})? (?:(?:is|are) never|{MUST_NOT} (?:be|become|get|go|fall|drop)|"
    rf"(?:is|are) not) (?:negative|below zero|below 0|less than zero|less than 0|under 0|under zero)",
)
def _never_negative(scene: Scene, match: re.Match[str]) -> Fields | None:
    owner = scene.entity(match["owner"]) if match["owner"] else None
    attribute = scene.attribute(owner, match["name"], add=True) if owner else None
    owned = (owner, attribute) if owner and attribute else None if match["owner"] else scene.owner_of(match["name"])
    if owned is None or owned[1].type not in NUMERIC:
        return None
    scene.bounds.add((owned[0], owned[1].name, 0))
    return {"of": owned[0], "that": [{"left": owned[1].name, "op": "at-least", "right": 0}]}


@pattern(
    "holds",
    rf"{noun('name')}(?: of {noun('owner')})? (?:(?:is|are|goes|go|runs?|{MUST} be) )?(?:from|between) "
    rf"(?P<low>\d+) (?:to|and) (?P<high>\d+)",
)
def _in_range(scene: Scene, match: re.Match[str]) -> Fields | None:
    owner = scene.entity(match["owner"]) if match["owner"] else None
    attribute = scene.attribute(owner, match["name"]) if owner else None
    owned = (owner, attribute) if owner and attribute else None if match["owner"] else scene.owner_of(match["name"])
    if owned is None:
        return None
    return _range(scene, *owned, match)


def _range(scene: Scene, owner: str, attribute: Attribute, match: re.Match[str]) -> Fields | None:
    low, high = int(match["low"]), int(match["high"])
    if attribute.type not in NUMERIC or low > high:
        return None
    scene.bounds |= {(owner, attribute.name, low), (owner, attribute.name, high)}
    bounds = (("at-least", low), ("at-most", high))
    return {"of": owner, "that": [{"left": attribute.name, "op": op, "right": value} for op, value in bounds]}


@pattern(
    "holds",
    rf"(?P<span>{noun('name')} (?:from|between) (?P<low>\d+) (?:to|and) (?P<high>\d+)) (?:is|are) unique[^,.;]*",
)
def _in_range_and_unique(scene: Scene, match: re.Match[str]) -> Fields | None:
    owned = scene.owner_of(match["name"])
    return _range(scene, *owned, match) if owned else None


@pattern(
    "holds",
    rf"(?:{noun('owner')} )?(?P<span>(?:runs?|lasts?|is valid|are valid) from (?:a|the|its)(?: start)? date "
    rf"(?:to|until) (?:a|an|the|its)(?: end)? date)",
)
def _from_date_to_date(scene: Scene, match: re.Match[str]) -> Fields | None:
    owner = scene.entity(match["owner"]) if match["owner"] else next(iter(scene.before), None)
    if owner is None or scene.model(owner) is None:
        return None
    first, last = scene.period(owner) or scene.new_period(owner, by_day=True)
    return {"of": owner, "that": [{"left": last, "op": "not-before", "right": first}]}


@pattern(
    "holds",
    rf"{noun('owner')} (?:has|have|needs?|must have) {nouns('names')} (?:once|when|as soon as) (?:it|they) "
    rf"(?:is|are|has been|have been) (?P<state>[a-z]+)",
)
def _has_once(scene: Scene, match: re.Match[str]) -> Fields | None:
    owner = scene.entity(match["owner"])
    names = [scene.attribute(owner, phrase) for phrase in phrases_in(match["names"])] if owner else [None]
    test = scene.state(owner, match["state"]) if owner else None
    if owner is None or test is None or None in names:
        return None
    scene.optional |= {(owner, one.name) for one in names if one}
    return {"of": owner, "if": [test], "that": [{"attribute": one.name, "is": "present"} for one in names if one]}


@pattern(
    "holds",
    rf"{noun('left')}(?: of {noun('owner')})? (?:{MUST_NOT} (?:exceed|be (?:more|larger|greater|higher|bigger) "
    rf"than)|(?:is|are) never (?:more|larger|greater|higher|bigger) than) {noun('right')}",
)
def _at_most(scene: Scene, match: re.Match[str]) -> Fields | None:
    owners = [scene.entity(match["owner"])] if match["owner"] else _candidates(scene)
    found = []
    for owner in filter(None, owners):
        one, other = scene.attribute(owner, match["left"]), scene.attribute(owner, match["right"])
        if one and other and one is not other and {one.type, other.type} <= set(NUMERIC):
            found.append({"of": owner, "that": [{"left": one.name, "op": "at-most", "right": other.name}]})
    return found[0] if len(found) == 1 else None


_NEVER_BOTH = (
    r",? ?(?:but )?(?:not both|never both|not (?:to|for) both|never (?:to|for) both|not both at once|but never both)"
)


@pattern(
    "choose",
    rf"{noun('owner')} (?:belongs? to|has|have|refers? to|is for|is paid by|must have|must belong to|is "
    rf"attached to) (?:either )?{noun('one')} or (?:to )?{noun('other')}{_NEVER_BOTH}",
)
def _either(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _choose(scene, match, "exactly-one")


@pattern(
    "choose",
    rf"{noun('owner')} (?:belongs? to|has|have|refers? to|is for|must have|must belong to) either {noun('one')} "
    rf"or (?:to )?{noun('other')}",
)
def _either_or(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _choose(scene, match, "exactly-one")


@pattern(
    "choose", rf"{noun('owner')} (?:must have|has|have|needs?) at least one of {noun('one')} (?:and|or) {noun('other')}"
)
def _at_least_one(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _choose(scene, match, "at-least-one")


@pattern(
    "choose",
    rf"{noun('owner')} (?:has|have|must have) {noun('one')} and {noun('other')},? ?(?:together or not at all|"
    rf"both or neither|both or none)",
)
def _all_or_none(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _choose(scene, match, "all-or-none")


def _choose(scene: Scene, match: re.Match[str], number: str) -> Fields | None:
    """Return the rule of two attributes or references; each may be absent from now on."""
    owner = scene.entity(match["owner"])
    names = [scene.group(owner, match[one]) for one in ("one", "other")] if owner else [None]
    if owner is None or None in names or len(set(names)) < 2:  # noqa: PLR2004
        return None
    scene.optional |= {(owner, str(name)) for name in names}
    return {"of": owner, "number": number, "among": names}


@pattern(
    "increasing",
    rf"(?:each|every) (?:new )?{noun('what')} (?:must be|is|has to be) (?:higher|larger|greater|more) than the "
    rf"(?:previous|last|one before)(?: one)?",
)
def _increasing(scene: Scene, match: re.Match[str]) -> Fields | None:
    entity = scene.entity(match["what"])
    amount = scene.only_number(entity) if entity else None
    parents = [link.role for link in scene.requirements.relationships if link.source == entity and link.required]
    if amount is None or len(parents) != 1:
        return None
    return {"of": f"{entity}.{amount.name}", "per": parents}


COMPARISONS: tuple[Pattern, ...] = (
    _ordered,
    _ends_after,
    _not_the_same,
    _differs,
    _both_differ,
    _two_differ,
    _never_negative,
    _in_range,
    _in_range_and_unique,
    _from_date_to_date,
    _has_once,
    _at_most,
    _either,
    _either_or,
    _at_least_one,
    _all_or_none,
    _increasing,
)
