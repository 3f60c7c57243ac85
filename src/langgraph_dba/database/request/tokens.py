"""A request as words and marks, in order."""

import re
from dataclasses import dataclass

from langgraph_dba.database.requirements.plural import singular_of

_APOSTROPHE, _DASHES = "\N{RIGHT SINGLE QUOTATION MARK}", "\N{EN DASH}\N{EM DASH}"
_PIECE = re.compile(
    r"(?P<number>\d+(?:[.,_]\d+)*)(?P<unit>\s?(?:k|m|bn|mio)\b)?"
    r"|(?P<word>[^\W\d_]+(?:'[^\W\d_]*)*)"
    r"|(?P<mark>[,;:.!?()\[\]{}\n/&+=>|]|[" + _DASHES + "])",
    re.IGNORECASE,
)
_BULLET = re.compile(
    r"^[ \t]*(?:[-*•·‣▪+#>" + _DASHES + r"]+|\(?\d{1,2}[.)]|[a-z]\))[ \t]+", re.MULTILINE | re.IGNORECASE
)
_ABBREVIATIONS = re.compile(r"\b(e\.\s?g|i\.\s?e|etc|incl|approx|resp|vs|no)\.", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
_UNITS = {"k": 10**3, "m": 10**6, "mio": 10**6, "bn": 10**9}
BULLET = "•"
# marks that separate the items of a list as a comma does, and those that end a sentence
_AS_COMMA = frozenset("/|")
_AS_STOP = frozenset("!?")


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is in lower case; `lemma` its singular; `number` the value of a numeral; marks are neither."""

    text: str
    lemma: str
    number: float | None = None
    possessive: bool = False

    @property
    def is_word(self) -> bool:
        """Whether this is a word, and neither a numeral nor a mark."""
        return self.number is None and self.text[0].isalpha()

    @property
    def is_plural(self) -> bool:
        """Whether the word has the form of a plural."""
        return self.text != self.lemma


def tokenize(text: str) -> list[Token]:
    """Return the tokens; hyphenated, joined_up and camelCase words come apart, lines begin with a bullet token."""
    text = _ABBREVIATIONS.sub(lambda match: re.sub(r"[.\s]", "", match[1]), text)
    text = _CAMEL.sub(" ", text.replace(_APOSTROPHE, "'"))
    text = _BULLET.sub(f"\n{BULLET} ", text)
    return [_token(match) for match in re.finditer(f"{_PIECE.pattern}|(?P<bullet>{BULLET})", text, _PIECE.flags)]


def _token(match: re.Match[str]) -> Token:
    if match["number"]:
        unit = _UNITS.get((match["unit"] or "").strip().lower(), 1)
        return Token(match[0], match[0], _value(match["number"]) * unit)
    if match["word"]:
        return _word(match["word"].lower())
    mark = match[0]
    if mark in "&+":
        return Token("and", "and")
    return Token("," if mark in _AS_COMMA else "." if mark in _AS_STOP else mark, mark)


def _value(digits: str) -> float:
    """Read 10,000 and 10.000 as ten thousand, and 2.5 as two and a half."""
    groups = re.split(r"[.,_]", digits)
    thousands = len(groups) > 1 and all(len(group) == 3 for group in groups[1:])  # noqa: PLR2004  digits in a group
    whole = thousands or len(groups) == 1
    return int("".join(groups)[:15]) if whole else float(f"{groups[0][:15]}.{groups[1][:6]}")


def _word(text: str) -> Token:
    possessive = text.endswith(("'s", "s'"))
    if text.endswith("'s"):
        text = text[:-2]
    elif text.endswith("s'"):
        text = text[:-1]
    text = text.replace("'", "") or "s"
    return Token(text, singular_of(text), possessive=possessive)
