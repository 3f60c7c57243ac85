"""A pattern of sentences that state a rule, and the small pieces from which patterns are built."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from langgraph_dba.database.request.rules.scene import Scene

Fields = dict[str, Any]
Handler = Callable[[Scene, re.Match[str]], Fields | None]
_ARTICLE = r"(?:(?:a|an|the|each|every|any|all|one|1|its|their|his|her|our|an?y)\s+)?"
_SPACE = r"\s+"
# a clause ends at a mark, or before a conjunction
CLAUSE_ENDS = r"(?=\s*(?:$|[.!?,;:()\[\]]|(?:and|but)\b))"
MUST_NOT = (
    r"(?:cannot|can't|can\s+not|can\s+never|must\s+not|mustn't|must\s+never|may\s+not|may\s+never|should\s+not|"
    r"should\s+never|shall\s+not|do\s+not|does\s+not|don't|never|are\s+not\s+allowed\s+to|is\s+not\s+allowed\s+to|"
    r"can\s+no\s+longer|may\s+no\s+longer|must\s+no\s+longer)"
)
MUST = r"(?:must|has\s+to|have\s+to|should|shall|needs?\s+to)"
NUMBER = r"(?P<number>\d[\d,]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
SPAN = (
    r""
    r"(?P<number>\d{1,5}|one|two|three|four|five|six|seven|eight|nine|ten|twelve)\s+(?P<unit>minute|hour|day|"
    r"week|month|year)s?"
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """Words that state a rule of a form; `handler` returns its fields, or None if the nouns mean nothing."""

    form: str
    regex: re.Pattern[str]
    handler: Handler


def noun(name: str, most: int = 3) -> str:
    """Return a regular expression for a noun phrase of up to three words."""
    return rf"{_ARTICLE}(?P<{name}>[a-z][\w'-]*(?:\s+[a-z][\w'-]*){{0,{most - 1}}}?)"


def nouns(name: str) -> str:
    """Return a regular expression for up to three noun phrases: `office and year`."""
    one = r"[a-z][\w'-]*(?:\s+[a-z][\w'-]*){0,2}?"
    # as long as possible: `per office and year`, not `a season and exactly one captain`
    more = (
        r"(?!(?:exactly|at|only|no|not|it|they|we|has|have|is|are|must|may|can|cannot|every|each|case|ignoring|whatever|"
        r"regardless|independent|without|upper)\b)"
    )
    return rf"{_ARTICLE}(?P<{name}>{one}(?:(?:,|,?\s+and|,?\s+or)\s+{more}{one}){{0,2}})"


def pattern(form: str, text: str) -> Callable[[Handler], Pattern]:
    """Make a handler a pattern of a whole clause; every space in `text` matches any white space."""

    def make(handler: Handler) -> Pattern:
        return Pattern(form, re.compile(f"(?:{text.replace(' ', _SPACE)}){CLAUSE_ENDS}", re.IGNORECASE), handler)

    return make
