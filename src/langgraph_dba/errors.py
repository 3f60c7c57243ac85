"""Every error this package raises on purpose, as one tree.

    DbaError
    ├── InputError            the user's input is wrong: what, where, how to fix it (exit code 2)
    │   ├── TeamError         a team cannot be loaded, or a graph cannot be built from it
    │   └── RequirementsError a requirements file or a request cannot be used
    ├── HandoffError          code handed off where its agent may not, or what the contract refuses
    ├── EngineError           an engine refused a statement, or could not be started
    │   ├── EngineUnavailable the engine cannot be used here; says what to install
    │   ├── Forbidden         a statement is no read, and was refused for the user's database; says what is allowed
    │   ├── OverLimit         a statement went over a limit of rows, bytes, time or memory; says which and its value
    │   ├── UnsafeRole        a login could do more than read; says what to grant instead
    │   ├── EngineFailed      the engine broke down at work (server gone, disk full): it has refused nothing
    │   └── OverBudget        the time that a run was given is used up
    └── SessionError          an output folder cannot be used or resumed (exit code 2)

A failed model, a failed agent and a refuted claim are values, not errors.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from langgraph_dba.redaction import redact


class DbaError(Exception):
    """The root of the tree: catch this to catch everything the package raises on purpose. Its texts hold no secrets."""

    def __init__(self, *args: object) -> None:
        """Take the message; passwords in it are replaced by `***`."""
        super().__init__(*(redact(arg) if isinstance(arg, str) else arg for arg in args))


@runtime_checkable
class Problem(Protocol):
    """One problem of an input; `findings.Finding` is the implementation. `str()` gives `file:line: rule message`."""

    @property
    def rule(self) -> str:
        """The rule that the input breaks; empty if it has no name."""

    @property
    def message(self) -> str:
        """What is wrong, without secrets."""

    @property
    def file(self) -> str:
        """The file; empty if the input is not one."""

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
    """The user's input is wrong; `problems` lists all of them in the order of the file."""

    def __init__(self, problems: str | Problem | Iterable[Problem]) -> None:
        """Take one sentence, one problem, or all problems together."""
        if isinstance(problems, str):
            problems = _Sentence(redact(problems))
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class TeamError(InputError):
    """A team cannot be loaded, or a graph cannot be built from it."""


class RequirementsError(InputError):
    """A requirements file or a request cannot be used."""


class HandoffError(DbaError):
    """Code handed off to a target its agent may not reach, or with a payload its contract refuses."""


class EngineError(DbaError):
    """An engine refused a statement, or could not be started."""


class EngineUnavailable(EngineError):
    """The engine cannot be used here; the message says what to install."""


class Forbidden(EngineError):
    """A statement is not a read, or calls what is not known to be harmless; the message says what is allowed."""


class OverLimit(EngineError):
    """A statement went over one of its limits and was ended; the message names the limit and its value."""


class UnsafeRole(EngineError):
    """A login to a user's database could do more than read; the message says which role to make instead."""


class EngineFailed(EngineError):
    """The engine broke down at work (its server is gone, its disk is full): it has neither taken nor refused."""


class OverBudget(EngineError):
    """The time that a run was given is used up."""


class SessionError(InputError):
    """An output folder cannot be used or resumed."""
