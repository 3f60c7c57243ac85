"""Keep secrets out of what people read: the worklog, reasons, error texts."""

import re

_MASK = "***"
# What a text must hold, in lower case, for the patterns to be worth a search: hardly any text does.
_SIGNS = ("://", "=", "bearer", "sk-", "sk_", "pk-", "pk_", "ghp", "gho", "xox", "aiza")
_PATTERNS = (
    # A URL's password may itself hold an @: take everything up to the last one before a space.
    (re.compile(r"(?<=://)([^\s/:@]*):\S+@"), rf"\1:{_MASK}@"),
    (
        re.compile(
            r"(?i)\b((?:\w*[_-])?(?:password|passwd|pwd|secret|token|api[_-]?key))(\s*=\s*)('[^']*'|\"[^\"]*\"|[^\s,;&]+)"
        ),
        rf"\1\2{_MASK}",
    ),
    (re.compile(r"(?i)\b(bearer\s+)[\w.~+/-]{8,}=*"), rf"\1{_MASK}"),
    (re.compile(r"\b(?:sk|pk|ghp|gho|xox[abp])[-_][\w-]{12,}|\bAIza[\w-]{20,}"), _MASK),
)


def redact(text: str) -> str:
    """Replace passwords in URLs and settings, bearer tokens and API keys by `***`."""
    if not any(map(text.lower().__contains__, _SIGNS)):
        return text
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text
