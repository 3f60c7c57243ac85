"""Sentences about the order of moments: of one row, of a row and the one that it refers to, and ages at a moment."""

import re
from collections.abc import Sequence

from langgraph_dba.database.request.rules.pattern import (
    IS,
    IS_NOT,
    MUST,
    MUST_NOT,
    NUMBER,
    Fields,
    Pattern,
    noun,
    pattern,
)
from langgraph_dba.database.request.rules.phrases import number_of
from langgraph_dba.database.request.rules.scene import TEMPORAL, Scene
from langgraph_dba.database.requirements.model import Attribute
from langgraph_dba.database.requirements.paths import connections

_ORDERS = {
    "after": r"later than|after|more recent than",
    "not-before": r"not before|on or after|not earlier than|no earlier than|at or after|not sooner than|no sooner than",
    "before": r"earlier than|before|sooner than|prior to",
    "not-after": r"not after|on or before|not later than|no later than|at or before|at the latest on|not beyond|by",
}
_ORDER = f"(?P<order>{'|'.join(_ORDERS[op] for op in ('not-before', 'not-after', 'after', 'before'))})"
_STRICT = f"(?P<order>{_ORDERS['after']}|{_ORDERS['before']})"
_OPPOSITE = {"after": "not-after", "before": "not-before"}
_ACTION = (
    r"(?:placed|made|submitted|accepted|entered|received|created|given|sent|handed in|booked|added|registered|"
    r"cast|taken)"
)


