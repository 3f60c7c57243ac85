"""Convert a request in English to requirements: deterministic, without a language model, with a list of assumptions."""

import re
from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from langgraph_dba.database.request.assumptions import assumptions, title
from langgraph_dba.database.request.attributes import known_attribute, with_valid_order
from langgraph_dba.database.request.clauses import find_clauses
from langgraph_dba.database.request.completion import complete
from langgraph_dba.database.request.compliance import compliance_words
from langgraph_dba.database.request.draft import Draft, Relation
from langgraph_dba.database.request.idioms import IDIOMS, SALUTATION
from langgraph_dba.database.request.implied_events import add_events
from langgraph_dba.database.request.language import is_english
from langgraph_dba.database.request.lexicon import lexicon
from langgraph_dba.database.request.mentions import Mention, find_mentions
from langgraph_dba.database.request.own_words import rename_to_own_words
from langgraph_dba.database.request.purpose import other_purpose
from langgraph_dba.database.request.reading import ClauseReader
from langgraph_dba.database.request.rule_sentences import rule_positions
from langgraph_dba.database.request.rules import with_rules
from langgraph_dba.database.request.scale import read_scale
from langgraph_dba.database.request.tagging import tag
from langgraph_dba.database.request.tenancy import find_tenant
from langgraph_dba.database.request.tokens import Token, tokenize
from langgraph_dba.database.request.units import UNIT_WORDS
from langgraph_dba.database.request.withdrawal import without_withdrawn
from langgraph_dba.database.request.workload import assume_workload
from langgraph_dba.database.requirements.consistency import check_consistency
from langgraph_dba.database.requirements.model import Attribute, Entity, Relationship, Requirements, Tenancy
from langgraph_dba.errors import RequirementsError
from langgraph_dba.redaction import redact

LONGEST_REQUEST = 20_000
_EXAMPLE = "such as 'an online shop with customers, products and orders'"
_INSTEAD = "or write requirements.yaml (--requirements on the command line, `requirements` in a graph)"
# phrases that mean "several"
_SEVERAL = re.compile(
    r"\b(?:one or (?:more|several|many)|zero or more|at least one|any number of|a lot of|lots of|a number of|"
    r"more than one|1 or more|0 or more|multiple different|a list of|a set of|a variety of|all kinds of)\b",
    re.IGNORECASE,
)

# "a name and a number of seats" lists attributes
_NUMBER_OF = re.compile(
    r"(?P<before>(?:\band|,)\s+)a\s+number\s+of\s+(?P<what>[a-z]+)(?=\s*(?:[.,;]|$|and\b))", re.IGNORECASE
)

# "a weight in kg and a barcode": the unit is no noun of the list; its attribute gets it later
_IN_UNIT = re.compile(
    rf"(?P<what>\ban?\s+[a-z]+(?:\s+[a-z]+)?)\s+in\s+(?:{UNIT_WORDS})\b(?=\s*(?:,|and\b))", re.IGNORECASE
)

_ADDRESS = re.compile(r"\b(?:https?://\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)")
_STAMP = re.compile(r"\[\d{1,2}:\d{2}(?::\d{2})?\]\s*(?:[^\W\d_]+:)?")


def read_request(sentence: str) -> Requirements:
    """Return the requirements of a request in English; RequirementsError if the grammar cannot read it."""
    request = redact(sentence.strip())  # the text is stored in files and checkpoints
    _refuse_unreadable(request)
    plain = _IN_UNIT.sub(r"\g<what>", _without_addresses(IDIOMS.sub(" ", without_withdrawn(request))))
    tokens = tokenize(_SEVERAL.sub("several", _with_numbers(plain)))
    if not is_english(request, tokens):
        raise RequirementsError(f"only English requests can be read: write the request in English, {_INSTEAD}")
    tagged = tag(tokens)
    context = frozenset(_context(tokens))
    clauses = find_clauses(tagged, find_mentions(tagged, context))
    reader = ClauseReader(clauses, context, rule_positions(tagged))
    draft = reader.read()
    # after all clauses: a tenant is an entity of the request if there is one for it
    find_tenant(draft, clauses, request)
    _fill_empty(draft, reader.weak, tokens)
    add_events(draft, request)
    complete(draft)
    _drop_tenant_relations(draft)
    scale, stated_rows = read_scale(draft, clauses, tagged)
    renamed = rename_to_own_words(draft)
    scale = scale.model_copy(update={"rows": {renamed.get(name, name): rows for name, rows in scale.rows.items()}})
    stated_rows = frozenset(renamed.get(name, name) for name in stated_rows)
    entities = tuple(_entities(draft))
    try:
        requirements = Requirements(
            title=title(request, reader.weak, tagged, entities),
            request=request,
            assumptions=tuple(dict.fromkeys(assumptions(draft, entities, scale, stated_rows))),
            tenancy=Tenancy(model="auto", entity=draft.tenant) if draft.tenant else Tenancy(),
            entities=entities,
            relationships=tuple(_relationship(relation) for relation in draft.relations),
            scale=scale,
            workload=assume_workload(draft, entities, renamed),
            compliance=tuple(name for name, _, _ in compliance_words(request)),
        )
    except ValidationError as error:
        raise RequirementsError(
            f"the request cannot be read ({error.errors()[0]['msg']}): use simpler sentences, {_INSTEAD}"
        ) from error
    # the same checks as for a file: an error of the grammar must not result in an invalid schema
    problems = check_consistency(requirements, file="request")
    if problems:
        raise RequirementsError(problems)
    return with_rules(requirements)


