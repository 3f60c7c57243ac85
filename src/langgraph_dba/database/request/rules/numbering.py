"""Sentences about numbers that are given in order, and about trees."""

import re

from langgraph_dba.database.request.rules.pattern import MUST, MUST_NOT, NUMBER, Fields, Pattern, noun, pattern
from langgraph_dba.database.request.rules.phrases import number_of, phrases_in
from langgraph_dba.database.request.rules.scene import Scene

_NO_GAPS = r"(?:without (?:any )?gaps|with no gaps|gap-?less(?:ly)?|gap-free|no gaps)"
_GAPLESS = (
    rf"(?:numbered (?:consecutively|continuously|sequentially|in order|in sequence|{_NO_GAPS})|(?:is|are|run|runs) "
    rf"(?:consecutive|consecutively|sequential|sequentially|in sequence|{_NO_GAPS})|consecutive|{MUST} be "
    rf"(?:consecutive|sequential|{_NO_GAPS})|"
    rf"(?:must |may |should )?(?:has|have) (?:no gaps|a consecutive number|consecutive numbers|a number without "
    rf"gaps)|{MUST_NOT} have gaps)"
)
_PER_GROUP = (
    r"(?: (?:per|within|for each|in each|in every|each|every|of each|of a|in a) (?P<{}>(?:[a-z]+ "
    r"){{0,2}}?[a-z]+(?: and [a-z]+)?))?"
)
_WITHIN = _PER_GROUP.format("within")
_START = rf"(?:,? (?:and )?(?:(?:starting|beginning|starts?|begins?) (?:at|with|from) (?:1|one)|{_NO_GAPS}))*"


@pattern(
    "numbered",
    rf"{noun('what', 2)}(?: numbers?)?{_PER_GROUP.format('first')} (?:(?:is|are|must be) )?{_GAPLESS}{_WITHIN}{_START}",
)
def _numbered(scene: Scene, match: re.Match[str]) -> Fields | None:
    what = re.sub(r"\s+numbers?$", "", match["what"], flags=re.IGNORECASE)
    return _numbers(scene, what, match["within"] or match["first"])


@pattern(
    "numbered",
    rf"{noun('what', 2)} (?:is|are|must be) numbered(?: from 1| starting at 1)?(?: (?:per|within|"
    rf"for each|in each|inside) "
    rf"(?P<within>(?:[a-z]+ ){{0,2}}?[a-z]+(?: and [a-z]+)?)){_START}",
)
def _numbered_per(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `tickets are numbered per project`: in order, and gaps are forbidden only if the sentence says so."""
    fields = _numbers(scene, match["what"], match["within"])
    has_no_gaps = re.search(_NO_GAPS, match[0], re.IGNORECASE)
    return fields if fields is None or has_no_gaps else {**fields, "gaps": "allowed"}


@pattern("numbered", rf"{noun('what', 2)} {MUST_NOT} (?:have|leave|contain) gaps{_WITHIN}")
def _no_gaps(scene: Scene, match: re.Match[str]) -> Fields | None:
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


_DEPTH = (
    rf"(?:up to|at most|no more than|not more than|a maximum of|max\.?|maximum) {NUMBER} levels?(?: deep| of depth)?"
)


@pattern("tree", rf"{noun('what')} of {noun('same')} (?P<span>is allowed (?:up to|at most) {NUMBER} levels? deep)")
def _levels(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _tree(scene, match["what"], match["number"]) if match["what"].lower() == match["same"].lower() else None


@pattern("tree", rf"{noun('what')} (?:(?:can|may|must|should)(?: only)? be|is|are) nested (?:only )?{_DEPTH}")
def _nested(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _tree(scene, match["what"], match["number"])


@pattern("tree", rf"{noun('what')} (?:form|forms|are|is|make up|build) a (?:tree|hierarchy)(?: (?:of|with) {_DEPTH})?")
def _hierarchy(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _tree(scene, match["what"], match["number"])


@pattern(
    "tree",
    rf"(?:{noun('what')} (?:hierarchy|tree)|(?:hierarchy|tree|nesting) of {noun('other')}) (?:has|have|is|can have|"
    rf"may have) {_DEPTH}",
)
def _deep(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _tree(scene, match["what"] or match["other"], match["number"])


@pattern(
    "tree",
    rf"{noun('what')} {MUST_NOT} be (?:its|their|his) own (?:direct or indirect )?(?:parent|ancestor|"
    rf"descendant|child|manager|superior|supervisor|"
    r"predecessor|part)(?: or [a-z]+)?",
)
def _own_parent(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _tree(scene, match["what"], None)


@pattern(
    "tree",
    rf"{noun('what')} {MUST_NOT} (?:contain|include|belong to|report to|be (?:inside|under|below)) "
    rf"(?:itself|themselves|himself)"
    r"(?:,? (?:not even|neither directly nor|directly or) (?:indirectly|indirectly))?",
)
def _not_itself(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _tree(scene, match["what"], None)


@pattern(
    "tree", rf"no (?:cycles|circles|loops) (?:in|among|between|of) (?:the )?{noun('what')}(?: (?:tree|hierarchy))?"
)
def _no_cycles(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _tree(scene, match["what"], None)


def _tree(scene: Scene, phrase: str, levels: str | None) -> Fields | None:
    entity = scene.entity(phrase) or scene.entity(re.sub(r"^sub-?\s*", "", phrase, flags=re.IGNORECASE))
    if entity is None:
        return None
    own = [one for one in scene.requirements.relationships if one.source == one.target == entity]
    role = own[0].role if len(own) == 1 else scene.self_reference(entity)
    return {"of": f"{entity}.{role}"} | ({"levels": number_of(levels)} if levels else {})


@pattern(
    "numbered",
    rf"{noun('what')} (?:has|have) (?P<span>a number (?:such as [\w/-]+ )?that (?:starts|begins) again (?:each|every) "
    rf"(?P<within>[a-z]+))",
)
def _starts_again(scene: Scene, match: re.Match[str]) -> Fields | None:
    fields = _numbers(scene, match["what"], match["within"])
    return {**fields, "gaps": "allowed"} if fields else None


NUMBERING: tuple[Pattern, ...] = (
    _numbered,
    _no_gaps,
    _numbered_per,
    _starts_again,
    _levels,
    _nested,
    _hierarchy,
    _deep,
    _own_parent,
    _not_itself,
    _no_cycles,
)
