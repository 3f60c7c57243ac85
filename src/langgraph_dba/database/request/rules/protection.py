"""Sentences about history, retention, encryption and concurrent edits."""

import re

from langgraph_dba.database.request.rules.pattern import MUST, MUST_NOT, SPAN, Fields, Pattern, noun, nouns, pattern
from langgraph_dba.database.request.rules.phrases import number_of, phrases_in
from langgraph_dba.database.request.rules.scene import Scene
from langgraph_dba.database.requirements.model import Attribute

_EVERY = r"(?:every|each|all|any)"
_RECORDED = (
    r"(?:is|are|must be|has to be|have to be|should be|needs? to be|get|gets) (?:logged|recorded|kept|stored|tracked|"
    r"audited|traced|"
    r"written down|saved|traceable|documented)"
)
_WITH_WHO = (
    r"(?: (?:with|including|together with|by) (?:who|whom|the user|user|the old|old|time|when|date|the person)[^.;]*|"
    r" and by whom| and who did "
    r"it)?"
)
_CHANGE = r"(?:changes?|edits?|corrections?|updates?|modifications?)"
_DELETED = r"(?:deleted|erased|removed|destroyed|purged|anonymi[sz]ed|wiped)"
_WE = r"(?:we (?:need to |must |want to |have to |should |also )*)?"


