"""Texts that a column of an unknown type or with an unparsed check may accept: to be tried on the engine."""

import datetime as dt
import re
import string
import warnings
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

Family = Callable[[int], str]
_START = dt.date(2026, 1, 5)
_QUOTED = re.compile(r"'((?:[^']|'')*)'")
_NUMBER = re.compile(r"(?<![\w.'])-?\d+(?:\.\d+)?(?![\w.'])")
_LONGEST_REPEAT = 3
_MOST_DIMENSIONS = 4096
_LONGEST_TEXT = 4096


def _day(n: int) -> dt.date:
    return _START + dt.timedelta(days=n)


def _letters(n: int, length: int, alphabet: str = string.ascii_uppercase) -> str:
    text = ""
    for _ in range(length):
        n, digit = divmod(n, len(alphabet))
        text = alphabet[digit] + text
    return text


# The forms of the types that engines and common extensions have; the first one that an engine accepts is used.
_FAMILIES: tuple[Family, ...] = (
    lambda n: f"{n + 1}", lambda n: f"a{n}", lambda n: f"user{n}@example.com", lambda n: f"https://example.com/{n}",
    lambda n: f"{_day(n)}", lambda n: f"{_day(n)} 08:30:00+00", lambda n: f"{_day(n)} 08:30:00",
    lambda n: f"{8 + n // 60 % 12:02}:{n % 60:02}", lambda n: f"{8 + n // 60 % 12:02}:{n % 60:02}:00+00",
    lambda n: f"{n + 1} seconds", lambda n: f"{1990 + n % 160}",
    lambda n: f"{{{n}}}", lambda n: f"{{a{n}}}", lambda n: f"{{{_day(n)}}}", lambda n: f"[{2 * n},{2 * n + 1})",
    lambda n: f"[{_day(2 * n)},{_day(2 * n + 1)})", lambda n: f"[{_day(2 * n)} 00:00,{_day(2 * n + 1)} 00:00)",
    lambda n: f"{{[{2 * n},{2 * n + 1})}}", lambda n: f"{{[{_day(2 * n)},{_day(2 * n + 1)})}}",
    lambda n: f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}", lambda n: f"10.{n >> 8 & 255}.{n & 255}.0/24",
    lambda n: f"2001:db8::{n + 1:x}",
    lambda n: f"08:00:2b:{n >> 16 & 255:02x}:{n >> 8 & 255:02x}:{n & 255:02x}",
    lambda n: f"08:00:2b:ff:fe:{n >> 16 & 255:02x}:{n >> 8 & 255:02x}:{n & 255:02x}",
    lambda n: f"<a>{n}</a>", lambda n: f'{{"n": {n}}}', lambda n: f"({n},{n})", lambda n: f"(({n},0),(1,1))",
    lambda n: f"(({n},0),(1,1),(2,2))", lambda n: f"<(0,0),{n + 1}>", lambda n: f"{{{n + 1},1,1}}",
    lambda n: f"a=>{n}", lambda n: f"a.b{n}", lambda n: f"0/{n + 1:X}", lambda n: str(UUID(int=n + 1)),
    lambda n: f"{n}.50", lambda n: f"(a,{n})", lambda n: f"{n:05d}", lambda n: f"{n:010d}",
    lambda n: f"+1555{n:07d}", lambda n: _letters(n, 2), lambda n: _letters(n, 3),
    lambda n: _letters(n, 2, string.ascii_lowercase), lambda n: f"#{n:06x}", lambda n: f"slug-{n}",
    lambda n: f"v1.{n}.0", lambda n: f"{n:064x}", lambda n: f"{n:032x}", lambda n: f"{n:040x}",
    lambda n: f"[{n}, 1, 1]", lambda n: f"POINT({n % 90} {n % 90})",
)  # fmt: skip


