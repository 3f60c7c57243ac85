"""Sentences that say what is unique, within what, and what may repeat."""

import re

from langgraph_dba.database.request.rules.pattern import MUST_NOT, Fields, Pattern, noun, nouns, pattern
from langgraph_dba.database.request.rules.scene import Scene, phrases_in

_CASE = (
    r"(?P<case>,? ?(?:case[ -]insensitive(?:ly)?|(?:whatever|regardless of|ignoring|independent of)"
    r"(?: their| its| the)? case|(?:and )?upper or lower case (?:do|does) not matter|without regard to case))"
)
_BE = r"(?:is|are|must be|has to be|have to be|should be)"
_WITHIN = rf"(?: (?:per|within|inside|in|for each|for every|across) {nouns('within')})?"


def _owned(scene: Scene, name: str, owner: str | None) -> tuple[str, str] | None:
    """Return the entity and the attribute that a phrase names: with its owner, or with the owner's name before it."""
    if owner:
        entity = scene.entity(owner)
        attribute = scene.attribute(entity, name, add=True) if entity else None
        return (entity, attribute.name) if entity and attribute else None
    if found := scene.owner_of(name):
        return found[0], found[1].name
    heads = name.split()
    for cut in range(1, len(heads)):
        entity = scene.entity(" ".join(heads[:cut]).removesuffix("'s").removesuffix("'"))
        attribute = scene.attribute(entity, " ".join(heads[cut:]), add=True) if entity else None
        if entity and attribute:
            return entity, attribute.name
    return None


def _only_one(scene: Scene, owned: tuple[str, str] | None, match: re.Match[str]) -> Fields | None:
    if owned is None:
        return None
    entity, name = owned
    groups = match.groupdict()
    per = [scene.group(entity, phrase) for phrase in phrases_in(groups.get("within") or "")]
    if None in per or name in per:
        return None
    return {
        "of": entity,
        "per": [name, *per],
        "ignore_case": [name] if groups.get("case") or groups.get("anycase") else [],
    }


@pattern(
    "only-one",
    rf"{noun('name')}(?: of {noun('owner')})? {_BE} unique(?P<anycase> case-insensitively)?{_WITHIN}(?:{_CASE})?",
)
def _is_unique(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _only_one(scene, _owned(scene, match["name"], match["owner"]), match)


@pattern(
    "only-one",
    rf"{noun('owner')} (?:has|have|with|needs?) {noun('name')},? \(?(?:which (?:is|must be) "
    rf")?unique{_WITHIN}(?:{_CASE})?\)?",
)
def _has_unique(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _only_one(scene, _owned(scene, match["name"], match["owner"]), match)


@pattern("only-one", rf"{noun('owner')} (?:has|have|with|needs?) (?:a )?unique {noun('name')}{_WITHIN}(?:{_CASE})?")
def _has_a_unique(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _only_one(scene, _owned(scene, match["name"], match["owner"]), match)


@pattern(
    "only-one",
    rf"no (?:two|2) {noun('owner')}(?: (?:of|in|within|for) (?:the same|one) {noun('within')})? (?:may |can |must |"
    rf"should |are allowed to )?(?:have|share|use) the same {nouns('names')}",
)
def _no_two_share(scene: Scene, match: re.Match[str]) -> Fields | None:
    entity = scene.entity(match["owner"])
    if entity is None:
        return None
    per = [scene.role(entity, phrase) for phrase in phrases_in(match["names"])]
    if match["within"]:
        per.append(scene.role(entity, match["within"]))
    return {"of": entity, "per": per} if None not in per else None


@pattern(
    "only-one",
    rf"(?:two|2) {noun('owner')} (?:{MUST_NOT} (?:have|share|be in|be at)|are never (?:in|at|on)) the same "
    rf"{nouns('names')}",
)
def _two_never_share(scene: Scene, match: re.Match[str]) -> Fields | None:
    entity = scene.entity(match["owner"])
    per = [scene.role(entity, phrase) for phrase in phrases_in(match["names"])] if entity else [None]
    return {"of": entity, "per": per} if None not in per else None


@pattern(
    "only-one", rf"{noun('name', 2)} (?:only )?once per {noun('owner')}(?:, (?P<case>[^\s,]+@[^\s,]+ ?= ?[^\s,]+))?"
)
def _once_per(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _only_one(scene, _owned(scene, match["name"], match["owner"]), match)


@pattern("only-one", rf"{noun('who')} (?:can|may) (?P<verb>[a-z]+) {noun('target')} (?:only|at most) once")
def _acts_once(scene: Scene, match: re.Match[str]) -> Fields | None:
    who, target = scene.entity(match["who"]), scene.entity(match["target"])
    rows = scene.parts(who, target) if who and target else None
    paths = [scene.reference(rows, one) for one in (who, target) if one] if rows else [None]
    return {"of": rows, "per": paths} if None not in paths and rows not in (who, target) else None


@pattern(
    "free",
    rf"{noun('name')}(?: of {noun('owner')})? (?:is|are|need|needs|must)(?: not| not be| not to be)(?: "
    rf"necessarily)? unique",
)
def _is_not_unique(scene: Scene, match: re.Match[str]) -> Fields | None:
    owned = _owned(scene, match["name"], match["owner"])
    return _may_repeat(scene, *owned) if owned else None


def _may_repeat(scene: Scene, entity: str, name: str) -> Fields:
    """Return the rule that values may repeat; an attribute that is usually unique is not unique then."""
    scene.repeating.add((entity, name))
    return {"what": f"{entity}.{name}", "may": "repeat"}


@pattern("free", rf"{noun('who')} (?:may|can) share (?:an? |one |the same )?{noun('name')}")
def _may_share(scene: Scene, match: re.Match[str]) -> Fields | None:
    who = scene.entity(match["who"])
    attribute = scene.attribute(who, match["name"]) if who else None
    return _may_repeat(scene, who, attribute.name) if who and attribute else None


@pattern("only-one", rf"{noun('name')} from \d+ to \d+ (?P<span>{_BE} unique{_WITHIN})")
def _in_range_unique(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _only_one(scene, _owned(scene, match["name"], None), match)


@pattern("only-one", rf"{noun('owner')} (?:is|are) known (?:only )?by {noun('name')}(?: only| alone)?")
def _known_by(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _only_one(scene, _owned(scene, match["name"], match["owner"]), match)


@pattern(
    "free",
    rf"{noun('name')}(?: of {noun('owner')})? (?:may|can) be (?:missing|absent|empty|left out|left empty|unknown)",
)
def _may_be_absent(scene: Scene, match: re.Match[str]) -> Fields | None:
    owned = _owned(scene, match["name"], match["owner"])
    if owned is None:
        return None
    scene.optional.add(owned)
    return {"what": ".".join(owned), "may": "be-absent"}


UNIQUENESS: tuple[Pattern, ...] = (
    _is_not_unique,
    _is_unique,
    _in_range_unique,
    _known_by,
    _has_unique,
    _has_a_unique,
    _no_two_share,
    _two_never_share,
    _once_per,
    _acts_once,
    _may_share,
    _may_be_absent,
)
