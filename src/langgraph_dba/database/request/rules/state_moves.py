"""Sentences about states: the first one, the moves from one to another, and those that nothing leaves."""

import re
from itertools import pairwise

from langgraph_dba.database.request.rules.pattern import MUST_NOT, Fields, Pattern, noun, pattern
from langgraph_dba.database.request.rules.scene import Scene
from langgraph_dba.database.requirements.model import Attribute
from langgraph_dba.database.requirements.word_lists import words

_VALUE = r"(?:(?:in|on|out|under) )?[a-z]+(?: (?:up|out|in|off))?"
_STATE = r"(?P<state>[a-z]+(?: (?:up|out|in|off))?)"
_ARTICLES = r"(?:(?:an?|the|either) )?"
# a later state: "then shipped", "finally becomes paid", "-> paid"; after `goes from` also "to shipped"
_THEN = (
    r",? (?:and )?(?:then|finally|later|after that|afterwards|eventually|next)(?: (?:it )?(?:becomes?|is|are|gets?|"
    r"goes to|moves to|can be|may be|ends? (?:up )?as|ends? in)\b)?|,? (?:and )?(?:becomes?|ends? (?:up )?as|ends? in|"
    r"turns? into)\b|\s*(?:->|→|=>|>)"
)
_STEP = rf"{_VALUE}(?:(?:,? or |, (?!then|finally|later|and|but)){_ARTICLES}{_VALUE})*"
_STEPS = rf"{_ARTICLES}(?P<steps>{_STEP}(?:(?:{_THEN}) {_ARTICLES}{_STEP})+)"
_STEPS_TO = rf"{_ARTICLES}(?P<steps>{_STEP}(?:(?:{_THEN}|,?(?: and)? (?:on )?(?:to|into)) {_ARTICLES}{_STEP})+)"
_IS_FIRST = r"(?:(?:always )?(?:starts?|begins?)(?: out)? (?:as|in|with)|is first|are first|is|are|can be|goes|moves)"
_GOES_FROM = (
    r"(?:goes|go|moves?|passes?|changes?|proceeds?|progresses|develops?|(?:can|may)(?: only)? (?:go|change|"
    r"move))(?: only)? from"
)
_SPLIT = re.compile(rf"(?:{_THEN}|,?(?: and)? (?:on )?(?:to|into)\b)".replace(" ", r"\s+"), re.IGNORECASE)
_NO_MORE = r"(?!,? (?:and |or )?(?:then|finally|later|ends?|becomes?|or|to)\b)"
# a row in such a state goes on to no other one
_ENDS = frozenset(
    "cancelled canceled rejected declined refused void voided expired failed withdrawn lost abandoned denied".split()  # noqa: SIM905
)


_STATE_ENDINGS = ("ed", "id", "ent", "ing", "en", "ut", "ld")
_USUAL_STATES = frozenset("left done void won lost ready sick due late unread waiting offline idle stopped".split())  # noqa: SIM905


