"""Sentences about what is stored encrypted."""

import re

from langgraph_dba.database.request.rules.pattern import MUST, MUST_NOT, Fields, Pattern, noun, nouns, pattern
from langgraph_dba.database.request.rules.phrases import phrases_in
from langgraph_dba.database.request.rules.protection import WE
from langgraph_dba.database.request.rules.scene import Scene
from langgraph_dba.database.requirements.model import Attribute


@pattern(
    "secret",
    rf"{nouns('what')}(?: of {noun('owner')})? (?:(?:is|are|{MUST} be) (?:only |always )?(?:stored |"
    rf"kept |saved )?(?:only )?(?:encrypted|in encrypted form)|"
    rf"{MUST_NOT} be (?:stored|kept|saved|readable) (?:in (?:plain|clear) ?text|unencrypted|in the clear))(?: "
    rf"at rest)?",
)
def _encrypted(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _secret(scene, match["what"], match["owner"])


@pattern(
    "secret",
    rf"the (?:table|list|file|key|sheet|mapping) that (?:links|maps|connects|assigns) {noun('key')} to {nouns('what')} "
    rf"(?P<span>(?:is|{MUST} be) (?:stored |kept )?(?:only )?encrypted)",
)
def _link_is_encrypted(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `the table that links the pseudonym to name and birth date is encrypted` about the name and the date."""
    owner = scene.owner_of(match["key"])
    names = [scene.attribute(owner[0], phrase, add=True) for phrase in phrases_in(match["what"])] if owner else []
    return (
        {"attributes": [f"{owner[0]}.{one.name}" for one in names if one]} if owner and names and all(names) else None
    )


@pattern(
    "secret",
    rf"{WE}(?:encrypt|store encrypted|only store encrypted) {nouns('what')}(?: of {noun('owner')})?(?: at rest)?",
)
def _encrypt(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _secret(scene, match["what"], match["owner"])


def _secret(scene: Scene, text: str, owner: str | None) -> Fields | None:
    entity = scene.entity(owner) if owner else None
    if owner and entity is None:
        return None
    paths: list[str] = []
    for phrase in phrases_in(text):
        attribute = scene.attribute(entity, phrase) if entity else None
        owned = (entity, attribute) if entity and attribute else None if owner else scene.owner_of(phrase)
        if owned is None and (whole := scene.entity(phrase)) and (content := _content(scene, whole)):
            owned = whole, content
        if owned is None:
            return None
        paths.append(f"{owned[0]}.{owned[1].name}")
    return {"attributes": paths} if len({path.partition(".")[0] for path in paths}) == 1 else None


def _content(scene: Scene, entity: str) -> Attribute | None:
    """Return what is secret of an entity: its only amount ("salaries"), or its only long text ("notes")."""
    texts = [one for one in scene.attributes(entity) if one.type == "text"]
    return scene.only_number(entity) or (texts[0] if len(texts) == 1 else None)


SECRECY: tuple[Pattern, ...] = (
    _encrypted,
    _encrypt,
    _link_is_encrypted,
)
