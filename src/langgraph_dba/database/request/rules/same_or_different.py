"""Sentences that demand that two values of a row are the same, or that they differ: actors, currencies, parents."""

import re
from collections.abc import Iterator

from langgraph_dba.database.request.rules.pattern import IS, IS_NOT, MUST, MUST_NOT, Fields, Pattern, noun, pattern
from langgraph_dba.database.request.rules.scene import Scene
from langgraph_dba.database.request.rules.time_order import candidates
from langgraph_dba.database.request.verbs import verb_form

_SAME_AS = r"(?:the same (?:[a-z]+ )?as|equal to|identical to|identical with)"
_DIFFER = r"(?:differ from|be different from|be other than|be someone other than|not be the same as|not equal)"


@pattern(
    "holds", rf"{noun('left')}(?: of {noun('owner')})? (?:{IS_NOT}|{MUST_NOT}) (?:{_SAME_AS}|equal) {noun('right', 5)}"
)
def _not_the_same(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _different(scene, match["left"], match["right"], match["owner"])


@pattern(
    "holds",
    rf"{noun('left')}(?: of {noun('owner')})? {IS_NOT} (?:also )?(?P<mark>the|its|their|a|an) {noun('right', 5)}",
)
def _is_never_the(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `the reviewer of a report is never its author`."""
    return _different(scene, match["left"], match["right"], match["owner"])


@pattern(
    "holds",
    rf"{noun('left')}(?: of {noun('owner')})? (?:{MUST} {_DIFFER}|differs? from|is different from|are "
    rf"different from) {noun('right', 5)}",
)
def _differs(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _different(scene, match["left"], match["right"], match["owner"])


@pattern(
    "holds",
    rf"{noun('left')} and {noun('right')}(?: of {noun('owner')})? (?:{MUST} (?:be different|differ|not "
    rf"be the "
    rf"same|not be equal)|{IS_NOT} (?:the same|equal|identical)|differ|are (?:always )?different)"
    r"(?: (?:person|people|persons|[a-z]+))?",
)
def _both_differ(scene: Scene, match: re.Match[str]) -> Fields | None:
    left, right = match["left"], match["right"]
    # "source and target shelf": the noun belongs to both
    whole = f"{left} {right.split()[-1]}"
    return _different(scene, left, right, match["owner"]) or _different(scene, whole, right, match["owner"])


@pattern(
    "holds",
    rf"(?:(?:the )?(?:two|2)|both) {noun('what')}(?: of {noun('owner')})? (?:{MUST} (?:be different|"
    rf"differ)|are "
    rf"(?:always )?different|{IS_NOT} the same)",
)
def _two_differ(scene: Scene, match: re.Match[str]) -> Fields | None:
    pair = _two_references(scene, match["what"], match["owner"])
    if pair is None:
        return None
    source, one, other = pair
    return {"of": source, "that": [{"left": one, "op": "is-not", "right": other}]}


def _two_references(scene: Scene, what: str, owner: str | None) -> tuple[str, str, str] | None:
    """Return the only entity that refers twice to another one, with both references."""
    target = scene.entity(what)
    links = [link for link in scene.requirements.relationships if link.target == target and link.source != target]
    sources = [link.source for link in links if link.kind != "many-to-many"]
    pairs = [one for one in dict.fromkeys(sources) if sources.count(one) == 2]  # noqa: PLR2004
    if owner:
        pairs = [one for one in pairs if one == scene.entity(owner)]
    if len(pairs) != 1:
        return None
    one, other = (link.role for link in links if link.source == pairs[0])
    return pairs[0], one, other


def _different(scene: Scene, left: str, right: str, owner: str | None = None) -> Fields | None:
    entity = scene.entity(owner) if owner else None
    if owner and entity is None:
        return None
    found: dict[tuple[str, str, str], None] = {}
    for one in [entity] if entity else candidates(scene):
        # "a document's author" or "the author"
        names = [rest for name, rest in scene.split_owner(left) if name == one] or [left]
        first = scene.role(one, names[0])
        for other in _paths(scene, one, right) if first else ():
            if first and other != first and _target(scene, one, first) == _target(scene, one, other):
                found[one, first, other] = None
    own = [one for one in found if "." not in one[2]] or list(found)
    near = [one for one in own if one[0] in scene.before]
    chosen = own if len(own) == 1 else near
    if len(chosen) != 1:
        return None
    return {"of": chosen[0][0], "that": [{"left": chosen[0][1], "op": "is-not", "right": chosen[0][2]}]}


def _paths(scene: Scene, entity: str, phrase: str) -> Iterator[str]:
    """Yield the references and attributes that a phrase may mean: `author`, `its author`, `the seller of the lot`."""
    if own := scene.role(entity, phrase):
        yield own
        return
    name, _, owner = re.sub(r"\s+of\s+", "\0", phrase, count=1, flags=re.IGNORECASE).partition("\0")
    of = [(target, name)] if owner and (target := scene.entity(owner)) else []
    for target, rest in (*of, *scene.split_owner(phrase)):
        if role := scene.role(target, rest):
            if target == entity:
                yield role
            elif path := scene.reference(entity, target):
                yield f"{path}.{role}"


def _target(scene: Scene, entity: str, path: str) -> str:
    """Return what a path leads to: an entity, or the type of an attribute; people of several kinds may be the same."""
    here = entity
    *steps, last = path.split(".")
    for step in steps:
        here = _link_target(scene, here, step) or here
    return "a reference" if _link_target(scene, here, last) else _type(scene, here, last)


def _type(scene: Scene, entity: str, name: str) -> str:
    return next((one.type for one in scene.attributes(entity) if one.name == name), "")


def _link_target(scene: Scene, entity: str, role: str) -> str | None:
    links = scene.requirements.relationships
    return next((link.target for link in links if link.source == entity and link.role == role), None)


@pattern(
    "holds",
    rf"(?:nobody|no one|no [a-z]+|{noun('who', 2)} {MUST_NOT}) (?:can |may |must |is allowed to |"
    rf"should )?"
    rf"(?P<does>[a-z]+) (?:his|her|their|his or her|one's|its)(?: own)? {noun('what', 2)}",
)
def _own(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `nobody may approve their own expenses`: who approves an expense is not who made it."""
    entity, form = scene.entity(match["what"]), verb_form(match["does"].lower())
    verb = form[0] if form else match["does"].lower()
    if entity is None or not re.search(r"\bown\b", match[0], re.IGNORECASE):
        return None
    links = [link for link in scene.requirements.relationships if link.source == entity and link.kind != "many-to-many"]
    doing = [link for link in links if link.role[:5] == verb[:5]]
    makers = [
        link for link in links if link not in doing and doing and link.target == doing[0].target and link.required
    ]
    if len(doing) != 1 or len(makers) != 1:
        return None
    return {"of": entity, "that": [{"left": doing[0].role, "op": "is-not", "right": makers[0].role}]}


_BE_SAME = (
    rf"(?:{MUST} (?:have|be in|belong to|be of|be from|share|use|be at)|have|are in|belong to|are of|are from|share)"
)


@pattern("holds", rf"(?:both|the two|the) {noun('what')} of {noun('owner')} {_BE_SAME} the same {noun('name', 2)}")
def _both_same(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `both accounts of a transfer have the same currency`."""
    pair = _two_references(scene, match["what"], match["owner"])
    target = scene.entity(match["what"])
    name = scene.role(target, match["name"]) if target else None
    if pair is None or name is None:
        return None
    source, one, other = pair
    return {"of": source, "that": [{"left": f"{one}.{name}", "op": "is", "right": f"{other}.{name}"}]}


@pattern(
    "holds", rf"{noun('one')} and {noun('other')} of {noun('owner')} (?:both )?{_BE_SAME} the same {noun('name', 2)}"
)
def _belong_to_same(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `the room and the guest of a booking must belong to the same hotel`."""
    owner = scene.entity(match["owner"])
    sides = [scene.role(owner, match[one]) for one in ("one", "other")] if owner else [None]
    if owner is None or None in sides or sides[0] == sides[1]:
        return None
    paths = []
    for side in sides:
        target = _link_target(scene, owner, str(side))
        name = scene.role(target, match["name"]) if target else None
        # the hotel itself may be one of the two
        paths.append(f"{side}.{name}" if name else str(side) if target == scene.entity(match["name"]) else None)
    if None in paths:
        return None
    return {"of": owner, "that": [{"left": paths[0], "op": "is", "right": paths[1]}]}


@pattern(
    "holds",
    rf"{noun('left')} of {noun('owner')} (?:{IS}|equals?|{MUST} equal|matches|{MUST} match) "
    rf"(?:{_SAME_AS} |that of |the "
    rf"one of )*{noun('right', 5)}",
)
def _the_same(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `the currency of a payment is the same as that of its invoice`."""
    if not re.search(r"same|equal|identical|match|that of|the one of", match[0], re.IGNORECASE):
        return None
    owner = scene.entity(match["owner"])
    left = scene.role(owner, match["left"]) if owner else None
    if owner is None or left is None:
        return None
    paths = list(_paths(scene, owner, match["right"]))
    target = scene.entity(match["right"])
    if target and (not paths or paths[0] == left or target != owner) and (path := scene.reference(owner, target)):
        role = scene.role(target, match["left"])
        paths = [f"{path}.{role}"] if role else paths
    if len(paths) != 1 or paths[0] == left:
        return None
    return {"of": owner, "that": [{"left": left, "op": "is", "right": paths[0]}]}


@pattern(
    "holds",
    rf"{noun('what')} (?:of|in) (?:one|the same|a single) {noun('parent')} {MUST} (?:all )?(?:be in|"
    rf"have|use|share) the same "
    rf"{noun('name', 2)}",
)
def _all_same(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `the items of one order must all have the same currency`: that of the order."""
    child, parent = scene.entity(match["what"]), scene.entity(match["parent"])
    path = scene.reference(child, parent) if child and parent else None
    if child is None or parent is None or path is None:
        return None
    one, other = scene.attribute(child, match["name"]), scene.attribute(parent, match["name"])
    if one is None or other is None:
        return None
    return {"of": child, "that": [{"left": one.name, "op": "is", "right": f"{path}.{other.name}"}]}


SAME_OR_DIFFERENT: tuple[Pattern, ...] = (
    _not_the_same,
    _is_never_the,
    _differs,
    _both_differ,
    _two_differ,
    _own,
    _both_same,
    _belong_to_same,
    _all_same,
    _the_same,
)
