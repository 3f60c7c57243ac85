"""The form of the cleaning rules that every dialect has."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from langgraph_dba.database.scripts.words import head_of

Fate = Literal["keep", "data", "skip"]


@dataclass(frozen=True, slots=True)
class Rule:
    """The fate of the statements whose head (see `head_of`) begins with a pattern; `reason` for skipped ones."""

    pattern: re.Pattern[str]
    fate: Fate
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a statement that was removed or rewritten, with the reason."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A statement after cleaning; `roles` are those that it names, and it may create or change roles or owners."""

    text: str
    fate: Fate
    head: str
    reason: str = ""
    clauses: tuple[Clause, ...] = ()
    roles: tuple[str, ...] = ()
    changes_roles: bool = False


Cleaner = Callable[[str], Cleaned]


def rule(pattern: str, fate: Fate, reason: str = "") -> Rule:
    """Return a rule for a pattern over heads."""
    return Rule(re.compile(pattern), fate, reason)


def decide(text: str, rules: Sequence[Rule]) -> Cleaned:
    """Apply the first rule that matches; a statement without a rule is kept."""
    head = head_of(text)
    for one in rules:
        if one.pattern.match(head):
            return Cleaned(text, one.fate, head, one.reason)
    return Cleaned(text, "keep", head)
