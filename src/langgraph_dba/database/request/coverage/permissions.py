"""Find words that say who may read or change something: `only doctors can read diagnoses`."""

import re
from collections.abc import Iterator

_READS = r"(?:see|read|view|access|look up|download|export)"
_CHANGES = (
    r"(?:edit|change|modify|update|delete|remove|create|add|enter|approve|manage|write|correct|cancel|book|"
    r"release|upload)"
)
_DONE = (
    r"(?:read|seen|viewed|accessed|downloaded|exported|edited|changed|modified|updated|deleted|removed|created|added|entered|"
    r"approved|managed|written|corrected)"
)
_REST = r"[^,.;!?()\n]*"
_PERMISSION = re.compile(
    rf"\bonly\s+(?:[\w'-]+\s+){{1,4}}?(?:can|may|are\s+allowed\s+to|is\s+allowed\s+to|should)\s+(?:{_READS}|{_CHANGES})\b{_REST}|"
    rf"\b(?:may|can|must|should)\s+only\s+be\s+{_DONE}\s+by\b{_REST}|"
    rf"\b(?:may|can)\s+be\s+(?:read|seen|viewed|accessed)\s+(?:only\s+)?by\b{_REST}|"
    rf"\b(?:can|may)\s+only\s+{_READS}\s+(?:his|her|their|its)\s+own\b{_REST}",
    re.IGNORECASE,
)


def permission_words(text: str) -> Iterator[tuple[int, int]]:
    """Yield the start and the end of each permission in a text."""
    for match in _PERMISSION.finditer(text):
        yield match.start(), match.start() + len(match[0].rstrip())
