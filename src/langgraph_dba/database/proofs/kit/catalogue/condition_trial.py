"""Let the engine evaluate two conditions of other text over the same rows, and count the rows on which they differ."""

import itertools
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import prod
from typing import Any

from langgraph_dba.database.ddl.quoting import quote_name
from langgraph_dba.database.engines import Connection, Rejected, Scratch, Traits
from langgraph_dba.database.engines.records import ColumnRecord
from langgraph_dba.database.proofs.kit.catalogue.condition_parts import (
    Parts,
    is_constant,
    parts_of,
    setting_values,
    values_for,
)
from langgraph_dba.database.proofs.kit.catalogue.sides import Trial

MOST = 2_000  # combinations of values and settings
_TRIAL = "condition_trial"
_ERROR = "error"
_SHOWN = 60  # characters of a value in a message
_Pool = list[str | None]


@dataclass(slots=True)
class TrialResult:
    """Rows tried, rows that only the created side accepts (`wider`), and rows that only the declared side accepts.

    `accepted` counts the rows that both sides accept: if they accept none, nothing was shown.
    """

    tried: int = 0
    possible: int = 0
    accepted: int = 0
    wider: int = 0
    narrower: int = 0
    example: str = ""
    reason: str = ""  # why nothing is shown
    seen: set[tuple[str, object]] = field(default_factory=set)  # answers of the parts that both sides have

    @property
    def equal(self) -> bool:
        """Return whether rows were tried, some of them accepted, and the sides differ on none."""
        return self.accepted > 0 and not (self.wider or self.narrower or self.reason)

    @property
    def differs(self) -> bool:
        """Return whether the sides differ on a row that was tried."""
        return bool(self.wider or self.narrower)

    def add(self, other: "TrialResult") -> None:
        """Add the rows of a trial under other settings."""
        self.tried += other.tried
        self.possible += other.possible
        self.accepted += other.accepted
        self.wider += other.wider
        self.narrower += other.narrower
        self.example = self.example or other.example
        self.seen |= other.seen


def try_conditions(trial: Trial, columns: Sequence[ColumnRecord], scratch: Scratch, traits: Traits) -> TrialResult:
    """Evaluate the two sides of a trial on a scratch database; `columns` are those of its table."""
    is_value = trial.kind == "value"
    old, new = (parts_of(side, traits, value=is_value) for side in (trial.declared, trial.created))
    both = parts_of((*trial.declared, *trial.created, *trial.context), traits, value=is_value)
    both.opaque = old.opaque
    is_fixed = is_value and all(is_constant(text, traits) for text in (*trial.declared, *trial.created))
    if not is_fixed:
        names = {one.name.casefold() for one in columns}
        reason = _used_by_one(_inputs(old, names), _inputs(new, names)) or both.reason or _untriable(trial, old, new)
        if reason:
            return TrialResult(reason=reason)
    try:
        compare = _values if is_value else _rows
        return compare(trial, columns, scratch, both, traits)
    except Rejected as refusal:  # such as a setting that only a superuser of another kind may set
        return TrialResult(reason=f"it cannot be tried: {refusal}")


def _inputs(parts: Parts, names: Container[str]) -> frozenset[str]:
    """Return what a text uses other than the columns of its table: settings, logins, routines and system columns."""
    # a system column, such as `ctid`, or a word that is parsed as a column, such as SYSTEM_USER
    no_columns = {name for name in parts.columns if name.casefold() not in names}
    return frozenset({*(f"the setting {name}" for name in parts.settings), *parts.unknown, *no_columns})


def _used_by_one(old: frozenset[str], new: frozenset[str]) -> str:
    """Return the inputs that only one side uses: no list of values shows that they change nothing."""
    if new - old:
        return f"only the statements use {', '.join(sorted(new - old))}"
    return f"only the declaration uses {', '.join(sorted(old - new))}" if old - new else ""


def _untriable(trial: Trial, old: Parts, new: Parts) -> str:
    if old.opaque != new.opaque:
        return "no list of values shows that two patterns, calculations or functions agree"
    if trial.kind == "value" and (old.opaque or new.opaque or old.columns or new.columns):
        return "no list of values shows that two calculations agree"
    return ""


