"""Detect requests that are not English: they are refused, because they would result in wrong tables."""

import unicodedata

from langgraph_dba.database.request.attributes import known_attribute
from langgraph_dba.database.request.lexicon import lexicon
from langgraph_dba.database.request.tokens import Token
from langgraph_dba.database.request.verbs import verb_form
from langgraph_dba.database.requirements.word_lists import words

_OTHER_SCRIPTS = 0.2  # of all letters; a name or two in another script is allowed


def is_english(text: str, tokens: list[Token]) -> bool:
    """Return whether a text can be English: it has Latin letters, and no more foreign words than English ones."""
    letters = [character for character in text if character.isalpha()]
    other = sum(not _is_latin(character) for character in letters)
    if letters and other / len(letters) > _OTHER_SCRIPTS:
        return False
    candidates = [token for token in tokens if token.is_word]
    english = sum(_is_english(token) for token in candidates)
    foreign = sum(not _is_english(token) and _is_foreign(token) for token in candidates)
    shared = sum(token.text in words("foreign") for token in candidates)
    # "me", "la" and "des" occur in English texts too: one of them is no evidence
    return not (foreign and foreign + shared > english) and not (foreign >= 3 and foreign * 2 > english)  # noqa: PLR2004


def _is_latin(character: str) -> bool:
    return character.isascii() or unicodedata.name(character, "").startswith("LATIN")


def _is_english(token: Token) -> bool:
    if token.text in words("english"):
        return True
    if token.text in words("foreign"):
        return False
    # business words, attributes and verbs are English too, if they are not in the list of English words
    known = lexicon().knows(token.lemma) or known_attribute(token.text) is not None or verb_form(token.text) is not None
    return known or token.text in words("noise_nouns") | words("system_nouns") | words("adjectives") | words("adverbs")


def _is_foreign(token: Token) -> bool:
    return token.text in words("foreign") or not token.text.isascii()
