"""Sentences that compare the size of a row with the room that the row it refers to has: people and seats."""

import re

from langgraph_dba.database.request.attributes import attribute_of_phrase, known_attribute
from langgraph_dba.database.request.rules.pattern import MUST_NOT, Fields, Pattern, noun, pattern
from langgraph_dba.database.request.rules.phrases import heads_of
from langgraph_dba.database.request.rules.scene import NUMERIC, Scene
from langgraph_dba.database.requirements.model import Attribute
from langgraph_dba.database.requirements.plural import singular_of

_BIGGER = r"(?:bigger|larger|greater|longer|more)"
_ROOM = r"(?:has|have|holds?|takes?|offers?|allows?|seats?)"
# the nouns of places for people: a row that has them has a capacity
_PLACES = frozenset({"seat", "place", "bed", "space", "berth"})


@pattern(
    "holds",
    rf"{noun('owner', 2)} {MUST_NOT} (?:have|take|carry|hold|include|get) more {noun('what', 2)} than "
    rf"{noun('other', 2)} {_ROOM} {noun('limit', 2)}",
)
def _more_than_it_has(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `a trip can't have more guests than the boat has seats` about the number of guests of the trip."""
    owner = scene.entity(match["owner"])
    size = _number_of(scene, owner, match["what"]) if owner else None
    return _within(scene, owner, size, match) if owner and size else None


@pattern(
    "holds",
    rf"(?:(?:the|a|each|every) )?(?P<group>party|group) {MUST_NOT} be {_BIGGER} than {noun('other', 2)} {_ROOM} "
    rf"{noun('limit', 2)}",
)
def _group_is_bigger(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `a party can't be bigger than the table has seats` about the only rows that give a table to people."""
    other = scene.entity(match["other"])
    owners = list(dict.fromkeys((*scene.bookings_of(other), *scene.events_of(other)))) if other else []
    # an order is for a table, too, but the party is the one of the booking
    booked = [one for one in owners if one in ("booking", "reservation")] or owners
    if len(booked) != 1:
        return None
    owner = booked[0]
    names = ("people", "persons", "guests", "participants")
    size = next((one for name in names if (one := _number_of(scene, owner, name))), None)
    if size is None:
        size = Attribute(name=f"{match['group'].lower()}_size", type="integer", minimum=1)
        scene.added.setdefault(owner, []).append(size)
    return _within(scene, owner, size, match)


def _within(scene: Scene, owner: str, size: Attribute, match: re.Match[str]) -> Fields | None:
    other = scene.entity(match["other"])
    path = scene.reference(owner, other) if other and other != owner else None
    limit = _number_of(scene, other, match["limit"], add=True) if other and path else None
    if limit is None or size.type not in NUMERIC:
        return None
    return {"of": owner, "that": [{"left": size.name, "op": "at-most", "right": f"{path}.{limit.name}"}]}


def _number_of(scene: Scene, entity: str, phrase: str, *, add: bool = False) -> Attribute | None:
    """Return the number of things that an entity has; with `add`, the number of places for people is added."""
    heads = heads_of(phrase)
    single = singular_of(heads.replace(" ", "_"))
    known = {one.name: one for one in scene.attributes(entity) if one.type in NUMERIC}
    spoken = known_attribute(f"number of {heads}")
    for name in (spoken, f"{single}_count", f"number_of_{heads.replace(' ', '_')}", single, f"{single}s"):
        if name and name in known:
            return known[name]
    if single in _PLACES and "capacity" in known:
        return known["capacity"]
    if not add or single not in _PLACES or scene.model(entity) is None or scene.entity(phrase):
        return None
    added = attribute_of_phrase(f"number of {heads}", entity).model_copy(update={"type": "integer", "required": True})
    scene.added.setdefault(entity, []).append(added)
    return added


CAPACITIES: tuple[Pattern, ...] = (_more_than_it_has, _group_is_bigger)
