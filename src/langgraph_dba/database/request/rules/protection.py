"""Sentences about history, retention, encryption and concurrent edits."""

import re

from langgraph_dba.database.request.rules.pattern import MUST, MUST_NOT, SPAN, Fields, Pattern, noun, nouns, pattern
from langgraph_dba.database.request.rules.scene import Scene, number_of, phrases_in

_EVERY = r"(?:every|each|all|any)"
_RECORDED = r"(?:is|are|must be|has to be|have to be|should be) (?:logged|recorded|kept|stored|tracked|audited)"
_WITH_WHO = r"(?: with (?:who|the user|user|time|when|date)[^.;]*)?"
_DELETED = r"(?:deleted|erased|removed|destroyed|purged|anonymi[sz]ed)"


@pattern(
    "history", rf"(?:log|record|track|keep|store|audit) {_EVERY} changes? (?:of|to|in|on) {nouns('what')}{_WITH_WHO}"
)
def _log_changes(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _history(scene, match["what"])


@pattern(
    "history",
    rf"{_EVERY} (?:change|changes|edit|edits|correction|corrections) (?:of|to|in|on) {nouns('what')} "
    rf"{_RECORDED}{_WITH_WHO}",
)
def _changes_logged(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _history(scene, match["what"])


@pattern(
    "history",
    rf"{_EVERY} (?:change|correction|edit) of {noun('what')} keeps the old (?P<old>[a-z]+)(?: and who "
    rf"(?:corrected|changed|made|did) it)?",
)
def _keeps_old(scene: Scene, match: re.Match[str]) -> Fields | None:
    entity = scene.entity(match["what"])
    attribute = scene.attribute(entity, match["old"]) if entity else None
    return {"of": entity, "attributes": [attribute.name]} if attribute else None


@pattern("history", rf"{_EVERY} (?:look-?ups?|reads?|access|accesses|views?) (?:of|to) {noun('what')} {_RECORDED}")
def _reads_logged(scene: Scene, match: re.Match[str]) -> Fields | None:
    entity = scene.entity(match["what"])
    return {"of": entity, "reads": True} if entity else None


def _history(scene: Scene, text: str) -> Fields | None:
    """Return the history of an entity, or of attributes of one."""
    phrases = list(phrases_in(text))
    if len(phrases) == 1 and (entity := scene.entity(phrases[0])):
        return {"of": entity}
    for entity in scene.before:
        names = [scene.role(entity, phrase) for phrase in phrases]
        if None not in names:
            return {"of": entity, "attributes": names}
    owners = [scene.owner_of(phrase) for phrase in phrases]
    known = [one for one in owners if one]
    if len(known) == len(phrases) and len({entity for entity, _ in known}) == 1:
        return {"of": known[0][0], "attributes": [attribute.name for _, attribute in known]}
    return None


def _span(match: re.Match[str]) -> str | None:
    number, unit = number_of(match["number"]), match["unit"].lower()
    if not number:
        return None
    number, unit = (number * 7, "day") if unit == "week" else (number, unit)
    return f"{number} {unit}{'s' if number > 1 else ''}"


@pattern(
    "keep", rf"{noun('what')} (?:is|are|{MUST} be) (?:kept|stored|retained|archived) for (?P<least>at least )?{SPAN}"
)
def _kept_for(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _keep(scene, match["what"], "at_least", _span(match))


@pattern("keep", rf"(?:keep|store|retain|archive) {noun('what')} for (?:at least )?{SPAN}")
def _keep_for(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _keep(scene, match["what"], "at_least", _span(match))


@pattern("keep", rf"{noun('what')} (?:is|are|{MUST} be) {_DELETED} (?:after|within) {SPAN}")
def _deleted_after(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _keep(scene, match["what"], "at_most", _span(match))


@pattern("keep", rf"(?:we )?(?:delete|erase|remove|purge|destroy) {noun('what')} (?:after|within) {SPAN}")
def _we_delete(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _keep(scene, match["what"], "at_most", _span(match))


def _keep(scene: Scene, what: str, bound: str, span: str | None) -> Fields | None:
    if span is None:
        return None
    entity, owned = scene.entity(what), scene.owner_of(what)
    if owned:
        return {"what": owned[0], "attributes": [owned[1].name], bound: span}
    return {"what": entity, bound: span} if entity else None


@pattern(
    "keep",
    rf"when {noun('what')} asks (?:for it|for this|us),? all (?:their|his|her|its) data(?: including [a-z]+)? "
    rf"must be {_DELETED}(?: within {SPAN})?",
)
def _on_request(scene: Scene, match: re.Match[str]) -> Fields | None:
    entity = scene.entity(match["what"])
    return {"what": entity, "on_request": True} if entity else None


@pattern("secret", rf"{nouns('what')}(?: of {noun('owner')})? (?:is|are|{MUST} be) (?:stored )?encrypted(?: at rest)?")
def _encrypted(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _secret(scene, match["what"], match["owner"])


@pattern("secret", rf"(?:encrypt|store encrypted) {nouns('what')}(?: of {noun('owner')})?")
def _encrypt(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _secret(scene, match["what"], match["owner"])


def _secret(scene: Scene, text: str, owner: str | None) -> Fields | None:
    entity = scene.entity(owner) if owner else None
    if owner and entity is None:
        return None
    paths: list[str] = []
    for phrase in phrases_in(text):
        attribute = scene.attribute(entity, phrase) if entity else None
        owned = (entity, attribute) if entity and attribute else None if owner else scene.owner_of(phrase)
        if owned is None and (whole := scene.entity(phrase)) and (amount := scene.only_number(whole)):
            owned = whole, amount  # "salaries are encrypted"
        if owned is None:
            return None
        paths.append(f"{owned[0]}.{owned[1].name}")
    return {"attributes": paths} if len({path.partition(".")[0] for path in paths}) == 1 else None


@pattern(
    "versioned",
    rf"(?:two|2|several) [a-z]+ (?:editing|changing|updating|working on) the same {noun('what')} {MUST_NOT} "
    rf"overwrite each other(?:'s (?:changes|work|edits))?",
)
def _edits(scene: Scene, match: re.Match[str]) -> Fields | None:
    entity = scene.entity(match["what"])
    return {"what": entity} if entity else None


@pattern(
    "versioned",
    rf"(?:concurrent|simultaneous|parallel) (?:edits|changes|updates) (?:of|to) {noun('what')} {MUST_NOT} "
    rf"overwrite each other",
)
def _concurrent(scene: Scene, match: re.Match[str]) -> Fields | None:
    entity = scene.entity(match["what"])
    return {"what": entity} if entity else None


PROTECTION: tuple[Pattern, ...] = (
    _log_changes,
    _changes_logged,
    _keeps_old,
    _reads_logged,
    _kept_for,
    _keep_for,
    _deleted_after,
    _we_delete,
    _on_request,
    _encrypted,
    _encrypt,
    _edits,
    _concurrent,
)
