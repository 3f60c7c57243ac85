"""What the nouns of a sentence mean in requirements: entities, attributes, references, periods, states."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import permutations

from langgraph_dba.database.request.attributes import attribute_of_phrase, known_attribute, normal_phrase
from langgraph_dba.database.request.coverage.citations import Names
from langgraph_dba.database.request.rules.phrases import (
    ARRIVALS,
    ENDS,
    NOUNS_OF_TIME,
    OPPOSITES,
    STARTS,
    begins_with,
    heads_of,
    is_name,
    stem_of_time,
)
from langgraph_dba.database.request.units import names_with_units
from langgraph_dba.database.request.verbs import verb_form
from langgraph_dba.database.requirements.model import Attribute, Entity, Relationship, Requirements
from langgraph_dba.database.requirements.paths import connections
from langgraph_dba.database.requirements.plural import singular_of
from langgraph_dba.database.requirements.word_lists import words

TEMPORAL = ("date", "instant", "local-datetime", "time")
NUMERIC = ("integer", "decimal", "money", "float")
_READING = re.compile(r"Read (?P<said>'.+') as (?P<name>[a-z ]+); rename")
_SHORTEST_STEM = 4
# a row is open as long as its end is absent; only one row is the default
_OPEN = frozenset({"open", "running", "current", "ongoing", "unfinished", "unreturned"})
# one row of such an entity is the place of one person
_PLACES = frozenset(
    "enrollment enrolment registration participation attendance membership signup participant attendee".split()  # noqa: SIM905
)
_CHOSEN = frozenset({"default", "primary", "main", "preferred"})


@dataclass(slots=True)
class Scene:
    """Requirements, the entities that the sentence before a clause names, and what a rule adds to the requirements."""

    requirements: Requirements
    before: tuple[str, ...] = ()
    added: dict[str, list[Attribute]] = field(default_factory=dict)
    optional: set[tuple[str, str]] = field(default_factory=set)
    repeating: set[tuple[str, str]] = field(default_factory=set)
    bounds: set[tuple[str, str, float]] = field(default_factory=set)
    links: list[Relationship] = field(default_factory=list)
    unordered: set[tuple[str, str]] = field(default_factory=set)

    def entity(self, phrase: str) -> str | None:
        """Return the entity that a noun phrase names."""
        heads = heads_of(phrase)
        names = Names(self.requirements).phrases
        texts = (heads, singular_of(heads.replace(" ", "_")).replace("_", " "))
        known = next((names[text] for text in texts if text in names), None)
        # the lexicon knows a product as an SKU too
        if known and any(one.name == heads.removesuffix("s") for one in self.attributes(known)):
            return None
        return known or self._read_as(heads)

    def _read_as(self, heads: str) -> str | None:
        """Return the entity as which an assumption reads a phrase: the `season tickets` are tickets.

        An adjective may be a state: `paid invoices` are not all invoices.
        """
        first, *rest = heads.split() or [""]
        form = verb_form(first)
        is_state = first in words("adjectives") or first.endswith(("ed", "ent", "id")) or (form and form[1] == "ed")
        if not rest or is_state:
            return None
        for sentence in self.requirements.assumptions:
            reading = _READING.match(sentence)
            if reading and heads in {normal_phrase(one) for one in re.findall(r"'([^']+)'", reading["said"])}:
                name = reading["name"].replace(" ", "_")
                return name if self.model(name) else None
        return None

    def model(self, entity: str) -> Entity | None:
        """Return the entity of that name; None for the connection of a many-to-many relationship."""
        return next((one for one in self.requirements.entities if one.name == entity), None)

    def attributes(self, entity: str) -> tuple[Attribute, ...]:
        """Return the attributes of an entity, or of the connection of that name."""
        model, link = self.model(entity), connections(self.requirements).get(entity)
        known = model.attributes if model else link.attributes if link else ()
        return (*known, *self.added.get(entity, ()))

    def attribute(self, entity: str, phrase: str, *, add: bool = False) -> Attribute | None:
        """Return the attribute that a phrase names; with `add`, a missing one is added."""
        heads = heads_of(phrase)
        single = singular_of(heads.replace(" ", "_"))
        known = {one.name: one for one in self.attributes(entity)}
        shorter = heads.replace(" ", "_").removesuffix("s")  # "SKUs": a word in -us has no plural
        for name in (heads.replace(" ", "_"), single, known_attribute(heads), f"{entity}_{single}", shorter):
            if name in known:
                return known[name]
        if (
            name := next((one for one in names_with_units(single.replace("_", " ")) if one in known), None)
        ) is not None:
            return known[name]
        if not is_name(heads):
            return None
        usual = attribute_of_phrase(single.replace("_", " "), entity)
        if usual.name in known:
            return known[usual.name]
        if not add or self.model(entity) is None or self.entity(heads):
            return None
        self.added.setdefault(entity, []).append(usual)
        return usual

    def owner_of(self, phrase: str) -> tuple[str, Attribute] | None:
        """Return the only entity that has an attribute of that name, one of the sentence before if several have it."""
        found = [(e.name, a) for e in self.requirements.entities if (a := self.attribute(e.name, phrase))]
        near = [one for one in found if one[0] in self.before]
        return found[0] if len(found) == 1 else near[0] if len(near) == 1 else None

    def owned(self, name: str, owner: str | None = None, *, add: bool = False) -> tuple[str, Attribute] | None:
        """Return the entity and the attribute that a phrase names: with its owner, or the owner's name before it.

        With `add`, a missing attribute of a named owner is added: `the deposit of a booking`.
        """
        if owner:
            entity = self.entity(owner)
            attribute = self.attribute(entity, name, add=add) if entity else None
            return (entity, attribute) if entity and attribute else None
        if found := self.owner_of(name):
            return found
        for entity, rest in self.split_owner(name):
            if attribute := self.attribute(entity, rest, add=add):
                return entity, attribute
        return None

    def split_owner(self, phrase: str) -> Iterator[tuple[str, str]]:
        """Yield each entity that the first words of a phrase name, and the other words: `a loan's due date`."""
        parts = phrase.split()
        for cut in range(len(parts) - 1, 0, -1):
            if entity := self.entity(" ".join(parts[:cut]).removesuffix("'s").removesuffix("'")):
                yield entity, " ".join(parts[cut:])

    def operands(self, entity: str, phrase: str) -> Iterator[tuple[str, Attribute]]:
        """Yield the paths from an entity to the attribute that a phrase may mean: its own, or one that it refers to.

        `the closing date of its campaign`, `the table's seats` and `its account's currency` are such phrases.
        """
        if (own := self.moment(entity, phrase) or self.attribute(entity, phrase)) is not None:
            yield own.name, own
            return
        name, _, owner = re.sub(r"\s+of\s+", "\0", phrase, count=1, flags=re.IGNORECASE).partition("\0")
        of = [(target, name)] if owner and (target := self.entity(owner)) else []
        for target, rest in (*of, *self.split_owner(phrase)):
            attribute = self.moment(target, rest) or self.attribute(target, rest)
            if target == entity and attribute:
                yield attribute.name, attribute
            elif attribute and (path := self.reference(entity, target)):
                yield f"{path}.{attribute.name}", attribute

    def reference(self, source: str, target: str) -> str | None:
        """Return the path from an entity to another one that it refers to once."""
        roles = [
            link.role
            for link in self.requirements.relationships
            if link.source == source and link.target == target and link.kind != "many-to-many"
        ]
        link = connections(self.requirements).get(source)
        if link and target in (link.source, link.target):
            roles.append(target)
        return roles[0] if len(roles) == 1 else None

    def role(self, entity: str, phrase: str) -> str | None:
        """Return an attribute or a reference of an entity by the phrase that names it."""
        named = heads_of(phrase).replace(" ", "_")
        roles = [link for link in self.requirements.relationships if link.source == entity]
        if named == "state" and self.attribute(entity, "status"):
            return "status"
        if any(link.role == named and link.kind != "many-to-many" for link in roles):
            return named
        target = self.entity(phrase)
        if target and (path := self.reference(entity, target)):
            return path
        attribute = self.attribute(entity, phrase)
        return attribute.name if attribute else None

    def group(self, entity: str, phrase: str) -> str | None:
        """Return the path by which rows are grouped: `per office`; a missing reference or year is added."""
        if path := self.role(entity, phrase):
            return path
        heads = heads_of(phrase)
        if heads in ("year", "calendar year", "financial year", "fiscal year"):
            return self._year(entity)
        target = self.entity(phrase)
        related = any({entity, target} == {link.source, link.target} for link in self.requirements.relationships)
        if target is None or related or target == entity or self.model(entity) is None:
            return None
        self.links.append(Relationship.model_validate({"from": entity, "to": target}))
        return target

    def self_reference(self, entity: str) -> str:
        """Return the path from an entity to itself; a missing one is added: `an aliquot of an aliquot`."""
        if path := self.reference(entity, entity):
            return path
        name = f"parent_{entity}"
        link = {"from": entity, "to": entity, "name": name, "required": False, "on_delete": "restrict"}
        self.links.append(Relationship.model_validate(link))
        return name

    def _year(self, entity: str) -> str:
        name = f"{entity[:24]}_year"
        if name not in {one.name for one in self.attributes(entity)}:
            self.added.setdefault(entity, []).append(Attribute(name=name, type="integer"))
        return name

    def parts(self, child: str, parent: str) -> str | None:
        """Return the entity whose rows are the `child` rows of a parent: itself, or the connection of the two."""
        if self.reference(child, parent):
            return child
        for name, link in connections(self.requirements).items():
            if {link.source, link.target} == {child, parent}:
                return name
        between = [
            one.name
            for one in self.requirements.entities
            if self.reference(one.name, child) and self.reference(one.name, parent) and one.name not in (child, parent)
        ]
        return between[0] if len(between) == 1 else None

    def period(self, entity: str) -> tuple[str, str] | None:
        """Return the two attributes of one type that are the period of an entity."""
        temporal = [one for one in self.attributes(entity) if one.type in TEMPORAL]
        # an entity may have several: a loan that starts and ends is borrowed and returned, too
        plain = [one for one in temporal if one.name.startswith(("start", "end"))]
        for first, last in (*permutations(plain, 2), *permutations(temporal, 2)):
            is_period = begins_with(first.name, STARTS) and begins_with(last.name, ENDS)
            if first.type == last.type and is_period:
                # a ship arrives and departs, a flight departs and arrives: as the request lists them
                if begins_with(first.name, ARRIVALS) and temporal.index(last) < temporal.index(first):
                    first, last = last, first  # noqa: PLW2901
                self.unordered.add((entity, first.name))
                return first.name, last.name
        return None

    def new_period(self, entity: str, *, by_day: bool) -> tuple[str, str]:
        """Add two attributes that are the period of an entity."""
        names, kind = (("starts_on", "ends_on"), "date") if by_day else (("starts_at", "ends_at"), "instant")
        added = [Attribute.model_validate({"name": name, "type": kind}) for name in names]
        self.added.setdefault(entity, []).extend(added)
        return names[0], names[1]

    def events_of(self, target: str) -> list[str]:
        """Return the entities that refer to a target and have a period."""
        names = (one.name for one in self.requirements.entities)
        return [name for name in names if self.reference(name, target) and self.period(name)]

    def bookings_of(self, target: str) -> list[str]:
        """Return the entities that give a target to a person and whose period is not known yet, such as stays."""
        names = [one.name for one in self.requirements.entities]
        people = [name for name in names if self.is_person(name) and name != target]
        return [
            name
            for name in names
            if name not in (target, *people)
            and self.reference(name, target)
            and any(self.reference(name, one) for one in people)
        ]

    def moment(self, entity: str, phrase: str) -> Attribute | None:
        """Return the date or time of an entity that a noun names: the `exit`, the `end date`, the `closing time`."""
        heads = heads_of(phrase)
        plain = self.attribute(entity, heads)
        if plain and plain.type in TEMPORAL:
            return plain
        name = re.sub(r"\s+(?:date|day|time|moment)s?$", "", heads)
        if not name:
            return None
        temporal = [one for one in self.attributes(entity) if one.type in TEMPORAL]
        stems = {name.replace(" ", "_"), NOUNS_OF_TIME.get(name.split()[0], "")} - {""}
        found = [one for one in temporal if stem_of_time(one.name) in stems | {f"{stem}s" for stem in stems}]
        if not found and " " not in name:
            # arrival and arrives_at, departure and departed_at begin alike
            size = max(_SHORTEST_STEM, len(name) - 4)
            found = [one for one in temporal if len(name) >= size and one.name.startswith(name[:size])]
        return found[0] if len(found) == 1 else None

    def are_opposites(self, one: str, other: str) -> bool:
        """Return whether two nouns are the ends of a period: an entry and its exit."""
        return OPPOSITES.get(heads_of(one), ("", ""))[0] == heads_of(other)

    def new_moment(self, entity: str, noun: str) -> Attribute | None:
        """Add the time that a noun names, of the type that the other end of the period has: the `exit` of an entry."""
        other, stem = OPPOSITES.get(heads_of(noun), ("", ""))
        if not other or self.model(entity) is None:
            return None
        known = self.moment(entity, other)
        kind = known.type if known else "instant"
        name = f"{stem}_{'on' if kind == 'date' else 'at'}"
        added = Attribute(name=name, type=kind, required=stem in ("entered", "arrives", "starts"))
        self.added.setdefault(entity, []).append(added)
        return added

    def is_person(self, entity: str) -> bool:
        """Return whether an entity is a kind of people."""
        model = self.model(entity)
        return model is not None and _is_person(model)

    def people(self, parent: str) -> list[str]:
        """Return the entities whose rows are the people of a row: people, and their places in it."""
        kinds = {one.name for one in self.requirements.entities if _is_person(one)}
        links = [link for link in self.requirements.relationships if link.kind != "many-to-many"]
        own = [link.source for link in links if link.target == parent and link.source in kinds]
        joined = [link.source for link in links if link.target == parent and link.source in _PLACES]
        via = [
            name
            for name, link in connections(self.requirements).items()
            if parent in (link.source, link.target) and {link.source, link.target} & kinds
        ]
        return list(dict.fromkeys((*own, *joined, *via)))

    def state(self, entity: str, word: str) -> dict[str, object] | None:
        """Return the test whether a row is in a state; a missing moment is added: `finished` is the `finished_at`."""
        value = "_".join(word.lower().split())
        attributes = self.attributes(entity)
        for one in attributes:
            for choice in one.choices:
                if choice.lower().replace(" ", "_") == value:
                    return {"attribute": one.name, "in": [choice]}
        if any(one.name == f"is_{value}" and one.type == "boolean" for one in attributes):
            return {"left": f"is_{value}", "op": "is", "right": True}
        moment = next((one for one in attributes if one.name in (f"{value}_at", f"{value}_on")), None)
        if moment is None and value in _OPEN and (end := self.end(entity)):
            return {"attribute": end, "is": "absent"}
        if moment is None and value in _CHOSEN and self.model(entity):
            self.added.setdefault(entity, []).append(Attribute(name=f"is_{value}", type="boolean", default=False))
            return {"left": f"is_{value}", "op": "is", "right": True}
        if moment is None:
            form = verb_form(value)
            is_participle = value.endswith(("ed", "ent", "aid", "ut")) or (form is not None and form[1] == "ed")
            if not is_participle or not is_name(value) or self.model(entity) is None:
                return None
            moment = Attribute(name=f"{value}_at", type="instant", required=False)
            self.added.setdefault(entity, []).append(moment)
        return {"attribute": moment.name, "is": "present"}

    def end(self, entity: str) -> str | None:
        """Return the moment at which a row of an entity ends, which is absent before."""
        temporal = [one for one in self.attributes(entity) if one.type in TEMPORAL and not one.required]
        ends = [one.name for one in temporal if begins_with(one.name, ENDS) and not one.name.startswith("due")]
        return ends[0] if len(ends) == 1 else None

    def outside(self, entity: str, word: str) -> list[dict[str, object]] | None:
        """Return the tests whether a row is not in a state that exists already; None if there is no such state."""
        known = len(self.added.get(entity, ()))
        test = self.state(entity, word)
        if test is None or len(self.added.get(entity, ())) > known:
            return None
        if isinstance(values := test.get("in"), list):
            return [{"left": test["attribute"], "op": "is-not", "right": values[0]}]
        if "left" in test:
            return [test | {"right": False}]
        return [test | {"is": "absent" if test["is"] == "present" else "present"}]

    def as_number(self, entity: str, attribute: Attribute, kind: str) -> Attribute:
        """Return a text attribute as a number, which the sentence says that it is."""
        size = {"precision": 12, "scale": 3} if kind == "decimal" else {}
        number = Attribute.model_validate(
            {"name": attribute.name, "type": kind, "required": attribute.required, **size}
        )
        self.added.setdefault(entity, []).append(number)
        return number

    def only_number(self, entity: str) -> Attribute | None:
        """Return the only amount of an entity."""
        numbers = [one for one in self.attributes(entity) if one.type in NUMERIC and not one.name.endswith("_number")]
        numbers = [one for one in numbers if not one.name.startswith("old_")]  # of a correction
        amounts = [one for one in numbers if one.type == "money"] or numbers
        return amounts[0] if len(amounts) == 1 else None


def _is_person(entity: Entity) -> bool:
    return any(one.personal or one.name in ("email", "phone", "born_on", "first_name") for one in entity.attributes)
