"""Names of an existing database, as a schema takes them: without quotes, and no two alike."""

import re
import unicodedata
from collections.abc import Iterable

from langgraph_dba.database.model.identifiers import fitting


def plain(name: str) -> str:
    """Return a name as a schema takes it: `customerId` and `Customer ID` become `customer_id`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    letters = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    joined = re.sub(r"[^a-z0-9_]+", "_", letters).strip("_") or "unnamed"
    return fitting(f"_{joined}" if joined[0].isdigit() else joined)


def plain_names(names: Iterable[str]) -> dict[str, str]:
    """Return the plain name of each; of two that become one, the later gets a number."""
    wanted = {name: plain(name) for name in names}
    result: dict[str, str] = {}
    taken: set[str] = set()
    numbers: dict[str, int] = {}  # the last number behind each plain name: all before it are taken
    # names that are plain already come first: they keep theirs
    for name, bare in sorted(wanted.items(), key=lambda pair: pair[1] != pair[0]):
        free = bare
        while free in taken:
            numbers[bare] = numbers.get(bare, 1) + 1
            free = fitting(f"{bare}_{numbers[bare]}")
        taken.add(free)
        result[name] = free
    return result
