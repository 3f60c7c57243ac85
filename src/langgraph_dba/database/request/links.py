"""Classify the words between two series of nouns: `belongs to`, `written by`, `with`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from langgraph_dba.database.request.tagging import Tagged
from langgraph_dba.database.request.verbs import Form, verb_form
from langgraph_dba.database.requirements.word_lists import words

Kind = Literal["none", "has", "with", "belongs", "passive", "acts", "per", "of", "in", "colon", "examples"]


@dataclass(frozen=True, slots=True)
class Link:
    """The meaning of a connector: `verb` in its base form, `may` for can and may, `intro` before a list of entities."""

    kind: Kind
    verb: str | None = None
    preposition: str | None = None
    may: bool = False
    intro: bool = False


@dataclass(frozen=True, slots=True)
class _VerbUse:
    base: str
    form: Form
    participle: bool


def read_link(connector: Sequence[Tagged]) -> Link:
    """Return the meaning of a connector."""
    texts = [item.text for item in connector]
    if words("negations") & set(texts):
        return Link("none")
    may = any(item.tag == "modal" and item.text in ("can", "may", "might", "could") for item in connector)
    prepositions = [item.text for item in connector if item.tag == "prep"]
    last = prepositions[-1] if prepositions else None
    verbs = _verbs(connector)
    if verbs:
        return _with_verb(texts, verbs, last, may=may)
    return _without_verb(texts, last, may=may, being=any(item.tag == "aux" for item in connector))


def _verbs(connector: Sequence[Tagged]) -> list[_VerbUse]:
    uses = []
    for item in connector:
        if item.tag not in ("verb", "participle", "gerund"):
            continue
        base, form = verb_form(item.text) or (item.text, "base")
        # "need to track", "want to see": light verbs have no meaning of their own
        if base not in words("light_verbs"):
            uses.append(_VerbUse(base, form, item.tag == "participle"))
    last = verb_form(connector[-1].text) if connector and connector[-1].tag == "verb" else None
    if not uses and last and last[0] in ("start", "begin"):
        uses.append(_VerbUse(*last, participle=False))  # "riders start a trip", not "users start to write"
    return uses


def _without_verb(texts: Sequence[str], last: str | None, *, may: bool, being: bool) -> Link:
    if "such" in texts or texts[-1:] == ["like"]:
        return Link("examples", intro=True)
    if ":" in texts:
        return Link("colon", intro=True)
    if "with" in texts:
        return Link("with", preposition="with", intro=True)
    if "part" in texts and "of" in texts:
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
    return Link("in", preposition=last) if last else Link("none", intro=_marks_list(texts))


def _marks_list(texts: Sequence[str]) -> bool:
    return any(
        word in ("-", "\N{EN DASH}", "\N{EM DASH}", "=", "where", "entity", "entities", "tables") for word in texts
    )


def _with_verb(texts: Sequence[str], verbs: Sequence[_VerbUse], last: str | None, *, may: bool) -> Link:
    # the last verb decides: "can be created and assigned to"
    main = verbs[-1]
    if {"we", "i", "you", "it"} & set(texts) or ("to" in texts and main.base in words("storing_verbs")):
        kind: Kind = "with" if main.base in words("storing_verbs") and "to" not in texts else "none"
        return Link(kind, main.base, last, may, intro=True)
    if texts[-1] == "with" and main.base in words("describing_verbs"):
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
