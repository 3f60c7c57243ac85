"""Try a business rule on a database: what is allowed, what must be refused by each path, and what races may break.

The cases are statements over rows that really exist. A trial fails if something allowed is refused, if a violation is
accepted, or if broken rows are left after two transactions ran at the same time.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field

from langgraph_dba.database.engines import Connection, Role, Scratch, Traits
from langgraph_dba.database.proofs.kit.interleavings import (
    Interleaving,
    Race,
    Transaction,
    interleavings,
    run_step,
    shown,
)
from langgraph_dba.errors import EngineError


@dataclass(frozen=True, slots=True)
class RuleCases:
    """What is tried: `broken` is a query that counts the rows that break the rule, which races need.

    With `bare`, which opens a database without the rule, a violation that is refused there too was not tried; unless
    `ruleless`, a database without any business rule, accepts it: then another rule refuses it as well.
    """

    allowed: tuple[Transaction, ...]
    violations: tuple[Transaction, ...]
    races: tuple[Race, ...] = ()
    broken: str = ""
    bare: Callable[[], AbstractContextManager[Scratch]] | None = None
    ruleless: Callable[[], AbstractContextManager[Scratch]] | None = None
    leaves_rows: bool = True  # without: each transaction is rolled back, because nothing of the form waits for the end

    def __post_init__(self) -> None:
        """Refuse races that nothing would judge."""
        if not self.broken and not all(race.broken for race in self.races):
            raise ValueError("races need the query `broken`: only the rows show what they break")


@dataclass(slots=True)
class RuleOutcome:
    """The failures of a trial, as messages, and what was tried."""

    failures: list[str] = field(default_factory=list)
    allowed: int = 0
    refused: int = 0
    covered: int = 0  # refused by another rule as well
    untried: list[str] = field(default_factory=list)
    interleavings: list[Interleaving] = field(default_factory=list)


def try_rule(
    fresh: Callable[[], AbstractContextManager[Scratch]], cases: RuleCases, traits: Traits, role: Role = "owner"
) -> RuleOutcome:
    """Run the cases as a role: the allowed ones and the violations after them in one database, each race in others.

    `fresh` opens a database with the rows to start with.
    """
    outcome = RuleOutcome()
    others = _refused_in(cases.bare, cases, range(len(cases.violations)), role)
    untried = _refused_in(cases.ruleless, cases, others, role) if cases.ruleless else others
    elsewhere = _Elsewhere(_unready(cases, role), frozenset(others), untried)
    with fresh() as scratch, scratch.connect(role) as connection:
        _try_alone(connection, cases, elsewhere, outcome)
    for race in cases.races:
        try:
            for one in interleavings(fresh, race, cases.broken, traits, role):
                outcome.interleavings.append(one)
                if one.broken:
                    outcome.failures.append(f"{one.broken} broken after two transactions: {one}")
        except EngineError as error:  # what was seen before stays
            outcome.untried.append(f"{race.label}: {error}")
    return outcome


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    """What databases without the rule, or without any, refuse: numbers of the cases."""

    unready: Mapping[int, str]  # allowed, and refused without the rule, with the reasons
    covered: frozenset[int]  # violations that are refused without the rule
    untried: Mapping[int, str]  # violations that are refused without any rule, with the reasons


def _try_alone(connection: Connection, cases: RuleCases, elsewhere: _Elsewhere, outcome: RuleOutcome) -> None:
    """Run what is allowed, then what must be refused, and count the broken rows."""
    end = "COMMIT" if cases.leaves_rows else "ROLLBACK"
    for number, transaction in enumerate(cases.allowed):
        if number in elsewhere.unready:
            reason = elsewhere.unready[number]
            outcome.untried.append(f"something else refuses what the rule allows: {shown(transaction)} ({reason})")
        elif refusal := _refusal(connection, transaction, end):
            outcome.failures.append(f"refused, although it is allowed: {shown(transaction)} ({refusal})")
        else:
            outcome.allowed += 1
    # a row that a violation needs may be missing, because it could not be made
    lacks_rows = cases.leaves_rows and bool(elsewhere.unready)
    for number, transaction in enumerate(cases.violations):
        refusal = _refusal(connection, transaction, end)
        if refusal is None and lacks_rows:
            outcome.untried.append(f"accepted, without a row that could not be made: {shown(transaction)}")
        elif refusal is None:
            outcome.failures.append(f"accepted: {shown(transaction)}")
        else:
            _count_refusal(number, transaction, elsewhere, outcome)
    if outcome.covered and not outcome.refused:
        outcome.untried.append("other rules refuse every violation too")
    if cases.broken and (count := int(connection.run(cases.broken).scalar)):
        outcome.failures.append(f"{count} broken in the end")


def _count_refusal(number: int, transaction: Transaction, elsewhere: _Elsewhere, outcome: RuleOutcome) -> None:
    if number in elsewhere.untried:
        reason = elsewhere.untried[number]
        outcome.untried.append(f"refused without the rule too: {shown(transaction)} ({reason})")
    elif number in elsewhere.covered:
        outcome.covered += 1
    else:
        outcome.refused += 1


def _unready(cases: RuleCases, role: Role) -> dict[int, str]:
    """Return the numbers of the allowed transactions that a database without the rule refuses, with its reasons."""
    if cases.bare is None:
        return {}
    end = "COMMIT" if cases.leaves_rows else "ROLLBACK"
    with cases.bare() as scratch, scratch.connect(role) as connection:
        refusals = [_refusal(connection, transaction, end) for transaction in cases.allowed]
    return {number: str(refusal) for number, refusal in enumerate(refusals) if refusal}


def _refused_in(
    bare: Callable[[], AbstractContextManager[Scratch]] | None, cases: RuleCases, numbers: Iterable[int], role: Role
) -> dict[int, str]:
    """Return those numbers of violations that a database refuses, with its reasons; none without a database."""
    if bare is None or not numbers:
        return {}
    refused: dict[int, str] = {}
    with bare() as scratch, scratch.connect(role) as connection:
        for transaction in cases.allowed if cases.leaves_rows else ():
            _refusal(connection, transaction)
        for number in numbers:
            if refusal := _refusal(connection, cases.violations[number], end="ROLLBACK"):
                refused[number] = str(refusal)
    return refused


def _refusal(connection: Connection, transaction: Transaction, end: str = "COMMIT") -> EngineError | None:
    """Run a transaction and return why it was refused, None if it reached its end."""
    try:
        for step in ("BEGIN", *transaction, end):
            run_step(connection, step)
    except EngineError as error:
        with suppress(EngineError):  # some errors have rolled it back
            connection.run("ROLLBACK")
        return error
    return None
