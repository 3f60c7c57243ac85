"""Sentences that say in what an attribute counts: `a volume in microlitres`, `amounts are in cents`."""

import re
from collections.abc import Sequence

from langgraph_dba.database.request.coverage.citations import Citation
from langgraph_dba.database.request.rules.pattern import noun
from langgraph_dba.database.request.rules.scene import NUMERIC, Scene
from langgraph_dba.database.request.text_parts import Part
from langgraph_dba.database.request.units import UNIT_WORDS, unit_of_word, with_unit
from langgraph_dba.database.requirements.consistency import check_consistency
from langgraph_dba.database.requirements.model import Attribute, Requirements

_MEASURE = re.compile(
    rf"{noun('name', 2)}(?:\s+of\s+{noun('owner')})?\s+(?:(?:is|are|measured|given|stored|counted|kept)\s+)*"
    rf"in\s+(?P<unit>{UNIT_WORDS})\b",
    re.IGNORECASE,
)
_STARTS = re.compile(r"^\s*|[,:]\s*(?:and\s+)?|\b(?:has|have|with|and|a|an)\s+", re.IGNORECASE)
_TEXTS = ("string", "code", "text")


def with_units(requirements: Requirements, part: Part, cited: Sequence[Citation]) -> Requirements:
    """Return requirements in which the names of attributes end with the units that a sentence gives them."""
    for start in _STARTS.finditer(part.text):
        match = _MEASURE.match(part.text, start.end())
        unit = unit_of_word(match["unit"]) if match else None
        if match is None or unit is None:
            continue
        scene = Scene(requirements, tuple(one.entity for one in cited if one.entity))
        found = _measured(scene, match["name"], match["owner"])
        before = [
            one for one in cited if one.form == "entity" and part.words[one.first].start < part.start + start.end()
        ]
        if found is not None:
            requirements = _with(requirements, *found, unit)
        elif before and re.fullmatch(r"an?\s+", start[0], re.IGNORECASE) and not scene.entity(match["name"]):
            # "a code, a length in metres and a depth in centimetres" lists attributes
            new = Attribute(name="_".join(match["name"].lower().split()), type="string")
            added = _added(requirements, before[-1].entity, new)
            named = _with(added, before[-1].entity, new, unit)
            requirements = requirements if named is added else named
    return requirements


def _measured(scene: Scene, name: str, owner: str | None) -> tuple[str, Attribute] | None:
    """Return the attribute of the entity that the sentence names; several have a weight."""
    if owner:
        return scene.owned(name, owner)
    near = [(entity, one) for entity in dict.fromkeys(scene.before) if (one := scene.attribute(entity, name))]
    return near[0] if len(near) == 1 else None


def _added(requirements: Requirements, entity: str, new: Attribute) -> Requirements:
    entities = tuple(
        one.model_copy(update={"attributes": (*one.attributes, new)}) if one.name == entity else one
        for one in requirements.entities
    )
    return requirements.model_copy(update={"entities": entities})


def _with(requirements: Requirements, entity: str, old: Attribute, unit: str) -> Requirements:
    if old.type not in (*NUMERIC, *_TEXTS):
        return requirements
    kind = "integer" if unit == "cents" else "decimal" if old.type in _TEXTS or old.type == "money" else old.type
    size = {"precision": 12, "scale": 3} if kind == "decimal" and old.precision is None else {}
    new = old.model_copy(update={"name": with_unit(old.name, unit), "type": kind, "length": None, **size})
    entities = tuple(
        one.model_copy(update={"attributes": tuple(new if a.name == old.name else a for a in one.attributes)})
        if one.name == entity
        else one
        for one in requirements.entities
    )
    candidate = requirements.model_copy(update={"entities": entities})
    # an access of the workload or a rule may name the attribute already
    return requirements if check_consistency(candidate, file="request") else candidate
