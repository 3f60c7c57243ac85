"""Units of attributes: `a length in metres` is the attribute `length_m`, so that the name says in what it counts."""

import re
from collections.abc import Iterator

_WORDS = {
    "kg": "kg kilo kilos kilogram kilograms kilogramme kilogrammes",
    "g": "g gram grams gramme grammes",
    "mg": "mg milligram milligrams",
    "t": "tonne tonnes ton tons",
    "km": "km kilometre kilometres kilometer kilometers",
    "m": "m metre metres meter meters",
    "cm": "cm centimetre centimetres centimeter centimeters",
    "mm": "mm millimetre millimetres millimeter millimeters",
    "m2": "m2 sqm",
    "l": "l litre litres liter liters",
    "ml": "ml millilitre millilitres milliliter milliliters",
    "ul": "ul microlitre microlitres microliter microliters",
    "seconds": "second seconds sec",
    "minutes": "minute minutes min",
    "hours": "hour hours",
    "days": "day days",
    "months": "month months",
    "cents": "cent cents",
    "percent": "percent % percentage",
    "celsius": "celsius",
    "kwh": "kwh",
}
_SUFFIXES = {word: suffix for suffix, words in _WORDS.items() for word in words.split()}
_PHRASE = re.compile(
    r"(?P<name>.+?) (?:(?:is|are|measured|given|stored|counted|kept) )*in (?P<unit>\S+)", re.IGNORECASE
)
UNIT_WORDS = "|".join(re.escape(word) for word in sorted(_SUFFIXES, key=len, reverse=True) if len(word) > 1)


def unit_of_word(word: str) -> str | None:
    """Return the ending of a name for a unit: `kg` for kilograms; None if the word is no unit."""
    return _SUFFIXES.get(word.lower())


def unit_of_name(name: str) -> str | None:
    """Return the unit that the name of an attribute ends with."""
    last = name.rpartition("_")[2]
    return last if "_" in name and last in _WORDS else None


def with_unit(name: str, unit: str) -> str:
    """Return the name of an attribute with a unit instead of the one that it has: `weight_g` for `weight_kg`."""
    own = unit_of_name(name)
    return f"{name.removesuffix(f'_{own}') if own else name}_{unit}"


def names_with_units(phrase: str) -> Iterator[str]:
    """Yield the names of the attributes that a phrase may mean: `length in metres` and `length` mean `length_m`."""
    if (match := _PHRASE.fullmatch(phrase)) and (unit := unit_of_word(match["unit"])):
        yield f"{match['name'].replace(' ', '_')}_{unit}"
    yield from (f"{phrase.replace(' ', '_')}_{unit}" for unit in _WORDS)
