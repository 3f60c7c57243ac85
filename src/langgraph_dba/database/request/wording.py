"""What is said about a reading: its title, and every supposition as a sentence somebody can act on."""

import re
from collections.abc import Collection, Iterator, Sequence

from langgraph_dba.database.request.draft import Draft, Relation, Thing
from langgraph_dba.database.request.figures import SUPPOSED_TENANTS
from langgraph_dba.database.request.mentions import Mention
from langgraph_dba.database.request.tagging import Tagged
from langgraph_dba.database.requirements.model import Entity, Scale
from langgraph_dba.database.requirements.plural import plural_of, singular_of
from langgraph_dba.database.requirements.word_lists import words

_LONGEST_TITLE = 80
# what stands before a colon: "Charity donation tracking: donors, …"
_HEADING = re.compile(r"([A-Za-z][A-Za-z0-9 /&-]{2,60}):")
_ACTIONS = {
    "restrict": "cannot be deleted while it has any",
    "cascade": "takes them with it when it is deleted",
    "set-null": "is forgotten when it is deleted",
}


def title(request: str, weak: Sequence[Mention], tagged: Sequence[Tagged], entities: Sequence[Entity]) -> str:
    """Return the name of the business as the request has it, else the first entities."""
    for mention in weak:
        said = [item.text for item in tagged[mention.start : mention.end] if item.tag in ("noun", "adj")]
        if {*said} <= words("noise_nouns") | words("system_nouns") | {"multi", "tenant"}:
            continue
        text = " ".join(said).replace("multi tenant ", "")
        if text:
            # as the request spells it: IoT, e-commerce
            spelt = re.search(r"[\W_]+".join(map(re.escape, text.split())), request, re.IGNORECASE)
            return _capital((spelt[0] if spelt else text)[:_LONGEST_TITLE])
    heading = _HEADING.match(request)
    said = heading[1].lower().split() if heading else []
    if heading and (len(said) > 1 or said[0] not in words("noise_nouns") | words("system_nouns")):
        return _capital(heading[1].strip())
    names = [plural_of(entity.name).replace("_", " ") for entity in entities[:3]]
    return _capital(_listed(names)[:_LONGEST_TITLE])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def assumptions(draft: Draft, entities: Sequence[Entity], scale: Scale, given: Collection[str]) -> Iterator[str]:
    """Yield one sentence for everything that was supposed."""
    yield from _about_tenancy(draft)
    for entity in entities:
        yield from _about_entity(draft.things[entity.name], entity)
    for relation in draft.relations:
        yield _about_relation(relation)
    yield from _about_loners(draft, entities)
    yield from _about_scale(draft, scale, given)
    yield "The workload is a guess from what such entities are usually asked for; put your own accesses in 'workload'."


def _about_tenancy(draft: Draft) -> Iterator[str]:
    if draft.tenant is None:
        yield "One organisation uses the system; for several, set 'tenancy' to auto and name the tenant's entity."
    else:
        many = _capital(_said(plural_of(draft.tenant)))
        yield f"{many} share the system and see their own rows only; how they are kept apart is decided by the panel."


def _about_entity(thing: Thing, entity: Entity) -> Iterator[str]:
    name = _said(entity.name)
    if thing.because:
        yield f"Added {name} ({thing.because}); remove it if it is not needed."
    others = sorted(word for word in thing.spoken if singular_of(word.replace(" ", "_")) != entity.name)
    if others and thing.term:
        yield f"Read {_listed([repr(word) for word in others])} as {name}; rename the entity if that is wrong."
    facts = _listed([attribute.name for attribute in entity.attributes])
    if thing.term is None and not thing.attributes:
        yield f"'{name}' is not in the lexicon: given a name; add its attributes."
    elif not thing.attributes:
        yield f"Gave {name} {facts}; change its attributes to what you keep."


def _about_relation(relation: Relation) -> str:
    one, other = _said(relation.source), _said(relation.target)
    why = "" if relation.stated else " (supposed)"
    if relation.kind == "many-to-many":
        return f"{_capital(plural_of(one))} and {plural_of(other)} are connected many to many{why}."
    role = f" as its {_said(relation.role)}" if relation.role != relation.target else ""
    number = "exactly one" if relation.required else "at most one"
    also = ", and no two share it" if relation.kind == "one-to-one" else ""
    action = _ACTIONS[relation.on_delete or ("restrict" if relation.required else "set-null")]
    many = plural_of(one)
    ends = action.replace("any", many).replace("them", f"its {many}") if relation.on_delete != "set-null" else action
    return f"Each {one} has {number} {other}{role}{also}{why}; a {other} {ends}."


def _about_loners(draft: Draft, entities: Sequence[Entity]) -> Iterator[str]:
    related = {name for relation in draft.relations for name in relation.ends}
    for entity in entities:
        if entity.name not in related | {draft.tenant} and len(entities) > 1:
            yield f"Nothing connects {_said(entity.name)} to the rest; add a relationship if it belongs to something."


def _about_scale(draft: Draft, scale: Scale, given: Collection[str]) -> Iterator[str]:
    if draft.tenant and draft.tenant not in given:
        many = _said(plural_of(draft.tenant))
        yield f"Nobody said how many {many} there are; 'scale' supposes {SUPPOSED_TENANTS}."
    guessed = [name for name in scale.rows if name not in given]
    if guessed:
        most = max(guessed, key=lambda name: scale.rows[name])
        count = f"{scale.rows[most]:,}"
        yield f"Row counts in 'scale' are guesses where none was said (most: {count} {_said(plural_of(most))})."


def _said(name: str) -> str:
    return name.replace("_", " ")
