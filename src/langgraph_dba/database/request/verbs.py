"""Map forms of verbs to the base form: `writes`, `wrote`, `written` and `writing` to `write`."""

from functools import cache
from typing import Literal

from langgraph_dba.database.requirements.word_lists import words

Form = Literal["base", "s", "ed", "ing"]


@cache
def _forms() -> dict[str, tuple[str, Form]]:
    forms: dict[str, tuple[str, Form]] = {}
    for base in sorted(words("sentence_verbs")):
        forms |= {_ing(base): (base, "ing"), _ed(base): (base, "ed"), _s(base): (base, "s")}
        if _doubles(base):
            forms |= {f"{base}{base[-1]}ing": (base, "ing"), f"{base}{base[-1]}ed": (base, "ed")}
    for pair in words("irregular_participles"):
        participle, base = pair.split(":")
        forms[participle] = (base, "ed")
    # last, so that a base form that is also a participle (`read`, `set`) counts as the base form
    forms |= {base: (base, "base") for base in words("sentence_verbs")}
    forms |= {"has": ("have", "s"), "having": ("have", "ing"), "had": ("have", "ed")}
    return forms


def verb_form(word: str) -> tuple[str, Form] | None:
    """Return (base form, kind of form) of a word; None if it is no form of a known verb."""
    return _forms().get(word)


def _s(base: str) -> str:
    if base.endswith("y") and base[-2] not in "aeiou":
        return f"{base[:-1]}ies"
    return f"{base}es" if base.endswith(("s", "x", "z", "ch", "sh", "o")) else f"{base}s"


def _ed(base: str) -> str:
    if base.endswith("y") and base[-2] not in "aeiou":
        return f"{base[:-1]}ied"
    return f"{base}d" if base.endswith("e") else f"{base}ed"


def _ing(base: str) -> str:
    return f"{base[:-1]}ing" if base.endswith("e") and not base.endswith(("ee", "oe")) else f"{base}ing"


def _doubles(base: str) -> bool:
    """Return whether the last letter may be doubled, as in `submitted`, and in British `cancelled`."""
    return len(base) > 2 and base[-1] in "bdglmnprt" and base[-2] in "aeiou" and base[-3] not in "aeiou"  # noqa: PLR2004
