"""A sentence in English becomes requirements: deterministic, without a model, every supposition written down."""

import re
from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from langgraph_dba.database.request.attributes import in_order
from langgraph_dba.database.request.clauses import clauses
from langgraph_dba.database.request.completion import complete
from langgraph_dba.database.request.draft import Draft, Relation
from langgraph_dba.database.request.figures import read_scale
from langgraph_dba.database.request.language import is_english
from langgraph_dba.database.request.lexicon import lexicon
from langgraph_dba.database.request.mentions import Mention, find_mentions
from langgraph_dba.database.request.reading import Reader
from langgraph_dba.database.request.tagging import tag
from langgraph_dba.database.request.tenancy import find_tenant
from langgraph_dba.database.request.tokens import Token, tokenize
from langgraph_dba.database.request.wording import assumptions, title
from langgraph_dba.database.request.workload import suppose_workload
from langgraph_dba.database.requirements.consistency import check_consistency
from langgraph_dba.database.requirements.model import Attribute, Entity, Relationship, Requirements, Tenancy
from langgraph_dba.errors import RequirementsError
from langgraph_dba.redaction import redact

LONGEST_REQUEST = 20_000
_EXAMPLE = "such as 'an online shop with customers, products and orders'"
_INSTEAD = "or write requirements.yaml (--requirements on the command line, `requirements` in a graph)"
# Phrases in which a noun names nothing, and those that say "several" in more than one word.
_IDIOMS = re.compile(
    r"\b(?:in order to|make sure|keep track of|use cases?|note that|in place|on demand|real[\s-]time|"
    r"full[\s-]text search|at any time|on time|over time|in time|by email|by name|at the same time|from scratch|"
    r"best practices?|in stock|take care of|time series)\b",
    re.IGNORECASE,
)
_SEVERAL = re.compile(
    r"\b(?:one or (?:more|several|many)|zero or more|at least one|any number of|a lot of|lots of|a number of|"
    r"more than one|1 or more|0 or more|multiple different|a list of|a set of|a variety of|all kinds of)\b",
    re.IGNORECASE,
)
_COMPLIANCE = {
    "gdpr": r"gdpr|data protection (?:law|regulation)|privacy law|dsgvo",
    "hipaa": r"hipaa",
    "pci-dss": r"pci",
    "soc2": r"soc[\s-]?2",
    "audit": r"audit\w*",
}


def read_request(sentence: str) -> Requirements:
    """Return what a request in English asks for; RequirementsError where it asks for nothing this grammar can read."""
    request = redact(sentence.strip())  # what is kept of it goes into files and checkpoints
    _refuse_unreadable(request)
    tokens = tokenize(_SEVERAL.sub("several", _IDIOMS.sub(" ", request)))
    if not is_english(request, tokens):
        raise RequirementsError(f"only English is read: say it in English, {_INSTEAD}")
    tagged = tag(tokens)
    context = frozenset(_context(tokens))
    found = clauses(tagged, find_mentions(tagged, context))
    reader = Reader(found, context)
    draft = reader.read()
    find_tenant(draft, found, request)
    _fill_empty(draft, reader.weak, tokens)
    complete(draft)
    _drop_tenant_relations(draft)
    entities = tuple(_entities(draft))
    scale, given = read_scale(draft, found, tagged)
    try:
        requirements = Requirements(
            title=title(request, reader.weak, tagged, entities),
            request=request,
            assumptions=tuple(dict.fromkeys(assumptions(draft, entities, scale, given))),
            tenancy=Tenancy(model="auto", entity=draft.tenant) if draft.tenant else Tenancy(),
            entities=entities,
            relationships=tuple(_relationship(relation) for relation in draft.relations),
            scale=scale,
            workload=suppose_workload(draft, entities),
            compliance=tuple(_compliance(request)),
        )
    except ValidationError as error:
        raise RequirementsError(
            f"the request cannot be read ({error.errors()[0]['msg']}): say it plainer, {_INSTEAD}"
        ) from error
    problems = check_consistency(requirements, file="request")
    if problems:
        raise RequirementsError(problems)
    return requirements


def _refuse_unreadable(request: str) -> None:
    if not request:
        raise RequirementsError(f"the request is empty: say what to remember, {_EXAMPLE}, {_INSTEAD}")
    if len(request) > LONGEST_REQUEST:
        raise RequirementsError(
            f"the request has {len(request):,} characters, {LONGEST_REQUEST:,} are read: shorten it, {_INSTEAD}"
        )


def _context(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield the words that decide between meanings."""
    for token in tokens:
        yield token.text
        yield token.lemma


def _fill_empty(draft: Draft, weak: Sequence[Mention], tokens: Sequence[Token]) -> None:
    """Where nothing but a kind of business is named, suppose what such a business remembers."""
    if draft.things.keys() - {draft.tenant}:
        return
    business = _business(tokens)
    for key in lexicon().domains.get(business, ()):
        draft.bring(key, f"nothing but '{business}' was named")
    if not draft.things.keys() - {draft.tenant}:
        for mention in weak:
            if mention.term and not mention.term.may_be_tenant:
                draft.add(mention.name, mention.term, mention.spoken)
    if not draft.things.keys() - {draft.tenant}:
        raise RequirementsError(f"no thing to remember was found in the request: name some, {_EXAMPLE}, {_INSTEAD}")


def _business(tokens: Sequence[Token]) -> str:
    """Return the longest phrase that names a kind of business; nothing where there is none."""
    domains = lexicon().domains
    for length in (3, 2, 1):
        for start in range(len(tokens) - length + 1):
            part = tokens[start : start + length]
            phrase = " ".join([*(token.text for token in part[:-1]), part[-1].lemma])
            if phrase in domains:
                return phrase
    return ""


def _drop_tenant_relations(draft: Draft) -> None:
    """That every row belongs to its tenant goes without saying, and the tenant cannot point at what is inside it."""
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
    """Return what a person named, else what the lexicon knows, else a name; references say themselves what they are."""
    thing = draft.things[name]
    usual = thing.term.attributes if thing.term else ()
    named = thing.attributes
    if not thing.exhaustive:
        # "each ride has a fare" says nothing against what a ride has besides
        named = {attribute.name: attribute for attribute in usual} | named
    chosen = tuple(named.values()) or (Attribute(name="name"),)
    taken = {f"{r.role}_id" for r in draft.relations if r.source == name} | {f"{draft.tenant}_id"}
    roles = {r.role for r in draft.relations if r.source == name}
    return in_order([attribute for attribute in chosen if attribute.name not in taken | roles])


def _relationship(relation: Relation) -> Relationship:
    """Write a relation down; what connects two things has facts of its own where the lexicon knows some."""
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


def _compliance(request: str) -> Iterator[str]:
    for name, pattern in _COMPLIANCE.items():
        if re.search(rf"\b(?:{pattern})\b", request, re.IGNORECASE):
            yield name
