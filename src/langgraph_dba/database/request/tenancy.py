"""Whether several customers share one system, and what one of them is called."""

import re
from collections.abc import Sequence

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
# several of these still belong to one customer
_PARTS = frozenset({"branch", "store", "office", "farm", "factory", "library", "church", "company", "bank"})
_NO_TENANTS = re.compile(
    r"\b(?:single[\s-]tenant|no tenants|not multi[\s-]?tenant|no multi[\s-]?tenancy)\b", re.IGNORECASE
)


def find_tenant(draft: Draft, found: Sequence[Clause], text: str) -> None:
    """Set `draft.tenant` where the request speaks of several customers in one system."""
    lowered = " ".join(text.lower().split())
    if _NO_TENANTS.search(lowered):
        return
    mentions = [mention for clause in found for mention in clause.right.mentions]
    shared = _SHARED.search(lowered)
    name = (_named(draft, mentions, lowered) or "tenant") if shared else _served(found)
    if name:
        term = lexicon().named(name)
        draft.add(name, term, because="" if name in draft.things else "each of those who share the system")
        draft.tenant = name
        if name != "tenant":
            _merge(draft)


def _merge(draft: Draft) -> None:
    """Whoever says tenants and clinics means the same: one of them is enough."""
    if draft.things.pop("tenant", None):
        draft.relations = [relation for relation in draft.relations if "tenant" not in relation.ends]


def _named(draft: Draft, mentions: Sequence[Mention], text: str) -> str | None:
    """Return who shares the system: as a sentence says it, else the organisation that is spoken of most clearly."""
    for pattern in _OWNERS:
        for match in pattern.finditer(text):
            name = _thing(draft, singular_of(match["who"]))
            if name:
                return name
    organizations = [m for m in mentions if m.term and m.term.may_be_tenant and m.counted and not m.system]
    served = [m for m in organizations if f"for {m.spoken}" in text or f"lets {m.spoken}" in text]
    for wanted in ("each", "many", ""):
        for mention in organizations:
            if mention.quantity == wanted and (wanted or mention in served or mention.name not in _PARTS):
                return mention.name
    return None


def _thing(draft: Draft, word: str) -> str | None:
    noise = words("noise_nouns") | words("system_nouns") | words("adjectives") | words("pronouns")
    if word in noise or word in ("user", "tenant", "customer", "data", "other", "row", "role"):
        return "tenant" if word in ("tenant", "customer") and word not in draft.things else None
    term = lexicon().find(word)
    return term.name if term else ascii_name([word]) or None


def _served(found: Sequence[Clause]) -> str | None:
    """Return the organisation of `a system for several clinics`."""
    for clause in found[:2]:
        mention = clause.right.mentions[0]
        serves = read_link(clause.connector).preposition == "for" or any(
            item.text == "for" for item in clause.connector
        )
        several = mention.quantity == "many" and len(clause.right.mentions) == 1
        if serves and several and mention.term and mention.term.may_be_tenant and mention.term.name not in _PARTS:
            return mention.name
    return None
