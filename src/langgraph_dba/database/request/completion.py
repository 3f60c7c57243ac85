"""What nobody said and is usual: things that others are senseless without, and how things point at each other."""

from collections.abc import Iterator
from dataclasses import replace

from langgraph_dba.database.request.draft import Draft, Relation, Thing
from langgraph_dba.database.request.lexicon import Link, Reference, Term, lexicon
from langgraph_dba.database.requirements.model import Cardinality

_SIDES = 2


def complete(draft: Draft) -> None:
    """Add implied things and usual relations, then take away what says the same twice or makes a circle."""
    _bring_needed(draft)
    _bring_joining(draft)
    _bring_needed(draft)
    for thing in list(draft.things.values()):
        for relation in _usual(draft, thing):
            draft.relate(relation)
    _drop_joined(draft)
    _drop_derived(draft)
    _break_circles(draft)


def _bring_joining(draft: Draft) -> None:
    """`order` and `product` need the item between them."""
    for term in lexicon().terms.values():
        if len(term.joins) != _SIDES or term.name in draft.things:
            continue
        sides = [draft.first_of(tuple(sorted(side))) for side in term.joins]
        if all(sides) and sides[0] != sides[1]:
            draft.bring(term.key, f"between {sides[0]} and {sides[1]}")


def _bring_needed(draft: Draft) -> None:
    """`time_entry` needs somebody whose time it is."""
    for thing in list(draft.things.values()):
        if any(r.stated and r.source == thing.name and draft.things[r.target].term is None for r in draft.relations):
            continue  # a word nobody knows may be the one: "neighbours lend tools"
        for group in thing.term.brings if thing.term else ():
            if draft.first_of(group) is None:
                draft.bring(group[0], f"{thing.name} needs one")


# -- usual relations ----------------------------------------------------------------------------------------------


def _usual(draft: Draft, thing: Thing) -> Iterator[Relation]:
    if thing.term is None:
        return
    for link in thing.term.links:
        yield from _many(draft, thing, link)
    for reference in thing.term.references:
        yield from _single(draft, thing, reference)


def _many(draft: Draft, thing: Thing, link: Link) -> Iterator[Relation]:
    target = draft.first_of(link.targets)
    via = link.via or f"{thing.name}_{target}"
    free = target is not None and via not in draft.things and len(via) <= 48  # noqa: PLR2004  the longest name
    if target and free and target != thing.name and not draft.related(thing.name, target):
        yield Relation(thing.name, target, "many-to-many", via=via)


def _single(draft: Draft, thing: Thing, reference: Reference) -> Iterator[Relation]:
    target = draft.first_of(reference.targets)
    if target is None or target == thing.name:
        return
    action = reference.on_delete or ("restrict" if reference.required else "set-null")
    kind: Cardinality = "one-to-one" if reference.single else "many-to-one"
    yield Relation(thing.name, target, kind, reference.role, reference.required, action)


# -- what is too much ---------------------------------------------------------------------------------------------


def _drop_joined(draft: Draft) -> None:
    """Two things with a third between them are not connected directly too."""
    joined = {frozenset(pair) for term in lexicon().terms.values() for pair in _joined_pairs(draft, term)}
    draft.relations = [relation for relation in draft.relations if relation.ends not in joined]


def _joined_pairs(draft: Draft, term: Term) -> Iterator[tuple[str, str]]:
    if len(term.joins) == _SIDES and term.name in draft.things:
        for one in term.joins[0]:
            for other in term.joins[1]:
                first, second = draft.first_of((one,)), draft.first_of((other,))
                if first and second:
                    yield first, second


def _drop_derived(draft: Draft) -> None:
    """An invoice names its customer through its order, a rental tells who has the car: told twice, it could differ."""
    needs = {(r.source, r.target) for r in draft.relations if r.required and r.kind != "many-to-many"}
    draft.relations = [
        relation
        for relation in draft.relations
        if relation.stated or relation.name or relation.kind == "many-to-many" or not _derived(needs, relation)
    ]


def _derived(needs: set[tuple[str, str]], relation: Relation) -> bool:
    chained = any(
        source == relation.source and middle != relation.target and (middle, relation.target) in needs
        for source, middle in needs
    )
    told = not relation.required and any(
        target == relation.source and (source, relation.target) in needs for source, target in needs
    )
    return chained or told


def _break_circles(draft: Draft) -> None:
    """Where each of several things requires another, one reference becomes optional: what is only usual first."""
    while circle := _circle(draft):
        inside = [n for n, r in enumerate(draft.relations) if _needed(r) and {r.source, r.target} <= circle]
        number = next((n for n in inside if not draft.relations[n].stated), inside[-1])
        draft.relations[number] = replace(draft.relations[number], required=False, on_delete="set-null")


def _needed(relation: Relation) -> bool:
    return relation.required and relation.kind != "many-to-many"


def _circle(draft: Draft) -> set[str]:
    """Return the things of which none can be the first; nothing where all can be made in some order."""
    needs = {name: {r.target for r in draft.relations if _needed(r) and r.source == name} for name in draft.things}
    waiting = set(needs)
    while ready := {name for name in waiting if not needs[name] & waiting}:
        waiting -= ready
    # what only leads into a circle is no part of it
    while idle := {name for name in waiting if not any(name in needs[other] for other in waiting)}:
        waiting -= idle
    return waiting
