"""Assume a workload: the usual reads and inserts of each entity."""

from collections.abc import Iterator, Mapping, Sequence

from langgraph_dba.database.request.draft import Draft, Relation
from langgraph_dba.database.request.lexicon import Lookup, Size
from langgraph_dba.database.requirements.model import Access, Attribute, Entity
from langgraph_dba.database.requirements.plural import plural_of

# assumed reads and inserts per second by size of the entity
_READS: Mapping[Size, float] = {"s": 1, "m": 5, "l": 10, "xl": 20}
_INSERTS: Mapping[Size, float] = {"s": 0, "m": 0, "l": 1, "xl": 5}
_LIST_MS, _FIND_MS, _INSERT_MS = 50.0, 20.0, 50.0
_PAGE = 50
_LONGEST = 48
_TIMES = ("instant", "date", "local-datetime")


def assume_workload(draft: Draft, entities: Sequence[Entity], renamed: Mapping[str, str]) -> tuple[Access, ...]:
    """Return a few accesses of each entity, with unique names; `renamed` has the lexicon's names of entities."""
    owned = (entity for entity in entities if entity.name != draft.tenant)
    accesses = (access for entity in owned for access in _accesses(draft, entity, renamed))
    # two lookups can have one name when names of missing attributes are left out
    return tuple({access.name: access for access in accesses}.values())


def _accesses(draft: Draft, entity: Entity, renamed: Mapping[str, str]) -> Iterator[Access]:
    term = draft.things[entity.name].term
    size: Size = term.size if term else "m"
    roles = {r.role: r for r in draft.relations if r.source == entity.name and r.kind != "many-to-many"}
    attributes = {attribute.name: attribute for attribute in entity.attributes}
    known = {*roles, *attributes}
    usual = [Lookup(tuple(renamed.get(n, n) for n in one.filter), one.sort) for one in (term.lookups if term else ())]
    lookups = [applicable for lookup in usual if (applicable := _applicable(lookup, known))]
    for position, lookup in enumerate(lookups or _default_lookups(roles, attributes)):
        yield _read(entity.name, lookup, attributes, _READS[size] / (position + 1))
    if _INSERTS[size]:
        yield Access(
            name=f"add_{entity.name}"[:_LONGEST],
            entity=entity.name,
            kind="insert",
            weight=_INSERTS[size],
            service_level_ms=_INSERT_MS,
        )


def _applicable(lookup: Lookup, known: set[str]) -> Lookup | None:
    """Return a lookup without names that the entity lacks; None if it lacks the first condition."""
    if lookup.filter[:1] and lookup.filter[0] not in known:
        return None
    return Lookup(
        tuple(name for name in lookup.filter if name in known),
        tuple(name for name in lookup.sort if name in known or name == "created_at"),
    )


def _default_lookups(roles: Mapping[str, Relation], attributes: Mapping[str, Attribute]) -> list[Lookup]:
    """Return a lookup for an entity without a term: its rows by its first reference, oldest first."""
    when = next((name for name, attribute in attributes.items() if attribute.type in _TIMES), "created_at")
    role = next((role for role, relation in roles.items() if relation.required), next(iter(roles), None))
    if role:
        return [Lookup((role,), (when,))]
    return [Lookup((), ("name",))] if "name" in attributes else []


def _read(entity: str, lookup: Lookup, attributes: Mapping[str, Attribute], weight: float) -> Access:
    # a read by a unique attribute finds one row
    unique = len(lookup.filter) == 1 and lookup.filter[0] in attributes and attributes[lookup.filter[0]].unique
    words = "_and_".join(lookup.filter) or "_".join(lookup.sort)
    of = "by" if not lookup.filter or lookup.filter[0] in attributes else "of"
    name = f"find_{entity}_by_{words}" if unique else f"list_{plural_of(entity)}_{of}_{words}"
    return Access(
        name=name[:_LONGEST].rstrip("_"),
        entity=entity,
        filter=lookup.filter,
        sort=lookup.sort,
        limit=1 if unique else _PAGE,
        weight=round(weight, 1),
        service_level_ms=_FIND_MS if unique else _LIST_MS,
    )
