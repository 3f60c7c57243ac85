"""Sentences about sums over rows: the payments of an invoice do not exceed its total."""

import re

from langgraph_dba.database.request.rules.pattern import IS, MUST, MUST_NOT, Fields, Pattern, noun, pattern
from langgraph_dba.database.request.rules.scene import NUMERIC, Scene
from langgraph_dba.database.request.units import UNIT_WORDS, unit_of_name, unit_of_word
from langgraph_dba.database.requirements.model import Attribute, Relationship
from langgraph_dba.database.requirements.paths import connections

_EXCEED = (
    rf"(?:{MUST_NOT} (?:exceed|go over|go above|go beyond|contain more than|cost more than|add up to more than|sum "
    rf"up to more than|"
    rf"be (?:more|greater|larger|higher|bigger) than)|(?:is|are) (?:never|not) (?:more|greater|larger|higher|bigger) "
    rf"than|never "
    rf"(?:exceeds?|contains? more than)|(?:is|are|{MUST} be) at most)"
)
_SUM = (
    r"(?:the )?(?:(?:sum|total)(?: amounts?)? of |total )(?:(?:all )?(?:the )?(?:amounts?|values?|prices?|shares?|"
    r"quantities|volumes?) of )?"
)
_OF_PARENT = rf"(?: (?:of|for|on|in|per) {noun('parent')})?"


