"""What a sentence says about two things: who points at whom, and whether many times."""

from collections.abc import Sequence

from langgraph_dba.database.request.draft import Draft, Relation, is_person
from langgraph_dba.database.request.lexicon import Term, lexicon
from langgraph_dba.database.request.links import Link
from langgraph_dba.database.request.mentions import Mention

# kinds of things of which one meaning serves for another that is spoken of: who books a room makes a reservation
_PLACES = frozenset({"in", "at", "within", "inside", "on", "under", "near"})
_ALIKE = (frozenset({"booking", "reservation", "rental", "appointment", "ticket"}), frozenset({"rental", "lease"}))


def state(draft: Draft, subjects: Sequence[Mention], link: Link, objects: Sequence[Mention], *, facts: bool) -> None:
    """Add what `subjects link objects` says; `facts` tells that the objects stood among attributes."""
    if link.verb == "measure" and link.kind == "acts" and not objects:
        draft.bring("measurement", f"{' and '.join(subject.spoken for subject in subjects)} measure")
    for subject in subjects:
        for other in objects:
            if subject.name != other.name or link.kind in ("acts", "passive", "has"):
                _state(draft, subject, link, other, facts=facts)


def _state(draft: Draft, subject: Mention, link: Link, other: Mention, *, facts: bool) -> None:
    match link.kind:
        case "has":
            _has(draft, subject, other, may=link.may, verb=link.verb or "have")
        case "with" if not (facts and other.plural):
            _with(draft, subject, other)
        case "belongs":
            many = other.quantity == "many" or (link.may and other.plural) or _are_assigned(draft, subject, link, other)
            _points(
                draft, subject.name, other.name, many=many, required=not link.may and not other.optional, verb=link.verb
            )
        case "passive" | "acts":
            _acted(draft, subject, link, other)
        case "per":
            kind_one = subject.quantity == "one"
            _points(draft, subject.name, other.name, many=False, single=kind_one)
        case "of" | "in":
            _beside(draft, subject, other, required=link.kind == "of")


def _are_assigned(draft: Draft, subject: Mention, link: Link, other: Mention) -> bool:
    """Whether people are assigned to things, several to several: `employees are assigned to projects`."""
    several = subject.plural and other.plural and _is_person(draft, subject.name)
    return link.verb == "assign" and several and not draft.usual(subject.name, other.name)


def _is_person(draft: Draft, name: str) -> bool:
    """Whether the lexicon knows the entity as a kind of people."""
    term = draft.things[name].term
    return term is not None and is_person(term)


def _has(draft: Draft, owner: Mention, owned: Mention, *, may: bool, verb: str) -> None:
    """Owner has owned: many of them point back; one of them is pointed at, unless it usually points back."""
    one, other = owner.name, owned.name
    if one == other:
        draft.relate(Relation(one, one, name=f"parent_{one}", required=False, stated=True))
        return
    if draft.usually_many(one, other):
        _connect(draft, one, other)
        return
    back, forth = draft.usual(other, one), draft.usual(one, other)
    single = owned.quantity in ("one", "a") or (not owned.plural and owned.quantity in ("", "their"))
    if single and verb == "have":
        if back and not forth:
            _points(draft, other, one, many=False, single=True)
        else:
            _points(draft, one, other, many=False, required=not may and not owned.optional)
    elif forth and not back and owned.quantity != "many":
        _points(draft, one, other, many=False)
    elif forth and not back:
        _connect(draft, one, other)
    else:
        _points(draft, other, one, many=False)


def _with(draft: Draft, owner: Mention, owned: Mention) -> None:
    """`orders with items`: what is usual between the two, else that the second belongs to the first."""
    one, other = owner.name, owned.name
    usual = draft.usual(one, other) or draft.usual(other, one) or draft.usually_many(one, other)
    if one == other or (usual and owned.quantity != "many") or _joining(one, other):
        return
    if _is_person(draft, other) and not _is_person(draft, one):
        return  # "book massages with therapists": company, not a part
    if owned.plural or owned.quantity == "many":
        _has(draft, owner, owned, may=False, verb="have")
    else:
        _points(draft, one, other, many=False)


