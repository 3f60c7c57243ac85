"""Run two transactions at the same time, in each order in which their steps can matter, and count broken rows.

A rule that holds for one connection may break between two: each checks before the other has committed. Each pair of
transactions runs in four orders, at each isolation level that applications use:

- the first writes, then the second, which may wait; then both commit (and the same with the roles exchanged);
- both read, the first writes and commits, then the second writes and commits (and the same exchanged).

Only the rows decide: either transaction may be refused, and the order is in the engine's hands while one waits.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

from langgraph_dba.database.engines import Connection, Role, Scratch, Traits
from langgraph_dba.errors import EngineError

_PATIENCE_S = 10.0
_MOST_SHOWN = 4  # statements of a transaction in a message
Step = tuple[str, Mapping[str, Any]]
Transaction = tuple[str | Step, ...]


def run_step(connection: Connection, step: str | Step) -> None:
    """Run one statement of a transaction, with its parameters if it has any."""
    sql, values = (step, None) if isinstance(step, str) else step
    connection.run(sql, values)


def shown(transaction: Transaction) -> str:
    """Return a transaction as one line; of a long one, the end."""
    steps = [_with_values(step) for step in transaction]
    return "; ".join(steps if len(steps) <= _MOST_SHOWN else ["…", *steps[-_MOST_SHOWN:]])


def _with_values(step: str | Step) -> str:
    sql, values = (step, {}) if isinstance(step, str) else step
    text = " ".join(sql.split())
    return _NAMED.sub(lambda match: repr(values.get(match[1], match[0])), text) if values else text


_NAMED = re.compile(r"(?<![:\w]):([a-z_]\w*)")


@dataclass(frozen=True, slots=True)
class Race:
    """Two transactions that run at the same time, after `setup` was committed; `label` describes them in messages.

    `broken` counts what they broke, if the query of the rule does not show it.
    """

    label: str
    first: Transaction
    second: Transaction
    setup: Transaction = ()
    broken: str = ""


@dataclass(frozen=True, slots=True)
class Interleaving:
    """The outcome of one order at one level: the number of broken rows, who was refused, and whether one waited."""

    race: str
    level: str
    order: str
    broken: int
    refused: tuple[str, ...]
    waited: bool

    def __str__(self) -> str:
        """Return a text for messages."""
        refused = f", refused: {', '.join(self.refused)}" if self.refused else ", both committed"
        return f"{self.race}, {self.order}, at {self.level}{refused}"


class UndecidedError(EngineError):
    """A transaction neither ended nor waited for the other within the limit of time."""


def interleavings(
    fresh: Callable[[], AbstractContextManager[Scratch]], race: Race, broken: str, traits: Traits, role: Role = "owner"
) -> Iterator[Interleaving]:
    """Run a race in each order at each level, each time in a fresh database; the query `broken` counts broken rows.

    UndecidedError if a transaction neither ends nor waits.
    """
    broken = race.broken or broken
    for level in traits.sql_templates.transactions:
        for reads_first in (False, True):
            for exchanged in (False, True):
                with fresh() as scratch, _pair(scratch, race, level, traits, role) as pair:
                    pair.prepare(race.setup)
                    pair.run(broken if reads_first else "", exchanged=exchanged)
                    order = f"{'both read first' if reads_first else 'both write'}{', exchanged' if exchanged else ''}"
                    count = int(pair.observer.run(broken).scalar)
                    yield Interleaving(race.label, level, order, count, pair.refused, pair.has_waited)


class _Side:
    """One of the two transactions, with a connection and a thread of its own; `error` is why it was rolled back."""

    def __init__(self, name: str, connection: Connection, statements: Transaction, traits: Traits) -> None:
        self.name, self.statements, self.error = name, statements, ""
        self._connection = connection
        identify = traits.sql_templates.connection_id
        self.connection_id = int(connection.run(identify).scalar) if identify else 0
        self._pool = ThreadPoolExecutor(1)
        self.step: Future[None] = Future()
        self.step.set_result(None)

    def start(self, *statements: str | Step) -> None:
        """Start to run statements after those that are still running."""
        self.step = self._pool.submit(copy_context().run, self._run, statements)

    def close(self) -> None:
        self._pool.shutdown()

    def _run(self, statements: Transaction) -> None:
        try:
            for step in () if self.error else statements:
                run_step(self._connection, step)
        except EngineError as error:
            self.error = str(error)
            with suppress(EngineError):  # some errors have rolled it back
                self._connection.run("ROLLBACK")


class _Pair:
    """Both transactions, and a connection that sees whether one waits."""

    def __init__(self, sides: tuple[_Side, _Side], observer: Connection, opening: Transaction, traits: Traits) -> None:
        self.sides, self.observer, self.has_waited = sides, observer, False
        self._opening, self._templates = opening, traits.sql_templates

    @property
    def refused(self) -> tuple[str, ...]:
        return tuple(f"{side.name} ({side.error})" for side in self.sides if side.error)

    def prepare(self, setup: Transaction) -> None:
        """Commit what both transactions find."""
        for step in setup:
            run_step(self.observer, step)

    def run(self, read: str, *, exchanged: bool) -> None:
        """Run both; with `read`, both run this query before the first writes and commits."""
        one, other = reversed(self.sides) if exchanged else self.sides
        if read:
            for side in (one, other):
                self._step(side, *self._opening, read)
            self._step(one, *one.statements)
            self._step(one, "COMMIT")
            self._step(other, *other.statements)
        else:
            for side in (one, other):
                self._step(side, *self._opening, *side.statements)
            self._step(one, "COMMIT")
        self._step(other, "COMMIT")
        for side in (one, other):
            side.step.result(_PATIENCE_S)

    def _step(self, side: _Side, *statements: str | Step) -> None:
        """Start statements, and return when they have ended or wait for the other transaction."""
        side.start(*statements)
        is_waiting, end = self._templates.is_waiting, time.monotonic() + _PATIENCE_S
        while time.monotonic() < end:
            with suppress(TimeoutError):
                return side.step.result(self._templates.is_waiting_after_ms / 1000)
            if is_waiting and self._is_waiting(is_waiting, side):
                self.has_waited = True
                return None
        raise UndecidedError("a transaction neither ended nor waited for the other one")

    def _is_waiting(self, query: str, side: _Side) -> bool:
        """Return whether a transaction waits; one trial after the other asks, after a pause.

        MariaDB's table shows nothing new as long as anybody reads it again within its pause: two trials that asked in
        turn would never see a wait.
        """
        with _ASKING:
            time.sleep(max(_last_asked[0] + self._templates.is_waiting_after_ms / 1000 - time.monotonic(), 0))
            answer = bool(self.observer.run(query, {"id": side.connection_id}).scalar)
            _last_asked[0] = time.monotonic()
        return answer


_ASKING = threading.Lock()
_last_asked = [0.0]  # by the clock of this process, for all servers


@contextmanager
def _pair(scratch: Scratch, race: Race, level: str, traits: Traits, role: Role) -> Iterator[_Pair]:
    templates = traits.sql_templates
    with ExitStack() as stack:
        one, other = (stack.enter_context(scratch.connect(role)) for _ in range(2))
        observer = stack.enter_context(scratch.connect("superuser"))
        for connection in (one, other, observer):
            for sql in templates.prepare_transactions:
                connection.run(sql)
        first = _Side("the first", one, race.first, traits)
        stack.callback(first.close)
        second = _Side("the second", other, race.second, traits)
        stack.callback(second.close)
        yield _Pair((first, second), observer, templates.transactions[level], traits)
