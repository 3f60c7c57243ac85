"""Find the clauses of a sentence that may state a rule; a clause without a subject gets that of its sentence."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from langgraph_dba.database.request.verbs import verb_form

_BEGINS = re.compile(
    r"^\s*|[,:(]\s*(?:(?:and|but|or|so|then|also)\s+)*(?:who\s+|which\s+)?|"
    r"\s(?:and|but|so|that|where|also|who|which|[-–—])\s+",  # noqa: RUF001  dashes of texts
    re.IGNORECASE,
)
_OPENERS = re.compile(
    r"(?:(?:of course|also|so|please|pls|oh|and|but|then|therefore|naturally|additionally|finally|"
    r"furthermore)\s*,?\s+)+"
    r"(?:we\s+)?",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\s*[,(]?\s*(?:but\s+)?(?:unless|except|if|when|whenever|while|until|apart|other than|as long as|not|"
    # "…, only the treasurer sees it" says who may read, and limits no rule before it
    r"only(?!\s+(?:the\s+|our\s+)?[a-z]+\s+(?:sees?|reads?|knows?|(?:can|may)\s+(?:see|read))\b)|"
    r"provided|before|after|once|but\s+(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|for))\b",
    re.IGNORECASE,
)
_CONDITIONAL = re.compile(
    r"(?:^|[,;])\s*(?:and\s+|but\s+)?(?:when|whenever|if|unless|once|while|as long as)\b[^,]*,\s*$", re.IGNORECASE
)
# a clause that begins so has no subject: "… and are never edited", "… that together never exceed the pledge"
_PREDICATE = re.compile(
    r"(?:is|are|isn't|aren't|has|have|can|can't|cannot|must|mustn't|may|should|shall|will|needs?|does|do|never|not|together|"
    r"goes|go|runs?|lasts?|ends?|starts?|begins?|contains?|belongs?)\b",
    re.IGNORECASE,
)
# "… and kept for 7 years": without the auxiliary verb, too
_PARTICIPLE = re.compile(
    r"(?:stored|kept|retained|archived|deleted|erased|encrypted|numbered|logged|recorded|immutable|append-?only|read-?only)\b",
    re.IGNORECASE,
)
# "… at most 25 players and exactly one captain": what the subject has
_NUMBER_OF = re.compile(r"(?:at (?:most|least)|exactly|up to|no more than|not more than)\b", re.IGNORECASE)
_AUXILIARIES = frozenset(
    "is are was has have can cannot can't must may should shall will needs need does do isn't aren't never".split()  # noqa: SIM905
)
_LONGEST_SUBJECT = 6
_RELATIVE = re.compile(r"(?:^|\s)([a-z][\w'-]*),?\s+(?:that|who|which)\s+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RuleClause:
    """A text in which a clause begins at `begin`; position p of the text is position p + `shift` of the sentence.

    `least` is the first position of the sentence that belongs to the clause: a subject before it is not quoted.
    """

    text: str
    begin: int
    shift: int
    least: int

    def match(self, regex: re.Pattern[str]) -> re.Match[str] | None:
        """Return the match of a whole clause; None if a condition follows."""
        match = regex.match(self.text, self.begin)
        if match is None or not match[0].strip() or match.end() + self.shift <= self.least:
            return None
        return None if _CONDITION.match(self.text, match.end()) else match

    def position_of(self, match: re.Match[str]) -> tuple[int, int]:
        """Return the first and the last position of the sentence that state the rule."""
        first, last = match.span("span" if match.groupdict().get("span") else 0)
        return max(first + self.shift, self.least), last + self.shift


def clauses_of(text: str) -> list[RuleClause]:
    """Return the clauses of a sentence, without those that follow a condition; those with a subject come first."""
    text = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    starts = [start for start in _starts(text) if not _CONDITIONAL.search(text[:start])]
    whole = [RuleClause(text, start, 0, start) for start in starts]
    parts = []
    for start in starts:
        verb = "are" if _PARTICIPLE.match(text, start) else "has" if _NUMBER_OF.match(text, start) else ""
        if not start or not (verb or _PREDICATE.match(text, start)):
            continue
        relative = _RELATIVE.search(text[:start])
        before = (text[one:start] for one in reversed(starts) if one < start and not _PREDICATE.match(text, one))
        subject = relative[1] if relative else next(filter(None, map(_subject, before)), "")
        if subject:
            said = f"{subject} {verb}".strip()
            parts.append(RuleClause(f"{said} {text[start:]}", 0, start - len(said) - 1, start))
    return [*whole, *parts]


def _starts(text: str) -> Iterator[int]:
    found: dict[int, None] = {}
    for match in _BEGINS.finditer(text):
        found[match.end()] = None
        if opener := _OPENERS.match(text, match.end()):
            found[opener.end()] = None
    return iter(found)


def _subject(text: str) -> str:
    """Return the words before the first verb of a clause; empty if there are none, or too many."""
    opener = _OPENERS.match(text)
    begin = opener.end() if opener else 0
    found = list(re.finditer(r"[a-z0-9][\w'-]*", text[begin:], re.IGNORECASE))[: _LONGEST_SUBJECT + 1]
    verbs = [number for number, word in enumerate(found) if number and word[0].lower() in _AUXILIARIES]
    if not verbs:
        verbs = [number for number, word in enumerate(found) if number and _is_verb(word[0], found[number - 1][0])]
    subject = text[begin : begin + found[verbs[0]].start()].strip() if verbs else ""
    return "" if re.search(r"[,:()]", subject) else subject


def _is_verb(word: str, before: str) -> bool:
    form = verb_form(word.lower())
    return form is not None and (form[1] == "s" or (form[1] == "base" and before.endswith("s")))
