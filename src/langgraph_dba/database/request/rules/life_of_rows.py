"""Sentences about changes of rows: what is never changed or deleted, and from which state on."""

import re

from langgraph_dba.database.request.rules.pattern import MUST, MUST_NOT, Fields, Pattern, noun, pattern
from langgraph_dba.database.request.rules.scene import Scene

_CHANGED = (
    r"(?:changed?|edit(?:ed)?|modif(?:y|ied)|alter(?:ed)?|updated?|touch(?:ed)?|overwritten|corrected|amended|"
    r"rewritten|adjusted)"
)
_DELETED = r"(?:deleted?|removed?|erased?|destroyed|dropped|purged|withdrawn|taken back)"
_DONE = (
    rf"(?P<done>(?:{_CHANGED}|{_DELETED})(?:,? (?:or|and|nor) (?:{_CHANGED}|{_DELETED}))?)(?: (?:any "
    rf"more|anymore|any longer|afterwards|again|later|retroactively|by anyone|by anybody|once created|after creation))?"
    rf"(?:,? (?:but |they are |it is |just |only )+(?:archived|deactivated|hidden|reversed|flagged)(?: instead)?)?"
)
_NOT = rf"(?:(?:is|are) never|{MUST_NOT} be|(?:is|are) not to be|will never be|(?:is|are) not)"
_STATE = r"(?P<state>[a-z]+)"
_FIXED = (
    r"(?:append-?only|append only|immutable|read-?only|read only|insert-?only|write-?once|frozen|locked|unchangeable|"
    r"unalterable|final|tamper-?proof|set in stone|closed for changes)"
)
_AFTER = rf"(?:once|after|when|as soon as) (?:(?:it|they) )?(?:(?:is|are|has been|have been|was|were|being) )?{_STATE}"


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
    return _of_state(scene, match["what"], None, match["done"])


@pattern(
    "frozen",
    rf"(?:never|do not|don't) (?:change|edit|delete|update|remove)(?: or (?:change|edit|delete|update|remove))? "
    rf"{noun('what')}",
)
def _imperative(scene: Scene, match: re.Match[str]) -> Fields | None:
    only_deleted = not re.search(r"change|edit|update", match[0], re.IGNORECASE)
    return _frozen(scene, match["what"], "deleted" if only_deleted else "changed")


@pattern(
    "frozen", rf"{noun('what')} (?:is|are|{MUST} be|becomes?|gets?|stays?|remains?) {_FIXED}(?: {_AFTER}| forever)?"
)
def _is_fixed(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _of_state(scene, match["what"], match["state"], "changed")


@pattern(
    "frozen",
    rf"(?:once|after|when|as soon as) (?:{noun('what')} (?:is|are|has been|have been) |(?:it is |they "
    rf"are )?)"
    rf"{_STATE},? (?:it|they|{noun('other')}) (?:is|are|becomes?|gets?) {_FIXED}",
)
def _once_fixed(scene: Scene, match: re.Match[str]) -> Fields | None:
    what = match["what"] or match["other"]
    return _frozen(scene, what, "changed", match["state"]) if what else None


_DO = (
    r"(?P<do>(?:change|edit|modify|alter|update|delete|remove|erase|touch)"
    r"(?:,? (?:or|and|nor) (?:change|edit|modify|delete|remove|erase))?)"
)
_NOBODY = (
    r"(?:(?:nobody|no one|no user|no-one|noone)(?: (?:may|can|must|should|is allowed to|ever))*|it (?:is|must be) "
    r"(?:not "
    r"allowed|not possible|forbidden|impossible|prohibited) to)"
)


@pattern("frozen", rf"{_NOBODY} {_DO} {noun('what', 4)}(?: {_AFTER}| later| afterwards| any more| retroactively)?")
def _nobody_changes(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _of_state(scene, match["what"], match["state"], match["do"])


@pattern(
    "frozen",
    rf"no (?:changes?|edits?|updates?) (?:to|of|in) {noun('what', 3)}(?: (?:is|are) (?:allowed|possible|"
    rf"permitted))?(?: {_AFTER})?",
)
def _no_changes(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _of_state(scene, match["what"], match["state"], "changed")


@pattern(
    "frozen",
    rf"{noun('what', 3)} (?:stays? as (?:it|they) (?:is|are|was|were)|never changes?|{MUST_NOT} change)"
    rf"(?: {_AFTER})?",
)
def _stays_as_it_is(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _of_state(scene, match["what"], match["state"], "changed")


def _of_state(scene: Scene, what: str, state: str | None, done: str) -> Fields | None:
    """Return the rule of `sent invoices`, of an entity from a state on, or of an attribute that stays as it is."""
    before, _, rest = re.sub(r"^(?:an?|the|all)\s+", "", what, flags=re.IGNORECASE).partition(" ")
    if state is None and not scene.entity(what) and (entity := scene.entity(rest)) and scene.state(entity, before):
        return _frozen(scene, rest, done, before)
    if fields := _frozen(scene, what, done, state):
        return fields
    return None if state else _fixed_attribute(scene, what, None)


@pattern(
    "frozen",
    rf"{noun('name')} of {noun('owner')} (?:{_NOT} {_CHANGED}|never changes?|{MUST_NOT} change|(?:is|are) {_FIXED})",
)
def _attribute_stays(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _fixed_attribute(scene, match["name"], match["owner"])


@pattern("frozen", rf"{noun('name')} {_NOT} {_CHANGED}")
def _own_attribute_stays(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _fixed_attribute(scene, match["name"], None)


def _fixed_attribute(scene: Scene, name: str, owner: str | None) -> Fields | None:
    """Return the rule that one attribute stays as it is: the others may change, and the row may be deleted."""
    owned = None if not owner and scene.entity(name) else scene.owned(name, owner)
    if owned is None:
        return None
    entity, attribute = owned
    others = [one.name for one in scene.attributes(entity) if one.name != attribute.name]
    links = scene.requirements.relationships
    others += [one.role for one in links if one.source == entity and one.kind != "many-to-many"]
    return {"what": entity, "except": others, "change": "delete-only"}


LIFE_OF_ROWS: tuple[Pattern, ...] = (
    _once,
    _once_before,
    _once_it,
    _until,
    _in_state,
    _once_fixed,
    _attribute_stays,
    _never,
    _own_attribute_stays,
    _is_fixed,
    _nobody_changes,
    _no_changes,
    _stays_as_it_is,
    _imperative,
)