@pattern(
    "history",
    rf"{_WE}(?:log|record|track|keep|store|audit|save) {_EVERY} (?:old |past )?{_CHANGE} (?:of|to|in|on) "
    rf"{nouns('what')}{_WITH_WHO}",
)
def _log_changes(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _history(scene, match["what"])


@pattern("history", rf"(?:{_EVERY} )?{_CHANGE} (?:of|to|in|on) {nouns('what')} {_RECORDED}{_WITH_WHO}")
def _changes_logged(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _history(scene, match["what"])


@pattern("history", rf"(?:{_EVERY} )?{noun('what', 2)} {_CHANGE} {_RECORDED}{_WITH_WHO}")
def _price_changes_logged(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _history(scene, match["what"])


@pattern(
    "history",
    rf"{_WE}(?:keep|store|maintain|have|want|need) (?:a|an|the|full|complete|entire) ?(?:full |"
    rf"complete |entire )?(?:history|audit trail|audit log|change "
    rf"log|record) (?:of|for|on) (?:{_EVERY} |the )?(?:{_CHANGE} (?:of|to|in|on) )?(?:the )?{nouns('what')}(?: "
    rf"changes)?",
)
def _keeps_history(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _history(scene, match["what"])


@pattern(
    "history",
    rf"{_WE}(?:keep|store|remember) (?:the |all |all the )?(?:old|previous|earlier|past) (?:versions?|values?|"
    rf"states?) of {nouns('what')}",
)
def _keeps_versions(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _history(scene, match["what"])


@pattern(
    "history",
    rf"(?:the )?(?:history|old versions?|previous versions?) of {nouns('what')} (?:is|are|{MUST} be) (?:kept|stored|"
    rf"recorded|preserved|available|visible)",
)
def _history_is_kept(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _history(scene, match["what"])


@pattern(
    "history",
    rf"{nouns('what')}(?: per [a-z]+(?: [a-z]+)?)? (?:depends? on [a-z ]+ and )?(?:changes?|may "
    rf"change|can change|vary|varies|{MUST} change) (?:over (?:the )?time|(?:every|each) [a-z]+|from time "
    r"to time|over the years|regularly)",
)
def _changes_over_time(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `prices change over time`: the old ones are needed too."""
    return _history(scene, match["what"])


@pattern(
    "history",
    rf"{_WE}(?:see|know|trace|show|find out|be able to (?:see|tell|know|show|trace)) who (?:has "
    rf")?(?:changed|edited|modified|corrected|updated) "
    rf"(?:(?:what|which [a-z]+|something|anything) (?:in|of|on) )?{nouns('what')}(?: and when| when)?",
)
def _who_changed(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _history(scene, match["what"])


@pattern(
    "history",
    rf"(?:it (?:is|must be) (?:recorded|logged|stored|clear|known|traceable) )?who (?:has "
    rf")?(?:changed|edited|modified|corrected|updated) {nouns('what')}"
    rf"(?: and when| when)?(?: (?:is|{MUST} be) (?:recorded|logged|stored|known|traceable))?",
)
def _who_is_recorded(scene: Scene, match: re.Match[str]) -> Fields | None:
    if not re.search(r"recorded|logged|stored|clear|known|traceable", match[0], re.IGNORECASE):
        return None
    return _history(scene, match["what"])


@pattern(
    "history",
    rf"{_EVERY} {_CHANGE} (?:of|to) {noun('what')} (?:keeps?|stores?|records?) the old (?P<old>[a-z]+)(?: and who "
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
    return _span_of(match["number"], match["unit"])


def _span_of(count: str, unit: str) -> str | None:
    number, unit = number_of(count), unit.lower()
    if not number:
        return None
    number, unit = (number * 7, "day") if unit == "week" else (number, unit)
    return f"{number} {unit}{'s' if number > 1 else ''}"


_LEAST = r"(?:(?:for )?(?:at least|a minimum of|no less than|not less than) |for )"
_KEPT = r"(?:kept|stored|retained|archived|preserved|held|saved)"
# the moment from which the time runs; other than the creation it is not read
_SINCE = r"(?: (?:after|from|since) (?:their|its|the|his|her) (?:creation|entry|insertion))?"


@pattern("keep", rf"{noun('what')} (?:is|are|{MUST} be) {_KEPT} {_LEAST}{SPAN}{_SINCE}")
def _kept_for(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _keep(scene, match["what"], "at_least", _span(match))


@pattern("keep", rf"{_WE}(?:keep|store|retain|archive|preserve) {noun('what')} {_LEAST}{SPAN}{_SINCE}")
def _keep_for(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _keep(scene, match["what"], "at_least", _span(match))


@pattern(
    "keep",
    rf"{noun('what')} {MUST_NOT} be {_DELETED} (?:before {SPAN}(?: have passed| are over)?|for (?:at least "
    rf")?(?P<more>{SPAN.replace('<', '<s_')}))",
)
def _not_deleted_before(scene: Scene, match: re.Match[str]) -> Fields | None:
    span = _span(match) if match["number"] else _span_of(match["s_number"], match["s_unit"])
    return _keep(scene, match["what"], "at_least", span)


@pattern(
    "keep",
    rf"{noun('what')} (?:is|are|{MUST} be|gets?) (?:automatically )?{_DELETED} (?:automatically "
    rf")?(?:after|within|at the latest after) {SPAN}"
    rf"(?: at the latest)?{_SINCE}",
)
def _deleted_after(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _keep(scene, match["what"], "at_most", _span(match))


@pattern(
    "keep",
    rf"{noun('what')} (?:is|are|{MUST} be|gets?) (?:automatically )?{_DELETED} {SPAN} (?:after|from) "
    rf"(?:(?:their|its|the|his|her) )?(?:(?:last|final) )?"
    rf"{noun('since', 2)}",
)
def _deleted_since(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `vouchers are deleted two years after their expiry`; the last of several rows is no moment of the row."""
    fields = _keep(scene, match["what"], "at_most", _span(match))
    if fields is None or re.search(r"\b(?:last|final)\b", match[0], re.IGNORECASE):
        return None
    moment = scene.moment(str(fields["what"]), match["since"])
    return {**fields, "since": moment.name} if moment else None


@pattern(
    "keep",
    rf"{noun('what', 2)} (?:that are )?older than {SPAN} (?:is|are|{MUST} be|gets?|can be) (?:automatically "
    rf")?{_DELETED}",
)
def _older_than(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _keep(scene, match["what"], "at_most", _span(match))


@pattern("keep", rf"after {SPAN},? {noun('what', 2)} (?:is|are|{MUST} be|gets?) (?:automatically )?{_DELETED}")
def _after_span(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _keep(scene, match["what"], "at_most", _span(match))


@pattern(
    "keep",
    rf"{_WE}(?:delete|erase|remove|purge|destroy|wipe|anonymi[sz]e) {noun('what')} (?:after|within|older than) "
    rf"{SPAN}{_SINCE}",
)
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


@pattern(
    "secret",
    rf"{nouns('what')}(?: of {noun('owner')})? (?:(?:is|are|{MUST} be) (?:only |always )?(?:stored |"
    rf"kept |saved )?(?:only )?(?:encrypted|in encrypted form)|"
    rf"{MUST_NOT} be (?:stored|kept|saved|readable) (?:in (?:plain|clear) ?text|unencrypted|in the clear))(?: "
    rf"at rest)?",
)
def _encrypted(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _secret(scene, match["what"], match["owner"])


@pattern(
    "secret",
    rf"{_WE}(?:encrypt|store encrypted|only store encrypted) {nouns('what')}(?: of {noun('owner')})?(?: at rest)?",
)
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
        if owned is None and (whole := scene.entity(phrase)) and (content := _content(scene, whole)):
            owned = whole, content
        if owned is None:
            return None
        paths.append(f"{owned[0]}.{owned[1].name}")
    return {"attributes": paths} if len({path.partition(".")[0] for path in paths}) == 1 else None


def _content(scene: Scene, entity: str) -> Attribute | None:
    """Return what is secret of an entity: its only amount ("salaries"), or its only long text ("notes")."""
    texts = [one for one in scene.attributes(entity) if one.type == "text"]
    return scene.only_number(entity) or (texts[0] if len(texts) == 1 else None)


@pattern(
    "versioned",
    rf"(?:two|2|several) [a-z]+ (?:editing|changing|updating|working on) the same {noun('what')} {MUST_NOT} "
    rf"overwrite each other(?:'s (?:changes|work|edits))?",
)
def _edits(scene: Scene, match: re.Match[str]) -> Fields | None:
    entity = scene.entity(match["what"])
    return {"what": entity} if entity else None


_AT_ONCE = r"(?:at the same time|at once|simultaneously|concurrently|in parallel)"


@pattern(
    "versioned",
    rf"(?:concurrent|simultaneous|parallel) (?:edits|changes|updates) (?:of|to) {noun('what')} {MUST_NOT} "
    rf"(?:overwrite each other|be lost|get lost)",
)
def _concurrent(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _versioned(scene, match["what"])


@pattern(
    "versioned",
    rf"(?:nobody|no one|no (?:two|2) [a-z]+|two [a-z]+ (?:cannot|can't|must not|may not|never)) "
    rf"(?:may |can |must |should )?(?:edits?|changes?|updates?|saves?|"
    rf"modif(?:y|ies)) the same {noun('what')}(?: twice)? {_AT_ONCE}",
)
def _nobody_at_once(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _versioned(scene, match["what"])


@pattern(
    "versioned",
    rf"(?:if|when) (?:two|2|several) [a-z]+ (?:edit|change|update|save|modify) (?:the same|one|a) "
    rf"{noun('what')}(?: {_AT_ONCE})?,? (?:the )?(?:second|later|last) "
    r"(?:one|save|change|edit|update)? ?(?:fails|is refused|is rejected|must be refused|must fail|gets an error|"
    r"must not win)",
)
def _later_fails(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _versioned(scene, match["what"])


def _versioned(scene: Scene, what: str) -> Fields | None:
    entity = scene.entity(what)
    return {"what": entity} if entity else None


PROTECTION: tuple[Pattern, ...] = (
    _log_changes,
    _changes_logged,
    _keeps_old,
    _keeps_history,
    _keeps_versions,
    _history_is_kept,
    _changes_over_time,
    _who_changed,
    _who_is_recorded,
    _reads_logged,
    _price_changes_logged,
    _kept_for,
    _keep_for,
    _not_deleted_before,
    _deleted_since,
    _deleted_after,
    _older_than,
    _after_span,
    _we_delete,
    _on_request,
    _encrypted,
    _encrypt,
    _edits,
    _concurrent,
    _nobody_at_once,
    _later_fails,
)
