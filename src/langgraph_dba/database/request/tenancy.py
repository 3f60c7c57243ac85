"""Detect tenancy: whether several customers share the system, and the entity that is a tenant."""

import re
from collections.abc import Iterator, Sequence

from langgraph_dba.database.request.clauses import Clause
from langgraph_dba.database.request.draft import Draft
from langgraph_dba.database.request.lexicon import lexicon
from langgraph_dba.database.request.links import read_link
from langgraph_dba.database.request.mentions import Mention, ascii_name
from langgraph_dba.database.requirements.plural import singular_of
from langgraph_dba.database.requirements.word_lists import words

_SHARED = re.compile(
    r"multi[\s-]*tenan|multitenan|\bsaas\b|software as a service|white[\s-]label|tenant isolation|several tenants|"
    r"multiple tenants|many tenants|each tenant|per tenant|"
    r"\bshar(?:e|es|ing) (?:one|the same|a single|a|this|our|the|a common) "
    r"(?:\w+ )?(?:system|platform|database|application|app|software|instance|installation|service)\b|"
    r"\bown,? (?:\w+ )?(?:data|records|workspace)\b|\b(?:separate|isolated) data\b|"
    r"data (?:\w+ ){0,4}(?:isolated|separated|kept apart|kept separate|segregated|private to)|"
    r"(?:cannot|can't|must not|never|may not|not be able to) (?:see|access|view|read) (?:each other|another|other \w+)|"
    r"multi[\s-](?:company|organi[sz]ation|school|clinic|club|hotel|agency|customer)\b",
    re.IGNORECASE,
)
_WHO = r"(?P<who>[a-z]+)"
_SOME, _OWN = "[^.;]{0,24}?", "(?:own|isolated|separate)"
_OWNERS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?:each|every) {_WHO}(?: \w+){0, 2} (?:has|have|keeps|sees|owns|gets|manages|with)\b{_SOME}\b{_OWN}\b",
        rf"\b(?:several|multiple|many|different|various) {_WHO} (?:can |will |all )?(?:share|use)",
        rf"\bfor (?:several|multiple|many|different|various) {_WHO}",
        rf"\bdata of (?:each|every|one|different) {_WHO}",
        rf"\b(?:isolated|separated|isolation|apart|segregated) (?:between|by|for each|per|from other|of) {_WHO}",
        rf"\bno {_WHO} (?:can|may|must|should) see",
        rf"\b{_WHO} (?:cannot|can't|must not|may not|never) (?:see|access) (?:each other|other|another)",
        rf"\bper[ -]{_WHO}[ -](?:data|isolation|database|schema)",
        r"\bmulti[ -](?P<who>company|organisation|organization|school|clinic|club|hotel|agency)\b",
    )
)
_OWN_ROWS = re.compile(
    r"\b(?:(?:must|can|may|should) )?only (?:sees?|access(?:es)?|views?) (?:its|their) own\b|\btenants?\b"
)
# "for several branches": these are parts of one customer, no tenants
_PARTS = frozenset({"branch", "store", "office", "farm", "factory", "library", "church", "company", "bank"})
_NO_TENANTS = re.compile(
    r"\b(?:single[\s-]tenant|no tenants|not multi[\s-]?tenant|no multi[\s-]?tenancy)\b", re.IGNORECASE
)


def find_tenant(draft: Draft, clauses: Sequence[Clause], text: str) -> None:
    """Set `draft.tenant` if the request has several customers in one system."""
    lowered = " ".join(text.lower().split())
    if _NO_TENANTS.search(lowered):
        return
    mentions = [mention for clause in clauses for mention in clause.right.mentions]
    is_shared = _SHARED.search(lowered)
    # without a name in the request, the tenant is an entity called `tenant`
    name = (_tenant_name(draft, mentions, lowered) or "tenant") if is_shared else _served_organisation(clauses)
    if name:
        term = lexicon().term_of_entity(name)
        draft.add(name, term, because="" if name in draft.things else "the customers that share the system")
        draft.tenant = name
        if name != "tenant":
            _merge(draft)


def tenancy_words(text: str) -> Iterator[tuple[int, int]]:
    """Yield the positions of the words that say that several customers share one system."""
    for pattern in (_SHARED, *_OWNERS, _OWN_ROWS):
        for match in re.finditer(pattern.pattern, text, re.IGNORECASE):
            yield match.span()


def _merge(draft: Draft) -> None:
    """Remove the entity `tenant`: a request that has tenants and clinics means the same by both."""
    if draft.things.pop("tenant", None):
        draft.relations = [relation for relation in draft.relations if "tenant" not in relation.ends]


def _tenant_name(draft: Draft, mentions: Sequence[Mention], text: str) -> str | None:
    """Return the entity that shares the system: from a sentence about it, or the organisation with `each` or `many`."""
    for pattern in _OWNERS:
        for match in pattern.finditer(text):
            name = _entity_name(draft, singular_of(match["who"]))
            if name:
                return name
    organizations = [m for m in mentions if m.term and m.term.may_be_tenant and m.counted and not m.system]
    served = [m for m in organizations if f"for {m.phrase}" in text or f"lets {m.phrase}" in text]
    for quantity in ("each", "many", ""):
        for mention in organizations:
            if mention.quantity == quantity and (quantity or mention in served or mention.name not in _PARTS):
                return mention.name
    return None


def _entity_name(draft: Draft, word: str) -> str | None:
    noise = words("noise_nouns") | words("system_nouns") | words("adjectives") | words("pronouns")
    # "each user sees only their own data" is a permission, no tenancy of users
    if word in noise or word in ("user", "tenant", "customer", "data", "other", "row", "role"):
        return "tenant" if word in ("tenant", "customer") and word not in draft.things else None
    term = lexicon().find(word)
    return term.name if term else ascii_name([word]) or None


def _served_organisation(clauses: Sequence[Clause]) -> str | None:
    """Return the organisation of `a system for several clinics`, None if there is none."""
    for clause in clauses[:2]:
        mention = clause.right.mentions[0]
        serves = read_link(clause.connector).preposition == "for" or any(
            item.text == "for" for item in clause.connector
        )
        several = mention.quantity == "many" and len(clause.right.mentions) == 1
        if serves and several and mention.term and mention.term.may_be_tenant and mention.term.name not in _PARTS:
            return mention.name
    return None
