"""Singular and plural of English nouns, and the table name of an entity."""

from langgraph_dba.database.requirements.model import Entity
from langgraph_dba.database.requirements.reserved import is_reserved
from langgraph_dba.database.requirements.word_lists import words

_IRREGULAR = {
    "analysis": "analyses", "axis": "axes", "basis": "bases", "child": "children", "crisis": "crises",
    "criterion": "criteria", "diagnosis": "diagnoses", "foot": "feet", "goose": "geese", "half": "halves",
    "hypothesis": "hypotheses", "index": "indexes", "knife": "knives", "leaf": "leaves", "life": "lives",
    "loaf": "loaves", "man": "men", "matrix": "matrices", "mouse": "mice", "ox": "oxen", "parenthesis": "parentheses",
    "person": "people", "phenomenon": "phenomena", "prognosis": "prognoses", "quiz": "quizzes", "scarf": "scarves",
    "shelf": "shelves", "synopsis": "synopses", "synthesis": "syntheses", "thesis": "theses", "thief": "thieves",
    "tooth": "teeth", "wife": "wives", "wolf": "wolves", "woman": "women",
}  # fmt: skip
_SINGULARS = {many: one for one, many in _IRREGULAR.items()} | {
    "indices": "index", "persons": "person", "appendices": "appendix", "vertices": "vertex",
    # in business data, "leaves" are absences more often than those of trees
    "leaves": "leave",
    "emus": "emu", "gurus": "guru", "menus": "menu",
}  # fmt: skip


def plural_of(name: str) -> str:
    """Return the plural of a noun; of several words joined by underscores, the last one changes."""
    head, joined, word = name.rpartition("_")
    return f"{head}{joined}{_plural_of_word(word)}"


def singular_of(name: str) -> str:
    """Return the singular of a noun; a noun in the singular stays as it is."""
    head, joined, word = name.rpartition("_")
    return f"{head}{joined}{_singular_of_word(word)}"


def table_name(entity: Entity) -> str:
    """Return the table name of an entity: its `plural`, otherwise the plural of its name.

    If that is a reserved word of SQL (`values`, `references`), the table is called `value_records`.
    """
    name = entity.plural or plural_of(entity.name)
    return f"{entity.name}_records" if is_reserved(name) and not entity.plural else name


def _plural_of_word(word: str) -> str:
    if word in words("uncounted") or _singular_of_word(word) != word or word[-1:].isdigit():
        return word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("person"):
        return f"{word[:-6]}people"
    if word.endswith("man") and word not in ("human", "german", "roman", "talisman"):
        return f"{word[:-3]}men"
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return f"{word[:-1]}ies"
    if word.endswith(("s", "x", "z", "ch", "sh")) or word in words("hissing_o"):
        return f"{word}es"
    return f"{word}s"


def _singular_of_word(word: str) -> str:
    if word in _SINGULARS:
        return _SINGULARS[word]
    if word.endswith("people"):
        return f"{word[:-6]}person"
    if word.endswith("men") and len(word) > 4 and word not in ("specimen", "abdomen", "omen", "regimen", "semen"):  # noqa: PLR2004
        return f"{word[:-3]}man"
    if (
        not word.endswith("s")
        or word in words("uncounted")
        or word in words("ends_in_s")
        or word.endswith(("ss", "us", "is"))
    ):
        return word
    if word.endswith("es"):
        return _without_es(word)
    return word[:-1] if len(word) > 2 else word  # noqa: PLR2004


def _without_es(word: str) -> str:
    """Remove -es or -s: after a sibilant `es` is the ending, in most other cases `e` is part of the noun."""
    stem, noun = word[:-2], word[:-1]
    if word.endswith("ies"):
        return noun if len(word) < 5 or noun in words("keeps_e") else f"{word[:-3]}y"  # noqa: PLR2004
    if stem.endswith(("ch", "o")):
        return noun if noun in words("keeps_e") else stem
    if stem.endswith("zz"):
        return stem
    hissing = stem.endswith(("ss", "sh", "x", "tz"))
    latin = _is_latin(stem) and noun not in words("keeps_e")
    return stem if hissing or latin or stem in words("ends_in_s") else noun


def _is_latin(stem: str) -> bool:
    """Return whether a stem in -us is a noun (`status`, `campus`), not the rest of `house` or `cause`."""
    return stem.endswith("us") and len(stem) > 2 and stem[-3] not in "aeo"  # noqa: PLR2004
