"""Split a request into words, numbers and punctuation marks."""

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
# marks with the meaning of a comma, and of a full stop
_AS_COMMA = frozenset("/|")
_AS_STOP = frozenset("!?")


@dataclass(frozen=True, slots=True)
class Token:
    """A token: `text` in lower case, `lemma` its singular, `number` the value of a numeral."""

    text: str
    lemma: str
    number: float | None = None
    possessive: bool = False

    @property
    def is_word(self) -> bool:
        """Return whether this is a word, neither a numeral nor a mark."""
        return self.number is None and self.text[0].isalpha()

    @property
    def is_plural(self) -> bool:
        """Return whether the word has the form of a plural."""
        return self.text != self.lemma


def tokenize(text: str) -> list[Token]:
    """Return the tokens; hyphenated, joined_up and camelCase words are split, list items start with a bullet token."""
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
    """Parse 10,000 and 10.000 as ten thousand, and 2.5 as a fraction: groups of three digits are thousands."""
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