def _acted(draft: Draft, subject: Mention, link: Link, other: Mention) -> None:
    """Somebody does something with a thing: `members borrow copies`, `books written by authors`."""
    doer, done = (other, subject) if link.kind == "passive" else (subject, other)
    verb = lexicon().verbs.get(f"{link.verb} {link.preposition}") or lexicon().verbs.get(link.verb or "")
    if verb is None and link.kind == "acts" and link.preposition in _PLACES:
        _points(draft, doer.name, done.name, many=done.quantity == "many", required=False, verb=link.verb)
        return
    between = _joining(doer.name, done.name)
    if between:
        draft.bring(between, f"{doer.spoken} {link.verb} {done.spoken}")
        return
    if verb and verb.entity and verb.implies(done.name) and done.name not in _alike(verb.entity):
        _imply(draft, verb.entity, doer, done, link.verb or "")
        return
    if doer.name == done.name:
        return
    if verb and verb.does == "points":
        _points(draft, doer.name, done.name, many=done.quantity == "many", verb=link.verb)
        return
    if verb and verb.does == "many" and not draft.usual(doer.name, done.name) and not draft.usual(done.name, doer.name):
        _connect(draft, doer.name, done.name)
        return
    if draft.usual(doer.name, done.name) and not draft.usual(done.name, doer.name):
        return  # "teams manage projects" where what is usual says it already
    many = doer.quantity == "many" and done.plural
    usual = draft.usual(done.name, doer.name)
    _points(draft, done.name, doer.name, many=many, required=usual.required if usual else bool(verb), verb=link.verb)


def _imply(draft: Draft, key: str, doer: Mention, done: Mention, verb: str) -> None:
    """Add the thing that a verb speaks of, pointing at both; a similar one that is spoken of already serves."""
    name = next((known for known in draft.things if known in _alike(key)), None)
    if name is None:
        name = draft.bring(key, f"{doer.spoken} {verb} {done.spoken}").name
    for side in dict.fromkeys((doer.name, done.name)):
        usual = draft.usual(name, side)
        covered = usual is not None and draft.first_of(usual.targets) == side
        if not covered and side != name and not _joining(name, side):
            draft.relate(Relation(name, side, stated=True))


def _alike(key: str) -> frozenset[str]:
    return next((group for group in _ALIKE if key in group), frozenset({key}))


def _joining(one: str, other: str) -> str | None:
    """Return what stands between two things, such as the item between an order (which has it) and a product."""
    pairs = ((one, other), (other, one))
    terms = (term for term in lexicon().terms.values() if len(term.joins) == 2)  # noqa: PLR2004
    return next((term.key for term in terms if any(_sides(term, pair) for pair in pairs)), None)


def _sides(term: Term, pair: tuple[str, str]) -> bool:
    return pair[0] in term.joins[0] and pair[1] in term.joins[1]


def _beside(draft: Draft, subject: Mention, other: Mention, *, required: bool) -> None:
    """`photos of properties`: what is usual, else that the first belongs to the second."""
    one, two = subject.name, other.name
    usual = draft.usual(one, two)
    if usual and draft.first_of(usual.targets) == two:
        return
    if draft.usual(two, one) or draft.usually_many(one, two) or _joining(one, two):
        return
    if subject.counted or other.counted:
        _points(draft, one, two, many=False, required=required)


def _points(
    draft: Draft,
    source: str,
    target: str,
    *,
    many: bool,
    single: bool = False,
    required: bool = True,
    verb: str | None = None,
) -> None:
    """`source` names one `target`; role and delete action are the usual ones where there are any."""
    if many or draft.usually_many(source, target):
        _connect(draft, source, target)
        return
    if source == target:
        draft.relate(Relation(source, target, name=f"parent_{target}", required=False, stated=True))
        return
    if _joining(source, target):
        return
    usual, back = draft.usual(source, target), draft.usual(target, source)
    if back and not usual and verb in ("work", "play", "live", "acts"):
        return
    role = usual.role if usual else "assignee" if verb == "assign" and target in ("user", "employee", "agent") else None
    draft.relate(
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


def _connect(draft: Draft, source: str, target: str) -> None:
    """Many to many, named in the direction the lexicon has it."""
    if _joining(source, target):
        return
    first, second, via = source, target, None
    for one, other in ((source, target), (target, source)):
        term = draft.things[one].term
        link = next((k for k in term.links if draft.first_of(k.targets) == other), None) if term else None
        if link:
            first, second, via = one, other, link.via
    via = via or f"{first}_{second}"
    if len(via) <= 48 and via not in draft.things:  # noqa: PLR2004  the longest name
        draft.relate(Relation(first, second, "many-to-many", via=via, stated=True))