def _values(
    trial: Trial, columns: Sequence[ColumnRecord], scratch: Scratch, parts: Parts, traits: Traits
) -> TrialResult:
    """Compare two values under each combination of the settings that they read."""
    (column,) = (one for one in columns if one.name in trial.columns)
    total = TrialResult()
    for settings in _settings(parts):
        result = _value(trial, _type(column, traits), scratch, settings)
        if result.reason:
            return result
        total.add(result)
    return total


def _value(trial: Trial, type_: str, scratch: Scratch, settings: Mapping[str, str]) -> TrialResult:
    """Store both texts in a column of the type, and compare what it holds."""
    insert = f"INSERT INTO {_TRIAL} (old, new) VALUES (({trial.declared[0]}), ({trial.created[0]}))"
    with scratch.connect("superuser") as connection, _set(connection, settings):
        connection.run(f"CREATE TEMPORARY TABLE {_TRIAL} (old {type_}, new {type_}){trial.suffix}")
        answer = connection.attempt((insert, {}), (f"SELECT old, new FROM {_TRIAL}", {}))
    if isinstance(answer, Rejected):
        return TrialResult(reason=str(answer))
    old, new = answer.rows[0]
    same = old == new and type(old) is type(new)
    return TrialResult(tried=1, possible=1, accepted=int(same), wider=int(not same))


