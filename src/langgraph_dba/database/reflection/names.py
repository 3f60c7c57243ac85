"""Convert names of an existing database to identifiers of a schema, which need no quotes and are unique."""

import re
import unicodedata
from collections.abc import Iterable

from langgraph_dba.database.model.identifiers import fit_name


def plain_name(name: str) -> str:
    """Return a name as an identifier of the schema: `customerId` and `Customer ID` become `customer_id`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    letters = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    identifier = re.sub(r"[^a-z0-9_]+", "_", letters).strip("_") or "unnamed"
    return fit_name(f"_{identifier}" if identifier[0].isdigit() else identifier)


def plain_names(names: Iterable[str]) -> dict[str, str]:
    """Return the identifier of each name; if two names have the same identifier, the later one gets a number."""
    identifiers = {name: plain_name(name) for name in names}
    result: dict[str, str] = {}
    taken: set[str] = set()
    numbers: dict[
        str, int
    ] = {}  # the last number used with each identifier: searching from 1 each time would be quadratic
    # names that need no change come first, so that they keep their identifiers
    for name, identifier in sorted(identifiers.items(), key=lambda pair: pair[1] != pair[0]):
        free = identifier
        while free in taken:
            numbers[identifier] = numbers.get(identifier, 1) + 1
            free = fit_name(f"{identifier}_{numbers[identifier]}")
        taken.add(free)
        result[name] = free
    return result
