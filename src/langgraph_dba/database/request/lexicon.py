"""What everyday words of business mean: entities with their attributes, what they point at, how they are looked up.

The words stand in `lexicon.yaml`. A word may have several meanings; which one holds depends on what else is spoken of.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any, Literal

import yaml

from langgraph_dba.database.request.attributes import normal, noted
from langgraph_dba.database.requirements.model import Attribute, DeleteAction
from langgraph_dba.database.requirements.plural import singular_of

Size = Literal["s", "m", "l", "xl"]
_ACTIONS = ("restrict", "cascade", "set-null")


@dataclass(frozen=True, slots=True)
class Reference:
    """`targets` in order of preference: the first that exists is pointed at."""

    targets: tuple[str, ...]
    role: str | None
    required: bool
    single: bool
    on_delete: DeleteAction | None


@dataclass(frozen=True, slots=True)
class Link:
    """Many to many with the first target that exists."""

    targets: tuple[str, ...]
    via: str | None


@dataclass(frozen=True, slots=True)
class Lookup:
    """How rows are found: by equality of `filter`, in the order of `sort`."""

    filter: tuple[str, ...]
    sort: tuple[str, ...]


@dataclass(frozen=True)
class Term:
    """One meaning: `key` is unique in the lexicon, `name` is what the entity is called."""

    key: str
    entry: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.entry.get("name", self.key))

    @cached_property
    def phrases(self) -> tuple[str, ...]:
        """Every way to say it, in the singular."""
        also = [normal(phrase) for phrase in str(self.entry.get("also", "")).split(",") if phrase.strip()]
        return tuple(dict.fromkeys((normal(self.key), *also)))

    @cached_property
    def when(self) -> frozenset[str]:
        """Words that must be near for this meaning; empty for the usual one."""
        return frozenset(normal(word) for word in str(self.entry.get("when", "")).split(",") if word.strip())

    @cached_property
    def attributes(self) -> tuple[Attribute, ...]:
        return noted(self.entry.get("has", "name"))

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        return tuple(_reference(part) for part in _parts(self.entry.get("to", ""), ","))

    @cached_property
    def links(self) -> tuple[Link, ...]:
        return tuple(_link(part) for part in _parts(self.entry.get("many", ""), ","))

    @cached_property
    def lookups(self) -> tuple[Lookup, ...]:
        return tuple(_lookup(part) for part in _parts(self.entry.get("reads", ""), ";"))

    @cached_property
    def brings(self) -> tuple[tuple[str, ...], ...]:
        """Groups of alternatives; of each group one must exist, and the first is added where none does."""
        return tuple(tuple(group.split("|")) for group in _parts(self.entry.get("brings", ""), ","))

    @cached_property
    def joins(self) -> tuple[frozenset[str], ...]:
        """The sides it stands between, each with its alternatives."""
        return tuple(frozenset(side.split("|")) for side in str(self.entry.get("joins", "")).split())

    @property
    def size(self) -> Size:
        size: Size = self.entry.get("size", "m")
        return size

    @property
    def may_be_tenant(self) -> bool:
        return bool(self.entry.get("org"))


@dataclass(frozen=True, slots=True)
class Verb:
    """What `subject verb object` says: an entity of its own (for some objects), or a direction."""

    entity: str | None
    only: frozenset[str]
    unless: frozenset[str]
    does: Literal["made", "points", "many"] | None

    def implies(self, name: str) -> bool:
        """Whether doing this to an entity of that name is a thing of its own."""
        return self.entity is not None and name not in self.unless and (not self.only or name in self.only)


class Lexicon:
    """The words, found by phrase."""

    def __init__(self, book: Mapping[str, Any]) -> None:
        self.terms = {key: Term(key, entry) for key, entry in book["entities"].items()}
        self.verbs = {word: _verb(entry) for word, entry in book["verbs"].items()}
        self.connections = {name: noted(text) for name, text in book["connections"].items()}
        self.domains = dict(_domains(book["domains"]))
        self._senses: dict[str, list[Term]] = {}
        for term in self.terms.values():
            for phrase in term.phrases:
                self._senses.setdefault(phrase, []).append(term)
        self.longest = max(phrase.count(" ") + 1 for phrase in self._senses)

    def find(self, phrase: str, context: Collection[str] = ()) -> Term | None:
        """Return the meaning of a phrase (in the singular) where the words of `context` are spoken of."""
        senses = self._senses.get(phrase, [])
        if not senses:
            return None
        fitting = [(len(term.when & set(context)), term) for term in senses if term.when]
        best = max(fitting, key=lambda pair: pair[0], default=(0, senses[0]))
        usual = [term for term in senses if not term.when]
        if not best[0] and not usual and best[1].entry.get("strict"):
            return None
        return best[1] if best[0] or not usual else usual[0]

    def knows(self, phrase: str) -> bool:
        """Whether the phrase (in the singular) has a meaning."""
        return phrase in self._senses

    def named(self, name: str) -> Term | None:
        """Return the meaning an entity of that name has."""
        return next((term for term in self.terms.values() if name in (term.name, term.key)), None)


@cache
def lexicon() -> Lexicon:
    """Return the lexicon, read once."""
    text = resources.files(__package__).joinpath("lexicon.yaml").read_text(encoding="utf-8")
    return Lexicon(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))  # noqa: S506  both are safe


def _parts(text: str, mark: str) -> list[str]:
    return [part.strip() for part in str(text).split(mark) if part.strip()]


def _reference(text: str) -> Reference:
    """Read `user|employee as assignee? cascade`."""
    words = text.replace("?", " ? ").split()
    role = words[words.index("as") + 1] if "as" in words else None
    action: Any = next((word for word in words if word in _ACTIONS), None)
    return Reference(tuple(words[0].split("|")), role, "?" not in words, "single" in words, action)


def _link(text: str) -> Link:
    targets, _, via = text.partition(" via ")
    return Link(tuple(targets.strip().split("|")), via.strip() or None)


def _lookup(text: str) -> Lookup:
    filter_, _, sort = text.partition(">")
    return Lookup(tuple(filter_.split()), tuple(sort.split()))


def _verb(entry: Mapping[str, Any]) -> Verb:
    only, unless = (frozenset(_parts(entry.get(key, ""), ",")) for key in ("only", "unless"))
    return Verb(entry.get("entity"), only, unless, entry.get("does"))


def _domains(entries: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield every way to name a kind of business, with the entities it is supposed to hold."""
    for name, entry in entries.items():
        for phrase in (name, *_parts(entry.get("also", ""), ",")):
            words = normal(phrase)
            yield re.sub(r"\w+$", lambda match: singular_of(match[0]), words), tuple(_parts(entry["entities"], ","))
