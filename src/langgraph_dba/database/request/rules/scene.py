"""What the nouns of a sentence mean in requirements: entities, attributes, references, periods, states."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from langgraph_dba.database.request.attributes import attribute_of_phrase, known_attribute
from langgraph_dba.database.request.coverage.citations import Names
from langgraph_dba.database.requirements.model import Attribute, Entity, Relationship, Requirements
from langgraph_dba.database.requirements.paths import connections
from langgraph_dba.database.requirements.plural import singular_of
from langgraph_dba.database.requirements.word_lists import words

TEMPORAL = ("date", "instant", "local-datetime", "time")
NUMERIC = ("integer", "decimal", "money", "float")
_ARTICLES = re.compile(
    r"^(?:a|an|the|each|every|any|all|one|1|its|their|his|her|our|your|no|two|2|another|this|that)\s+", re.IGNORECASE
)
# the beginnings of the names of two attributes that make a period
_STARTS = ("start", "starts", "valid_from", "from", "begin", "begins", "pickup", "check_in", "entered", "arrival")
_ENDS = ("end", "ends", "valid_until", "valid_to", "until", "to", "return", "check_out", "exited", "departure", "due")
_NOUNS_OF_TIME = {"entry": "entered", "exit": "exited", "end": "ends", "start": "starts", "beginning": "starts"}


@dataclass(slots=True)
class Scene:
    """Requirements, the entities that the sentence before a clause names, and what a rule adds to the requirements."""

    requirements: Requirements
    before: tuple[str, ...] = ()
    added: dict[str, list[Attribute]] = field(default_factory=dict)
    optional: set[tuple[str, str]] = field(default_factory=set)
    repeating: set[tuple[str, str]] = field(default_factory=set)
    bounds: set[tuple[str, str, int]] = field(default_factory=set)
    links: list[Relationship] = field(default_factory=list)

    def entity(self, phrase: str) -> str | None:
        """Return the entity that a noun phrase names."""
        heads = _heads(phrase)
        names = Names(self.requirements).phrases
        return next(
            (names[text] for text in (heads, singular_of(heads.replace(" ", "_")).replace("_", " ")) if text in names),
            None,
        )

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
        heads = _heads(phrase)
        single = singular_of(heads.replace(" ", "_"))
        known = {one.name: one for one in self.attributes(entity)}
        for name in (heads.replace(" ", "_"), single, known_attribute(heads), f"{entity}_{single}"):
            if name in known:
                return known[name]
        if not _is_name(heads):
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
        named = _heads(phrase).replace(" ", "_")
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
        heads = _heads(phrase)
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
        for first in temporal:
            for last in temporal:
                if first.type == last.type and _begins(first.name, _STARTS) and _begins(last.name, _ENDS):
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

    def moment(self, entity: str, phrase: str) -> Attribute | None:
        """Return the date or time of an entity that a noun names: the `exit`, the `end date`."""
        heads = _heads(phrase)
        plain = self.attribute(entity, heads)
        if plain and plain.type in TEMPORAL:
            return plain
        stem = _NOUNS_OF_TIME.get(heads.split()[0], heads.replace(" ", "_")) if heads else ""
        temporal = [one for one in self.attributes(entity) if one.type in TEMPORAL]
        found = [one for one in temporal if one.name.rpartition("_")[0] in (stem, f"{stem}ed", f"{stem}d", f"{stem}s")]
        return found[0] if len(found) == 1 else None

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
        if moment is None:
            if not value.endswith(("ed", "ent", "aid", "ut")) or not _is_name(value) or self.model(entity) is None:
                return None
            moment = Attribute(name=f"{value}_at", type="instant", required=False)
            self.added.setdefault(entity, []).append(moment)
        return {"attribute": moment.name, "is": "present"}

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
        return [test | {"is": "absent"}]

    def only_number(self, entity: str) -> Attribute | None:
        """Return the only amount of an entity."""
        numbers = [one for one in self.attributes(entity) if one.type in NUMERIC and not one.name.endswith("_number")]
        amounts = [one for one in numbers if one.type == "money"] or numbers
        return amounts[0] if len(amounts) == 1 else None


def number_of(text: str) -> int | None:
    """Return the value of a number in digits or as a word."""
    digits = text.replace(",", "").replace(" ", "")
    if digits.isdigit():
        return int(digits)
    return _NUMBERS.get(text.lower())


_NUMBERS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
    )
}


def phrases_in(text: str) -> Iterator[str]:
    """Yield the phrases of a list: `office and year`."""
    yield from (part.strip() for part in re.split(r",\s*(?:(?:and|or)\s+)?|\s+(?:and|or)\s+", text) if part.strip())


def _heads(phrase: str) -> str:
    text = " ".join(phrase.lower().replace("-", " ").split())
    while shorter := _ARTICLES.match(text):
        text = text[shorter.end() :]
    return " ".join(re.sub(r"'s?(?=\s|$)|[^\w\s]", " ", text).split())


def _is_name(heads: str) -> bool:
    parts = heads.split()
    small = words("prepositions") | words("pronouns") | words("modals") | words("auxiliaries") | words("conjunctions")
    return bool(parts) and heads.isascii() and heads[0].isalpha() and not small.intersection(parts)


def _begins(name: str, stems: tuple[str, ...]) -> bool:
    return any(name == stem or name.startswith(f"{stem}_") for stem in stems)
