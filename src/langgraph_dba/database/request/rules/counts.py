"""Sentences about numbers of rows, sums over rows, numbers in order, and trees."""

import re

from langgraph_dba.database.request.rules.pattern import MUST, MUST_NOT, NUMBER, Fields, Pattern, noun, nouns, pattern
from langgraph_dba.database.request.rules.scene import NUMERIC, Scene, number_of, phrases_in

_HAS = (
    r"(?:has|have|contains?|includes?|covers?|takes?|holds?|gets?|consists? of|(?:can|may|must|should) (?:only )?"
    r"(?:have|contain|include|cover|hold|take|get|consist of)|needs?)"
)
_MOST = r"(?:at most|up to|no more than|not more than|a maximum of|maximum|max\.?|maximally)"
_LEAST = r"(?:at least|no less than|not less than|a minimum of|minimum|min\.?)"
_OF_PARENT = rf"(?: (?:in|per|within|for|of) {nouns('within')})?"


def _count(scene: Scene, match: re.Match[str], **bounds: int) -> Fields | None:
    child, parent = scene.entity(match["child"]), scene.entity(match["parent"])
    rows = scene.parts(child, parent) if child and parent else None
    path = scene.reference(rows, parent) if rows and parent else None
    if rows is None or path is None:
        return None
    within = [scene.role(rows, phrase) for phrase in phrases_in(match.groupdict().get("within") or "")]
    return {"of": rows, "per": [path, *within], **bounds} if None not in within else None


def _bounded(scene: Scene, match: re.Match[str], bound: str) -> Fields | None:
    number = number_of(match["number"])
    return _count(scene, match, **{bound: number}) if number else None


