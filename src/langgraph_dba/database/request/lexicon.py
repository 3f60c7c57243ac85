"""The lexicon of business words: entities with attributes, references and lookups, verbs, kinds of business.

Its entries are in `lexicon.yaml`. A word may have several meanings; the other words of the request decide between them.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any, Literal

import yaml

from langgraph_dba.database.request.attributes import normal_phrase, parse_attributes
from langgraph_dba.database.requirements.model import Attribute, DeleteAction
from langgraph_dba.database.requirements.plural import singular_of

Size = Literal["s", "m", "l", "xl"]
_ACTIONS = ("restrict", "cascade", "set-null")


@dataclass(frozen=True, slots=True)
class Reference:
    """A default reference to the first of `targets` that exists."""

    targets: tuple[str, ...]
    role: str | None
    required: bool
    single: bool
    on_delete: DeleteAction | None


@dataclass(frozen=True, slots=True)
class Association:
    """A default many-to-many relation with the first of `targets` that exists."""

    targets: tuple[str, ...]
    via: str | None


@dataclass(frozen=True, slots=True)
class Lookup:
    """A usual read: equality of `filter`, in the order of `sort`."""

    filter: tuple[str, ...]
    sort: tuple[str, ...]


@dataclass(frozen=True)
class Term:
    """One meaning of a word: `key` is unique in the lexicon, `name` is the name of the entity."""

    key: str
    entry: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.entry.get("name", self.key))

    @cached_property
    def phrases(self) -> tuple[str, ...]:
        """Return every phrase with this meaning, in the singular."""
        also = [normal_phrase(phrase) for phrase in str(self.entry.get("also", "")).split(",") if phrase.strip()]
        return tuple(dict.fromkeys((normal_phrase(self.key), *also)))

    @cached_property
    def when(self) -> frozenset[str]:
        """Return the words of which the request must contain one for this meaning; empty for the default meaning."""
        return frozenset(normal_phrase(word) for word in str(self.entry.get("when", "")).split(",") if word.strip())

    @cached_property
    def attributes(self) -> tuple[Attribute, ...]:
        return parse_attributes(self.entry.get("has", "name"))

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        return tuple(_reference(part) for part in _parts(self.entry.get("to", ""), ","))

    @cached_property
    def links(self) -> tuple[Association, ...]:
        return tuple(_association(part) for part in _parts(self.entry.get("many", ""), ","))

    @cached_property
    def lookups(self) -> tuple[Lookup, ...]:
        return tuple(_lookup(part) for part in _parts(self.entry.get("reads", ""), ";"))

    @cached_property
    def brings(self) -> tuple[tuple[str, ...], ...]:
        """Return groups of alternatives: the first of a group is added if none of it exists."""
        return tuple(tuple(group.split("|")) for group in _parts(self.entry.get("brings", ""), ","))

    @cached_property
    def joins(self) -> tuple[frozenset[str], ...]:
        """Return the two sides that the entity connects, each with its alternatives."""
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
    """The meaning of `subject verb object`: an entity of its own (for some objects), or a direction of reference."""

    entity: str | None
    only: frozenset[str]
    unless: frozenset[str]
    does: Literal["made", "points", "many"] | None

    def implies(self, name: str) -> bool:
        """Return whether the verb with an object of that name implies an entity of its own."""
        return self.entity is not None and name not in self.unless and (not self.only or name in self.only)


class Lexicon:
    """All entries, by phrase."""

    def __init__(self, book: Mapping[str, Any]) -> None:
        self.terms = {key: Term(key, entry) for key, entry in book["entities"].items()}
        self.verbs = {word: _verb(entry) for word, entry in book["verbs"].items()}
        self.connections = {name: parse_attributes(text) for name, text in book["connections"].items()}
        self.domains = dict(_domains(book["domains"]))
        self._senses: dict[str, list[Term]] = {}
        for term in self.terms.values():
            for phrase in term.phrases:
                self._senses.setdefault(phrase, []).append(term)
        self.longest = max(phrase.count(" ") + 1 for phrase in self._senses)

    def find(self, phrase: str, context: Collection[str] = ()) -> Term | None:
        """Return the meaning of a phrase (in the singular) in a request that contains the words of `context`."""
        senses = self._senses.get(phrase, [])
        if not senses:
            return None
        matches = [(len(term.when & set(context)), term) for term in senses if term.when]
        best = max(matches, key=lambda pair: pair[0], default=(0, senses[0]))
        defaults = [term for term in senses if not term.when]
        # a strict word has no meaning without its context
        if not best[0] and not defaults and best[1].entry.get("strict"):
            return None
        return best[1] if best[0] or not defaults else defaults[0]

    def knows(self, phrase: str) -> bool:
        """Return whether the phrase (in the singular) has a meaning."""
        return phrase in self._senses

    def term_of_entity(self, name: str) -> Term | None:
        """Return the term of an entity of that name, None if there is none."""
        return next((term for term in self.terms.values() if name in (term.name, term.key)), None)


@cache
def lexicon() -> Lexicon:
    """Return the lexicon, which is read once."""
    text = resources.files(__package__).joinpath("lexicon.yaml").read_text(encoding="utf-8")
    return Lexicon(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))  # noqa: S506  both are safe


def _parts(text: str, mark: str) -> list[str]:
    return [part.strip() for part in str(text).split(mark) if part.strip()]


def _reference(text: str) -> Reference:
    """Parse `user|employee as assignee? cascade`."""
    words = text.replace("?", " ? ").split()
    role = words[words.index("as") + 1] if "as" in words else None
    action: Any = next((word for word in words if word in _ACTIONS), None)
    return Reference(tuple(words[0].split("|")), role, "?" not in words, "single" in words, action)


def _association(text: str) -> Association:
    targets, _, via = text.partition(" via ")
    return Association(tuple(targets.strip().split("|")), via.strip() or None)


def _lookup(text: str) -> Lookup:
    filter_, _, sort = text.partition(">")
    return Lookup(tuple(filter_.split()), tuple(sort.split()))


def _verb(entry: Mapping[str, Any]) -> Verb:
    only, unless = (frozenset(_parts(entry.get(key, ""), ",")) for key in ("only", "unless"))
    return Verb(entry.get("entity"), only, unless, entry.get("does"))


def _domains(entries: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield (phrase, entities) for every phrase that names a kind of business."""
    for name, entry in entries.items():
        for phrase in (name, *_parts(entry.get("also", ""), ",")):
            words = normal_phrase(phrase)
            # the last word in the singular, as phrases are looked up by lemma
            yield re.sub(r"\w+$", lambda match: singular_of(match[0]), words), tuple(_parts(entry["entities"], ","))
