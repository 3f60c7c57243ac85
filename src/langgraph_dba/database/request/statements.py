"""Convert `subjects verb objects` to relations: the direction of the reference, and whether it is many-to-many."""

from collections.abc import Sequence

from langgraph_dba.database.request.draft import Draft, Relation, is_person
from langgraph_dba.database.request.lexicon import Term, lexicon
from langgraph_dba.database.request.links import Link
from langgraph_dba.database.request.mentions import Mention

_PLACES = frozenset({"in", "at", "within", "inside", "on", "under", "near"})
# entities of which one in the request replaces the one that a verb implies: booking a room implies a reservation
_ALIKE = (frozenset({"booking", "reservation", "rental", "appointment", "ticket"}), frozenset({"rental", "lease"}))


def add_statement(
    draft: Draft, subjects: Sequence[Mention], link: Link, objects: Sequence[Mention], *, facts: bool
) -> None:
    """Add the relations of `subjects link objects`; `facts` is true if attributes were among the objects."""
    # "sensors measure every minute": the verb has no object, but implies an entity
    if link.verb == "measure" and link.kind == "acts" and not objects:
        draft.add_implied("measurement", f"{' and '.join(subject.phrase for subject in subjects)} measure")
    for subject in subjects:
        for other in objects:
            if subject.name != other.name or link.kind in ("acts", "passive", "has"):
                _add_statement(draft, subject, link, other, facts=facts)


def _add_statement(draft: Draft, subject: Mention, link: Link, other: Mention, *, facts: bool) -> None:
    match link.kind:
        case "has":
            _add_possession(draft, subject, other, may=link.may, verb=link.verb or "have")
        case "with" if not (facts and other.plural):
            _add_parts(draft, subject, other)
        case "belongs":
            many = other.quantity == "many" or (link.may and other.plural) or _are_assigned(draft, subject, link, other)
            _add_reference(
                draft, subject.name, other.name, many=many, required=not link.may and not other.optional, verb=link.verb
            )
        case "passive" | "acts":
            _add_action(draft, subject, link, other)
        case "per":
            kind_one = subject.quantity == "one"
            _add_reference(draft, subject.name, other.name, many=False, single=kind_one)
        case "of" | "in":
            _add_of(draft, subject, other, required=link.kind == "of")


def _are_assigned(draft: Draft, subject: Mention, link: Link, other: Mention) -> bool:
    """Return whether several people are assigned to several entities: `employees are assigned to projects`."""
    several = subject.plural and other.plural and _is_person(draft, subject.name)
    return link.verb == "assign" and several and not draft.default_reference(subject.name, other.name)


def _is_person(draft: Draft, name: str) -> bool:
    """Return whether the entity is a kind of people in the lexicon."""
    term = draft.things[name].term
    return term is not None and is_person(term)


def _add_possession(draft: Draft, owner: Mention, owned: Mention, *, may: bool, verb: str) -> None:
    """Add `owner has owned`: many owned refer to the owner; the owner refers to a single one, if the lexicon agrees."""
    one, other = owner.name, owned.name
    if one == other:
        draft.add_relation(Relation(one, one, name=f"parent_{one}", required=False, stated=True))
        return
    if draft.is_default_many(one, other):
        _add_many_to_many(draft, one, other)
        return
    back, forth = draft.default_reference(other, one), draft.default_reference(one, other)
    if owned.quantity == "same":
        # "tickets of one event may have the same seat": who shares it refers to it, and nothing is said of how many
        if forth:
            _add_reference(draft, one, other, many=False)
        return
    # "each user has a profile", "users have their address"; a plural is many
    single = owned.quantity in ("one", "a") or (not owned.plural and owned.quantity in ("", "their"))
    if single and verb == "have":
        if back and not forth:
            _add_reference(draft, other, one, many=False, single=True)
        else:
            _add_reference(draft, one, other, many=False, required=not may and not owned.optional)
    elif forth and not back and owned.quantity != "many":
        _add_reference(draft, one, other, many=False)
    elif forth and not back:
        _add_many_to_many(draft, one, other)
    else:
        _add_reference(draft, other, one, many=False)


def _add_parts(draft: Draft, owner: Mention, owned: Mention) -> None:
    """Add `orders with items`: the default relation of the two, otherwise the second belongs to the first."""
    one, other = owner.name, owned.name
    usual = (
        draft.default_reference(one, other) or draft.default_reference(other, one) or draft.is_default_many(one, other)
    )
    if one == other or (usual and owned.quantity != "many") or _connecting_entity(one, other):
        return
    if _is_person(draft, other) and not _is_person(draft, one):
        return  # "book massages with therapists": the person is not a part of it
    if owned.plural or owned.quantity == "many":
        _add_possession(draft, owner, owned, may=False, verb="have")
    else:
        _add_reference(draft, one, other, many=False)


