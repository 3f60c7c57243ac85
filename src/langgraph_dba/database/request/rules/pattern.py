"""A pattern of sentences that state a rule, and the small pieces from which patterns are built."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from langgraph_dba.database.request.rules.scene import Scene

Fields = dict[str, Any]
Handler = Callable[[Scene, re.Match[str]], Fields | None]
_ARTICLE = r"(?:(?:all\s+the|all\s+of\s+the|a|an|the|each|every|any|all|one|1|its|their|his|her|our|this|these)\s+)?"
_SPACE = r"\s+"
# words that change nothing: "at most 5 tasks at any time"
_FILLERS = (
    r"(?: (?:in total|overall|altogether|please|pls|plz|always|ever|as well|"
    r"of course|in the (?:system|database)|though|by the way))?"
)
# a clause ends at a mark, or before a conjunction
CLAUSE_ENDS = r"(?=\s*(?:$|[.!?,;:()\[\]]|[-–—]\s|(?:and|but|because|so that)\b))"  # noqa: RUF001  dashes of texts
MUST_NOT = (
    r"(?:(?:can|must|may|should|shall|will|could|do|does|is\s+to|are\s+to)\s+(?:not|never)(?:\s+ever)?|"
    r"(?:can|must|may|should|will)\s+no\s+longer|cannot|(?:ca|must|should|do|does|wo|could|sha)n't|cant|dont|never|"
    r"(?:are|is)\s+not\s+(?:allowed|permitted|able)\s+to|(?:are|is)\s+(?:forbidden|prohibited)\s+to)"
)
MUST = r"(?:(?:must|has\s+to|have\s+to|should|shall|needs?\s+to|ought\s+to|will|is\s+to|are\s+to)(?:\s+always)?)"
IS = (
    rf"(?:(?:is|are|comes?|lies|stays?|remains?|{MUST}\s+(?:be|come|lie|stay|remain|happen|take\s+place|fall))"
    r"(?:\s+(?:always|strictly))*)"
)
IS_NOT = (
    rf"(?:(?:is|are)\s+(?:never|not)|isn't|aren't|{MUST_NOT}\s+(?:ever\s+)?(?:be|become|come|get|lie|stay|happen|"
    r"take\s+place|fall|go|drop))"
)
_DIGITS = r"\d[\d,]*|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|hundred"
NUMBER = rf"(?P<number>{_DIGITS})"
SPAN = rf"{NUMBER}\s+(?P<unit>minute|hour|day|week|month|year)s?"


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
        r"regardless|independent|without|upper|please|pls|but|which|that|then|so|unless|except|if|when|after|before)\b)"
    )
    return rf"{_ARTICLE}(?P<{name}>{one}(?:(?:,|,?\s+and|,?\s+or)\s+{more}{one}){{0,2}})"


def pattern(form: str, text: str) -> Callable[[Handler], Pattern]:
    """Make a handler a pattern of a whole clause; every space in `text` matches any white space."""

    def make(handler: Handler) -> Pattern:
        clause = f"(?:{text}){_FILLERS}".replace(" ", _SPACE) + CLAUSE_ENDS
        return Pattern(form, re.compile(clause, re.IGNORECASE), handler)

    return make
