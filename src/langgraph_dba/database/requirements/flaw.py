"""One thing that does not fit, before it is known on which line it stands."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from langgraph_dba.database.requirements.yaml_text import Path


@dataclass(frozen=True, slots=True)
class Flaw:
    """`path` leads to the part, `message` says what is wrong and how to mend it."""

    path: Path
    code: str
    message: str


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was most likely meant."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return close[0] if close else None


def suggestion(word: str, known: Collection[str]) -> str:
    """Return the end of a sentence about an unknown word: the nearest known one, or all of them."""
    close = nearest(word, known)
    if close:
        return f"did you mean '{close}'?"
    return f"there is {', '.join(sorted(known))}" if known else "there is none yet"


def repeated(words: Iterable[str]) -> list[int]:
    """Return the positions of words that stood before."""
    seen: set[str] = set()
    positions = []
    for number, word in enumerate(words):
        if word in seen:
            positions.append(number)
        seen.add(word)
    return positions