def _add_action(draft: Draft, subject: Mention, link: Link, other: Mention) -> None:
    """Add an action on an entity: `members borrow copies`, `books written by authors`."""
    doer, done = (other, subject) if link.kind == "passive" else (subject, other)
    verb = lexicon().verbs.get(f"{link.verb} {link.preposition}") or lexicon().verbs.get(link.verb or "")
    if verb is None and link.kind == "acts" and link.preposition in _PLACES:
        _add_reference(draft, doer.name, done.name, many=done.quantity == "many", required=False, verb=link.verb)
        return
    between = _connecting_entity(doer.name, done.name)
    if between:
        draft.add_implied(between, f"{doer.phrase} {link.verb} {done.phrase}")
        return
    if verb and verb.entity and verb.implies(done.name) and done.name not in _alike(verb.entity):
        _add_implied_entity(draft, verb.entity, doer, done, link.verb or "")
        return
    if doer.name == done.name:
        return
    if verb and verb.does == "points":
        _add_reference(draft, doer.name, done.name, many=done.quantity == "many", verb=link.verb)
        return
    if (
        verb
        and verb.does == "many"
        and not draft.default_reference(doer.name, done.name)
        and not draft.default_reference(done.name, doer.name)
    ):
        _add_many_to_many(draft, doer.name, done.name)
        return
    if draft.default_reference(doer.name, done.name) and not draft.default_reference(done.name, doer.name):
        return  # "teams manage projects": the default reference has this meaning
    many = doer.quantity == "many" and done.plural
    usual = draft.default_reference(done.name, doer.name)
    _add_reference(
        draft, done.name, doer.name, many=many, required=usual.required if usual else bool(verb), verb=link.verb
    )


def _add_implied_entity(draft: Draft, key: str, doer: Mention, done: Mention, verb: str) -> None:
    """Add the entity that a verb implies, with references to both; a similar entity of the request is used instead."""
    name = next((known for known in draft.things if known in _alike(key)), None)
    if name is None:
        name = draft.add_implied(key, f"{doer.phrase} {verb} {done.phrase}").name
    for side in dict.fromkeys((doer.name, done.name)):
        usual = draft.default_reference(name, side)
        covered = usual is not None and draft.first_of(usual.targets) == side
        if not covered and side != name and not _connecting_entity(name, side):
            draft.add_relation(Relation(name, side, stated=True))


def _alike(key: str) -> frozenset[str]:
    return next((group for group in _ALIKE if key in group), frozenset({key}))


def _connecting_entity(one: str, other: str) -> str | None:
    """Return the entity that connects two others, such as the item between an order and a product."""
    pairs = ((one, other), (other, one))
    terms = (term for term in lexicon().terms.values() if len(term.joins) == 2)  # noqa: PLR2004
    return next((term.key for term in terms if any(_sides(term, pair) for pair in pairs)), None)


def _sides(term: Term, pair: tuple[str, str]) -> bool:
    return pair[0] in term.joins[0] and pair[1] in term.joins[1]


def _add_of(draft: Draft, subject: Mention, other: Mention, *, required: bool) -> None:
    """Add `photos of properties`: the default relation of the two, otherwise the first belongs to the second."""
    one, two = subject.name, other.name
    usual = draft.default_reference(one, two)
    if usual and draft.first_of(usual.targets) == two:
        return
    if draft.default_reference(two, one) or draft.is_default_many(one, two) or _connecting_entity(one, two):
        return
    if subject.counted or other.counted:
        _add_reference(draft, one, two, many=False, required=required)


def _add_reference(
    draft: Draft,
    source: str,
    target: str,
    *,
    many: bool,
    single: bool = False,
    required: bool = True,
    verb: str | None = None,
) -> None:
    """Add a reference from `source` to `target`, with the default role and delete action if there are any."""
    if many or draft.is_default_many(source, target):
        _add_many_to_many(draft, source, target)
        return
    if source == target:
        draft.add_relation(Relation(source, target, name=f"parent_{target}", required=False, stated=True))
        return
    if _connecting_entity(source, target):
        return
    usual, back = draft.default_reference(source, target), draft.default_reference(target, source)
    # "people work at companies": the lexicon has the reference in the other direction
    if back and not usual and verb in ("work", "play", "live", "acts"):
        return
    role = usual.role if usual else "assignee" if verb == "assign" and target in ("user", "employee", "agent") else None
    draft.add_relation(
        Relation(
            source,
            target,
            "one-to-one" if single else "many-to-one",
            name=role,
            required=required and not (usual is not None and not usual.required and verb in ("assign", "tag")),
            on_delete=usual.on_delete if usual else None,
            stated=True,
        )
    )


def _add_many_to_many(draft: Draft, source: str, target: str) -> None:
    """Add a many-to-many relation, in the direction of the lexicon."""
    if _connecting_entity(source, target):
        return
    first, second, via = source, target, None
    for one, other in ((source, target), (target, source)):
        term = draft.things[one].term
        link = next((k for k in term.links if draft.first_of(k.targets) == other), None) if term else None
        if link:
            first, second, via = one, other, link.via
    via = via or f"{first}_{second}"
    if len(via) <= 48 and via not in draft.things:  # noqa: PLR2004  the longest name
        draft.add_relation(Relation(first, second, "many-to-many", via=via, stated=True))
