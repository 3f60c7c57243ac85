"""Find what a request takes back: `Forget the thing about the loyalty cards`."""

import re
from collections.abc import Iterator

_TAKES_BACK = re.compile(
    r"\b(?:forget|ignore|skip|drop|scrap|leave out)\s+(?:about\s+)?"
    r"the\s+(?:(?:thing|part|idea|bit|stuff)s?\s+(?:about|with|of)\s+)?(?:the\s+)?(?P<what>[^.,;!?\n]+)",
    re.IGNORECASE,
)


def withdrawn_words(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the start and end of each withdrawal in a text, and what it takes back."""
    for match in _TAKES_BACK.finditer(text):
        yield match.start(), match.end(), re.split(r" (?:that|which) ", match["what"])[0].strip()


def without_withdrawn(text: str) -> str:
    """Return a text with spaces in place of its withdrawals; every other character keeps its position."""
    for start, end, _ in withdrawn_words(text):
        text = text[:start] + " " * (end - start) + text[end:]
    return text