def families(type_: str, conditions: tuple[str, ...], labels: tuple[str, ...] = ()) -> Iterator[Family]:
    """Yield functions from a number to a text, the most specific first.

    `type_` is the engine's type, `conditions` are the checks of the column as SQL, `labels` the values of an enum.
    """
    literals = [text.replace("''", "'") for condition in (type_, *conditions) for text in _QUOTED.findall(condition)]
    numbers = [text for condition in conditions for text in _NUMBER.findall(condition)]
    listed = (*labels, *literals)
    if listed:
        yield lambda n: listed[n % len(listed)]
    for text in literals:
        made = regex_texts(text)
        if made:
            yield lambda n, made=made: made[n % len(made)]  # type: ignore[misc]
    for text in numbers:
        # the bound itself, and both of its neighbours: the condition may include it or not
        yield lambda n, base=float(text): f"{base + n:g}"  # type: ignore[misc]
        yield lambda n, base=float(text): f"{base - n - 1:g}"  # type: ignore[misc]
    for size in sorted({int(text) + step for text in numbers if text.isdecimal() for step in (-1, 0, 1)}):
        if 0 < size <= _LONGEST_TEXT:
            yield lambda n, size=size: f"{n:0{size}d}"  # type: ignore[misc]  # a text of as many characters or bytes
    width = re.search(r"\((\d+)\)", type_)
    if width:
        bits = int(width[1])
        if bits <= _MOST_DIMENSIONS:
            yield lambda n: f"[{n}{',1' * (bits - 1)}]"  # a vector
        yield lambda n: f"{n % 2**bits:0{bits}b}"
    yield from _FAMILIES


def regex_texts(pattern: str, count: int = 64) -> tuple[str, ...]:
    """Return texts that a regular expression matches; empty if it uses what is not known here."""
    # Python's parser is private, but reads nearly the same language as the engines: without it there is no candidate
    try:
        from re import _parser  # type: ignore[attr-defined]

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            python_pattern = _in_python(pattern)
            tree = _parser.parse(python_pattern)
            made = dict.fromkeys(_text(tree, _Digits(n)) for n in range(count))
            return tuple(text for text in made if re.search(python_pattern, text))
    except Exception:  # noqa: BLE001  any failure only means that there is no candidate
        return ()


_POSIX = {"alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z", "space": " "}


def _in_python(pattern: str) -> str:
    for name, characters in _POSIX.items():
        pattern = pattern.replace(f"[:{name}:]", characters)
    return pattern


class _Digits:
    """A number, of which each choice in a pattern takes a digit, so that different numbers make different texts."""

    def __init__(self, number: int) -> None:
        self.number = number

    def take(self, size: int) -> int:
        self.number, digit = divmod(self.number, size)
        return digit


def _text(tree: Any, digits: _Digits) -> str:
    return "".join(_part(str(kind), value, digits) for kind, value in tree)


def _part(kind: str, value: Any, digits: _Digits) -> str:
    match kind:
        case "LITERAL":
            return chr(value)
        case "NOT_LITERAL":
            return "a" if value != ord("a") else "b"
        case "ANY":
            return "a"
        case "IN":
            return _one_of(value, digits)
        case "MAX_REPEAT" | "MIN_REPEAT":
            low, high, part = value
            count = max(low, min(int(high), _LONGEST_REPEAT))
            return "".join(_text(part, digits) for _ in range(count))
        case "SUBPATTERN":
            return _text(value[-1], digits)
        case "BRANCH":
            return _text(value[1][digits.take(len(value[1]))], digits)
        case "AT" | "ASSERT" | "ASSERT_NOT":
            return ""
    raise ValueError(kind)


_CATEGORIES = {
    "CATEGORY_DIGIT": string.digits, "CATEGORY_WORD": string.ascii_lowercase + string.digits + "_",
    "CATEGORY_SPACE": " ", "CATEGORY_NOT_SPACE": string.ascii_lowercase, "CATEGORY_NOT_DIGIT": string.ascii_lowercase,
}  # fmt: skip


def _one_of(items: Any, digits: _Digits) -> str:
    allowed, negated = "", False
    for kind, value in items:
        if str(kind) == "NEGATE":
            negated = True
        elif str(kind) == "LITERAL":
            allowed += chr(value)
        elif str(kind) == "RANGE":
            allowed += "".join(map(chr, range(value[0], min(value[1], value[0] + 60) + 1)))
        else:
            allowed += _CATEGORIES[str(value)]
    if negated:
        allowed = "".join(c for c in string.ascii_letters + string.digits if c not in allowed)
    return allowed[digits.take(len(allowed))]
