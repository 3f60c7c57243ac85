"""What stands between a statement and a user's database: what was read out of it, and who carries it there.

`engines/live/` reads a statement with a parser and lets only reads through: the first wall. A reader here runs it so
that the engine itself would refuse anything else: the second. Neither trusts the other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from langgraph_dba.database.engines.base import Result, Traits
from langgraph_dba.database.engines.live.statement_limits import Limits
from langgraph_dba.database.engines.plan import Plan

ALLOWED = "Only reads are allowed here: one SELECT, WITH, VALUES, TABLE, SHOW, or EXPLAIN of one"
# schema ("" where none was written), name in the engine's own spelling
Name = tuple[str, str]


def _nothing(words: Sequence[str]) -> bool:
    del words
    return False


@dataclass(frozen=True, slots=True)
class Grammar:
    """What the parser needs to know of an engine's SQL."""

    dialect: str
    folds_case: bool = False  # an unquoted name is written in lower case
    functional_notation: bool = False  # `row.name` may call the function `name(row)`
    named_arguments: bool = False  # `f(name := value)` names an argument
    # Whether a statement, given as its words in capitals, shows something and does nothing else.
    show: Callable[[Sequence[str]], bool] = _nothing
    explains: frozenset[str] = frozenset({"EXPLAIN"})  # words before a query whose plan is asked for
    explain_options: frozenset[str] = frozenset()
    # (pattern, reason): text outside of literals that an engine reads as SQL and a parser does not.
    hidden: tuple[tuple[str, str], ...] = ()
    help: str = ALLOWED


@dataclass(frozen=True, slots=True)
class Reading:
    """One statement and what was read out of it; `vetted` is False for statements that this project wrote itself."""

    sql: str
    kind: Literal["query", "show"] = "query"  # what shows (an EXPLAIN too) cannot be read through a cursor
    functions: frozenset[Name] = frozenset()
    names: frozenset[str] = frozenset()  # every identifier: an upper bound of the relations it reads
    vetted: bool = False
    marks: tuple[tuple[int, int, str], ...] = ()  # (start, end, name) of each `:name`, outside of literals

    def placed(self, style: str) -> str:
        """Return the text with each `:name` written as a driver wants it, such as `%({})s`; `%` is doubled then."""
        parts, position = [], 0
        escape = "%" in style
        for start, end, name in self.marks:
            before = self.sql[position:start]
            parts += [before.replace("%", "%%") if escape else before, style.format(name)]
            position = end
        rest = self.sql[position:]
        return "".join((*parts, rest.replace("%", "%%") if escape else rest))


class Reader(Protocol):
    """A link to a user's database that can read and nothing else; one statement at a time."""

    traits: Traits
    grammar: Grammar

    def version(self) -> str:
        """Return the version that answers."""
        ...

    def read(self, reading: Reading, params: Mapping[str, Any], limits: Limits) -> Result:
        """Run one statement in a read-only transaction of its own; Rejected, Forbidden or OverLimit."""
        ...

    def explain(self, reading: Reading, params: Mapping[str, Any], limits: Limits, *, run: bool = False) -> Plan:
        """Return the plan of a query; run, as `read` would, it has actual rows and times."""
        ...

    def excess(self) -> tuple[str, ...]:
        """Return what the login may do beyond reading, in words; empty if nothing."""
        ...

    def remedy(self) -> str:
        """Return the SQL that makes a role which can only read, for an administrator to run."""
        ...

    def close(self) -> None:
        """Close the link."""
        ...
