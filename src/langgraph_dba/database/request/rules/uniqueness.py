"""Sentences that say what is unique, within what, and what may repeat."""

import re

from langgraph_dba.database.request.rules.pattern import MUST_NOT, Fields, Pattern, noun, nouns, pattern
from langgraph_dba.database.request.rules.phrases import phrases_in
from langgraph_dba.database.request.rules.scene import Scene
from langgraph_dba.database.requirements.model import Relationship

_CASE = (
    r"(?P<case>,? ?\(?(?:(?:and )?(?:case[ -]insensitive(?:ly)?|not case[ -]sensitive|"
    r"(?:whatever|regardless of|ignoring|independent of|irrespective of|disregarding|no matter)(?: their| its| the)? "
    r"(?:upper (?:or|and) lower )?case|"
    r"(?:upper (?:or|and) lower )?case (?:do|does) not matter|(?:upper (?:or|and) lower )?case (?:doesn't|don't) "
    r"matter|"
    r"without regard to (?:the )?case))\)?)"
)
_BE = r"(?:is|are|must be|has to be|have to be|should be|needs? to be|shall be|will be|must all be|must always be)"
_WITHIN = rf"(?: (?:per|within|inside|in|for each|for every|across|among) {nouns('within')})?"
_UNIQUE = r"(?:(?:globally |always |overall )?unique(?:,? and never reused|,? and not reused)?|never reused and unique)"
_ONCE = r"(?:(?:only|at most|no more than|not more than|exactly) once|(?:only|at most|max) one time)"


def _owned(scene: Scene, name: str, owner: str | None) -> tuple[str, str] | None:
    found = scene.owned(name, owner, add=True)
    return (found[0], found[1].name) if found else None


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
        "ignore_case": [name] if any(groups.get(one) for one in ("case", "lastcase", "anycase", "alsocase")) else [],
    }


