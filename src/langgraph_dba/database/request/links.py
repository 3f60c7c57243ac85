"""What the words between two series of nouns say: `belongs to`, `written by several`, `with`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from langgraph_dba.database.request.tagging import Tagged
from langgraph_dba.database.request.verbs import Form, verb_form
from langgraph_dba.database.requirements.word_lists import words

Kind = Literal["none", "has", "with", "belongs", "passive", "acts", "per", "of", "in", "colon", "examples"]


@dataclass(frozen=True, slots=True)
class Link:
    """`verb` in its base form; `may` for can and may; `intro` where what follows is a list of things to remember."""

    kind: Kind
    verb: str | None = None
    preposition: str | None = None
    may: bool = False
    intro: bool = False


@dataclass(frozen=True, slots=True)
class _Spoken:
    base: str
    form: Form
    participle: bool


def read_link(connector: Sequence[Tagged]) -> Link:
    """Return what a connector says."""
    said = [item.text for item in connector]
    if {"not", "without", "except", "cannot", "nor", "don't", "doesn't", "never"} & set(said):
        return Link("none")
    may = any(item.tag == "modal" and item.text in ("can", "may", "might", "could") for item in connector)
    prepositions = [item.text for item in connector if item.tag == "prep"]
    last = prepositions[-1] if prepositions else None
    verbs = _verbs(connector)
    if verbs:
        return _with_verb(said, verbs, last, may=may)
    return _without_verb(said, last, may=may, being=any(item.tag == "aux" for item in connector))


def _verbs(connector: Sequence[Tagged]) -> list[_Spoken]:
    found = []
    for item in connector:
        if item.tag not in ("verb", "participle", "gerund"):
            continue
        base, form = verb_form(item.text) or (item.text, "base")
        if base not in words("light_verbs"):
            found.append(_Spoken(base, form, item.tag == "participle"))
    return found


def _without_verb(said: Sequence[str], last: str | None, *, may: bool, being: bool) -> Link:
    if "such" in said or said[-1:] == ["like"]:
        return Link("examples", intro=True)
    if ":" in said:
        return Link("colon", intro=True)
    if "with" in said:
        return Link("with", preposition="with", intro=True)
    if "part" in said and "of" in said:
        return Link("belongs", "belong", "of", may)
    if being:
        return Link(
            "belongs" if last in ("in", "on", "at", "within", "inside", "under", "for", "of") else "none",
            "be",
            last,
            may,
        )
    if last == "per":
        return Link("per", preposition=last)
    if last in ("of", "for"):
        return Link("of", preposition=last, intro=True)
    return Link("in", preposition=last) if last else Link("none", intro=_marks_list(said))


def _marks_list(said: Sequence[str]) -> bool:
    return any(
        word in ("-", "\N{EN DASH}", "\N{EM DASH}", "=", "where", "entity", "entities", "tables") for word in said
    )


def _with_verb(said: Sequence[str], verbs: Sequence[_Spoken], last: str | None, *, may: bool) -> Link:
    main = verbs[-1]
    if {"we", "i", "you", "it"} & set(said) or ("to" in said and main.base in words("storing_verbs")):
        kind: Kind = "with" if main.base in words("storing_verbs") and "to" not in said else "none"
        return Link(kind, main.base, last, may, intro=True)
    if said[-1] == "with" and main.base in words("describing_verbs"):
        return Link("with", preposition="with", intro=True)
    if main.participle and last == "by":
        return Link("passive", main.base, last, may)
    if main.base in words("dividing_verbs") or (main.participle and main.base in ("make", "compose") and last == "of"):
        return Link("has", main.base, last, may)
    if main.base == "belong" or (main.participle and last and main.base in words("placing_verbs")):
        return Link("belongs", main.base, last, may)
    if main.base in words("having_verbs") and not main.participle:
        return Link("has", main.base, last, may, intro=True)
    if main.base in words("looking_verbs") or main.participle:
        return Link("none", main.base, last, may, intro=True)
    return Link("acts", main.base, last, may, intro=main.base in words("storing_verbs"))
