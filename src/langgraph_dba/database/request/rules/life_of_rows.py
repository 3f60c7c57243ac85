"""Sentences about changes of rows: what is frozen, and from which state to which a row may go."""

import re
from itertools import pairwise

from langgraph_dba.database.request.rules.pattern import MUST_NOT, Fields, Pattern, noun, pattern
from langgraph_dba.database.request.rules.scene import Scene
from langgraph_dba.database.requirements.model import Attribute

_CHANGED = r"(?:changed|edited|modified|altered|updated|touched|overwritten)"
_DELETED = r"(?:deleted|removed|erased)"
_DONE = (
    rf"(?P<done>(?:{_CHANGED}|{_DELETED})(?: (?:or|and|nor) (?:{_CHANGED}|{_DELETED}))?)(?: (?:any "
    rf"more|anymore|afterwards|again|later))?"
)
_NOT = rf"(?:(?:is|are) never|{MUST_NOT} be|(?:is|are) not to be|will never be)"
_STATE = r"(?P<state>[a-z]+)"


def _frozen(scene: Scene, what: str, done: str, state: str | None = None) -> Fields | None:
    entity = scene.entity(what) or scene.entity(re.sub(r"\s+of\s+.*$", "", what, flags=re.IGNORECASE))
    test = scene.state(entity, state) if entity and state else None
    if entity is None or (state and test is None):
        return None
    status, later = _from_state_on(scene, entity, test) if test else ("", [])
    if later:
        # the row goes on through its states, but nothing else of it changes
        return {
            "what": entity,
            "once": [{"attribute": status, "in": later}],
            "except": [status],
            "change": "update-only" if not re.search(_CHANGED, done, re.IGNORECASE) else "none",
        }
    # "never deleted" leaves changes allowed; "never changed" means that the row stays as it is
    change = "update-only" if not re.search(_CHANGED, done, re.IGNORECASE) else "none"
    return {"what": entity, "once": [test] if test else [], "change": change}


def _from_state_on(scene: Scene, entity: str, test: dict[str, object]) -> tuple[str, list[str]]:
    """Return an attribute and its values from a state on, in their order; none if it is the last one.

    A sent invoice is still paid: the state is what the sentence speaks of, and the values after it belong to it.
    """
    name = str(test.get("attribute", ""))
    values = test.get("in")
    choices = next((one.choices for one in scene.attributes(entity) if one.name == name), ())
    if not isinstance(values, list) or values[0] not in choices:
        return "", []
    later = list(choices[choices.index(values[0]) :])
    return name, later if len(later) > 1 else []


