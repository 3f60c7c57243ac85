"""Cut a request into sentences and list items, and these into words with their positions."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from langgraph_dba.database.requirements.plural import singular_of
from langgraph_dba.database.requirements.word_lists import words

_CUT = re.compile(
    r"(?<=[.!?])[)\"']*\s+"  # the end of a sentence
    r"|;"
    r"|\n\s*\n"
    r"|\n(?=[ \t]*(?:[-*•·‣▪+#>]+|\(?\d{1,2}[.)]|[a-z]\))[ \t])"  # the next list item
    r"|\[\d{1,2}:\d{2}(?::\d{2})?\]\s*(?:[^\W\d_]+:)?"  # the stamp of a message
    r"|(?<=^)[ \t]*[#>]+[ \t]",
    re.MULTILINE | re.IGNORECASE,
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.\s?g|i\.\s?e|etc|incl|approx|resp|vs|no|best|dr|mr|mrs)|\b[A-Z])\.$", re.IGNORECASE
)
_WORD = re.compile(r"(?P<number>\d+(?:[.,_]\d+)*)|[^\W\d_]+(?:['\N{RIGHT SINGLE QUOTATION MARK}][^\W\d_]+)*")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
_SIGNALS = ("numerals", "negations", "obligations", "restrictions")
_QUANTIFIERS = frozenset({"each", "every", "all", "any", "many", "several", "some", "multiple", "one", "single"})


@dataclass(frozen=True, slots=True)
class Word:
    """A word: `text` in lower case, `lemma` its singular, both without a possessive ending."""

    text: str
    lemma: str
    start: int
    end: int
    is_number: bool = False

    @property
    def is_signal(self) -> bool:
        """Return whether the word may state a rule: a number, a negation, an obligation, a restriction."""
        return self.is_number or any(self.text in words(name) for name in _SIGNALS)

    @property
    def speaks_of_rules(self) -> bool:
        """Return whether a sentence with the word can be about data: signals, quantifiers and modal verbs."""
        return self.is_signal or self.text in _QUANTIFIERS | words("permissions") | words("modals")


@dataclass(frozen=True, slots=True)
class Part:
    """A sentence or a list item."""

    text: str
    start: int
    words: tuple[Word, ...] = field(default=())


def parts_of(request: str) -> list[Part]:
    """Return the sentences and list items of a request, in order, without those that have no word."""
    parts: list[Part] = []
    start = 0
    for match in _CUT.finditer(request):
        if match[0].strip() == "" and _ABBREVIATION.search(request[start : match.start()]) and "\n" not in match[0]:
            continue
        parts += _part(request, start, match.start())
        start = match.end()
    return [*parts, *_part(request, start, len(request))]


def _part(request: str, start: int, end: int) -> list[Part]:
    found = tuple(_words(request, start, end))
    return [Part(request[start:end], start, found)] if found else []


def _words(request: str, start: int, end: int) -> Iterator[Word]:
    for match in _WORD.finditer(request, start, end):
        position = match.start()
        for piece in _CAMEL.split(match[0]):
            text = re.sub(r"'s$|(?<=s)'$", "", piece.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
            yield Word(text, singular_of(text), position, position + len(piece), bool(match["number"]))
            position += len(piece)
