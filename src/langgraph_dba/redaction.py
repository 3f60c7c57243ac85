"""Keep secrets out of what is read and kept: errors, the worklog, evidence, checkpoints. The one place that does."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

_MASK = "***"
# What a text must hold, in lower case, for the patterns to be worth a search: hardly any text does.
_SIGNS = ("//", "=", "bearer", "sk-", "sk_", "pk-", "pk_", "ghp", "gho", "xox", "aiza", "identified", "passw", "pwd")
_KEY = r"(?:\w*[_-])?(?:(?:ssl)?password|passwd|pwd|secret|token|api[_-]?key|sslkey)"
_QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_PATTERNS = (
    # A URL's password may itself hold an @: take everything up to the last one before a space.
    (re.compile(r"(?<=//)([^\s/:@]*):\S+@"), rf"\1:{_MASK}@"),
    # `password=…` of libpq, of a URL's query, of a call; a value may hold escaped signs, or stand in quotes
    (re.compile(rf"(?i)\b({_KEY})(\s*=\s*)({_QUOTED}|(?:\\.|[^\s&'\"])+)"), rf"\1\2{_MASK}"),
    # a mapping, as Python or JSON shows it
    (re.compile(rf"(?i)([\"']{_KEY}[\"']\s*:\s*)({_QUOTED})"), rf"\1'{_MASK}'"),
    # CREATE ROLE … PASSWORD '…', CREATE USER … IDENTIFIED BY '…'
    (re.compile(r"(?i)\b((?:password|identified\s+by(?:\s+password)?)\s+)('(?:[^'\\]|\\.|'')*')"), rf"\1'{_MASK}'"),
    (re.compile(r"(?i)\b(bearer\s+)[\w.~+/-]{8,}=*"), rf"\1{_MASK}"),
    (re.compile(r"\b(?:sk|pk|ghp|gho|xox[abp])[-_][\w-]{12,}|\bAIza[\w-]{20,}"), _MASK),
)
_SECRET_IN_URL = re.compile(rf"(?i)//[^\s/:@]*:(\S+)@|[?&]{_KEY}=([^&\s]+)")
_SHORTEST = 4  # what is shorter stands in any text, and is no secret


def redact(text: str) -> str:
    """Replace passwords in URLs and settings, bearer tokens and API keys by `***`."""
    if not any(map(text.lower().__contains__, _SIGNS)):
        return text
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def redacted(value: Any) -> Any:
    """Return plain data (mappings, lists, texts, numbers) with every text in it redacted."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {key: redacted(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [redacted(item) for item in value]
    return value


def secrets_of(url: str) -> frozenset[str]:
    """Return the passwords of a URL, as they are written in it and as they are meant."""
    written = {part for found in _SECRET_IN_URL.findall(url) for part in found if part}
    return frozenset(form for secret in written for form in (secret, unquote(secret)) if len(form) >= _SHORTEST)


def without(secrets: Iterable[str], text: str) -> str:
    """Return a text without these very secrets, wherever in it they stand."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, _MASK)
    return text
