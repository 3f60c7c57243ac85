"""Add the event that a rule about double use needs: `no car may be rented twice` speaks of rentals."""

import re

from langgraph_dba.database.request.draft import Draft, Relation, is_person
from langgraph_dba.database.request.lexicon import lexicon
from langgraph_dba.database.request.verbs import verb_form
from langgraph_dba.database.requirements.plural import singular_of

_TWICE = re.compile(
    r"\b(?:no\s+(?P<what>[a-z]+)\s+(?:(?:may|can|must|should)\s+be|is)|"
    r"(?:a|an|the|each|every)\s+(?P<other>[a-z]+)\s+(?:cannot|can't|can\s+never|must\s+not|may\s+not|must\s+never)\s+be)\s+"
    r"(?P<verb>[a-z]+)\s+twice\s+(?:for\s+overlapping|for\s+the\s+same|at\s+the\s+same\s+time|at\s+once|on\s+the\s+same)\b",
    re.IGNORECASE,
)


def add_events(draft: Draft, request: str) -> None:
    """Add the event of each such rule, unless an entity that refers to the thing may be the event."""
    for match in _TWICE.finditer(request.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")):
        form = verb_form(match["verb"].lower())
        verb = lexicon().verbs.get(form[0]) if form and form[1] == "ed" else None
        target = draft.first_of((singular_of((match["what"] or match["other"]).lower()),))
        if verb is None or not verb.entity or target is None or not verb.implies(target) or _has_event(draft, target):
            continue
        noun = (match["what"] or match["other"]).lower()
        event = draft.add_implied(verb.entity, f"a rule forbids that a {noun} is {match['verb'].lower()} twice").name
        if draft.default_reference(event, target) is None:
            draft.add_relation(Relation(event, target, stated=True))


def _has_event(draft: Draft, target: str) -> bool:
    """Return whether rows other than people refer to the thing already, or do so usually."""
    return any(
        name != target
        and not (thing.term and is_person(thing.term))
        and (
            draft.default_reference(name, target) is not None
            or any((one.source, one.target) == (name, target) for one in draft.relations)
        )
        for name, thing in draft.things.items()
    )
