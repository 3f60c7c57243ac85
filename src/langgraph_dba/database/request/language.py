"""Only English is read: another language is told so, instead of becoming strange tables."""

import unicodedata

from langgraph_dba.database.request.attributes import known_attribute
from langgraph_dba.database.request.lexicon import lexicon
from langgraph_dba.database.request.tokens import Token
from langgraph_dba.database.request.verbs import verb_form
from langgraph_dba.database.requirements.word_lists import words

_OTHER_SCRIPTS = 0.2  # of all letters; a name or two in another script does no harm


def is_english(text: str, tokens: list[Token]) -> bool:
    """Whether a text can be English: its letters are Latin, and it has no more foreign words than English ones."""
    letters = [character for character in text if character.isalpha()]
    other = sum(not _is_latin(character) for character in letters)
    if letters and other / len(letters) > _OTHER_SCRIPTS:
        return False
    spoken = [token for token in tokens if token.is_word]
    english = sum(_is_english(token) for token in spoken)
    foreign = sum(not _is_english(token) and _is_foreign(token) for token in spoken)
    shared = sum(token.text in words("foreign") for token in spoken)
    # "me", "la" and "des" are English too, now and then: one alone decides nothing
    return not (foreign and foreign + shared > english) and not (foreign >= 3 and foreign * 2 > english)  # noqa: PLR2004


def _is_latin(character: str) -> bool:
    return character.isascii() or unicodedata.name(character, "").startswith("LATIN")


def _is_english(token: Token) -> bool:
    if token.text in words("english"):
        return True
    if token.text in words("foreign"):
        return False
    known = lexicon().knows(token.lemma) or known_attribute(token.text) is not None or verb_form(token.text) is not None
    return known or token.text in words("noise_nouns") | words("system_nouns") | words("adjectives") | words("adverbs")


def _is_foreign(token: Token) -> bool:
    return token.text in words("foreign") or not token.text.isascii()