def _rows(trial: Trial, columns: Sequence[ColumnRecord], scratch: Scratch, parts: Parts, traits: Traits) -> TrialResult:
    names = {name.casefold() for name in parts.columns | (set(trial.columns) if trial.kind == "check" else set())}
    used = [one for one in columns if one.name.casefold() in names]
    settings = list(_settings(parts))
    with scratch.connect("superuser") as connection:
        pools = [_pool(connection, one, parts, traits, trial.suffix) for one in used]
    lacking = [one.name for one, pool in zip(used, pools, strict=True) if len([v for v in pool if v is not None]) < 2]  # noqa: PLR2004
    literals = [len(parts.compared.get(one.name, set()) & set(pool)) for one, pool in zip(used, pools, strict=True)]
    rows = _combinations(pools, literals, max(MOST // len(settings), 1))
    if lacking or not rows:
        return TrialResult(
            reason=f"there are too few values of {', '.join(lacking)}" if lacking else "too many literals"
        )
    total = TrialResult()
    for values in settings:
        # a new session for each: a setting that was set once is empty and no longer unset
        with scratch.connect("superuser") as connection, _set(connection, values):
            total.add(_TrialTable(trial, used, parts, traits).compare(connection, rows, values))
    total.possible = prod(map(len, pools)) * len(settings)
    # a part that is always true, or never, hides what stands beside it
    constant = [part for part in sorted(parts.opaque) if len({value for name, value in total.seen if name == part}) < 2]  # noqa: PLR2004
    if constant:
        total.reason = f"{constant[0]} has the same answer for every value that was tried"
    elif not total.accepted:
        total.reason = "both refuse every value that was tried"
    return total


def _settings(parts: Parts) -> Iterator[Mapping[str, str]]:
    names = sorted(parts.settings)
    for values in itertools.product(setting_values(parts), repeat=len(names)):
        yield {name: value for name, value in zip(names, values, strict=True) if value is not None}


@contextmanager
def _set(connection: Connection, settings: Mapping[str, str]) -> Iterator[None]:
    if not settings:
        yield
        return
    with connection.transaction(settings):
        yield


def _type(column: ColumnRecord, traits: Traits) -> str:
    name = column.collation
    is_word = re.fullmatch("[a-z_0-9]+", name) is not None
    collation = f" COLLATE {name if is_word else quote_name(name, traits)}" if name else ""
    # without NULL, the first TIMESTAMP column of MariaDB is NOT NULL
    return f"{column.type}{collation}" + ("" if traits.transactional_ddl else " NULL")


def _pool(connection: Connection, column: ColumnRecord, parts: Parts, traits: Traits, suffix: str) -> _Pool:
    """Return the values that the type of a column accepts; NULL only if the column does."""
    connection.run(f"DROP TABLE IF EXISTS {_TRIAL}")
    connection.run(f"CREATE TEMPORARY TABLE {_TRIAL} (trial_value {_type(column, traits)}){suffix}")
    insert = f"INSERT INTO {_TRIAL} (trial_value) VALUES (:value)"

    def fits(value: str | None) -> bool:
        if value is None:
            return not column.required
        return not isinstance(connection.attempt((insert, {"value": value})), Rejected)

    return [value for value in values_for(column.name, column.type, column.labels, parts) if fits(value)]


def _combinations(pools: Sequence[_Pool], literals: Sequence[int], most: int) -> list[tuple[str | None, ...]]:
    """Return the combinations of the first values of each pool, `most` at most.

    Empty if that leaves out a literal that a column is compared with, or every value beside these literals.
    """
    shares = [len(pool) for pool in pools]
    while prod(shares) > most:
        rest = [share - needed for share, needed in zip(shares, literals, strict=True)]
        if max(rest) <= 2:  # noqa: PLR2004  NULL and one other value
            return []
        shares[rest.index(max(rest))] -= 1
    return list(itertools.product(*(pool[:share] for pool, share in zip(pools, shares, strict=True))))


class _TrialTable:
    def __init__(self, trial: Trial, columns: Sequence[ColumnRecord], parts: Parts, traits: Traits) -> None:
        self.trial, self.columns, self.parts, self.traits = trial, columns, parts, traits
        self.names = [quote_name(one.name, traits) for one in columns]
        self.source = f"FROM {_TRIAL} AS {quote_name(trial.table, traits)}"

    def compare(
        self, connection: Connection, rows: Sequence[tuple[str | None, ...]], settings: Mapping[str, str]
    ) -> TrialResult:
        specs = "".join(
            f", {name} {_type(one, self.traits)}" for name, one in zip(self.names, self.columns, strict=True)
        )
        connection.run(f"CREATE TEMPORARY TABLE {_TRIAL} (trial_row integer{specs}){self.trial.suffix}")
        names = ["trial_row", *(one.name for one in self.columns)]
        connection.load(_TRIAL, names, [(number, *row) for number, row in enumerate(rows)])
        result = TrialResult()
        for number, (context, old, new, *opaque) in self._answers(connection, len(rows)).items():
            if context != 1:
                continue
            result.tried += 1
            result.accepted += old == new == 1
            result.seen |= set(zip(sorted(self.parts.opaque), opaque, strict=True))
            if self._refuses(old) and self._refuses(new):
                continue
            differs = old != new
            result.wider += differs and new == 1
            result.narrower += differs and new != 1
            if differs and not result.example:
                result.example = self._example(connection, number, settings)
        return result

    def _refuses(self, answer: object) -> bool:
        # an error refuses the row, as a false check does; a filter that fails is another answer than one that hides
        return answer == 0 or (answer == _ERROR and self.trial.kind == "check")

    def _answers(self, connection: Connection, rows: int) -> dict[int, tuple[Any, ...]]:
        """Return for each row: whether it satisfies the context, the answer of each side, and of each opaque part."""
        forms = [_all("check", self.trial.context)]
        forms += [_all(self.trial.kind, side) for side in (self.trial.declared, self.trial.created)]
        forms += [_case("filter", text) for text in sorted(self.parts.opaque)]
        together = connection.attempt((f"SELECT trial_row, {', '.join(forms)} {self.source}", {}))
        if not isinstance(together, Rejected):
            return {int(row[0]): row[1:] for row in together.rows}

        def one(form: str, number: int) -> object:
            answer = connection.attempt((f"SELECT {form} {self.source} WHERE trial_row = {number}", {}))
            return _ERROR if isinstance(answer, Rejected) else answer.scalar

        return {number: tuple(one(form, number) for form in forms) for number in range(rows)}

    def _example(self, connection: Connection, number: int, settings: Mapping[str, str]) -> str:
        values: list[tuple[str, object]] = []
        if self.names:
            row = connection.run(f"SELECT {', '.join(self.names)} FROM {_TRIAL} WHERE trial_row = {number}").rows[0]
            values = list(zip((one.name for one in self.columns), row, strict=True))
        values += settings.items()
        return ", ".join(f"{name} = {_shown(value)}" for name, value in values)


def _shown(value: object) -> str:
    text = str(value)
    if len(text) > _SHOWN:
        return f"a text of {len(text):,} characters"
    return "NULL" if value is None else repr(text)


def _all(kind: str, conditions: Sequence[str]) -> str:
    return _case(kind, " AND ".join(f"({one})" for one in conditions)) if conditions else "1"


def _case(kind: str, text: str) -> str:
    if kind == "check":
        return f"CASE WHEN NOT ({text}) THEN 0 ELSE 1 END"  # NULL accepts the row
    return f"CASE WHEN ({text}) THEN 1 ELSE 0 END"
