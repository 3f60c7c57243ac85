"""The exceptions that this package raises, as one tree.

    DbaError
    ├── InputError            the user's input is invalid; names the part, the file and the fix (exit code 2)
    │   ├── TeamError         a team cannot be loaded, or a graph cannot be built from it
    │   ├── RequirementsError a requirements file or a request cannot be used
    │   └── ScriptError       an engine refuses a statement of a SQL file; names file, line and the engine's message
    ├── HandoffError          a handoff to a target that the agent may not reach, or with an invalid payload
    ├── EngineError           an engine refused a statement, or could not be started
    │   ├── EngineUnavailable the engine cannot be used on this machine; names what to install
    │   ├── Forbidden         a statement for the user's database is not a read; names what is allowed
    │   ├── OverLimit         a statement exceeded a limit of rows, bytes, time or memory; names the limit and its value
    │   ├── UnsafeRole        a login has other privileges than reading; gives the SQL of a read-only role
    │   ├── EngineFailed      the engine failed (server lost, disk full); the statement was not refused
    │   └── OverBudget        the time budget of a run is used up
    └── SessionError          an output folder cannot be used or resumed (exit code 2)

A failed model, a failed agent and a refuted claim are values, not exceptions.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from langgraph_dba.redaction import redact


class DbaError(Exception):
    """The base class of all exceptions of this package. Its messages contain no secrets."""

    def __init__(self, *args: object) -> None:
        """Store the message with passwords replaced by `***`."""
        # here and not where messages are built: drivers quote URLs and statements in their errors
        super().__init__(*(redact(arg) if isinstance(arg, str) else arg for arg in args))


@runtime_checkable
class Problem(Protocol):
    """One problem of an input; `findings.Finding` implements it. `str()` returns `file:line: rule message`."""

    # a protocol, because `findings` imports this module

    @property
    def rule(self) -> str:
        """The name of the rule that the input violates; may be empty."""

    @property
    def message(self) -> str:
        """The message, without secrets."""

    @property
    def file(self) -> str:
        """The file; empty if the input is not a file."""

    @property
    def line(self) -> int:
        """The line, counted from 1; 0 means the whole file."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A problem without a rule or a location."""

    message: str
    rule: str = ""
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return self.message


class InputError(DbaError):
    """The user's input is invalid; `problems` lists all problems in the order of the file."""

    def __init__(self, problems: str | Problem | Iterable[Problem]) -> None:
        """Take one sentence, one problem, or all problems together."""
        if isinstance(problems, str):
            problems = _Sentence(redact(problems))
        # a Finding redacts its own texts; a plain sentence was redacted above
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class TeamError(InputError):
    """A team cannot be loaded, or a graph cannot be built from it."""


class RequirementsError(InputError):
    """A requirements file or a request cannot be used."""


class ScriptError(InputError):
    """An engine refuses a statement of a SQL file, or the rows of a COPY."""


class HandoffError(DbaError):
    """Code handed off to a target that its agent may not reach, or with a payload that violates the contract."""


class EngineError(DbaError):
    """An engine refused a statement, or could not be started."""


class EngineUnavailable(EngineError):
    """The engine cannot be used on this machine; the message names what to install."""


class Forbidden(EngineError):
    """A statement is not a read, or calls a function that is not known to be harmless."""


class OverLimit(EngineError):
    """A statement exceeded a limit and was cancelled; the message names the limit and its value."""


class UnsafeRole(EngineError):
    """A login to a user's database has other privileges than reading; the message contains SQL for a read-only role."""


class EngineFailed(EngineError):
    """The engine failed (its server is lost, its disk is full): whether the statement is valid is unknown."""


class OverBudget(EngineError):
    """The time budget of a run is used up."""


class SessionError(InputError):
    """An output folder cannot be used or resumed."""
