"""Sentences and brackets that list the values of an attribute: `a type (blood, serum)`, `a loan is requested or …`."""

import re
from collections.abc import Sequence

from langgraph_dba.database.request.attributes import known_attribute
from langgraph_dba.database.request.coverage.citations import Citation
from langgraph_dba.database.request.rules.pattern import CLAUSE_ENDS, noun
from langgraph_dba.database.request.rules.scene import Scene
from langgraph_dba.database.request.text_parts import Part
from langgraph_dba.database.requirements.consistency import check_consistency
from langgraph_dba.database.requirements.model import Attribute, Requirements

_VALUE = r"[^\W\d_][\w-]*(?: [^\W\d_][\w-]*)?"
_VALUES = rf"(?P<values>{_VALUE}(?:, {_VALUE})+(?:,? (?:or|and) {_VALUE})?|{_VALUE} or {_VALUE})"
_BRACKET = re.compile(
    rf"{noun('name', 2)}(?:\s*\((?:either |one of )?{_VALUES}\)|"
    rf":\s*(?:either |one of )?{_VALUES.replace('values', 'named')}{CLAUSE_ENDS})",
    re.IGNORECASE,
)
# "the priority is low, normal or high", "the status of an order is one of new, paid, shipped"
_ATTRIBUTE = re.compile(
    rf"{noun('name', 2)}(?:\s+of\s+{noun('owner')})?\s+(?:is|are|can be|may be|must be)\s+(?:either |one of |any of |"
    rf"only )?:?\s*"
    rf"(?P<values>{_VALUE}(?:, {_VALUE})+(?:,? (?:or|and) {_VALUE})?|{_VALUE} or {_VALUE}){CLAUSE_ENDS}",
    re.IGNORECASE,
)
# "bays (for cars, motorbikes or disabled drivers)": kinds of the entity itself
_KINDS_OF = re.compile(
    rf"{noun('what', 2)}\s*\((?:for |either )?(?P<values>{_VALUE}(?:, {_VALUE})*,? or {_VALUE})\)", re.IGNORECASE
)
# "papers come in format A3, A4 or A5"
_COMES_IN = re.compile(
    rf"{noun('owner', 2)}\s+(?:comes?|exists?|(?:is|are)(?: available| sold| made)?)\s+in\s+{noun('name', 2)}:?\s+"
    rf"(?P<values>{_VALUE}(?:, {_VALUE})+(?:,? (?:or|and) {_VALUE})?|{_VALUE} or {_VALUE}){CLAUSE_ENDS}",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    rf"{noun('what')}\s+(?:is|are|can be|may be)\s+(?:either )?"
    rf"(?P<values>{_VALUE}(?:, {_VALUE})+,? or {_VALUE}){CLAUSE_ENDS}",
    re.IGNORECASE,
)
# nouns that are an attribute with a few values, whatever entity has them
_KINDS = frozenset(
    {"type", "kind", "category", "status", "state", "colour", "color", "size", "priority", "gender", "currency"}
)


def with_values(
    requirements: Requirements, part: Part, cited: Sequence[Citation], near: Sequence[str] = ()
) -> Requirements:
    """Return requirements in which attributes have exactly the values that a sentence lists."""
    scene = Scene(requirements, tuple(near))
    for start in (
        0,
        *(
            match.end()
            for match in re.finditer(r"[,:]\s*(?:and\s+)?|\b(?:has|have|with|and|(?:its|their) own)\s+", part.text)
        ),
    ):
        if match := _BRACKET.match(part.text, start):
            for entity in _owners(scene, part, cited, start, match["name"]):
                attribute = _named(scene, entity, match["name"])
                requirements = _with(requirements, entity, attribute, match["values"] or match["named"])
        if (match := _SENTENCE.match(part.text, start)) and (what := scene.entity(match["what"])):
            status = scene.attribute(what, "status") or Attribute(name="status")
            requirements = _with(requirements, what, status, match["values"])
        elif match := _ATTRIBUTE.match(part.text, start):
            entity, attribute = _of(scene, match["name"], match["owner"], near)
            requirements = _with(requirements, entity, attribute, match["values"])
        elif (match := _COMES_IN.match(part.text, start)) and (what := scene.entity(match["owner"])):
            requirements = _with(requirements, what, _named(scene, what, match["name"]), match["values"])
        elif match := _KINDS_OF.match(part.text, start):
            requirements = _with_kinds(requirements, scene, match)
    return requirements


def _owners(scene: Scene, part: Part, cited: Sequence[Citation], start: int, name: str) -> list[str]:
    """Return the entity of the attribute before a bracket: the subject of `has`, or the last one before `with`."""
    before = [one for one in cited if one.form == "entity" and part.words[one.first].start < part.start + start]
    verbs = list(re.finditer(r"\b(has|have|with)\b", part.text[:start], re.IGNORECASE))
    if not before:
        found = scene.owned(name)
        return [found[0]] if found else []
    if verbs:
        near = [one for one in before if part.words[one.last - 1].end - part.start <= verbs[-1].start()]
        last = near[-1] if near else before[-1]
        joined = part.text[part.words[last.last - 1].end - part.start : verbs[-1].start()].strip()
        if verbs[-1][0].lower() == "with" or not joined:
            before = [last]
        elif scene.attribute(before[0].entity, name):
            before = before[:1]  # "an order belongs to a customer and has a status (…)"
    owning = [one.entity for one in before if scene.attribute(one.entity, name)]
    return (owning or [one.entity for one in before])[-1:]


def _of(scene: Scene, name: str, owner: str | None, near: Sequence[str]) -> tuple[str, Attribute | None]:
    """Return the entity and the attribute whose values a sentence lists."""
    if owner:
        entity = scene.entity(owner)
        return entity or "", _named(scene, entity, name) if entity else None
    if scene.entity(name):
        return "", None
    found = scene.owned(name)
    if found is None and len(near) == 1:
        return near[0], _named(scene, near[0], name)
    return (found[0], _named(scene, found[0], found[1].name)) if found else ("", None)


def _with_kinds(requirements: Requirements, scene: Scene, match: re.Match[str]) -> Requirements:
    """Return requirements in which an entity has the kinds in the bracket after it; others list its attributes."""
    entity = scene.entity(match["what"])
    values = _split(match["values"])
    if entity is None or any(known_attribute(value) for value in values):
        return requirements
    if any(scene.attribute(entity, name) for name in ("kind", f"{entity[:24]}_kind")):
        return requirements
    return _with(requirements, entity, Attribute(name=f"{entity[:24]}_kind"), match["values"])


def _split(listed: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r",\s*(?:(?:or|and)\s+)?|\s+(?:or|and)\s+", listed))


def _named(scene: Scene, entity: str, name: str) -> Attribute | None:
    attribute = scene.attribute(entity, name)
    if attribute is None and name.lower().split()[-1] in _KINDS and scene.entity(name) is None:
        own = "_".join(name.lower().split())
        own = "currency_code" if own == "currency" else own
        return Attribute(name=f"{entity[:24]}_{own}" if own == "type" else own)
    return attribute if attribute and attribute.type in ("string", "code", "choice") else None


def _with(requirements: Requirements, name: str, attribute: Attribute | None, listed: str) -> Requirements:
    values = _split(listed)
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
