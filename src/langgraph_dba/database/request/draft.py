"""The requirements while a request is read: entities by name, relations by their ends, and reasons for additions."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from langgraph_dba.database.request.lexicon import Reference, Term, lexicon
from langgraph_dba.database.requirements.model import Attribute, Cardinality, DeleteAction


@dataclass(slots=True)
class Thing:
    """An entity of the draft; `attributes` are those in the request, and the only ones if `exhaustive`.

    `nouns` are its words in the request, in the order in which they were read, for which `term` is the meaning.
    `because` is the reason for an entity that the request does not name.
    """

    name: str
    term: Term | None
    phrases: set[str] = field(default_factory=set)
    nouns: list[str] = field(default_factory=list)
    attributes: dict[str, Attribute] = field(default_factory=dict)
    because: str = ""
    exhaustive: bool = False


def is_person(term: Term) -> bool:
    """Return whether a term is a kind of people: it has a personal name."""
    return any(attribute.personal and attribute.name.endswith("name") for attribute in term.attributes)


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation; `stated` if it is in the request, otherwise it is a default of the lexicon."""

    source: str
    target: str
    kind: Cardinality = "many-to-one"
    name: str | None = None
    required: bool = True
    on_delete: DeleteAction | None = None
    via: str | None = None
    stated: bool = False

    @property
    def role(self) -> str:
        """Return the name of the target in the source."""
        return self.name or self.target

    @property
    def ends(self) -> frozenset[str]:
        """Return both ends, without direction."""
        return frozenset((self.source, self.target))


class Draft:
    """Entities and relations that were read so far."""

    def __init__(self) -> None:
        self.things: dict[str, Thing] = {}
        self.relations: list[Relation] = []
        self.tenant: str | None = None

    def add(self, name: str, term: Term | None, phrase: str = "", because: str = "", noun: str = "") -> Thing:
        """Return the entity of that name; it is added if it is missing."""
        thing = self.things.setdefault(name, Thing(name, term, because=because))
        if phrase:
            thing.phrases.add(phrase)
        if noun:
            thing.nouns.append(noun)
        return thing

    def add_implied(self, key: str, because: str) -> Thing:
        """Add the lexicon's entity of that key, with a reason."""
        term = lexicon().terms.get(key)
        return self.add(term.name if term else key, term, because=because)

    def first_of(self, targets: Iterator[str] | tuple[str, ...]) -> str | None:
        """Return the first of several alternatives that exists, by its name or that of its term in the lexicon."""
        for target in targets:
            if target in self.things:
                return target
            term = lexicon().find(target.replace("_", " "))
            if term and term.name in self.things:
                return term.name
        return None

    def default_reference(self, source: str, target: str) -> Reference | None:
        """Return the lexicon's default reference from `source` to `target`, None if there is none."""
        term = self.things[source].term
        if term is None:
            return None
        return next((r for r in term.references if self._means(r.targets, target)), None)

    def is_default_many(self, source: str, target: str) -> bool:
        """Return whether the lexicon has a many-to-many relation between the two, in either direction."""
        for one, other in ((source, target), (target, source)):
            term = self.things[one].term
            if term and any(self._means(link.targets, other) for link in term.links):
                return True
        return False

    def _means(self, targets: tuple[str, ...], name: str) -> bool:
        return any(self.first_of((target,)) == name for target in targets)

    def are_related(self, one: str, other: str) -> bool:
        """Return whether the draft has a relation between the two."""
        return any(relation.ends == {one, other} for relation in self.relations)

    def add_relation(self, relation: Relation) -> None:
        """Add a relation, unless its role exists already or the two are related without a role."""
        if relation.source not in self.things or relation.target not in self.things:
            return
        for number, known in enumerate(self.relations):
            same_role = (known.source, known.role) == (relation.source, relation.role)
            beside = known.kind == "many-to-many" and not relation.stated
            # replace in place: the order of relations is that of the request
            if known.ends == relation.ends and (same_role or relation.name is None or beside):
                self.relations[number] = _stronger(known, relation)
                return
            if same_role:
                return
        self.relations.append(relation)


def _stronger(known: Relation, new: Relation) -> Relation:
    """Return the relation to keep of two with the same ends: many-to-many before many-to-one, stated before default."""
    # stated twice: "a book has an author … books have several authors"
    if known.stated and new.stated and new.kind == "many-to-many" and known.kind == "many-to-one":
        return replace(new, name=None)
    return known if known.stated or not new.stated else new