@pattern(
    "only-one",
    rf"{noun('name')}(?: of {noun('owner')})? {_BE} (?P<anycase>case[ -]insensitively )?{_UNIQUE}(?P<alsocase> "
    rf"case[ -]insensitively)?(?:{_CASE})?{_WITHIN}(?:{_CASE.replace('<case>', '<lastcase>')})?",
)
def _is_unique(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _only_one(scene, _owned(scene, match["name"], match["owner"]), match)


@pattern(
    "only-one",
    rf"{noun('owner')} (?:has|have|with|needs?|gets?|must have) {noun('name')},? \(?(?:which (?:is|must be) |that "
    rf"(?:is|must be) )?"
    rf"{_UNIQUE}{_WITHIN}(?:{_CASE})?\)?",
)
def _has_unique(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _only_one(scene, _owned(scene, match["name"], match["owner"]), match)


@pattern(
    "only-one",
    rf"{noun('owner')} (?:has|have|with|needs?|gets?|must have) (?:a |its own |their own )?unique "
    rf"{noun('name')}"
    rf"{_WITHIN}(?:{_CASE})?",
)
def _has_a_unique(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _only_one(scene, _owned(scene, match["name"], match["owner"]), match)


@pattern(
    "only-one",
    rf"no (?:two|2) {noun('owner')}(?: (?:of|in|within|for|on) (?:the same|one|a) {noun('within')})? (?:may |can |"
    rf"must |"
    rf"should |are allowed to |ever )?(?:have|share|use|carry) (?:the same|an?|one) {nouns('names')}",
)
def _no_two_share(scene: Scene, match: re.Match[str]) -> Fields | None:
    entity = scene.entity(match["owner"])
    if entity is None:
        return None
    per = [scene.role(entity, phrase) for phrase in phrases_in(match["names"])]
    if match["within"]:
        per.append(scene.role(entity, match["within"]))
    return {"of": entity, "per": per} if None not in per else None


# "the same room on the same date", "the same number and the same colour"
_AND_SAME = r"(?:(?:,| and| on| at| in| with| for|, and) the same )"


@pattern(
    "only-one",
    rf"(?:(?:two|2) {noun('owner')} (?:{MUST_NOT} (?:have|share|be in|be at|be on|use|take place in|take place at)|"
    rf"are never (?:in|at|on)) "
    rf"|no (?:two|2) {noun('other')} (?:may |can |must |should )?(?:have|share|are in|are at|are on|be in|be at|be "
    rf"on|in|at|on|with|for) )the "
    rf"same {nouns('names')}(?:{_AND_SAME}{noun('second', 2)})?(?:{_AND_SAME}{noun('third', 2)})?",
)
def _two_never_share(scene: Scene, match: re.Match[str]) -> Fields | None:
    entity = scene.entity(match["owner"] or match["other"])
    phrases = [*phrases_in(match["names"]), *filter(None, (match["second"], match["third"]))]
    per = [scene.role(entity, phrase) or _date(scene, entity, phrase) for phrase in phrases] if entity else [None]
    # the same time is a period, not a value
    if any(phrase.lower() in ("time", "times", "moment") for phrase in phrases):
        return None
    return {"of": entity, "per": per} if None not in per else None


def _date(scene: Scene, entity: str, phrase: str) -> str | None:
    """Return the only date of an entity, which `the same day` means."""
    if phrase.lower() not in ("day", "date"):
        return None
    dates = [one.name for one in scene.attributes(entity) if one.type == "date"]
    return dates[0] if len(dates) == 1 else None


@pattern("only-one", rf"(?:no duplicate|no repeated|no double) {noun('name', 2)}{_WITHIN}(?:{_CASE})?")
def _no_duplicates(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _only_one(scene, _known(scene, match["name"]), match)


@pattern(
    "only-one",
    rf"{noun('name', 2)}(?: of {noun('owner')})? (?:{MUST_NOT} (?:be (?:repeated|reused|duplicated|"
    rf"used (?:twice|"
    rf"again|more than once))|repeat|occur twice|occur more than once|appear twice)|(?:may|can|must)? "
    rf"?(?:occurs?|appears?|"
    rf"be used|exists?) {_ONCE}){_WITHIN}(?:{_CASE})?",
)
def _not_repeated(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _only_one(
        scene, scene.owned(match["name"], match["owner"]) and _owned(scene, match["name"], match["owner"]), match
    )


@pattern(
    "only-one",
    rf"{noun('owner')} (?:is|are) (?:uniquely )?identified by {noun('name')}(?: only| alone)?{_WITHIN}(?:{_CASE})?",
)
def _identified(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _only_one(scene, _owned(scene, match["name"], match["owner"]), match)


def _known(scene: Scene, phrase: str) -> tuple[str, str] | None:
    """Return the entity and the attribute that a phrase names, if they exist already."""
    found = scene.owned(phrase)
    return (found[0], found[1].name) if found else None


@pattern(
    "only-one", rf"{noun('name', 2)} (?:only )?once per {noun('owner')}(?:, (?P<case>[^\s,]+@[^\s,]+ ?= ?[^\s,]+))?"
)
def _once_per(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _only_one(scene, _owned(scene, match["name"], match["owner"]), match)


_TO = r"(?:in|for|on|at|to|into|of|from|with|by|per|within)"


@pattern(
    "only-one",
    rf"{noun('who')} (?:(?:can|may|must|should)(?: only)? )?(?:be )?(?P<verb>[a-z]+)(?: {_TO})? "
    rf"{noun('target')} {_ONCE}"
    rf"(?: (?:per|a|each|every|in one|on one|in a) {noun('within', 2)})?",
)
def _acts_once(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _once(scene, match["who"], match["target"], match["within"])


@pattern(
    "only-one",
    rf"{noun('who')} (?:(?:can|may|must|should)(?: only)? )?(?:be )?(?P<verb>[a-z]+) {_ONCE} (?:{_TO}|per) "
    rf"{noun('target')}",
)
def _once_in(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `a product appears at most once in an order`."""
    return _once(scene, match["who"], match["target"])


@pattern(
    "only-one",
    rf"{noun('who')} (?:(?:can|may|must|should)(?: only)? be|is|are) (?:only |at most )?once (?:in|on|at|per|within) "
    rf"{noun('target')}",
)
def _is_once_in(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _once(scene, match["who"], match["target"])


@pattern(
    "only-one",
    rf"{noun('who')} {MUST_NOT} (?:be )?(?P<verb>[a-z]+)(?: {_TO})? {noun('target')} (?:twice|more than once|again)",
)
def _never_twice(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _once(scene, match["who"], match["target"])


@pattern(
    "only-one", rf"{noun('who')} {MUST_NOT} (?:be )?(?P<verb>[a-z]+) (?:twice|more than once) {_TO} {noun('target')}"
)
def _not_twice_in(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _once(scene, match["who"], match["target"])


def _once(scene: Scene, who: str, target: str, within: str | None = None) -> Fields | None:
    """Return the rule that the rows between two entities are unique, such as the item of a product in an order."""
    one, other = scene.entity(who), scene.entity(target)
    rows = scene.parts(one, other) if one and other and one != other else None
    if rows is None or rows in (one, other):
        return None
    paths = [scene.reference(rows, side) for side in (one, other) if side]
    if within:
        paths.append(scene.role(rows, within) or _date(scene, rows, within))
    return {"of": rows, "per": paths} if None not in paths else None


@pattern(
    "only-one",
    rf"{noun('who')} (?:plays?|works?|has|have|appears?|gets?|takes?|is|are|trains?|meets?|runs?|"
    rf"comes?)(?: for| in| at)? "
    rf"(?:only |at most |exactly )?(?:one|a single) {noun('what', 2)} (?:per|each|every|in one|in any) "
    rf"{noun('within', 2)}",
)
def _one_per(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `a player plays for one team per season` about rows that refer to all three."""
    names = [scene.entity(match[one]) for one in ("who", "what", "within")]
    rows = [
        one.name
        for one in scene.requirements.entities
        if one.name not in names and all(name and scene.reference(one.name, name) for name in names)
    ]
    if len(rows) != 1:
        return None
    return {"of": rows[0], "per": [scene.reference(rows[0], str(names[0])), scene.reference(rows[0], str(names[2]))]}


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


@pattern(
    "only-one",
    rf"{noun('what')} can be (?:inside|outside|in|out|present|open|active|checked in|logged in|on "
    rf"board) "
    rf"(?:only once|at most once|once only)",
)
def _inside_once(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `a vehicle can be inside only once` as one stay that has not ended."""
    target = scene.entity(match["what"])
    found = []
    planned = ("reservation", "booking", "appointment", "ticket")  # they say what is to be, not who is inside
    for one in scene.requirements.entities if target else ():
        if one.name in planned:
            continue
        path, period = scene.reference(one.name, str(target)), scene.period(one.name)
        last = next((a for a in scene.attributes(one.name) if period and a.name == period[1]), None)
        if path and last and not last.required:
            found.append({"of": one.name, "per": [path], "where": [{"attribute": last.name, "is": "absent"}]})
    if not found and target and target != "entry" and scene.model("entry"):
        # "entries by number plate": an entry is one of a vehicle, which is inside until its exit
        path = scene.reference("entry", target)
        if path is None:
            scene.links.append(Relationship.model_validate({"from": "entry", "to": target}))
        left = scene.moment("entry", "exit") or scene.new_moment("entry", "exit")
        if left and not left.required:
            where = [{"attribute": left.name, "is": "absent"}]
            found.append({"of": "entry", "per": [path or target], "where": where})
    return found[0] if len(found) == 1 else None


@pattern(
    "only-one",
    rf"{noun('who')} (?P<verb>[a-z]+)(?: [a-z]+)? {_ONCE} (?:a|per|each|every|on any|on one) "
    rf"(?P<day>day|date)",
)
def _once_a_day(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `a team plays at most once a day` about the only rows of teams that have one date."""
    who = scene.entity(match["who"])
    rows = [one.name for one in scene.requirements.entities if who and scene.reference(one.name, who)]
    found = [(one, date) for one in rows if (date := _date(scene, one, match["day"]))]
    if who is None or len(found) != 1:
        return None
    return {"of": found[0][0], "per": [scene.reference(found[0][0], who), found[0][1]]}


UNIQUENESS: tuple[Pattern, ...] = (
    _is_not_unique,
    _is_unique,
    _in_range_unique,
    _known_by,
    _identified,
    _has_unique,
    _has_a_unique,
    _no_two_share,
    _two_never_share,
    _no_duplicates,
    _inside_once,
    _not_repeated,
    _once_per,
    _acts_once,
    _once_a_day,
    _once_in,
    _is_once_in,
    _never_twice,
    _not_twice_in,
    _one_per,
    _may_share,
    _may_be_absent,
)
