"""Find the words that entities, attributes, relationships and tenants of requirements stand on."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from langgraph_dba.database.request.attributes import attribute_of_phrase, known_attribute
from langgraph_dba.database.request.lexicon import lexicon
from langgraph_dba.database.request.text_parts import Part, Word
from langgraph_dba.database.request.units import names_with_units, unit_of_name, unit_of_word
from langgraph_dba.database.request.verbs import verb_form
from langgraph_dba.database.requirements.model import Attribute, Entity, Relationship, Requirements
from langgraph_dba.database.requirements.paths import connections
from langgraph_dba.database.requirements.plural import singular_of, table_name
from langgraph_dba.database.requirements.word_lists import words

_LONGEST_PHRASE = 4
_MOST_BETWEEN = 7  # words between two nouns that one relationship relates
_JOINED = re.compile(r"[\s_-]*")
_MARKS = re.compile(r"[,:()]")
_EXACTLY_ONE = frozenset({"must", "exactly", "one", "a", "an", "has", "have", "belong", "belongs", "to"})
_LINKING = frozenset({"per", "within"})


@dataclass(frozen=True, slots=True)
class Citation:
    """Words from position `first` to before `last` of a part, and what stands on them."""

    first: int
    last: int
    form: str
    name: str
    reason: str
    entity: str = ""


class Names:
    """The names by which a request may call the parts of requirements."""

    def __init__(self, requirements: Requirements) -> None:
        self.requirements = requirements
        self.tables = {entity.name: table_name(entity) for entity in requirements.entities}
        self.phrases = dict(_entity_phrases(requirements))
        self.roles = {link.name: link for link in requirements.relationships if link.name}
        self.attributes: Mapping[str, dict[str, Attribute]] = {
            entity.name: {one.name: one for one in entity.attributes} for entity in requirements.entities
        }
        self.related = dict(_related(requirements))

    def citations(self, part: Part, before: frozenset[str]) -> list[Citation]:
        """Return the citations in a part; `before` are the entities of the part before it."""
        entities = list(self._entities(part))
        near = before | {one.entity for one in entities} | self._listed(part)
        taken = frozenset(position for one in entities for position in range(one.first, one.last))
        attributes = list(self._attributes(part, near, taken))
        attributes = [_with_unit(part, one) for one in attributes]
        found = _with_lists(part, sorted((*entities, *attributes), key=lambda one: one.first))
        related = (*self._relationships(part, found), *self._single_references(part, entities))
        return [*found, *related, *self._scales(part, entities)]

    def _listed(self, part: Part) -> set[str]:
        """Return the entities of which a part lists values with their attribute: `colour is one of red or blue`."""
        said = {word.text for word in part.words} | {word.lemma for word in part.words}
        named = said | {name for text in said if (name := known_attribute(text))}
        return {
            entity
            for entity, attributes in self.attributes.items()
            for one in attributes.values()
            if one.name.split("_")[0] in {name.split("_")[0] for name in named}
            if len(said.intersection(choice.lower() for choice in one.choices)) > 1
        }

    def _entities(self, part: Part) -> Iterator[Citation]:
        def cite(first: int, last: int, phrase: str) -> Citation | None:
            name = self.phrases.get(phrase) or self._implied(part, first, last)
            # the lexicon knows a product as an SKU too
            if name is None or phrase.removesuffix("s") in self.attributes.get(name, {}):
                return None
            return Citation(first, last, "entity", name, f"table {self.tables.get(name, name)}", name)

        return _longest(part, frozenset(), cite)

    def _implied(self, part: Part, first: int, last: int) -> str | None:
        """Return the entity that a verb with an object implies: the loan of `members borrow copies`."""
        run = part.words[first : last + 1]
        if last - first > 1 or len(run) < 2 or not _is_joined(part, run):  # noqa: PLR2004  a verb and a word of its object
            return None
        form = verb_form(run[0].text)
        verb = lexicon().verbs.get(form[0]) if form else None
        return self.phrases.get(verb.entity.replace("_", " ")) if verb and verb.entity else None

    def _attributes(self, part: Part, near: frozenset[str], taken: frozenset[int]) -> Iterator[Citation]:
        def cite(first: int, last: int, phrase: str) -> Citation | None:
            return self._role(phrase, first, last) or self._attribute(part, near, first, last)

        return _longest(part, taken, cite)

    def _role(self, phrase: str, first: int, last: int) -> Citation | None:
        link = self.roles.get(phrase.replace(" ", "_"))
        if link is None:
            return None
        return Citation(first, last, "relationship", link.role, f"{link.source} refers to {link.target}", link.target)

    def _attribute(self, part: Part, near: frozenset[str], first: int, last: int) -> Citation | None:
        run = part.words[first:last]
        if _has_object(part, first, last):
            return None
        if any(word.is_number for word in run) or not run[0].text.isascii():
            # `A4` is a letter and a number
            values = (self._value(part, one, first, last) for one in sorted(near & self.attributes.keys()))
            return next(filter(None, values), None) if len(run) > 1 else None
        if run[-1].text in ("at", "on") and part.text[run[-1].start - part.start - 1] == " ":
            return None  # "may be returned at another one" is no `returned_at`
        spoken = " ".join(word.text for word in run)
        lemma = " ".join([*(word.text for word in part.words[first : last - 1]), part.words[last - 1].lemma])
        for entity in sorted(near & self.attributes.keys()):
            known = self.attributes[entity]
            for name in _attribute_names(spoken, lemma, entity):
                if name in known:
                    return Citation(first, last, "attribute", f"{entity}.{name}", f"column {name} of {entity}", entity)
            if (value := self._value(part, entity, first, last)) is not None:
                return value
        return None

    def _value(self, part: Part, entity: str, first: int, last: int) -> Citation | None:
        """Return the citation of a value of an attribute."""
        run = part.words[first:last]
        said = part.text[run[0].start - part.start : run[-1].end - part.start].lower()
        spoken = {said, " ".join(word.text for word in run)}
        for attribute in self.attributes[entity].values():
            if spoken & {value.lower().replace("_", " ") for value in attribute.choices}:
                reason = f"value of {attribute.name} of {entity}"
                return Citation(first, last, "value", f"{entity}.{attribute.name}", reason, entity)
        return None

    def _relationships(self, part: Part, found: Sequence[Citation]) -> Iterator[Citation]:
        """Yield the words from one noun to the next one that it is related to, if nothing between may state a rule."""
        for one, other in pairwise(found):
            between = part.words[one.last : other.first]
            marks = part.text[part.words[one.last - 1].end - part.start : part.words[other.first].start - part.start]
            # a list relates nothing: "cars, branches and customers"
            is_list = all(word.text in ("and", "or") for word in between)
            if is_list or len(between) > _MOST_BETWEEN or _MARKS.search(marks):
                continue
            # "one team per season" states a rule, "stock levels per warehouse" does not
            is_rule = any(word.text in _LINKING for word in between) and _is_one(part.words[one.first - 1 : one.first])
            if (is_rule or not all(map(_links, between))) and not self._is_required(one, other, between):
                continue
            if other.form in ("attribute", "value") and one.entity == other.entity:
                yield Citation(one.first, other.last, "", "", "", one.entity)
            elif link := self.related.get(frozenset((one.entity, other.entity))):
                yield Citation(one.first, other.last, "relationship", _name_of(link), _reason_of(link), one.entity)

    def _single_references(self, part: Part, entities: Sequence[Citation]) -> Iterator[Citation]:
        """Yield `exactly one captain` in a later part of a sentence, if its first entity has one captain."""
        for other in entities[1:]:
            first = other.first - 2
            said = [word.text for word in part.words[max(first, 0) : other.first]]
            link = self.related.get(frozenset((entities[0].entity, other.entity)))
            is_single = (
                link and (link.source, link.required) == (entities[0].entity, True) and link.kind != "many-to-many"
            )
            if link and is_single and said == ["exactly", "one"]:
                # a form of its own: an earlier sentence may have the relationship, but not its number
                yield Citation(first, other.last, "cardinality", _name_of(link), _reason_of(link), link.source)

    def _is_required(self, one: Citation, other: Citation, between: Sequence[Word]) -> bool:
        """Return whether the words demand what the design has: `must have a title`, `has exactly one owner`."""
        texts = {word.text for word in between}
        if other.form == "attribute" and one.entity == other.entity:
            attribute = self.attributes.get(one.entity, {}).get(other.name.partition(".")[2])
            return texts <= {"must", "have", "a", "an", "its"} and attribute is not None and attribute.required
        link = self.related.get(frozenset((one.entity, other.entity)))
        single = link is not None and link.kind != "many-to-many" and (link.source, link.required) == (one.entity, True)
        return single and all(word.text in _EXACTLY_ONE or verb_form(word.text) for word in between)

    def _scales(self, part: Part, entities: Sequence[Citation]) -> Iterator[Citation]:
        """Yield numbers of rows, such as `500 tenants`, that `scale` has."""
        scale = self.requirements.scale
        tenant = self.requirements.tenancy.entity
        for one in entities:
            rows = scale.tenants if one.entity == tenant else scale.rows.get(one.entity, 0)
            first = next((n for n in range(one.first - 1, max(one.first - 4, -1), -1) if part.words[n].is_number), None)
            if first is None or not rows or not _is_joined(part, part.words[first : one.last]):
                continue
            limits = words("restrictions") | words("negations")
            if any(word.text in limits for word in part.words[max(first - 2, 0) : first]):
                continue
            last = one.last + _rate_length(part.words[one.last : one.last + 3])
            number = _quantity(part.words[first : one.first])
            if number > 1 and (number == rows or (last > one.last and rows % number == 0)):
                yield Citation(first, last, "scale", one.entity, f"{rows:,} rows expected", one.entity)


_TO_UNIT = 6  # words from a noun to its unit


def _with_unit(part: Part, one: Citation) -> Citation:
    """Return the citation of an attribute with its unit: `amounts of transfers are in cents`."""
    unit = unit_of_name(one.name)
    for place in range(one.last, min(one.last + _TO_UNIT, len(part.words) - 1)):
        word, following = part.words[place], part.words[place + 1]
        if word.text == "in" and unit and unit_of_word(following.text) == unit:
            return replace(one, last=place + 2)
        if word.is_signal or not _is_joined(part, part.words[place - 1 : place + 1]):
            break
    return one


_AND_NEXT = re.compile(r"\s*,?\s*(?:(?:or|and)\s+)?", re.IGNORECASE)
_TO_LIST = re.compile(
    r"\s*(?:\(|:|(?:is|are|can be|may be)(?: either| one of| any of)?:?|:\s*(?:either|one of)|"
    r"(?:is|are)? ?(?:one|any) of:?)\s*",
    re.IGNORECASE,
)


def _with_lists(part: Part, found: Sequence[Citation]) -> list[Citation]:
    """Return the citations with one for all values of a list, together with the attribute or entity before them.

    `a type (blood, serum)` and `a loan is requested, approved or rejected` say which values there are.
    """
    result: list[Citation] = []
    for one in found:
        last = result[-1] if result else None
        between = (
            part.text[part.words[last.last - 1].end - part.start : part.words[one.first].start - part.start]
            if last
            else ""
        )
        # a value that comes again begins another clause
        said = {word.lemma for word in part.words[last.first : last.last]} if last else set()
        is_new = part.words[one.last - 1].lemma not in said
        is_value = last is not None and one.form == last.form == "value" and one.name == last.name
        if last and is_value and is_new and _AND_NEXT.fullmatch(between):
            result[-1] = replace(last, last=one.last)
        else:
            result.append(one)
    for number, (one, other) in enumerate(pairwise(result)):
        between = part.text[part.words[one.last - 1].end - part.start : part.words[other.first].start - part.start]
        is_list = other.form == "value" and other.last - other.first > 1 and _TO_LIST.fullmatch(between)
        if is_list and (one.name in (other.name, other.entity)):
            result[number + 1] = replace(other, first=one.first)
    return sorted(result, key=lambda one: (one.first, one.form == "value"))


_MAGNITUDES = {"k": 10**3, "thousand": 10**3, "m": 10**6, "million": 10**6, "bn": 10**9, "billion": 10**9}


def _quantity(run: Sequence[Word]) -> int:
    """Return the value of `10 million`, `50,000` or `2k`."""
    digits = re.sub(r"\D", "", run[0].text)
    factors = (_MAGNITUDES[word.lemma] for word in run[1:] if word.lemma in _MAGNITUDES)
    return int(digits or 0) * next(factors, 1)


def _rate_length(following: Sequence[Word]) -> int:
    """Return the number of words of a rate: `per day`, `daily`, `per tenant`."""
    texts = [word.text for word in following]
    if texts[:1] and texts[0] in ("daily", "weekly", "monthly", "yearly"):
        return 1
    return 2 if texts[:1] and texts[0] in ("per", "a", "each", "every") and len(texts) > 1 else 0


def _related(requirements: Requirements) -> Iterator[tuple[frozenset[str], Relationship]]:
    """Yield each pair of entities that a relationship relates, or a third entity that refers to both."""
    links = requirements.relationships
    for one in links:
        for other in links:
            if one.source == other.source and one is not other and "many-to-many" not in (one.kind, other.kind):
                yield frozenset((one.target, other.target)), one
    for link in links:
        yield frozenset((link.source, link.target)), link


def _entity_phrases(requirements: Requirements) -> Iterator[tuple[str, str]]:
    names = {entity.name for entity in requirements.entities}
    context = frozenset(re.findall(r"\w+", requirements.request.lower()))
    for entity in requirements.entities:
        # an entity may have the name of the lexicon or another word for it
        senses = [one for one in lexicon().terms.values() if one.name == entity.name]
        other = lexicon().find(entity.name.replace("_", " "), context)
        for term in senses or ([other] if other and other.name not in names else []):
            yield from ((phrase, entity.name) for phrase in term.phrases)
    if requirements.tenancy.entity in names:
        yield "tenant", requirements.tenancy.entity
    for name in connections(requirements):
        yield name.replace("_", " "), name
    for entity in requirements.entities:
        yield from _phrases_of(entity)


def _phrases_of(entity: Entity) -> Iterator[tuple[str, str]]:
    for name in (entity.name, singular_of(table_name(entity))):
        yield name.replace("_", " "), entity.name


def _longest(part: Part, taken: frozenset[int], cite: Callable[[int, int, str], Citation | None]) -> Iterator[Citation]:
    """Yield the citation of the longest run of words at each position, outside of the positions in `taken`."""
    first = 0
    while first < len(part.words):
        citation = None
        for last in range(min(first + _LONGEST_PHRASE, len(part.words)), first, -1):
            run = part.words[first:last]
            if taken.isdisjoint(range(first, last)) and _is_joined(part, run):
                citation = cite(first, last, " ".join([*(word.text for word in run[:-1]), run[-1].lemma]))
            if citation:
                yield citation
                break
        first = citation.last if citation else first + 1


def _is_joined(part: Part, run: Sequence[Word]) -> bool:
    gaps = (part.text[one.end - part.start : other.start - part.start] for one, other in pairwise(run))
    return all(_JOINED.fullmatch(gap) for gap in gaps)


def _attribute_names(spoken: str, lemma: str, entity: str) -> Iterator[str]:
    for phrase in dict.fromkeys((spoken, lemma)):
        if known := known_attribute(phrase):
            yield known
        yield attribute_of_phrase(phrase, entity).name
        yield phrase.replace(" ", "_")
    yield from names_with_units(lemma)
    yield from names_with_units(spoken)


def _has_object(part: Part, first: int, last: int) -> bool:
    """Return whether a word is a verb here, because an object follows: "end it", "start a trip"."""
    form = verb_form(part.words[first].text) if last - first == 1 else None
    following = [word.text for word in part.words[last : last + 1]]
    objects = words("determiners") | {"it", "them", "him", "her"}
    is_verb = bool(form and form[1] == "base" and following and following[0] in objects)
    return is_verb and _is_joined(part, part.words[first : last + 1])


def _is_one(before: Sequence[Word]) -> bool:
    return any(word.is_number or word.text in ("one", "single") for word in before)


def _links(word: Word) -> bool:
    """Return whether a word between two nouns only relates them."""
    if word.text in _LINKING:
        return True
    if word.is_signal:
        return False
    return is_neutral(word) or verb_form(word.text) is not None


_NEUTRAL = (
    "determiners",
    "prepositions",
    "pronouns",
    "auxiliaries",
    "conjunctions",
    "adverbs",
    "permissions",
    "system_nouns",
    "request_verbs",
    "storing_verbs",
    "having_verbs",
    "light_verbs",
    "looking_verbs",
)


def is_neutral(word: Word) -> bool:
    """Return whether a word has no meaning of its own for a design: an article, a preposition, `we need`."""
    if word.is_signal:
        return False
    base, form = verb_form(word.text) or (word.text, "")
    # "every look-up is logged" says what is stored, "we log" does not
    if form == "ed":
        return word.text in words("auxiliaries")
    return any(text in words(name) for name in _NEUTRAL for text in (word.text, word.lemma, base))


def _name_of(link: Relationship) -> str:
    return f"{link.source}.{link.role}"


def _reason_of(link: Relationship) -> str:
    if link.kind == "many-to-many":
        return f"{link.source} and {link.target}, many to many"
    number = "one" if link.required else "at most one"
    return f"each {link.source} has {number} {link.role}"
