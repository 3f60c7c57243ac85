"""Sentences that compare an attribute with numbers: `at least 1 and at most 99`, `never below zero`, `from 1 to 6`."""

import re

from langgraph_dba.database.request.rules.pattern import IS, IS_NOT, MUST, MUST_NOT, Fields, Pattern, noun, pattern
from langgraph_dba.database.request.rules.phrases import number_of
from langgraph_dba.database.request.rules.scene import NUMERIC, Scene
from langgraph_dba.database.request.units import unit_of_name, unit_of_word
from langgraph_dba.database.requirements.model import Attribute

_VALUE = r"(?:[-+]?\d[\d,]*(?:\.\d+)?|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_UNIT = r"(?: ?(?:%|€|\$|[a-z]+))?"
_WORDS_OF_BOUNDS = {
    "at-least": r"at least|no less than|not less than|not below|not under|a minimum of|minimum|min\.?|>=|≥|not lower "
    r"than|"
    r"no lower than|not smaller than",
    "at-most": r"at most|no more than|not more than|not above|not over|up to|a maximum of|maximum|max\.?|<=|≤|not "
    r"higher than|"
    r"no higher than|not greater than|limited to|not larger than|capped at",
    "more-than": r"more than|greater than|larger than|bigger than|higher than|above|over|>",
    "less-than": r"less than|smaller than|lower than|fewer than|below|under|<",
}
_BOUND = "(?:" + "|".join(_WORDS_OF_BOUNDS.values()) + ")"
_NEGATED = {"more-than": "at-most", "less-than": "at-least"}
_OF = rf"(?: (?:of|for|in|on) {noun('owner')})?"
_NEEDS_A_UNIT = frozenset({"seconds", "minutes", "hours", "days", "months", "cents"})