@pattern("frozen", rf"{_STATE} {noun('what', 2)} (?:{MUST_NOT} be) {_DONE}")
def _in_state(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _frozen(scene, match["what"], match["done"], match["state"]) if not scene.entity(_all(match)) else None


def _all(match: re.Match[str]) -> str:
    return f"{match['state']} {match['what']}"


@pattern(
    "frozen",
    rf"{noun('what')} {MUST_NOT} be {_DONE} (?:once|after|when|as soon as) "
    rf"(?:(?:it|they) )?(?:(?:is|are|has been|have been|was|were) )?{_STATE}",
)
def _once(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _frozen(scene, match["what"], match["done"], match["state"])


@pattern(
    "frozen",
    rf"(?:once|after|when|as soon as) (?:it is |they are |)(?P<state>[a-z]+),? {noun('what')} {MUST_NOT} be {_DONE}",
)
def _once_before(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _frozen(scene, match["what"], match["done"], match["state"])


@pattern(
    "frozen",
    rf"(?:once|after|when|as soon as) {noun('what')} (?:is|are|has been|have been|was|were) {_STATE},? (?:it|"
    rf"they) {MUST_NOT} be {_DONE}",
)
def _once_it(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _frozen(scene, match["what"], match["done"], match["state"])


@pattern(
    "frozen",
    rf"{noun('what')} (?:can|may) be {_DONE} (?:only )?(?:until|before|as long as) (?:it|they) (?:is|are|has "
    rf"been|have been) (?P<neg>not )?(?:yet )?{_STATE}",
)
def _until(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _frozen(scene, match["what"], match["done"], match["state"])


@pattern(
    "frozen",
    rf"(?P<what>(?:(?:a|an|the|each)\s+)?[a-z][\w'-]*(?: [a-z][\w'-]*)?(?: of (?:(?:a|an|the|"
    rf"each)\s+)?[a-z]+)?) {_NOT} {_DONE}",
)
def _never(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _frozen(scene, match["what"], match["done"])


@pattern(
    "frozen",
    rf"(?:never|do not|don't) (?:change|edit|delete|update|remove)(?: or (?:change|edit|delete|update|remove))? "
    rf"{noun('what')}",
)
def _imperative(scene: Scene, match: re.Match[str]) -> Fields | None:
    only_deleted = not re.search(r"change|edit|update", match[0], re.IGNORECASE)
    return _frozen(scene, match["what"], "deleted" if only_deleted else "changed")


@pattern("frozen", rf"{noun('what')} (?:is|are|must be) (?:append-only|append only|immutable|read-only|read only)")
def _append_only(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _frozen(scene, match["what"], "changed")


_VALUE = r"(?:(?:in|on|out|under) )?[a-z]+(?: (?:up|out|in|off))?"


@pattern(
    "states",
    rf"{noun('what')} (?:starts?|begins?) as (?:an? )?(?P<first>{_VALUE}),? (?:then|and then|and)(?: becomes| is| "
    rf"gets)? (?P<rest>{_VALUE}(?:,? (?:and )?then {_VALUE})*(?:,? or {_VALUE})?)",
)
def _starts_as(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `starts as draft, then sent or cancelled` and `starts as draft, then sent, then paid`."""
    entity = scene.entity(match["what"])
    if entity is None:
        return None
    steps = [[match["first"]], *(_values(step) for step in re.split(r",?\s+(?:and\s+)?then\s+", match["rest"]))]
    steps = [[value.strip().replace(" ", "_") for value in step] for step in steps]
    values = [value for step in steps for value in step]
    name = _status_of(scene, entity, values)
    if name is None or len(set(values)) < len(values):
        return None
    moves = {value: tuple(following) for step, following in pairwise(steps) for value in step}
    return {"of": f"{entity}.{name}", "start": steps[0], "moves": moves}


def _values(text: str) -> list[str]:
    return [part for part in re.split(r",\s*(?:or\s+)?|\s+or\s+", text) if part]


def _status_of(scene: Scene, entity: str, values: list[str]) -> str | None:
    """Return the choice of an entity that has the values; without one, its status gets exactly these."""
    choices = [one for one in scene.attributes(entity) if one.type == "choice"]
    for one in choices:
        if set(values) <= set(one.choices):
            return one.name
    added = Attribute(name="status", type="choice", choices=tuple(values), default=values[0])
    scene.added.setdefault(entity, []).append(added)
    return "status"


@pattern("states", rf"only {_STATE} {noun('what', 2)} (?:may |can )?becomes? (?P<to>{_VALUE})")
def _only_becomes(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `only approved loans become active`: every other move stays allowed."""
    entity = scene.entity(match["what"])
    source, target = match["state"].lower(), match["to"].lower().replace(" ", "_")
    status = _choice_with(scene, entity, (source, target)) if entity else None
    if status is None:
        return None
    moves = {
        value: tuple(to for to in status.choices if to != value and (to != target or value == source))
        for value in status.choices
    }
    start = tuple(value for value in status.choices if value != target)
    return {"of": f"{entity}.{status.name}", "start": start, "moves": moves}


@pattern("states", rf"nothing leaves the states? (?P<ends>{_VALUE}(?: (?:and|or) {_VALUE})?)")
def _end_states(scene: Scene, match: re.Match[str]) -> Fields | None:
    ends = tuple(part.strip().replace(" ", "_") for part in re.split(r"\s+(?:and|or)\s+", match["ends"]))
    found = [(name, one) for name in scene.before if (one := _choice_with(scene, name, ends))]
    if len(found) != 1:
        return None
    entity, status = found[0]
    ends = tuple(one for one in status.choices if one.replace(" ", "_") in ends)
    moves = {one: () if one in ends else tuple(to for to in status.choices if to != one) for one in status.choices}
    return {"of": f"{entity}.{status.name}", "start": status.choices, "moves": moves}


def _choice_with(scene: Scene, entity: str, values: tuple[str, ...]) -> Attribute | None:
    choices = (one for one in scene.attributes(entity) if one.type == "choice")
    return next((one for one in choices if set(values) <= {value.replace(" ", "_") for value in one.choices}), None)


LIFE_OF_ROWS: tuple[Pattern, ...] = (
    _once,
    _once_before,
    _once_it,
    _until,
    _in_state,
    _never,
    _append_only,
    _imperative,
    _starts_as,
    _only_becomes,
    _end_states,
)
