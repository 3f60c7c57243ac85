"""Suggestions for an unknown word: "did you mean 'x'?"."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches

# The default cutoff is difflib's: two exchanged letters in a word of four still match (`nmae`: 0.75).


def nearest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the known word that is most similar, if its similarity (0 to 1) reaches `cutoff`."""
    close = get_close_matches(word, list(known), n=1, cutoff=cutoff)
    return close[0] if close else None


def did_you_mean(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """Return `did you mean 'x'?`, or an empty text if no known word is similar."""
    close = nearest(word, known, cutoff=cutoff)
    return f"did you mean {close!r}?" if close else ""


def suggestion(word: str, known: Collection[str]) -> str:
    """Return a clause for a message about an unknown word: the most similar known word, or all of them."""
    choices = f"there is {', '.join(sorted(known))}" if known else "there is none yet"
    return did_you_mean(word, known) or choices