@pattern(
    "holds",
    rf"{noun('name')}{_OF} (?:{IS} )?(?P<one>{_BOUND}) ?(?P<low>{_VALUE})(?P<unit>{_UNIT})"
    rf"(?:,? and (?P<other>{_BOUND}) ?(?P<high>{_VALUE}){_UNIT})?",
)
def _bounded(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _both(scene, match)


@pattern("holds", rf"{noun('name')}{_OF} (?:{IS_NOT}|not) (?P<one>{_BOUND}) ?(?P<low>{_VALUE})(?P<unit>{_UNIT})")
def _not_beyond(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `may not go below 0`: the opposite of a strict bound."""
    op = _NEGATED.get(_operator(match["one"]))
    return _holds(scene, match, (op, match["low"])) if op else None


@pattern("holds", rf"{noun('name')}{_OF} {MUST_NOT} exceed (?P<low>{_VALUE})(?P<unit>{_UNIT})")
def _not_exceed(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _holds(scene, match, ("at-most", match["low"]))


@pattern("holds", rf"{noun('name')}{_OF} (?:(?:{IS_NOT}|not) negative|{MUST} not be negative|{IS} non-?negative)")
def _never_negative(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _holds(scene, match, ("at-least", "0"))


@pattern("holds", rf"{noun('name')}{_OF} {IS} (?:positive|greater than nothing)")
def _positive(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _holds(scene, match, ("more-than", "0"))


@pattern("holds", rf"{noun('name')}{_OF} {IS_NOT} (?:zero|0)")
def _not_zero(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _holds(scene, match, ("is-not", "0"))


@pattern(
    "holds",
    rf"{noun('name')}{_OF} {IS} (?P<low>{_VALUE})(?P<unit>{_UNIT}) or (?P<side>more|higher|above|less|"
    rf"lower|below)",
)
def _or_more(scene: Scene, match: re.Match[str]) -> Fields | None:
    is_least = match["side"].lower() in ("more", "higher", "above")
    return _holds(scene, match, ("at-least" if is_least else "at-most", match["low"]))


_FROM_TO = rf"(?:from|between|in the range(?: of| from)?) (?P<low>{_VALUE}) (?:to|and|-) (?P<high>{_VALUE})"
# "points 0 to 10", without a preposition
_NUMBERS = r"(?P<low>\d+) ?(?:to|-|–) ?(?P<high>\d+)"  # noqa: RUF001  a dash of texts


@pattern(
    "holds", rf"{noun('name')}{_OF} (?:(?:{IS}|goes|go|runs?|ranges?|lies?|can be|may be) )?{_FROM_TO}(?P<unit>{_UNIT})"
)
def _in_range(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _holds(scene, match, ("at-least", match["low"]), ("at-most", match["high"]))


@pattern("holds", rf"{noun('name')}{_OF} (?:{IS} )?{_NUMBERS}(?P<unit>{_UNIT})")
def _numbers_in_range(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _holds(scene, match, ("at-least", match["low"]), ("at-most", match["high"]))


@pattern("holds", rf"(?P<span>{noun('name')} {_FROM_TO}) (?:is|are) unique[^,.;]*")
def _in_range_and_unique(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _holds(scene, match, ("at-least", match["low"]), ("at-most", match["high"]))


@pattern(
    "holds",
    rf"(?:from|between) (?P<low>{_VALUE}) (?:to|and) (?P<high>{_VALUE}) {noun('what', 2)} (?:per|for "
    rf"each|in "
    rf"each|in a|for a) {noun('owner')}",
)
def _so_many_per(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `between 1 and 8 persons per booking` as a number that the booking has."""
    return _holds(scene, match, ("at-least", match["low"]), ("at-most", match["high"]))


@pattern(
    "holds",
    rf"{noun('owner')} (?:has|have|is|are|takes|holds|{MUST} have) (?P<one>{_BOUND}) (?P<low>{_VALUE}) "
    rf"(?:and (?P<other>{_BOUND}) (?P<high>{_VALUE}) )?(?P<what>[a-z]+)",
)
def _has_so_many(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _both(scene, match)


def _both(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Return the rule of one bound, or of two: `at least 1 and at most 12`."""
    tests = [(_operator(match["one"]), match["low"])]
    tests += [(_operator(match["other"]), match["high"])] if match["other"] else []
    return _holds(scene, match, *tests)


def _operator(words: str) -> str:
    text = " ".join(words.lower().split())
    return next(op for op, said in _WORDS_OF_BOUNDS.items() if re.fullmatch(said, text))


def _holds(scene: Scene, match: re.Match[str], *tests: tuple[str, str]) -> Fields | None:
    owned = _attribute(scene, match)
    if owned is None or not _is_unit_of(owned[1], match.groupdict().get("unit") or ""):
        return None
    entity, attribute = owned
    if attribute.type == "string":
        # nothing was known of the noun: a number it is then
        whole = len(tests) > 1 and all(text.isdigit() for _, text in tests)
        attribute = scene.as_number(entity, attribute, "integer" if whole else "decimal")
    if attribute.type not in NUMERIC:
        return None
    found = [(op, _number(text)) for op, text in tests]
    if attribute.type == "integer" and any(isinstance(value, float) for _, value in found):
        return None
    low, high = (next((value for op, value in found if op in ops), None) for ops in (_LOWER, _UPPER))
    if low is not None and high is not None and low > high:
        return None
    for _, value in found:
        scene.bounds.add((entity, attribute.name, value))
    return {"of": entity, "that": [{"left": attribute.name, "op": op, "right": value} for op, value in found]}


_LOWER = ("at-least", "more-than")
_UPPER = ("at-most", "less-than")


def _attribute(scene: Scene, match: re.Match[str]) -> tuple[str, Attribute] | None:
    """Return the attribute that is compared; the amount of an entity stands for it: `deposits are never negative`."""
    groups = match.groupdict()
    owner = groups.get("owner")
    if what := groups.get("what"):
        entity = scene.entity(owner or "")
        for name in (f"number of {what}", f"{what} count"):
            if entity and (attribute := scene.attribute(entity, name)):
                return entity, attribute
        return None
    if owner and (found := scene.owned(match["name"], owner, add=True)):
        return found
    if owner:
        return None
    if found := scene.owned(match["name"]):
        return found
    entity = scene.entity(match["name"])
    amount = scene.only_number(entity) if entity else None
    # the points of a score are what "scores" means
    is_meant = amount is not None and (amount.type == "money" or amount.name.startswith(f"{entity}_"))
    return (entity, amount) if entity and amount and is_meant else None


def _number(text: str) -> int | float:
    known = number_of(text)
    if known is not None:
        return known
    value = float(text.replace(",", ""))
    return int(value) if value.is_integer() else value


def _is_unit_of(attribute: Attribute, said: str) -> bool:
    """Return whether the attribute counts in the unit that the sentence names: 20 kg are no 20 grams."""
    word = said.strip().lower()
    unit, own = unit_of_word(word), unit_of_name(attribute.name)
    if unit is None:
        return word in _NO_UNIT
    return own == unit or (own is None and unit not in _NEEDS_A_UNIT and attribute.type != "money")


_NO_UNIT = frozenset(
    {
        *(
            "",
            "€",
            "$",
            "eur",
            "euro",
            "euros",
            "dollar",
            "dollars",
            "usd",
            "chf",
            "francs",
            "points",
            "stars",
            "pieces",
        ),
        *("units", "items", "copies", "persons", "people", "seats", "pounds", "gbp"),
    }
)


NUMBER_RANGES: tuple[Pattern, ...] = (
    _never_negative,
    _not_zero,
    _positive,
    _or_more,
    _not_beyond,
    _bounded,
    _not_exceed,
    _in_range,
    _numbers_in_range,
    _in_range_and_unique,
    _so_many_per,
    _has_so_many,
)
