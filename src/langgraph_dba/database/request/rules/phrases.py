"""Read noun phrases, numbers and the names of moments."""

import re
from collections.abc import Iterator, Sequence

from langgraph_dba.database.requirements.word_lists import words

_ARTICLES = re.compile(
    r"^(?:a|an|the|each|every|any|all|one|1|its|their|his|her|our|your|no|two|2|another|this|that)\s+", re.IGNORECASE
)
# the beginnings of the names of two attributes that make a period
STARTS = (
    "start", "starts", "valid_from", "from", "begin", "begins", "pickup", "check_in", "entered", "arrival",
    "arrives", "admitted", "admission", "borrowed", "opened", "first_day", "first_night", "first_date", "picked_up",
    "checked_in", "booked_from", "rented", "moved_in", "loaned", "lent",
)  # fmt: skip
ENDS = (
    "end", "ends", "valid_until", "valid_to", "until", "to", "return", "returned", "check_out", "exited",
    "departure", "departs", "discharged", "discharge", "due", "closed", "last_day", "last_night", "last_date",
    "checked_out", "booked_until", "moved_out",
)  # fmt: skip
ARRIVALS = ("arrival", "arrives")
NOUNS_OF_TIME = {
    "entry": "entered", "exit": "exited", "end": "ends", "start": "starts", "beginning": "starts", "ending": "ends",
    "return": "returned", "purchase": "bought", "birth": "born", "pickup": "picked_up", "closing": "closes",
    "deadline": "due", "expiry": "expires", "payment": "paid",
}  # fmt: skip
# nouns whose time may be missing: with the noun of the other end of its period, and the attribute
OPPOSITES = {
    "exit": ("entry", "exited"), "entry": ("exit", "entered"), "departure": ("arrival", "departs"),
    "arrival": ("departure", "arrives"), "end": ("start", "ends"), "start": ("end", "starts"),
}  # fmt: skip


def number_of(text: str) -> int | None:
    """Return the value of a number in digits or as a word."""
    digits = text.replace(",", "").replace(" ", "")
    if digits.isdigit():
        return int(digits)
    return _NUMBERS.get(text.lower())


_NUMBERS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
    )
} | {"fifteen": 15, "twenty": 20, "thirty": 30, "hundred": 100}


def phrases_in(text: str) -> Iterator[str]:
    """Yield the phrases of a list: `office and year`."""
    yield from (part.strip() for part in re.split(r",\s*(?:(?:and|or)\s+)?|\s+(?:and|or)\s+", text) if part.strip())


def heads_of(phrase: str) -> str:
    text = " ".join(phrase.lower().replace("-", " ").split())
    while shorter := _ARTICLES.match(text):
        text = text[shorter.end() :]
    return " ".join(re.sub(r"'s?(?=\s|$)|[^\w\s]", " ", text).split())


def is_name(heads: str) -> bool:
    parts = heads.split()
    small = words("prepositions") | words("pronouns") | words("modals") | words("auxiliaries") | words("conjunctions")
    return bool(parts) and heads.isascii() and heads[0].isalpha() and not small.intersection(parts)


def stem_of_time(name: str) -> str:
    """Return the name of a moment without its ending: `closes` of `closes_at`."""
    return re.sub(r"_(?:at|on|date|day|time)$", "", name)


def begins_with(name: str, stems: Sequence[str]) -> bool:
    return any(name == stem or name.startswith(f"{stem}_") for stem in stems)
