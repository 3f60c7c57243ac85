"""What an engine can do depends on its version: a table of what came when, applied to what the newest can do."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from langgraph_dba.database.engines.base import Traits


@dataclass(frozen=True, slots=True)
class Since:
    """A trait, the version it came with, and its value before; `fallback` says what is done instead."""

    trait: str
    version: tuple[int, ...]
    before: Any
    fallback: str = ""


def numbers(version: str) -> tuple[int, ...]:
    """Read the leading numbers of a version: `10.11.6-MariaDB` is (10, 11, 6)."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(map(int, found.group().split("."))) if found else ()


def at(traits: Traits, history: Iterable[Since], version: str) -> Traits:
    """Return the traits of a version: those of the newest, less what it does not have yet."""
    missing = [one for one in history if numbers(version) < one.version]
    fallbacks = {one.trait: one.fallback for one in missing if one.fallback}
    return replace(traits, **{one.trait: one.before for one in missing}, fallbacks={**traits.fallbacks, **fallbacks})