def _without_addresses(text: str) -> str:
    """Return the text without addresses, stamps of messages and salutations, whose words name nothing."""
    return SALUTATION.sub(". ", _STAMP.sub(". ", _ADDRESS.sub(" ", text)))


def _with_numbers(text: str) -> str:
    """Return the text with the name of the attribute in place of `a number of seats` in a list of attributes."""

    def name(match: re.Match[str]) -> str:
        known = known_attribute(f"number of {match['what']}")
        return f"{match['before']}a {known.replace('_', ' ')}" if known else match[0]

    return _NUMBER_OF.sub(name, text)


def _refuse_unreadable(request: str) -> None:
    if not request:
        raise RequirementsError(f"the request is empty: describe what to store, {_EXAMPLE}, {_INSTEAD}")
    if purpose := other_purpose(request[:LONGEST_REQUEST]):
        raise RequirementsError(
            f"this is no request for a design: {purpose}; for one, describe what to store, {_EXAMPLE}"
        )
    if len(request) > LONGEST_REQUEST:
        raise RequirementsError(
            f"the request has {len(request):,} characters, the limit is {LONGEST_REQUEST:,}: shorten it, {_INSTEAD}"
        )


def _context(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield the words that decide between meanings of a noun."""
    for token in tokens:
        yield token.text
        yield token.lemma


def _fill_empty(draft: Draft, weak: Sequence[Mention], tokens: Sequence[Token]) -> None:
    """If the request names only a kind of business, add that business's usual entities."""
    if draft.things.keys() - {draft.tenant}:
        return
    business = _business(tokens)
    for key in lexicon().domains.get(business, ()):
        draft.add_implied(key, f"the request names only '{business}'")
    if not draft.things.keys() - {draft.tenant}:
        for mention in weak:
            if mention.term and not mention.term.may_be_tenant:
                draft.add(mention.name, mention.term, mention.phrase, noun=mention.noun)
    if not draft.things.keys() - {draft.tenant}:
        raise RequirementsError(f"the request names nothing to store: name some entities, {_EXAMPLE}, {_INSTEAD}")


def _business(tokens: Sequence[Token]) -> str:
    """Return the longest phrase that names a kind of business; empty if there is none."""
    domains = lexicon().domains
    for length in (3, 2, 1):
        for start in range(len(tokens) - length + 1):
            part = tokens[start : start + length]
            phrase = " ".join([*(token.text for token in part[:-1]), part[-1].lemma])
            if phrase in domains:
                return phrase
    return ""


def _drop_tenant_relations(draft: Draft) -> None:
    """Remove references from and to the tenant: the tenant column of each table replaces them."""
    draft.relations = [
        relation
        for relation in draft.relations
        if relation.source == relation.target
        or relation.kind == "many-to-many"
        or (relation.source != draft.tenant and (relation.stated or relation.target != draft.tenant))
    ]


def _entities(draft: Draft) -> Iterator[Entity]:
    first = [draft.tenant] if draft.tenant else []
    for name in dict.fromkeys((*first, *draft.things)):
        yield Entity(name=name, attributes=_attributes(draft, name))


def _attributes(draft: Draft, name: str) -> tuple[Attribute, ...]:
    """Return the attributes in the request, with those of the lexicon unless the request lists all; at least a name.

    References and their `_id` columns are no attributes.
    """
    thing = draft.things[name]
    defaults = thing.term.attributes if thing.term else ()
    named = thing.attributes
    if not thing.exhaustive:
        # "each ride has a fare" does not exclude the usual attributes of a ride
        named = {attribute.name: attribute for attribute in defaults} | named
    attributes = tuple(named.values()) or (Attribute(name="name"),)
    taken = {f"{r.role}_id" for r in draft.relations if r.source == name} | {f"{draft.tenant}_id"}
    roles = {r.role for r in draft.relations if r.source == name}
    return with_valid_order([attribute for attribute in attributes if attribute.name not in taken | roles])


def _relationship(relation: Relation) -> Relationship:
    """Return the relationship of a relation, with the lexicon's attributes of its connection if it is many-to-many."""
    facts = lexicon().connections.get(relation.via or "", ())
    usual = "restrict" if relation.required else "set-null"
    action = usual if relation.on_delete == "set-null" else relation.on_delete or usual
    return Relationship.model_validate(
        {
            "from": relation.source,
            "to": relation.target,
            "kind": relation.kind,
            "name": relation.name if relation.name != relation.target else None,
            "required": relation.required or relation.kind == "many-to-many",
            "on_delete": None if relation.kind == "many-to-many" else action,
            "via": relation.via,
            "attributes": facts if relation.kind == "many-to-many" else (),
        }
    )
