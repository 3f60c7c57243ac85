"""Find the names of laws and standards in a request."""

import re
from collections.abc import Iterator

_PATTERNS = {
    "gdpr": r"gdpr|data protection (?:law|regulation)|privacy law|dsgvo",
    "hipaa": r"hipaa",
    "pci-dss": r"pci",
    "soc2": r"soc[\s-]?2",
    "audit": r"audit\w*",
}


def compliance_words(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the name of each law or standard in a text, with the position of the words that name it."""
    for name, pattern in _PATTERNS.items():
        if match := re.search(rf"\b(?:{pattern})\b", text, re.IGNORECASE):
            yield name, match.start(), match.end()
