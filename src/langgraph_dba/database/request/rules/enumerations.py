"""Sentences and brackets that list the values of an attribute: `a type (blood, serum)`, `a loan is requested or …`."""

import re
from collections.abc import Sequence

from langgraph_dba.database.request.coverage.citations import Citation
from langgraph_dba.database.request.rules.pattern import CLAUSE_ENDS, noun
from langgraph_dba.database.request.rules.scene import Scene
from langgraph_dba.database.request.text_parts import Part
from langgraph_dba.database.requirements.consistency import check_consistency
from langgraph_dba.database.requirements.model import Attribute, Requirements

_VALUE = r"[^\W\d_][\w-]*(?: [^\W\d_][\w-]*)?"
_VALUES = rf"(?P<values>{_VALUE}(?:, {_VALUE})+(?:,? (?:or|and) {_VALUE})?|{_VALUE} or {_VALUE})"
_BRACKET = re.compile(rf"{noun('name', 2)}\s*\({_VALUES}\)", re.IGNORECASE)
_SENTENCE = re.compile(
    rf"{noun('what')}\s+(?:is|are|can be|may be)\s+(?:either )?"
    rf"(?P<values>{_VALUE}(?:, {_VALUE})+,? or {_VALUE}){CLAUSE_ENDS}",
    re.IGNORECASE,
)
# nouns that are an attribute with a few values, whatever entity has them
_KINDS = frozenset({"type", "kind", "category", "status", "state", "colour", "color", "size", "priority", "gender"})


def with_values(requirements: Requirements, part: Part, cited: Sequence[Citation]) -> Requirements:
    """Return requirements in which attributes have exactly the values that a sentence lists."""
    scene = Scene(requirements)
    for start in (0, *(match.end() for match in re.finditer(r"[,:]\s*(?:and\s+)?|\b(?:has|have|with)\s+", part.text))):
        if match := _BRACKET.match(part.text, start):
            # the last entity before the bracket has the attribute
            before = [one for one in cited if one.form == "entity" and part.words[one.first].start < part.start + start]
            for entity in [one.entity for one in before[-1:]]:
                requirements = _with(requirements, entity, _named(scene, entity, match["name"]), match["values"])
        if (match := _SENTENCE.match(part.text, start)) and (what := scene.entity(match["what"])):
            status = scene.attribute(what, "status") or Attribute(name="status")
            requirements = _with(requirements, what, status, match["values"])
    return requirements


def _named(scene: Scene, entity: str, name: str) -> Attribute | None:
    attribute = scene.attribute(entity, name)
    if attribute is None and name.lower().split()[-1] in _KINDS and len(name.split()) == 1:
        return Attribute(name=f"{entity[:24]}_{name.lower()}" if name.lower() == "type" else name.lower())
    return attribute if attribute and attribute.type in ("string", "code", "choice") else None


def _with(requirements: Requirements, name: str, attribute: Attribute | None, listed: str) -> Requirements:
    values = tuple(part.strip() for part in re.split(r",\s*(?:(?:or|and)\s+)?|\s+(?:or|and)\s+", listed))
    if attribute is None or len(set(values)) < len(values) or {"unique", "optional", "required"} & set(values):
        return requirements
    new = Attribute(name=attribute.name, type="choice", choices=values, required=attribute.required)
    entities = tuple(
        one.model_copy(update={"attributes": (*(a for a in one.attributes if a.name != new.name), new)})
        if one.name == name
        else one
        for one in requirements.entities
    )
    candidate = requirements.model_copy(update={"entities": entities})
    return requirements if check_consistency(candidate, file="request") else candidate
