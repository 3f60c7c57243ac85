"""Name entities by the nouns of the request: `instructors` stay instructors, the lexicon supplies their attributes."""

import re
from collections.abc import Mapping
from dataclasses import replace

from langgraph_dba.database.request.draft import Draft, Relation, Thing
from langgraph_dba.database.request.lexicon import lexicon
from langgraph_dba.database.request.mentions import ascii_name


def rename_to_own_words(draft: Draft) -> Mapping[str, str]:
    """Rename the entities of a draft whose nouns in the request are not those of the lexicon; return old and new."""
    renamed: dict[str, str] = {}
    for thing in draft.things.values():
        name = _own_name(thing)
        if name and name not in draft.things and name not in renamed.values():
            renamed[thing.name] = name
    for thing in draft.things.values():
        thing.name = renamed.get(thing.name, thing.name)
    draft.things = {thing.name: thing for thing in draft.things.values()}
    draft.relations = [_renamed(relation, renamed) for relation in draft.relations]
    draft.tenant = renamed.get(draft.tenant, draft.tenant) if draft.tenant else None
    return renamed


def _own_name(thing: Thing) -> str:
    """Return the first noun for an entity; empty if it is the lexicon's, or the entity has a name of its own."""
    if thing.term is None or thing.name != thing.term.name:
        return ""
    names = [ascii_name(noun.split()) for noun in thing.nouns]
    return names[0] if names and not {thing.name, thing.term.key} & {*names} else ""


def _renamed(relation: Relation, renamed: Mapping[str, str]) -> Relation:
    """Return the relation between the renamed entities, with their names in its own ones."""
    via = relation.via
    if via and via not in lexicon().connections:
        via = _with_names(via, renamed)
    return replace(
        relation,
        source=renamed.get(relation.source, relation.source),
        target=renamed.get(relation.target, relation.target),
        name=_with_names(relation.name, renamed) if relation.name else None,
        via=via,
    )


def _with_names(text: str, renamed: Mapping[str, str]) -> str:
    for old, new in renamed.items():
        text = re.sub(rf"(?<![a-z]){old}(?![a-z])", new, text)
    return text