@pattern("total", rf"{_SUM}(?:all )?{noun('child')}{_OF_PARENT} {_EXCEED} {noun('bound', 6)}")
def _sum_exceeds(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _total(scene, match, "at-most")


@pattern(
    "total",
    rf"{noun('child')}{_OF_PARENT}(?: that)? (?:together|in sum|combined|in total) {_EXCEED} "
    rf"(?:{noun('bound', 6)}|(?P<number>\d+)(?: ?(?P<unit>{UNIT_WORDS}))?)",
)
def _together_exceed(scene: Scene, match: re.Match[str]) -> Fields | None:
    if match["number"]:
        parent = scene.entity(match["parent"]) if match["parent"] else None
        number = int(match["number"])
        fields = _sum_to(scene, match["child"], parent, number, "at-most") if parent else None
        fields = fields or _sum_of_attribute(scene, match)
        # 900 kg are no 900 grams
        unit = unit_of_word(match["unit"]) if match["unit"] else None
        return fields if fields and (unit is None or unit_of_name(str(fields["of"])) == unit) else None
    return _total(scene, match, "at-most")


def _sum_of_attribute(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `the points of a match together` about the only rows of a match that have points."""
    parent = scene.entity(match["parent"]) if match["parent"] else None
    found = [
        (one.name, path, amount.name)
        for one in scene.requirements.entities
        if parent and (path := scene.reference(one.name, parent))
        if (amount := scene.attribute(one.name, match["child"])) and amount.type in NUMERIC
    ]
    if len(found) != 1:
        return None
    rows, path, name = found[0]
    return {"of": f"{rows}.{name}", "per": [path], "op": "at-most", "than": int(match["number"])}


@pattern(
    "total",
    rf"{noun('parent')} (?:is|are|gets?|(?:can|may|must) be) (?:paid|covered|funded|settled|filled) (?:by|with|from) "
    rf"(?P<span>{noun('child')} (?:that|which) (?:together|in sum|combined|in total) {_EXCEED} {noun('bound', 3)})",
)
def _paid_by_parts(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `a pledge is paid by donations that together never exceed it`: a donation may be for a pledge."""
    child, parent = scene.entity(match["child"]), scene.entity(match["parent"])
    most = scene.only_number(parent) if parent else None
    summed = scene.only_number(child) if child else None
    is_whole = match["bound"].lower() in ("it", "them") or scene.entity(match["bound"]) == parent
    if not (child and parent and most and summed) or not is_whole or most.type != summed.type:
        return None
    path = scene.reference(child, parent)
    if path is None:
        link = {"from": child, "to": parent, "required": False, "on_delete": "restrict"}
        scene.links.append(Relationship.model_validate(link))
        path = parent
    return {"of": f"{child}.{summed.name}", "per": [path], "op": "at-most", "than": f"{path}.{most.name}"}


@pattern("total", rf"{noun('child')} (?:of|for|on|in) {noun('parent')} {_EXCEED} {noun('bound', 6)}")
def _of_parent_exceed(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `payments of an invoice may not exceed its total`; one payment of several could be within it."""
    child, parent = scene.entity(match["child"]), scene.entity(match["parent"])
    return _total(scene, match, "at-most") if child and parent and scene.reference(child, parent) else None


@pattern(
    "total",
    rf"(?:{_SUM})?(?:all )?{noun('child')}{_OF_PARENT} (?:together )?(?:{MUST} (?:always )?)?(?:adds?|sums?) up "
    rf"(?:exactly )?to {noun('bound', 6)}",
)
def _add_up(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _total(scene, match, "is")


@pattern(
    "total",
    rf"(?:all )?(?:the |its |their )?(?:parts|shares|portions|splits) (?:together )?(?:{MUST} (?:always )?)?"
    rf"(?:adds?|sums?) up (?:exactly )?to {noun('bound', 2)}",
)
def _parts_add_up(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `the parts must add up to the donation`: the parts are those of the campaigns that share it."""
    whole = scene.entity(match["bound"])
    most = scene.only_number(whole) if whole else None
    shared = [name for name, link in connections(scene.requirements).items() if whole in (link.source, link.target)]
    near = [name for name in shared if set(name.split("_")) & ({*scene.before} - {str(whole)})]
    rows = shared[0] if len(shared) == 1 else near[0] if len(near) == 1 else None
    if most is None or rows is None:
        return None
    part = scene.only_number(rows)
    if part is None:
        part = Attribute.model_validate(
            {"name": "amount", "type": most.type, "precision": most.precision, "scale": most.scale}
        )
        scene.added.setdefault(rows, []).append(part)
    return {"of": f"{rows}.{part.name}", "per": [whole], "op": "is", "than": f"{whole}.{most.name}"}


@pattern(
    "total",
    rf"{_SUM}(?:all )?{noun('child')}{_OF_PARENT} (?:{IS}|equals?|{MUST} equal|{MUST} match) (?:exactly |equal to |"
    rf"always )*{noun('bound', 6)}",
)
def _sum_is(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _total(scene, match, "is")


@pattern(
    "total",
    rf"{noun('bound', 3)} of {noun('parent')} (?:is|equals|{MUST} be|{MUST} equal|is always) {_SUM}(?:its |the |all |"
    rf"all its )*{noun('child')}",
)
def _is_sum_of(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `the total of an order is the sum of its lines`."""
    parent = scene.entity(match["parent"])
    amount = scene.attribute(parent, match["bound"]) if parent else None
    return _sum_to(scene, match["child"], parent, amount, "is") if parent and amount else None


_OF_ONE = re.compile(r"(?:sum|total)(?: amount)? of (?:an?|each|every|one)\b", re.IGNORECASE)


def _total(scene: Scene, match: re.Match[str], op: str) -> Fields | None:
    """Return the rule of a sum over the rows of a parent: both have one amount, or the sentence names it.

    "The total of an invoice" is an amount of one row.
    """
    if _OF_ONE.match(re.sub(r"^the\s+", "", match[0], flags=re.IGNORECASE)):
        return None
    bound = re.sub(r"^(?:the|its|their)\s+", "", match["bound"], flags=re.IGNORECASE)
    parent = scene.entity(match["parent"]) if match["parent"] else None
    if match["parent"] and parent is None:
        return None
    if number := re.fullmatch(r"(\d+)(?: ?%| percent| per cent)?", bound):
        return _sum_to(scene, match["child"], parent, int(number[1]), op) if parent else None
    named = [(parent, bound)] if parent else []
    name, _, owner = re.sub(r"\s+of\s+", "\0", bound, count=1, flags=re.IGNORECASE).partition("\0")
    if owner and (target := scene.entity(owner)):
        named.append((target, name))
    if whole := scene.entity(bound):
        named.append((whole, ""))
    for target, phrase in (*named, *scene.split_owner(bound)):
        most = scene.attribute(target, phrase) if phrase else scene.only_number(target)
        if most and (fields := _sum_to(scene, match["child"], target, most, op)):
            return fields
    return None


def _sum_to(scene: Scene, child: str, parent: str | None, bound: Attribute | int, op: str) -> Fields | None:
    rows = scene.entity(child)
    path = scene.reference(rows, parent) if rows and parent else None
    summed = scene.only_number(rows) if rows else None
    if rows is None or path is None or summed is None:
        return None
    # a price counts once a piece: the sum is not one over prices
    numbers = [one.name for one in scene.attributes(rows) if one.type in NUMERIC]
    if "quantity" in numbers and summed.name != "quantity":
        return None
    if isinstance(bound, int):
        return {"of": f"{rows}.{summed.name}", "per": [path], "op": op, "than": bound}
    if bound.type not in NUMERIC:
        return None
    return {"of": f"{rows}.{summed.name}", "per": [path], "op": op, "than": f"{path}.{bound.name}"}


SUMS: tuple[Pattern, ...] = (
    _is_sum_of,
    _sum_exceeds,
    _together_exceed,
    _paid_by_parts,
    _of_parent_exceed,
    _parts_add_up,
    _add_up,
    _sum_is,
)
