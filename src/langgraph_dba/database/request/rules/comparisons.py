"""Sentences that compare amounts, that say what a row has in a state, or which of several attributes has a value."""

import re

from langgraph_dba.database.request.rules.pattern import (
    IS,
    IS_NOT,
    MUST,
    MUST_NOT,
    Fields,
    Pattern,
    noun,
    nouns,
    pattern,
)
from langgraph_dba.database.request.rules.phrases import phrases_in
from langgraph_dba.database.request.rules.scene import NUMERIC, Scene
from langgraph_dba.database.request.rules.time_order import candidates

_HAS = rf"(?:has|have|needs?|requires?|{MUST} have)"
_STATE = r"(?:it is |they are |it has been |they have been )?(?P<state>[a-z]+)"


@pattern("holds", rf"{noun('owner')} {_HAS} {nouns('names')} (?:once|when|as soon as|after|if) {_STATE}")
def _has_once(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _present(scene, match)


@pattern(
    "holds",
    rf"(?:once|when|as soon as|after|if) {noun('owner')} (?:is|are|has been|have been) "
    rf"(?P<state>[a-z]+),? (?:it|they) "
    rf"{_HAS} {nouns('names')}",
)
def _once_has(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _present(scene, match)


@pattern("holds", rf"(?:(?:a|an|each|every|all) )?(?P<state>[a-z]+) {noun('owner', 2)} {_HAS} {nouns('names')}")
def _in_state_has(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `sold lots must have a buyer`."""
    is_entity = scene.entity(f"{match['state']} {match['owner']}")
    return None if is_entity else _present(scene, match)


@pattern("holds", rf"{noun('owner')} (?:{MUST_NOT} be) (?P<state>[a-z]+) without {nouns('names')}")
def _not_without(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _present(scene, match)


def _present(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Return the rule that rows in a state, which exists already, have values."""
    owner = scene.entity(match["owner"])
    if owner is None:
        return None
    names = [scene.role(owner, phrase) for phrase in phrases_in(match["names"])]
    test = scene.state(owner, match["state"])
    if test is None or None in names:
        return None
    scene.optional |= {(owner, str(one)) for one in names}
    return {"of": owner, "if": [test], "that": [{"attribute": one, "is": "present"} for one in names]}


_MORE = r"(?:more|larger|greater|higher|bigger|longer|above|over)(?: than)?"
_LESS = r"(?:less|smaller|lower|fewer|shorter|below|under)(?: than)?"


@pattern(
    "holds",
    rf"{noun('left')}(?: of {noun('owner')})? (?:{MUST_NOT} exceed|{IS_NOT} {_MORE}|{IS} (?:at most|no "
    rf"more than|up "
    rf"to|not more than)) {noun('right', 6)}",
)
def _at_most(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _amounts(scene, match, "at-most")


@pattern(
    "holds",
    rf"{noun('left')}(?: of {noun('owner')})? (?:{IS_NOT} {_LESS}|{IS} (?:at least|no less than|not "
    rf"less than)) "
    rf"{noun('right', 6)}",
)
def _at_least(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _amounts(scene, match, "at-least")


@pattern("holds", rf"{noun('left')}(?: of {noun('owner')})? {IS} {_MORE} {noun('right', 6)}")
def _more(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _amounts(scene, match, "more-than")


@pattern("holds", rf"{noun('left')}(?: of {noun('owner')})? {IS} {_LESS} {noun('right', 6)}")
def _less(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _amounts(scene, match, "less-than")


def _amounts(scene: Scene, match: re.Match[str], op: str) -> Fields | None:
    """Return the rule of two amounts of a row, or of a row and one that it refers to."""
    owner = scene.entity(match["owner"]) if match["owner"] else None
    if match["owner"] and owner is None:
        return None
    left = match["left"]
    named = [(owner, left)] if owner else [*scene.split_owner(left), *((one, left) for one in candidates(scene))]
    found: dict[tuple[str, str, str], None] = {}
    for entity, phrase in named:
        one = scene.attribute(entity, phrase)
        for path, other in scene.operands(entity, match["right"]) if one else ():
            kinds = {one.type, other.type} if one else set()
            if one and path != one.name and kinds <= {*NUMERIC, "string"} and kinds & {*NUMERIC}:
                found[entity, one.name, path] = None
    near = [one for one in found if one[0] in scene.before]
    chosen = list(found) if len(found) == 1 else near
    if len(chosen) != 1:
        return None
    entity, name, path = chosen[0]
    known = {one.name: one for one in scene.attributes(entity)}
    sides = [known[side] for side in (name, path) if side in known]
    kind = next((one.type for one in sides if one.type in NUMERIC), "decimal")
    for one in sides:
        if one.type == "string":  # the `credit limit` is an amount, as the balance that it limits
            scene.as_number(entity, one, kind)
    return {"of": entity, "that": [{"left": name, "op": op, "right": path}]}


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


@pattern("choose", rf"{noun('owner')} (?:{MUST} have|needs?|requires?) {noun('one')} or {noun('other')}(?:,? or both)?")
def _one_or_other(scene: Scene, match: re.Match[str]) -> Fields | None:
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
    rf"(?:each|every|a|any) (?:new )?{noun('what')} {IS} (?:strictly )?(?:higher|larger|greater|"
    rf"more|bigger|above) "
    r"(?:than )?the (?:previous|last|one before|highest|current highest|preceding)(?: (?:one|[a-z]+))?",
)
def _increasing(scene: Scene, match: re.Match[str]) -> Fields | None:
    entity = scene.entity(match["what"])
    amount = scene.only_number(entity) if entity else None
    links = [link for link in scene.requirements.relationships if link.source == entity and link.required]
    # bids of one auction are compared, not those of one bidder
    things = [link.role for link in links if not scene.is_person(link.target)]
    parents = things or [link.role for link in links]
    if amount is None or len(parents) != 1:
        return None
    return {"of": f"{entity}.{amount.name}", "per": parents}


_SIGNS = {
    "times": "*",
    "multiplied by": "*",
    "*": "*",
    "x": "*",
    "plus": "+",
    "+": "+",
    "minus": "-",
    "less": "-",
    "-": "-",
}


@pattern(
    "derived",
    rf"{noun('name')}(?: of {noun('owner')})? (?:is|are|equals?|=|{MUST} be|{MUST} equal|is "
    rf"calculated as|is "
    rf"always)(?: always)? {noun('one', 2)} (?P<sign>times|multiplied by|plus|minus|less|[*x+-]) "
    rf"{noun('other', 2)}",
)
def _derived(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `the total of a line is its quantity times its unit price`."""
    owners = [scene.entity(match["owner"])] if match["owner"] else candidates(scene)
    found = []
    for owner in filter(None, owners):
        phrase = next((rest for one, rest in scene.split_owner(match["name"]) if one == owner), match["name"])
        result = scene.attribute(owner, phrase)
        sides = [scene.attribute(owner, match[side]) for side in ("one", "other")]
        names = [one.name for one in (result, *sides) if one and one.type in NUMERIC]
        if len(set(names)) == 3:  # noqa: PLR2004  the result and two operands
            sign = _SIGNS[" ".join(match["sign"].lower().split())]
            found.append({"attribute": f"{owner}.{names[0]}", "is": f"{names[1]} {sign} {names[2]}"})
    return found[0] if len(found) == 1 else None


COMPARISONS: tuple[Pattern, ...] = (
    _has_once,
    _once_has,
    _not_without,
    _in_state_has,
    _derived,
    _at_most,
    _at_least,
    _more,
    _less,
    _either,
    _either_or,
    _at_least_one,
    _one_or_other,
    _all_or_none,
    _increasing,
)
