"""Traits by version: the traits of the newest version, changed by a table of the versions that introduced them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from langgraph_dba.database.engines.base import Traits


@dataclass(frozen=True, slots=True)
class Since:
    """A trait, the version that introduced it, and its earlier value; `fallback` describes the replacement."""

    trait: str
    version: tuple[int, ...]
    before: Any
    fallback: str = ""


def version_numbers(version: str) -> tuple[int, ...]:
    """Parse the leading numbers of a version: `10.11.6-MariaDB` is (10, 11, 6); empty if there are none."""
    match = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(map(int, match.group().split("."))) if match else ()


def traits_at(traits: Traits, history: Iterable[Since], version: str) -> Traits:
    """Return the traits of a version: those of the newest, with the earlier value of each later trait."""
    missing = [one for one in history if version_numbers(version) < one.version]
    fallbacks = {one.trait: one.fallback for one in missing if one.fallback}
    return replace(traits, **{one.trait: one.before for one in missing}, fallbacks={**traits.fallbacks, **fallbacks})
