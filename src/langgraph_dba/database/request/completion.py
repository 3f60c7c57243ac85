"""Complete a draft with usual parts: entities that others need, and the usual relations between entities."""

from collections.abc import Iterator
from dataclasses import replace

from langgraph_dba.database.request.draft import Draft, Relation, Thing
from langgraph_dba.database.request.lexicon import Association, Reference, Term, lexicon
from langgraph_dba.database.requirements.model import Cardinality

_SIDES = 2


def complete(draft: Draft) -> None:
    """Add implied entities and usual relations, then remove redundant relations and circles of required ones."""
    _add_needed(draft)
    _add_connecting(draft)
    # again: an added entity may need others
    _add_needed(draft)
    for thing in list(draft.things.values()):
        for relation in _default_relations(draft, thing):
            draft.add_relation(relation)
    _drop_joined(draft)
    _drop_derived(draft)
    _break_circles(draft)


def _add_connecting(draft: Draft) -> None:
    """Add the entity between two others: the item between `order` and `product`."""
    for term in lexicon().terms.values():
        if len(term.joins) != _SIDES or term.name in draft.things:
            continue
        sides = [draft.first_of(tuple(sorted(side))) for side in term.joins]
        if all(sides) and sides[0] != sides[1]:
            draft.add_implied(term.key, f"between {sides[0]} and {sides[1]}")


def _add_needed(draft: Draft) -> None:
    """Add entities without which others have no meaning: the user of a `time_entry`."""
    for thing in list(draft.things.values()):
        if any(r.stated and r.source == thing.name and draft.things[r.target].term is None for r in draft.relations):
            continue  # the unknown entity may be the needed one: "neighbours lend tools"
        for group in thing.term.brings if thing.term else ():
            if draft.first_of(group) is None:
                draft.add_implied(group[0], f"{thing.name} needs one")


def _default_relations(draft: Draft, thing: Thing) -> Iterator[Relation]:
    if thing.term is None:
        return
    for link in thing.term.links:
        yield from _default_associations(draft, thing, link)
    for reference in thing.term.references:
        yield from _default_references(draft, thing, reference)


def _default_associations(draft: Draft, thing: Thing, link: Association) -> Iterator[Relation]:
    target = draft.first_of(link.targets)
    via = link.via or f"{thing.name}_{target}"
    free = target is not None and via not in draft.things and len(via) <= 48  # noqa: PLR2004  the longest name
    if target and free and target != thing.name and not draft.are_related(thing.name, target):
        yield Relation(thing.name, target, "many-to-many", via=via)


def _default_references(draft: Draft, thing: Thing, reference: Reference) -> Iterator[Relation]:
    target = draft.first_of(reference.targets)
    if target is None or target == thing.name:
        return
    action = reference.on_delete or ("restrict" if reference.required else "set-null")
    kind: Cardinality = "one-to-one" if reference.single else "many-to-one"
    yield Relation(thing.name, target, kind, reference.role, reference.required, action)


def _drop_joined(draft: Draft) -> None:
    """Remove direct relations between two entities that a third one connects."""
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
    """Remove usual relations that follow from others, as the customer of an invoice follows from its order.

    Stored twice, the two could differ.
    """
    needs = {(r.source, r.target) for r in draft.relations if r.required and r.kind != "many-to-many"}
    draft.relations = [
        relation
        for relation in draft.relations
        if relation.stated or relation.name or relation.kind == "many-to-many" or not _is_derived(needs, relation)
    ]


def _is_derived(needs: set[tuple[str, str]], relation: Relation) -> bool:
    is_chained = any(
        source == relation.source and middle != relation.target and (middle, relation.target) in needs
        for source, middle in needs
    )
    is_repeated = not relation.required and any(
        target == relation.source and (source, relation.target) in needs for source, target in needs
    )
    return is_chained or is_repeated


def _break_circles(draft: Draft) -> None:
    """Make one relation of each circle of required ones optional, preferably one that the request does not state."""
    while circle := _circle(draft):
        inside = [n for n, r in enumerate(draft.relations) if _is_needed(r) and {r.source, r.target} <= circle]
        number = next((n for n in inside if not draft.relations[n].stated), inside[-1])
        draft.relations[number] = replace(draft.relations[number], required=False, on_delete="set-null")


def _is_needed(relation: Relation) -> bool:
    return relation.required and relation.kind != "many-to-many"


def _circle(draft: Draft) -> set[str]:
    """Return the entities of which none can be created first; empty if there is an order for all."""
    needs = {name: {r.target for r in draft.relations if _is_needed(r) and r.source == name} for name in draft.things}
    remaining = set(needs)
    while ready := {name for name in remaining if not needs[name] & remaining}:
        remaining -= ready
    # an entity that only refers to one of the circle is not part of it
    while outside := {name for name in remaining if not any(name in needs[other] for other in remaining)}:
        remaining -= outside
    return remaining
