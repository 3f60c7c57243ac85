"""Sentences about numbers of rows: at most 5 loans per member, at least one item, no more than one active row."""

import re

from langgraph_dba.database.request.rules.pattern import MUST, MUST_NOT, NUMBER, Fields, Pattern, noun, nouns, pattern
from langgraph_dba.database.request.rules.phrases import number_of, phrases_in
from langgraph_dba.database.request.rules.scene import Scene
from langgraph_dba.database.requirements.model import Relationship

_VERBS = (
    r"have|contain|include|cover|hold|take|get|consist of|accept|own|use|book|borrow|rent|place|carry|keep|receive|"
    r"employ|"
    r"join|attend|make|open|play|admit|seat|fit|allow|list|teach|supervise|lead|enrol in|enroll in|register for|sign "
    r"up for"
)
_HAS = (
    r"(?:has|have|contains?|includes?|covers?|takes?|holds?|gets?|consists? of|accepts?|owns?|keeps?|receives?|"
    r"employs?|admits?|seats?|"
    rf"(?:can|may|must|should|will|{MUST}) (?:only |always )?(?:{_VERBS})|needs?|requires?|is limited to|are limited "
    rf"to|consists? of)"
)
_MOST = r"(?:at most|up to|no more than|not more than|never more than|a maximum of|maximum|max\.?|maximally|only)"
_LEAST = r"(?:at least|no less than|no fewer than|not less than|a minimum of|minimum|min\.?)"
_AT_ONCE = r"(?P<now> (?:at a time|at the same time|at once|at any one time|at any time|simultaneously|in parallel))?"
# "in a season" is a group, "in review" a state
_IN = r"(?:per|within|(?:in|for|of)(?= (?:an?|the|one|each|every|any|its|their|that)\b))"
_OF_PARENT = rf"(?: {_IN} {nouns('within')})?{_AT_ONCE}"
_PEOPLE = frozenset("ppl people persons person participants attendees pax members guests".split())  # noqa: SIM905
_PER = r"(?:per|for each|for every|in each|in every|in one|in a|on each|each|to each|on a|for a|of a)"


def _count(scene: Scene, match: re.Match[str], **bounds: int | str) -> Fields | None:
    parent = scene.entity(match["parent"])
    rows = _rows(scene, match["child"], parent) if parent else None
    path = scene.reference(rows, parent) if rows and parent else None
    if parent and rows is None and _are_unrelated_people(scene, match["child"], parent):
        # "16 people per course" says that people are in courses
        link = {"from": parent, "to": "person", "kind": "many-to-many", "via": f"{parent}_person"}
        scene.links.append(Relationship.model_validate(link))
        return {"of": f"{parent}_person", "per": [parent], **bounds} if not match.groupdict().get("within") else None
    if rows is None or path is None:
        return None
    return _within(scene, match, {"of": rows, "per": [path], **bounds})


def _are_unrelated_people(scene: Scene, child: str, parent: str) -> bool:
    """Return whether a phrase means people, which the request has, but nothing relates them to the parent."""
    has_people = scene.model("person") is not None and scene.model(parent) is not None
    names = {
        one.target if one.source == parent else one.source
        for one in scene.requirements.relationships
        if parent in (one.source, one.target)
    }
    return has_people and child.lower() in ("ppl", "people", "persons", "person") and "person" not in names


def _within(scene: Scene, match: re.Match[str], fields: Fields) -> Fields | None:
    """Return the rule with all groups of the sentence: `in a season`; "at a time" counts only open rows."""
    rows, groups = fields["of"], match.groupdict()
    within = [scene.role(rows, phrase) for phrase in phrases_in(groups.get("within") or "")]
    test = scene.state(rows, "open") if groups.get("now") else None
    if None in within or (groups.get("now") and test is None):
        return None
    return fields | {"per": [*fields["per"], *within]} | ({"where": [test]} if test else {})


def _rows(scene: Scene, child: str, parent: str) -> str | None:
    """Return the entity whose rows are counted; people of a course are those who enrol in it."""
    if entity := scene.entity(child):
        return scene.parts(entity, parent)
    people = scene.people(parent) if child.lower() in _PEOPLE else []
    return people[0] if len(people) == 1 else None


def _bounded(scene: Scene, match: re.Match[str], bound: str) -> Fields | None:
    number = number_of(match["number"])
    return _count(scene, match, **{bound: number}) if number else None


# any verb: the nouns must be related
_DOES = rf"(?:{_HAS}|(?:(?:can|may|must|should)(?: only)? )?[a-z]+(?: (?:in|for|to|on|at))?)"


