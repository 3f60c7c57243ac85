"""Write the title of the requirements, and each assumption as a sentence that names the key to change."""

import re
from collections.abc import Collection, Iterator, Sequence

from langgraph_dba.database.request.draft import Draft, Relation, Thing
from langgraph_dba.database.request.mentions import Mention
from langgraph_dba.database.request.scale import ASSUMED_TENANTS
from langgraph_dba.database.request.tagging import Tagged
from langgraph_dba.database.requirements.model import Entity, Scale
from langgraph_dba.database.requirements.plural import plural_of, singular_of
from langgraph_dba.database.requirements.word_lists import words

_LONGEST_TITLE = 80
# the text before a colon: "Charity donation tracking: donors, …"
_HEADING = re.compile(r"([A-Za-z][A-Za-z0-9 /&-]{2,60}):")
_ACTIONS = {
    "restrict": "cannot be deleted while it has any",
    "cascade": "is deleted with them",
    "set-null": "can be deleted, which clears the reference",
}


def title(request: str, weak: Sequence[Mention], tagged: Sequence[Tagged], entities: Sequence[Entity]) -> str:
    """Return the name of the business in the request, otherwise the first entities."""
    for mention in weak:
        texts = [item.text for item in tagged[mention.start : mention.end] if item.tag in ("noun", "adj")]
        if {*texts} <= words("noise_nouns") | words("system_nouns") | {"multi", "tenant"}:
            continue
        text = " ".join(texts).replace("multi tenant ", "")
        if text:
            # in the spelling of the request: IoT, e-commerce
            match = re.search(r"[\W_]+".join(map(re.escape, text.split())), request, re.IGNORECASE)
            return _capital((match[0] if match else text)[:_LONGEST_TITLE])
    heading = _HEADING.match(request)
    texts = heading[1].lower().split() if heading else []
    if heading and (len(texts) > 1 or texts[0] not in words("noise_nouns") | words("system_nouns")):
        return _capital(heading[1].strip())
    names = [plural_of(entity.name).replace("_", " ") for entity in entities[:3]]
    return _capital(_joined(names)[:_LONGEST_TITLE])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _joined(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def assumptions(draft: Draft, entities: Sequence[Entity], scale: Scale, stated_rows: Collection[str]) -> Iterator[str]:
    """Yield one sentence for each assumption."""
    yield from _about_tenancy(draft)
    for entity in entities:
        yield from _about_entity(draft.things[entity.name], entity)
    for relation in draft.relations:
        yield _about_relation(relation)
    yield from _about_loners(draft, entities)
    yield from _about_scale(draft, scale, stated_rows)
    yield "The workload is an assumption from usual reads of such entities; put your own accesses in 'workload'."


def _about_tenancy(draft: Draft) -> Iterator[str]:
    if draft.tenant is None:
        yield "One organisation uses the system; for several, set 'tenancy' to auto and name the tenant's entity."
    else:
        many = _capital(_words(plural_of(draft.tenant)))
        yield f"{many} share the system and see only their own rows; the panel decides how they are isolated."


def _about_entity(thing: Thing, entity: Entity) -> Iterator[str]:
    name = _words(entity.name)
    if thing.because:
        yield f"Added {name} ({thing.because}); remove it if it is not needed."
    others = sorted(word for word in thing.phrases if singular_of(word.replace(" ", "_")) != entity.name)
    if others and thing.term:
        yield f"Read {_joined([repr(word) for word in others])} as {name}; rename the entity if that is wrong."
    facts = _joined([attribute.name for attribute in entity.attributes])
    if thing.term is None and not thing.attributes:
        yield f"'{name}' is not in the lexicon: it has only a name; add its attributes."
    elif not thing.attributes:
        yield f"The attributes of {name} are assumed: {facts}; change them to those that you store."


def _about_relation(relation: Relation) -> str:
    one, other = _words(relation.source), _words(relation.target)
    why = "" if relation.stated else " (assumed)"
    if relation.kind == "many-to-many":
        return f"{_capital(plural_of(one))} and {plural_of(other)} are connected many to many{why}."
    role = f" as its {_words(relation.role)}" if relation.role != relation.target else ""
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
            yield f"{_capital(_words(entity.name))} has no relationship; add one if it belongs to another entity."


def _about_scale(draft: Draft, scale: Scale, stated_rows: Collection[str]) -> Iterator[str]:
    if draft.tenant and draft.tenant not in stated_rows:
        many = _words(plural_of(draft.tenant))
        yield f"The request does not state how many {many} there are; 'scale' assumes {ASSUMED_TENANTS}."
    guessed = [name for name in scale.rows if name not in stated_rows]
    if guessed:
        most = max(guessed, key=lambda name: scale.rows[name])
        count = f"{scale.rows[most]:,}"
        yield f"Row counts in 'scale' are estimates if the request has none (most: {count} {_words(plural_of(most))})."


def _words(name: str) -> str:
    return name.replace("_", " ")