@pattern("states", rf"{noun('what')}(?: {_IS_FIRST}|:) {_STEPS}{_NO_MORE}")
def _course(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `is requested, then approved or rejected` and `goes draft -> sent -> paid`."""
    return _moves(scene, match)


@pattern("states", rf"{noun('what')} {_GOES_FROM} {_STEPS_TO}{_NO_MORE}")
def _goes_from(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `goes from new to paid to shipped`; trains go from one place to another."""
    return _moves(scene, match)


def _values(text: str) -> list[str]:
    return [part for part in re.split(r",\s*(?:or\s+)?|\s+or\s+", text.strip()) if part]


def _plain(value: str) -> str:
    return re.sub(r"^(?:an?|the|either)\s+", "", value.strip(), flags=re.IGNORECASE).lower().replace(" ", "_")


def _moves(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Return the rule of states in their order; an alternative such as `rejected` ends the course."""
    entity = _entity_of(scene, match["what"])
    said = [_values(text) for text in _SPLIT.split(match["steps"]) if text.strip()]
    steps = [[_plain(value) for value in step] for step in said]
    values = [value for step in steps for value in step]
    if entity is None or len(steps) < 2 or len(set(values)) < len(values):  # noqa: PLR2004  a move has two ends
        return None
    status = _status_of(scene, entity, values, is_plain=match["steps"] == match["steps"].lower())
    if status is None:
        return None
    name, spelt = status
    moves: dict[str, tuple[str, ...]] = {}
    for step, following in pairwise(steps):
        going = [value for value in step if len(step) == 1 or value not in _ENDS]
        moves |= {spelt[value]: tuple(spelt[to] for to in following) for value in going}
    moves = _with_others(scene, entity, name, moves, {spelt[value] for value in values})
    return {"of": f"{entity}.{name}", "start": [spelt[value] for value in steps[0]], "moves": moves}


def _with_others(
    scene: Scene, entity: str, name: str, moves: dict[str, tuple[str, ...]], named: set[str]
) -> dict[str, tuple[str, ...]]:
    """Return the moves with those into states that the sentence does not name: orders of any state are cancelled."""
    choices = [one.choices for one in scene.attributes(entity) if one.name == name][-1]  # an added one comes last
    others = [value for value in choices if value not in named]
    if not others:
        return moves
    return {
        value: (*moves.get(value, ()), *(to for to in others if to != value))
        for value in choices
        if value not in named or value not in _ENDS
    }


def _entity_of(scene: Scene, phrase: str) -> str | None:
    """Return the entity of `an order`, `the status of an order`, `an order's status` or `the status`."""
    said = re.sub(r"^(?:the\s+)?(?:status|state)\s+of\s+", "", phrase, flags=re.IGNORECASE)
    said = re.sub(r"(?:'s?)?\s+(?:status|state)$", "", said, flags=re.IGNORECASE)
    if entity := scene.entity(phrase) or scene.entity(said):
        return entity
    is_alone = re.fullmatch(r"(?:the\s+|its\s+)?(?:status|state)", phrase, re.IGNORECASE)
    found = scene.owner_of("status") if is_alone else None
    return found[0] if found else None


def _status_of(scene: Scene, entity: str, values: list[str], *, is_plain: bool) -> tuple[str, dict[str, str]] | None:
    """Return the choice of an entity that has the values, and these as they are spelt there.

    Without such a choice, the status gets exactly these values, if all look like states.
    """
    for one in scene.attributes(entity):
        spelt = _spelt(one)
        if one.type == "choice" and set(values) <= spelt.keys():
            return one.name, spelt
    if not is_plain or not all(map(_is_state, values)) or any(map(scene.entity, values)):
        return None
    added = Attribute(name="status", type="choice", choices=tuple(values), default=values[0])
    scene.added.setdefault(entity, []).append(added)
    return "status", {value: value for value in values}


def _is_state(value: str) -> bool:
    """Return whether a word is a participle or an adjective; the places and people of `goes from A to B` are none."""
    first, *rest = value.split("_")
    if first in ("in", "on", "out", "under") and rest:
        return True
    return (
        value.endswith(_STATE_ENDINGS) or first.endswith(_STATE_ENDINGS) or value in words("adjectives") | _USUAL_STATES
    )


def _spelt(attribute: Attribute) -> dict[str, str]:
    return {choice.lower().replace(" ", "_"): choice for choice in attribute.choices}


def _choice_with(scene: Scene, entity: str, values: tuple[str, ...]) -> Attribute | None:
    choices = (one for one in scene.attributes(entity) if one.type == "choice")
    return next((one for one in choices if set(values) <= _spelt(one).keys()), None)


@pattern(
    "states",
    rf"{noun('what')} (?:always )?(?:starts?|begins?)(?: out)? (?:as|in) {_ARTICLES}(?P<first>{_VALUE})"
    rf"{_NO_MORE}",
)
def _starts_as(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `starts as draft` if the states are known already: every move stays allowed."""
    entity, first = _entity_of(scene, match["what"]), _plain(match["first"])
    status = _choice_with(scene, entity, (first,)) if entity else None
    if status is None:
        return None
    moves = {one: tuple(to for to in status.choices if to != one) for one in status.choices}
    return {"of": f"{entity}.{status.name}", "start": [_spelt(status)[first]], "moves": moves}


_CAN = r"(?:can|may|must|should|is allowed to|are allowed to)"
_IS = r"(?:is|are|was|were|has been|have been)"


@pattern(
    "states",
    rf"only {_ARTICLES}{_STATE} {noun('what', 2)} (?:(?:may |can )?becomes?|(?:can|may|are allowed "
    rf"to) be) "
    rf"(?P<to>{_VALUE})",
)
def _only_becomes(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `only approved loans become active` and `only paid orders can be shipped`."""
    return _only_from(scene, match)


@pattern(
    "states",
    rf"{noun('what')} {_CAN} (?:only )?be (?:only )?(?P<to>{_VALUE}) (?:only )?(?:after|once|when|if) "
    rf"(?:it|they) {_IS} {_STATE}",
)
def _only_after(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `an order can only be shipped after it is paid`."""
    return _only_from(scene, match) if re.search(r"\bonly\b", match[0], re.IGNORECASE) else None


@pattern(
    "states",
    rf"{noun('what')} {MUST_NOT} (?:be|become) (?P<to>{_VALUE}) (?:before|unless|until) (?:it|they) "
    rf"{_IS} "
    rf"{_STATE}",
)
def _not_before(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _only_from(scene, match)


def _only_from(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Return the rule that one way leads into a state; every other move stays allowed."""
    entity = scene.entity(match["what"])
    source, target = _plain(match["state"]), _plain(match["to"])
    status = _choice_with(scene, entity, (source, target)) if entity else None
    if status is None or source == target:
        return None
    source, target = _spelt(status)[source], _spelt(status)[target]
    moves = {
        value: tuple(to for to in status.choices if to != value and (to != target or value == source))
        for value in status.choices
    }
    start = tuple(value for value in status.choices if value != target)
    return {"of": f"{entity}.{status.name}", "start": start, "moves": moves}


_REOPENED = (
    r"(?:reopened|re-opened|reactivated|revived|resumed|restarted|undone|reverted|changed back|set back|moved back|"
    r"brought back|continued|restored)"
)


@pattern(
    "states",
    rf"{_ARTICLES}{_STATE} {noun('what', 2)} {MUST_NOT} (?:be {_REOPENED}|(?:become|be) active again|"
    rf"go back|"
    r"change (?:its|their) (?:status|state))(?: again| any more)?",
)
def _final(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `a cancelled booking cannot be reopened`."""
    entity = scene.entity(match["what"])
    return _end(scene, entity, (_plain(match["state"]),)) if entity else None


@pattern("states", rf"{_ARTICLES}{_STATE} {noun('what', 2)} (?:stays?|remains?) (?P<same>{_VALUE})(?: forever)?")
def _stays(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `a closed account stays closed`."""
    entity, state = scene.entity(match["what"]), _plain(match["state"])
    return _end(scene, entity, (state,)) if entity and state == _plain(match["same"]) else None


_STATES = rf"(?P<ends>{_VALUE}(?:,? (?:and|or) {_VALUE})?)"


@pattern(
    "states",
    rf"(?:nothing leaves the states? {_STATES}|(?:there is )?no (?:way|return) (?:back )?(?:from|after) "
    rf"{_ARTICLES}{_STATES.replace('ends', 'other')})",
)
def _end_states(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _ends_of(scene, match["ends"] or match["other"])


@pattern("states", rf"{_STATES} (?:is|are) (?:final|end states?|final states?|an end state|a final state)")
def _are_final(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _ends_of(scene, match["ends"])


def _ends_of(scene: Scene, text: str) -> Fields | None:
    ends = tuple(_plain(part) for part in re.split(r",?\s+(?:and|or)\s+", text))
    found = [name for name in scene.before if _choice_with(scene, name, ends)]
    if not found:
        found = [one.name for one in scene.requirements.entities if _choice_with(scene, one.name, ends)]
    return _end(scene, found[0], ends) if len(found) == 1 else None


def _end(scene: Scene, entity: str, ends: tuple[str, ...]) -> Fields | None:
    """Return the rule that no move leads out of some states."""
    status = _choice_with(scene, entity, ends)
    if status is None:
        return None
    final = {one for one in status.choices if one.lower().replace(" ", "_") in ends}
    moves = {one: () if one in final else tuple(to for to in status.choices if to != one) for one in status.choices}
    return {"of": f"{entity}.{status.name}", "start": status.choices, "moves": moves}


STATE_MOVES: tuple[Pattern, ...] = (
    _course,
    _goes_from,
    _starts_as,
    _only_becomes,
    _only_after,
    _not_before,
    _final,
    _stays,
    _end_states,
    _are_final,
)
