"""Sentences about history, retention and concurrent edits."""

import re

from langgraph_dba.database.request.rules.pattern import MUST, MUST_NOT, SPAN, Fields, Pattern, noun, nouns, pattern
from langgraph_dba.database.request.rules.phrases import number_of, phrases_in
from langgraph_dba.database.request.rules.scene import Scene

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
WE = r"(?:we (?:need to |must |want to |have to |should |also )*)?"


@pattern(
    "history",
    rf"{WE}(?:log|record|track|keep|store|audit|save) {_EVERY} (?:old |past )?{_CHANGE} (?:of|to|in|on) "
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
    rf"{WE}(?:keep|store|maintain|have|want|need) (?:a|an|the|full|complete|entire) ?(?:full |"
    rf"complete |entire )?(?:history|audit trail|audit log|change "
    rf"log|record) (?:of|for|on) (?:{_EVERY} |the )?(?:{_CHANGE} (?:of|to|in|on) )?(?:the )?{nouns('what')}(?: "
    rf"changes)?",
)
def _keeps_history(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _history(scene, match["what"])


@pattern(
    "history",
    rf"{WE}(?:keep|store|remember) (?:the |all |all the )?(?:old|previous|earlier|past) (?:versions?|values?|"
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
    rf"{nouns('what')}(?: per [a-z]+(?: [a-z]+)?)? (?:depends? on {noun('source', 2)} and )?(?:changes?|may "
    rf"change|can change|vary|varies|{MUST} change) (?:over (?:the )?time|(?:every|each|with the) [a-z]+|from time "
    r"to time|over the years|regularly)",
)
def _changes_over_time(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `prices change over time`: the old ones are needed too."""
    if match["source"] and (source := scene.entity(match["source"])):
        # "the rate depends on the teacher" says whose rate it is
        scene.owned(match["what"], source, add=True)
        owned = scene.attribute(source, match["what"])
        return {"of": source, "attributes": [owned.name]} if owned else None
    return _history(scene, match["what"])


@pattern(
    "history",
    rf"{WE}(?:see|know|trace|show|find out|be able to (?:see|tell|know|show|trace)) who (?:has "
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


@pattern(
    "history",
    rf"{_EVERY} (?:look-?ups?|reads?|access|accesses|views?) (?:(?:of|to) {noun('what')}|there) {_RECORDED}",
)
def _reads_logged(scene: Scene, match: re.Match[str]) -> Fields | None:
    # "there" is the only thing of which the sentence speaks
    alone = scene.before[0] if len(set(scene.before)) == 1 else None
    entity = scene.entity(match["what"]) if match["what"] else alone
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
# the moment from which the time runs: the creation, or a moment that the row has
_SINCE = (
    r"(?: (?:after|from|since) (?:(?:their|its|the|his|her) (?:creation|entry|insertion)|"
    r"(?:it|they) (?:is|are|was|were|has been|have been) "
    r"(?:created|recorded|entered|made|written|added|inserted|stored)))?"
)


@pattern("keep", rf"{noun('what')} (?:is|are|{MUST} be) {_KEPT} {_LEAST}{SPAN}{_SINCE}")
def _kept_for(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _keep(scene, match["what"], "at_least", _span(match))


@pattern(
    "keep",
    rf"{noun('what')} (?:is|are|{MUST} be) {_KEPT} {_LEAST}{SPAN} (?:after|from|since) "
    rf"(?:(?:it|they) (?:(?:is|are|was|were|has been|have been) )?(?P<ends>[a-z]+)|"
    rf"(?:its|their|the) {noun('since', 2)})",
)
def _kept_since(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `leases are kept for 10 years after they end`: the moment is one that the row has already."""
    fields = _keep(scene, match["what"], "at_least", _span(match))
    if fields is None or "attributes" in fields:
        return None
    moment = scene.moment(str(fields["what"]), re.sub(r"s$", "", match["ends"]) if match["ends"] else match["since"])
    return {**fields, "since": moment.name} if moment else None


@pattern("keep", rf"{WE}(?:keep|store|retain|archive|preserve) {noun('what')} {_LEAST}{SPAN}{_SINCE}")
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
    rf"{WE}(?:delete|erase|remove|purge|destroy|wipe|anonymi[sz]e) {noun('what')} (?:after|within|older than) "
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
    _kept_since,
    _keep_for,
    _not_deleted_before,
    _deleted_since,
    _deleted_after,
    _older_than,
    _after_span,
    _we_delete,
    _on_request,
    _edits,
    _concurrent,
    _nobody_at_once,
    _later_fails,
)
