"""The requirements while they are being read: entities by name, relations by their ends, and what was supposed."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from langgraph_dba.database.request.lexicon import Reference, Term, lexicon
from langgraph_dba.database.requirements.model import Attribute, Cardinality, DeleteAction


@dataclass(slots=True)
class Thing:
    """An entity to be; `attributes` are those a person named, and all there are if that was `exhaustive`.

    `because` says why one is there that nobody named.
    """

    name: str
    term: Term | None
    spoken: set[str] = field(default_factory=set)
    attributes: dict[str, Attribute] = field(default_factory=dict)
    because: str = ""
    exhaustive: bool = False


def is_person(term: Term) -> bool:
    """Whether the lexicon speaks of a kind of people: those have names that are personal."""
    return any(attribute.personal and attribute.name.endswith("name") for attribute in term.attributes)


@dataclass(frozen=True, slots=True)
class Relation:
    """`stated` for what the request says, against what is only usual."""

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
        return self.name or self.target

    @property
    def ends(self) -> frozenset[str]:
        return frozenset((self.source, self.target))


class Draft:
    """What has been read so far."""

    def __init__(self) -> None:
        self.things: dict[str, Thing] = {}
        self.relations: list[Relation] = []
        self.tenant: str | None = None

    def add(self, name: str, term: Term | None, spoken: str = "", because: str = "") -> Thing:
        """Return the entity of that name; it is added where it is missing."""
        thing = self.things.setdefault(name, Thing(name, term, because=because))
        if spoken:
            thing.spoken.add(spoken)
        return thing

    def bring(self, key: str, because: str) -> Thing:
        """Add what the lexicon knows by that key, and say why."""
        term = lexicon().terms.get(key)
        return self.add(term.name if term else key, term, because=because)

    def first_of(self, targets: Iterator[str] | tuple[str, ...]) -> str | None:
        """Return the first of several alternatives that exists, by its own name or as the lexicon calls it."""
        for target in targets:
            if target in self.things:
                return target
            term = lexicon().find(target.replace("_", " "))
            if term and term.name in self.things:
                return term.name
        return None

    def usual(self, source: str, target: str) -> Reference | None:
        """Return how the lexicon lets `source` point at `target`."""
        term = self.things[source].term
        if term is None:
            return None
        return next((r for r in term.references if self._means(r.targets, target)), None)

    def usually_many(self, source: str, target: str) -> bool:
        """Whether the lexicon connects the two many to many, seen from either side."""
        for one, other in ((source, target), (target, source)):
            term = self.things[one].term
            if term and any(self._means(link.targets, other) for link in term.links):
                return True
        return False

    def _means(self, targets: tuple[str, ...], name: str) -> bool:
        return any(self.first_of((target,)) == name for target in targets)

    def related(self, one: str, other: str) -> bool:
        """Whether a relation between the two is known already."""
        return any(relation.ends == {one, other} for relation in self.relations)

    def relate(self, relation: Relation) -> None:
        """Add a relation, unless its role is taken, or the two are connected already in no role of their own."""
        if relation.source not in self.things or relation.target not in self.things:
            return
        for number, known in enumerate(self.relations):
            same_role = (known.source, known.role) == (relation.source, relation.role)
            beside = known.kind == "many-to-many" and not relation.stated
            if known.ends == relation.ends and (same_role or relation.name is None or beside):
                self.relations[number] = _stronger(known, relation)
                return
            if same_role:
                return
        self.relations.append(relation)


def _stronger(known: Relation, said: Relation) -> Relation:
    """Of two relations between the same ends, `many` wins over `one`, and what was stated over what is usual."""
    if known.stated and said.stated and said.kind == "many-to-many" and known.kind == "many-to-one":
        return replace(said, name=None)
    return known if known.stated or not said.stated else said