@pattern("count", rf"{noun('parent', 2)} (?:{_DOES} )?{_MOST} {NUMBER} {noun('child')}{_OF_PARENT}")
def _has_at_most(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _bounded(scene, match, "at_most")


@pattern("count", rf"{_MOST} {NUMBER} {noun('child')} {_PER} {noun('parent')}{_OF_PARENT}")
def _at_most_per(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _bounded(scene, match, "at_most")


@pattern("count", rf"{_LEAST} {NUMBER} {noun('child')} {_PER} {noun('parent')}{_OF_PARENT}")
def _at_least_per(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _bounded(scene, match, "at_least")


@pattern("count", rf"{NUMBER} {noun('child')} {_PER} {noun('parent')} (?:at most|max(?:imum)?|at the most|are allowed)")
def _per_at_most(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _bounded(scene, match, "at_most")


@pattern(
    "count",
    rf"(?:{noun('parent')} (?:{MUST_NOT} (?:{_VERBS})|(?:has|have) never)|no {noun('other')} (?:may |can |must |"
    rf"should )?(?:have|has|{_VERBS})) "
    rf"more than {NUMBER} {noun('child')}{_OF_PARENT}",
)
def _not_more_than(scene: Scene, match: re.Match[str]) -> Fields | None:
    number = number_of(match["number"])
    return _count_of(scene, match["child"], match["parent"] or match["other"], match, number) if number else None


def _count_of(scene: Scene, child: str, parent: str, match: re.Match[str], most: int | str) -> Fields | None:
    target = scene.entity(parent)
    rows = _rows(scene, child, target) if target else None
    path = scene.reference(rows, target) if rows and target else None
    if rows is None or path is None:
        return None
    return _within(scene, match, {"of": rows, "per": [path], "at_most": most})


@pattern(
    "count",
    rf"(?:the )?number of {noun('child')} (?:per|of|in|for|on) {noun('parent')} (?:{MUST_NOT} "
    rf"(?:exceed|be (?:more|greater|larger|"
    rf"higher) than|go over|go above)|is (?:at most|limited to)) {NUMBER}",
)
def _number_of(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _bounded(scene, match, "at_most")


@pattern(
    "count",
    rf"{noun('parent')} (?:{MUST_NOT} (?:{_VERBS}|has|holds|contains|takes)|has no|have no) more "
    rf"{noun('child')} than (?:its|the|"
    rf"their|it has) {noun('limit')}(?: (?:allows?|permits?))?",
)
def _not_more_than_its(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _count_to(scene, match)


@pattern(
    "count",
    rf"(?:the number of )?{noun('child')} (?:of|in|for|on|per) {noun('parent')} {MUST_NOT} (?:exceed|"
    rf"be more than|outnumber|be higher "
    rf"than|be greater than) (?:its|the|their) {noun('limit')}(?: of {noun('same')})?",
)
def _exceed_its(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _count_to(scene, match)


def _count_to(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Return the rule that the rows of a parent are at most as many as a number that the parent has."""
    parent = scene.entity(match["parent"])
    limit = scene.attribute(parent, match["limit"]) if parent else None
    rows = _rows(scene, match["child"], parent) if parent else None
    path = scene.reference(rows, parent) if rows and parent else None
    if limit is None or limit.type != "integer" or rows is None or path is None:
        return None
    return {"of": rows, "per": [path], "at_most": f"{path}.{limit.name}"}


@pattern("count", rf"{noun('parent')} {_HAS} {_LEAST} {NUMBER} {noun('child')}")
def _has_at_least(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _bounded(scene, match, "at_least")


@pattern("count", rf"{noun('parent')} {MUST_NOT} (?:{_VERBS}) (?:fewer|less) than {NUMBER} {noun('child')}")
def _not_fewer(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _bounded(scene, match, "at_least")


@pattern("count", rf"{noun('parent')} {_HAS} (?:one or more|1 or more) {noun('child')}")
def _one_or_more(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _count(scene, match, at_least=1)


@pattern(
    "count",
    rf"(?:no {noun('parent')} (?:(?:may|can) (?:be|exist) )?(?:is |exists |are )?without|there (?:is|"
    rf"are|must be) no {noun('other')} "
    rf"without|{noun('more')} {MUST_NOT} (?:be|exist) without) (?:at least one |any |a |an )?{noun('child')}",
)
def _none_without(scene: Scene, match: re.Match[str]) -> Fields | None:
    parent = scene.entity(match["parent"] or match["other"] or match["more"])
    child = scene.entity(match["child"])
    path = scene.reference(child, parent) if child and parent else None
    # "no order without a customer" is a required reference
    return {"of": child, "per": [path], "at_least": 1} if path else None


_RANGE = r"(?:between |from )?(?P<low>\d+|[a-z]+) ?(?:and|to|-|–) ?(?P<high>\d+|[a-z]+)"  # noqa: RUF001  a dash of texts


@pattern("count", rf"{noun('parent')} {_HAS} {_RANGE} {noun('child')}{_OF_PARENT}")
def _has_between(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `a team has between 2 and 5 players`."""
    return _between(scene, match)


@pattern("count", rf"{_RANGE} {noun('child')} {_PER} {noun('parent')}{_AT_ONCE}")
def _between_per(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _between(scene, match)


@pattern(
    "count",
    rf"{noun('parent')} {_DOES} {_LEAST} (?P<low>\d+|[a-z]+) and {_MOST} (?P<high>\d+|[a-z]+) "
    rf"{noun('child')}{_OF_PARENT}",
)
def _at_least_and_most(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _between(scene, match)


def _between(scene: Scene, match: re.Match[str]) -> Fields | None:
    low, high = number_of(match["low"]), number_of(match["high"])
    if low is None or not high or low > high:
        return None
    return _count(scene, match, **({"at_least": low, "at_most": high} if low else {"at_most": high}))


@pattern("count", rf"{noun('parent')} {_HAS} exactly {NUMBER} {noun('child')}{_OF_PARENT}")
def _has_exactly(scene: Scene, match: re.Match[str]) -> Fields | None:
    number = number_of(match["number"])
    child, parent = scene.entity(match["child"]), scene.entity(match["parent"])
    # "a task has exactly one owner" is a required reference
    if not number or (number == 1 and not (child and parent and scene.reference(child, parent))):
        return None
    return _count(scene, match, at_least=number, at_most=number)


_ONE = r"(?:(?:only|at most|no more than|not more than|max\.?|exactly) (?:a single|one|1)|a single|just one)"
_STATE = r"(?P<state>[a-z]+ )?"


@pattern(
    "only-one",
    rf"(?:one|1|a single) {_STATE}{noun('child', 2)} (?:per|for each|for every) {nouns('parents')} (?:at most|only|"
    rf"max\.?)",
)
def _one_per_at_most(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _only_one(scene, match, match["state"])


@pattern("only-one", rf"{_ONE} {_STATE}{noun('child', 2)} (?:per|for each|for every) {nouns('parents')}{_AT_ONCE}")
def _only_one_per(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _only_one(scene, match, match["state"])


@pattern("only-one", rf"{noun('parents')} {_HAS} {_ONE} {_STATE}{noun('child', 2)}{_AT_ONCE}")
def _has_only_one(scene: Scene, match: re.Match[str]) -> Fields | None:
    # "exactly one owner" is a required reference
    return _only_one(scene, match, match["state"])


@pattern(
    "only-one",
    rf"(?:{noun('parents')} {MUST_NOT} have|no {noun('other')} (?:may |can |must )?(?:has|have)) "
    rf"(?:more than one|two|several|"
    rf"multiple) {_STATE}{noun('child', 2)}{_AT_ONCE}",
)
def _not_two(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _only_one(scene, match, match["state"])


@pattern(
    "only-one",
    rf"{_ONE} (?:of the )?{noun('child', 2)} (?:per|of|for|in|on) {nouns('parents')} (?:is|are|may "
    rf"be|can be|must be) "
    rf"(?:the |in |marked as |marked |flagged as )*(?P<state>[a-z]+)",
)
def _only_one_is(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `only one address per customer is the default`."""
    return _only_one(scene, match, match["state"])


def _only_one(scene: Scene, match: re.Match[str], state: str | None) -> Fields | None:
    """Return the rule of one row per parent; with "at a time" or a state only rows in it count."""
    groups = match.groupdict()
    entity = scene.entity(match["child"])
    if entity is None:
        return None
    targets = [scene.entity(phrase) for phrase in phrases_in(groups["parents"] or groups.get("other") or "")]
    paths = [scene.reference(entity, target) if target else None for target in targets]
    if None in paths or not paths:
        return None
    if not state and re.search(r"\bexactly\b", match[0], re.IGNORECASE):
        return None
    test = scene.state(entity, state.strip()) if state else scene.state(entity, "open") if groups.get("now") else None
    if (state or groups.get("now")) and test is None:
        return None
    return {"of": entity, "per": paths, "where": [test] if test else []}


COUNTS: tuple[Pattern, ...] = (
    _only_one_per,
    _one_per_at_most,
    _has_only_one,
    _not_two,
    _only_one_is,
    _has_at_most,
    _at_most_per,
    _per_at_most,
    _not_more_than,
    _number_of,
    _not_more_than_its,
    _exceed_its,
    _has_at_least,
    _at_least_per,
    _not_fewer,
    _one_or_more,
    _has_between,
    _at_least_and_most,
    _between_per,
    _has_exactly,
    _none_without,
)
