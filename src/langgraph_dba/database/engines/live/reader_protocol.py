"""Protocol of a read-only connection to a user's database, and the validated statement that it runs.

Two independent barriers: `engines/live/` parses a statement and allows only reads; a reader runs it so that the engine
refuses anything else. The tests run the corpus of forbidden statements with each barrier missing.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from langgraph_dba.database.engines.base import QueryResult, Traits
from langgraph_dba.database.engines.live.statement_limits import Limits
from langgraph_dba.database.engines.plan import Plan

ALLOWED = "Only reads are allowed here: one SELECT, WITH, VALUES, TABLE, SHOW, or EXPLAIN of one"
# (schema, or "" if unqualified; name, folded to lower case if the engine folds it)
Name = tuple[str, str]


def _never(words: Sequence[str]) -> bool:
    del words
    return False


@dataclass(frozen=True, slots=True)
class Grammar:
    """The properties of an engine's SQL that the allow-list uses."""

    dialect: str
    # Return whether a statement, as upper-case words, only shows something (SHOW, PRAGMA, DESCRIBE).
    show: Callable[[Sequence[str]], bool] = _never
    explains: frozenset[str] = frozenset({"EXPLAIN"})  # keywords before a query that return its plan
    explain_options: frozenset[str] = frozenset()
    # (pattern, reason): text outside of literals that the engine executes and sqlglot takes for a comment or a name.
    hidden: tuple[tuple[str, str], ...] = ()
    help: str = ALLOWED


@dataclass(frozen=True, slots=True)
class AllowedStatement:
    """One statement and its names; `vetted` is False for the queries of this project, which are not parsed."""

    sql: str
    kind: Literal["query", "show"] = "query"  # "show", also EXPLAIN, cannot run in a cursor
    functions: frozenset[Name] = frozenset()
    names: frozenset[str] = frozenset()  # every identifier: includes all relations that it reads
    vetted: bool = False
    placeholders: tuple[tuple[int, int, str], ...] = ()  # (start, end, name) of each `:name`, outside of literals

    def with_placeholders(self, style: str) -> str:
        """Return the SQL with each `:name` in the driver's style, such as `%({})s`, which also doubles each `%`."""
        parts, position = [], 0
        escape = "%" in style
        for start, end, name in self.placeholders:
            before = self.sql[position:start]
            parts += [before.replace("%", "%%") if escape else before, style.format(name)]
            position = end
        rest = self.sql[position:]
        return "".join((*parts, rest.replace("%", "%%") if escape else rest))


class Reader(Protocol):
    """A read-only connection to a user's database; one statement at a time."""

    traits: Traits

    def allowed(self, sql: str, parameters: Collection[str]) -> AllowedStatement:
        """Return a statement that is one read by its grammar; Forbidden if it is not. Nothing is sent."""
        ...

    def version(self) -> str:
        """Return the version of the server or library."""
        ...

    def read(self, statement: AllowedStatement, params: Mapping[str, Any], limits: Limits) -> QueryResult:
        """Run one statement in a read-only transaction of its own; raises Rejected, Forbidden or OverLimit."""
        ...

    def explain(
        self, statement: AllowedStatement, params: Mapping[str, Any], limits: Limits, *, run: bool = False
    ) -> Plan:
        """Return the plan of a query; `run` executes it as `read` does and adds actual rows and times."""
        ...

    def excess(self, limits: Limits) -> tuple[str, ...]:
        """Return one clause for each privilege of the login beyond reading; empty if there is none."""
        ...

    def remedy(self) -> str:
        """Return SQL that creates a read-only role, for an administrator to run."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...