@pattern("holds", rf"{noun('left')}(?: of {noun('owner')})? {IS} {_ORDER} {noun('right', 6)}")
def _ordered(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _moments(scene, match, _operator(match["order"]))


@pattern("holds", rf"{noun('left')}(?: of {noun('owner')})? {IS_NOT} (?:ever )?{_STRICT} {noun('right', 6)}")
def _not_ordered(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _moments(scene, match, _OPPOSITE[_operator(match["order"])])


@pattern(
    "holds", rf"{noun('left')}(?: of {noun('owner')})? (?:(?:always )?precedes?|{MUST} precede) {noun('right', 6)}"
)
def _precedes(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _moments(scene, match, "before")


_END = r"(?P<left>ends?|finish(?:es)?|closes?|be over)"
_BEGIN = r"(?P<right>starts?|begins?|opens?|has started)"


@pattern("holds", rf"{noun('owner')} (?:{MUST} )?{_END} (?:only )?after (?:it|they) {_BEGIN}")
def _ends_after(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _period(scene, match["owner"], "after")


@pattern("holds", rf"{noun('owner')} {MUST_NOT} {_END} before (?:it|they) {_BEGIN}")
def _ends_not_before(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _period(scene, match["owner"], "not-before")


@pattern("holds", rf"{noun('owner')} (?:{MUST} )?(?:starts?|begins?) before (?:it|they) (?:ends?|finish(?:es)?)")
def _starts_before(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _period(scene, match["owner"], "after")


def _period(scene: Scene, owner: str, op: str) -> Fields | None:
    entity = scene.entity(owner)
    period = (scene.period(entity) or scene.new_period(entity, by_day=False)) if entity else None
    return {"of": entity, "that": [{"left": period[1], "op": op, "right": period[0]}]} if period else None


@pattern(
    "holds",
    rf"(?:{noun('owner')} )?(?P<span>(?:runs?|lasts?|is valid|are valid) from (?:a|the|its)(?: start)? date "
    rf"(?:to|until) (?:a|an|the|its)(?: end)? date)",
)
def _from_date_to_date(scene: Scene, match: re.Match[str]) -> Fields | None:
    owner = scene.entity(match["owner"]) if match["owner"] else next(iter(scene.before), None)
    if owner is None or scene.model(owner) is None:
        return None
    known = scene.period(owner)
    # a loan that is borrowed and returned has no start date yet
    says_so = known is not None and known[0].startswith(("start", "valid", "from", "begin"))
    first, last = known if known and says_so else scene.new_period(owner, by_day=True)
    return {"of": owner, "that": [{"left": last, "op": "not-before", "right": first}]}


def _operator(said: str) -> str:
    text = " ".join(said.lower().split())
    return next(op for op, words in _ORDERS.items() if re.fullmatch(words, text))


def _moments(scene: Scene, match: re.Match[str], op: str) -> Fields | None:
    """Return the rule of the only entity that has the left moment, and the right one or a way to it."""
    left, right = match["left"], match["right"]
    owner = scene.entity(match["owner"]) if match["owner"] else None
    if match["owner"] and owner is None:
        return None
    named = [(owner, left)] if owner else [*scene.split_owner(left), *((one, left) for one in candidates(scene))]
    found: dict[tuple[str, str, str], None] = {}
    for entity, phrase in named:
        one = scene.moment(entity, phrase)
        for path, other in scene.operands(entity, right) if one else ():
            if one and other.type == one.type and path != one.name:
                found[entity, one.name, path] = None
    if not found and (added := _with_opposite(scene, left, right)):
        found[added] = None
    near = [one for one in found if one[0] in scene.before]
    chosen = list(found) if len(found) == 1 else near
    if len(chosen) != 1:
        return None
    entity, name, path = chosen[0]
    scene.unordered |= {(entity, name), (entity, path)}
    return {"of": entity, "that": [{"left": name, "op": op, "right": path}]}


def _with_opposite(scene: Scene, left: str, right: str) -> tuple[str, str, str] | None:
    """Return an entity with both ends of its period, of which one is added: the exit of an entry."""
    for entity in candidates(scene):
        one, other = scene.moment(entity, left), scene.moment(entity, right)
        # the exit of an entry, whose own time is that of the entry
        own = entity in (scene.entity(left), scene.entity(right)) and scene.are_opposites(left, right)
        if own and scene.model(entity):
            one, other = one or scene.new_moment(entity, left), other or scene.new_moment(entity, right)
        if (one is None) == (other is None) and not own:
            continue
        one, other = one or scene.new_moment(entity, left), other or scene.new_moment(entity, right)
        if one and other and one.name != other.name:
            return entity, one.name, other.name
    return None


def candidates(scene: Scene) -> Sequence[str]:
    """Return all entities, those of the sentence before first."""
    return list(dict.fromkeys((*scene.before, *(one.name for one in scene.requirements.entities))))


@pattern(
    "holds",
    rf"{noun('what')} (?:that (?:come|are made|arrive) )?(?P<order>after|later than|past|beyond|before|earlier than) "
    rf"{noun('limit', 6)} "
    r"(?:is|are|gets?|will be|must be) (?:refused|rejected|not accepted|not allowed|not possible|forbidden|"
    r"invalid|ignored)",
)
def _refused_after(scene: Scene, match: re.Match[str]) -> Fields | None:
    op = "not-before" if match["order"].lower().startswith(("before", "earlier")) else "not-after"
    return _deadline(scene, match["what"], match["limit"], op)


@pattern(
    "holds",
    rf"no {noun('what')} (?:(?:is|are|may be|can be|must be) (?:allowed|accepted|possible|{_ACTION}) "
    rf")?(?:after|"
    rf"later than|past|beyond) {noun('limit', 6)}",
)
def _none_after(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _deadline(scene, match["what"], match["limit"], "not-after")


@pattern(
    "holds",
    rf"{noun('what')} (?:{IS}|(?:can|may)(?: only)? be) (?:only )?{_ACTION} (?:only )?{_ORDER} {noun('limit', 6)}",
)
def _placed_before(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _deadline(scene, match["what"], match["limit"], _operator(match["order"]))


@pattern("holds", rf"{noun('what')} {MUST_NOT} be {_ACTION} {_STRICT} {noun('limit', 6)}")
def _not_placed_after(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _deadline(scene, match["what"], match["limit"], _OPPOSITE[_operator(match["order"])])


def _deadline(scene: Scene, what: str, limit: str, op: str) -> Fields | None:
    """Return the rule that rows are made before or after a moment of the row that they refer to."""
    entity = scene.entity(what)
    if entity is None or scene.model(entity) is None:
        return None
    # a donation that several campaigns share is refused as the part of one of them
    shared = [name for name, link in connections(scene.requirements).items() if entity in (link.source, link.target)]
    found = (_deadline_of(scene, one, limit, op) for one in (entity, *shared))
    return next(filter(None, found), None)


def _deadline_of(scene: Scene, entity: str, limit: str, op: str) -> Fields | None:
    ends = list(dict.fromkeys((path, one.type) for path, one in scene.operands(entity, limit) if one.type in TEMPORAL))
    if not ends:
        links = scene.requirements.relationships
        targets = [(link.role, link.target) for link in links if link.source == entity and link.kind != "many-to-many"]
        if link := connections(scene.requirements).get(entity):
            targets = [(link.source, link.source), (link.target, link.target)]
        found = ((role, scene.moment(target, limit)) for role, target in targets)
        ends = [(f"{role}.{one.name}", one.type) for role, one in found if one]
    if len(ends) != 1 or "." not in ends[0][0]:
        return None
    path, kind = ends[0]
    made = [one for one in scene.attributes(entity) if one.type == kind and one.required]
    if len(made) == 1:
        return {"of": entity, "that": [{"left": made[0].name, "op": op, "right": path}]}
    return {"of": entity, "that": [{"left": "now", "op": op, "right": path}], "when": "on-insert"}


_YEARS = rf"(?:at least|over|older than|not younger than|a minimum of) {NUMBER}(?: years?)?(?: old| of age)?"
_WHEN = (
    r"(?:,? (?:when (?:(?:[a-z]+ )?(?P<event>[a-z]+) is [a-z]+|(?:they |he |she |it )?[a-z]+(?: [a-z]+){0,3})|at the "
    r"(?:time|date|"
    r"moment) of (?:the |their |a )?(?P<moment>[a-z]+)|on the day of (?:the |their |a )?(?P<day>[a-z]+)|to [a-z]+(?: "
    r"[a-z]+){0,3}))?"
)


@pattern("holds", rf"{noun('who', 2)} (?:{MUST} be|is|are) {_YEARS}{_WHEN}")
def _age(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `at least 18 years old when consent is given`: the birth date plus 18 years is not after the consent."""
    person = scene.entity(match["who"])
    born = _birth(scene, person) if person else None
    years = number_of(match["number"])
    if person is None or born is None or not years:
        return None
    span = f"{years} years"
    named = match["event"] or match["moment"] or match["day"]
    entities = [one.name for one in scene.requirements.entities if scene.reference(one.name, person)]
    event = scene.entity(named) if named else None
    events = [one for one in entities if one == event] if named else _events(entities, match[0])
    for entity in events if len(events) == 1 else ():
        path = f"{scene.reference(entity, person)}.{born.name}"
        dates = [one for one in scene.attributes(entity) if one.type == born.type and one.required]
        if len(dates) == 1:
            return {"of": entity, "that": [{"left": dates[0].name, "op": "not-before", "right": path, "plus": span}]}
        return {
            "of": entity,
            "that": [{"left": "now", "op": "not-before", "right": path, "plus": span}],
            "when": "on-insert",
        }
    if re.search(r"\b(?:when|at the|on the day)\b", match[0], re.IGNORECASE):
        return None
    that = {"left": "now", "op": "not-before", "right": born.name, "plus": span}
    return {"of": person, "that": [that], "when": "on-insert"}


def _birth(scene: Scene, person: str) -> Attribute | None:
    return next(
        (one for one in scene.attributes(person) if one.name in ("born_on", "birth_date", "date_of_birth")), None
    )


def _events(entities: Sequence[str], said: str) -> list[str]:
    """Return the entities that a verb of the sentence names: the enrolment of `when enrolling`."""
    words = re.findall(r"[a-z]+", said.lower())
    return [one for one in entities if any(len(word) > 4 and one[:5] == word[:5] for word in words)]  # noqa: PLR2004


# the period that a sentence states comes before the rules about it
PERIODS: tuple[Pattern, ...] = (_from_date_to_date,)
TIME_ORDER: tuple[Pattern, ...] = (
    _ordered,
    _not_ordered,
    _precedes,
    _ends_after,
    _ends_not_before,
    _starts_before,
    _refused_after,
    _none_after,
    _placed_before,
    _not_placed_after,
    _age,
)