@pattern("count", rf"{noun('parent')} {_HAS} {_MOST} {NUMBER} {noun('child')}{_OF_PARENT}")
def _has_at_most(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _bounded(scene, match, "at_most")


@pattern(
    "count",
    rf"{_MOST} {NUMBER} {noun('child')} (?:per|for each|for every|in each|in every|in one|in a) "
    rf"{noun('parent')}{_OF_PARENT}",
)
def _at_most_per(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _bounded(scene, match, "at_most")


@pattern(
    "count",
    rf"{noun('parent')} {MUST_NOT} (?:have|contain|hold|take|borrow|book|rent|own|use|place) more than "
    rf"{NUMBER} {noun('child')}{_OF_PARENT}",
)
def _not_more_than(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _bounded(scene, match, "at_most")


@pattern("count", rf"{noun('parent')} {_HAS} {_LEAST} {NUMBER} {noun('child')}")
def _has_at_least(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _bounded(scene, match, "at_least")


@pattern("count", rf"{noun('parent')} {_HAS} (?:one or more|1 or more) {noun('child')}")
def _one_or_more(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _count(scene, match, at_least=1)


@pattern(
    "count",
    rf"{noun('parent')} (?:goes|go|belongs?|is sent|are sent) to {noun('other')} and "
    rf"(?P<span>{_HAS} {_LEAST} {NUMBER} {noun('child')})",
)
def _and_has_at_least(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _bounded(scene, match, "at_least")


@pattern(
    "only-one",
    rf"(?:only|at most|no more than|max) (?:one|1) (?P<state>[a-z]+ )?{noun('child', 2)} per "
    rf"{nouns('parents')}(?: at a time| at the same time)?",
)
def _only_one_per(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _only_one(scene, match["child"], match["parents"], match["state"])


@pattern(
    "only-one",
    rf"{noun('parents')} {_HAS} (?:only|at most|no more than|max) (?:one|1) (?P<state>[a-z]+ "
    rf")?{noun('child', 2)}(?: at a time| at the same time| at once)?",
)
def _has_only_one(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _only_one(scene, match["child"], match["parents"], match["state"])


@pattern(
    "only-one",
    rf"{noun('parents')} {MUST_NOT} have (?:more than one|two|several) (?P<state>[a-z]+ )?{noun('child', 2)}(?: "
    rf"at a time| at the same time| at once)?",
)
def _not_two(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _only_one(scene, match["child"], match["parents"], match["state"])


def _only_one(scene: Scene, child: str, parents: str, state: str | None) -> Fields | None:
    entity = scene.entity(child)
    if entity is None:
        return None
    targets = [scene.entity(phrase) for phrase in phrases_in(parents)]
    paths = [scene.reference(entity, target) if target else None for target in targets]
    test = scene.state(entity, state.strip()) if state else None
    if None in paths or not paths or (state and test is None):
        return None
    return {"of": entity, "per": paths, "where": [test] if test else []}


@pattern(
    "total",
    rf"(?:the )?(?:sum|total)(?: amount)?(?: of)? {noun('child')} {MUST_NOT} (?:exceed|be (?:more|greater|"
    rf"larger|higher) than) {noun('bound', 4)}",
)
def _sum_exceeds(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _total(scene, match["child"], match["bound"], "at-most")


@pattern(
    "total",
    rf"{noun('child')}(?: that)? together {MUST_NOT} (?:exceed|contain more than|be more than|add up to more "
    rf"than|cost more than) {noun('bound', 4)}",
)
def _together_exceed(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _total(scene, match["child"], match["bound"], "at-most")


@pattern("total", rf"{noun('child')} {MUST} (?:add|sum) up to {noun('bound', 4)}")
def _add_up(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _total(scene, match["child"], match["bound"], "is")


def _total(scene: Scene, child: str, bound: str, op: str) -> Fields | None:
    """Return the rule of a sum over the rows of a parent: both have one amount, or the sentence names it."""
    rows = scene.entity(child)
    heads = re.sub(r"^(?:the|its|their)\s+", "", bound, flags=re.IGNORECASE).split()
    for cut in range(len(heads), 0, -1):
        parent = scene.entity(" ".join(heads[:cut]).removesuffix("'s").removesuffix("'"))
        path = scene.reference(rows, parent) if rows and parent else None
        if rows is None or parent is None or path is None:
            continue
        most = scene.attribute(parent, " ".join(heads[cut:])) if heads[cut:] else scene.only_number(parent)
        summed = scene.only_number(rows)
        if most and summed and most.type in NUMERIC:
            return {"of": f"{rows}.{summed.name}", "per": [path], "op": op, "than": f"{path}.{most.name}"}
    return None


_GAPLESS = (
    r"(?:numbered (?:consecutively|continuously|sequentially|without gaps)|(?:is|are) "
    r"(?:consecutive|sequential|gapless|without gaps)|consecutive|(?:must )?ha(?:ve|s) no gaps)"
)
_PER_YEAR = r"(?: (?:per|within|for each|in each|each|every) (?P<within>(?:[a-z]+ ){0,2}?[a-z]+(?: and [a-z]+)?))?"


@pattern("numbered", rf"{noun('what', 2)}(?: numbers?)? (?:(?:is|are|must be) )?{_GAPLESS}{_PER_YEAR}")
def _numbered(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _numbers(scene, re.sub(r"\s+numbers?$", "", match["what"], flags=re.IGNORECASE), match["within"])


def _numbers(scene: Scene, what: str, within: str | None) -> Fields | None:
    entity = scene.entity(what)
    if entity is None:
        return None
    number = next((one for one in scene.attributes(entity) if one.name.endswith("number")), None)
    number = number or scene.attribute(entity, f"{entity.replace('_', ' ')} number", add=True)
    per = [scene.group(entity, phrase) for phrase in phrases_in(within or "")]
    if number is None or None in per:
        return None
    return {"of": f"{entity}.{number.name}", "per": per}


@pattern("tree", rf"{noun('what')} of {noun('same')} (?P<span>is allowed (?:up to|at most) {NUMBER} levels? deep)")
def _levels(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _tree(scene, match["what"], match["number"]) if match["what"].lower() == match["same"].lower() else None


@pattern("tree", rf"{noun('what')} (?:can|may) be nested (?:up to|at most) {NUMBER} levels?(?: deep)?")
def _nested(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _tree(scene, match["what"], match["number"])


def _tree(scene: Scene, phrase: str, levels: str) -> Fields | None:
    entity = scene.entity(phrase)
    return {"of": f"{entity}.{scene.self_reference(entity)}", "levels": number_of(levels)} if entity else None


@pattern(
    "numbered",
    rf"{noun('what')} (?:has|have) (?P<span>a number (?:such as [\w/-]+ )?that (?:starts|begins) again (?:each|every) "
    rf"(?P<within>[a-z]+))",
)
def _starts_again(scene: Scene, match: re.Match[str]) -> Fields | None:
    fields = _numbers(scene, match["what"], match["within"])
    return {**fields, "gaps": "allowed"} if fields else None


COUNTS: tuple[Pattern, ...] = (
    _only_one_per,
    _has_only_one,
    _not_two,
    _has_at_most,
    _at_most_per,
    _not_more_than,
    _has_at_least,
    _and_has_at_least,
    _one_or_more,
    _sum_exceeds,
    _together_exceed,
    _add_up,
    _numbered,
    _starts_again,
    _levels,
    _nested,
)
