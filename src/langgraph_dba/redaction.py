"""Replace secrets in text and data before they are shown or stored: errors, worklog, evidence, checkpoints."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

_MASK = "***"
# Lower-case substrings of which each secret has one: most texts have none, and the slow patterns are skipped.
_SUBSTRINGS = (
    "//",
    "=",
    "bearer",
    "sk-",
    "sk_",
    "pk-",
    "pk_",
    "ghp",
    "gho",
    "xox",
    "aiza",
    "identified",
    "passw",
    "pwd",
    "secret",
    "api",
)
_KEY = r"(?:\w*[_-])?(?:(?:ssl)?password|passwd|pwd|secret(?:[_-](?:access[_-])?key)?|token|api[_-]?key|sslkey)"
# Text may be cut anywhere: a literal without its closing quote ends with the text.
_QUOTED = r"'(?:[^'\\]|\\.|'')*(?:'|\\?\Z)|\"(?:[^\"\\]|\\.|\"\")*(?:\"|\\?\Z)"
# any literal of the three dialects: `E'…'`, `U&'…'`, `$$…$$`, `0x…`
_LITERAL = rf"(?:\b(?:[en]|u&))?(?:{_QUOTED})|\$(\w*)\$.*?(?:\$\w*\$|\Z)|\b0x[0-9a-f]+"
_LOGIN = re.compile(rf"(?is)\bidentified\s+(?:by|via|with)\b(?:{_LITERAL}|[^;])*")
_IN_LOGIN = re.compile(rf"(?is)\b((?:by|as|using|replace|password)[\s(]+)(?:{_LITERAL})")
_PATTERNS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    # A URL's password may contain @: match up to the last one before a space.
    (re.compile(r"(?<=//)([^\s/:@]*):\S+@"), rf"\1:{_MASK}@"),
    # CREATE USER … IDENTIFIED BY '…', WITH plugin AS '…', VIA plugin USING '…' OR plugin USING PASSWORD('…')
    (_LOGIN, lambda found: _IN_LOGIN.sub(rf"\1'{_MASK}'", found[0])),
    # CREATE ROLE … PASSWORD '…', PASSWORD('…'), OPTIONS ("password" '…'), SET app.jwt_secret TO '…'
    (re.compile(rf"(?is)(\b(?!token\b){_KEY}[\"`]?\s+)(?:{_LITERAL})"), rf"\1'{_MASK}'"),
    (re.compile(rf"(?is)(\b{_KEY}(?:\s*\(\s*(?=')|[\"`]?\s+to\s+))(?:{_LITERAL})"), rf"\1'{_MASK}'"),
    (re.compile(rf"(?is)(\bset\s+password\s+for\s[^=;]{{1,200}}=\s*)(?:{_LITERAL})"), rf"\1'{_MASK}'"),
    # `password=…` in a libpq string, a URL's query or a call; the value may be quoted, also with the doubled quotes of
    # a string within a literal, or have escaped characters
    (
        re.compile(rf"(?i)\b({_KEY}[\"`]?)(\s*=\s*)(?!password\s*\()(''[^'\n]+''|{_LITERAL}|(?:\\.|[^\s&'\"])+)"),
        rf"\1\2{_MASK}",
    ),
    # a mapping in Python or JSON form, and the arguments of set_config
    (re.compile(rf"(?i)([\"']{_KEY}[\"']\s*:\s*)(?:{_QUOTED})"), rf"\1'{_MASK}'"),
    (re.compile(rf"(?i)(\bset_config\s*\(\s*'[^']*\b{_KEY}'\s*,\s*)(?:{_LITERAL})"), rf"\1'{_MASK}'"),
    (re.compile(r"(?i)\b(bearer\s+)[\w.~+/-]{8,}=*"), rf"\1{_MASK}"),
    (re.compile(r"\b(?:sk|pk|ghp|gho|xox[abp])[-_][\w-]{12,}|\bAIza[\w-]{20,}"), _MASK),
)
_SECRET_IN_URL = re.compile(rf"(?i)//[^\s/:@]*:(\S+)@|[?&]{_KEY}=([^&\s]+)")
_SHORTEST = 4  # a shorter text occurs in ordinary words: replacing it would garble every message


def redact(text: str) -> str:
    """Return a text with passwords in URLs and settings, bearer tokens and API keys replaced by `***`."""
    if not any(map(text.lower().__contains__, _SUBSTRINGS)):
        return text
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def redact_data(value: Any) -> Any:
    """Return plain data (mappings, lists, texts, numbers) with every text in it redact_data."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {key: redact_data(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [redact_data(item) for item in value]
    return value


def secrets_of(url: str) -> frozenset[str]:
    """Return the passwords in a URL, each encoded and decoded."""
    encoded = {part for groups in _SECRET_IN_URL.findall(url) for part in groups if part}
    return frozenset(form for secret in encoded for form in (secret, unquote(secret)) if len(form) >= _SHORTEST)


def remove_secrets(secrets: Iterable[str], text: str) -> str:
    """Return a text with every occurrence of these secrets replaced by `***`."""
    # longest first: one secret may be a part of another
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, _MASK)
    return text
