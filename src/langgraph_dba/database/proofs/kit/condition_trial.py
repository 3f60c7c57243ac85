"""Let the engine evaluate two conditions of other text over the same rows, and count the rows on which they differ."""

import itertools
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import prod

from langgraph_dba.database.ddl.quoting import quote_name
from langgraph_dba.database.engines import Connection, Rejected, Scratch, Traits
from langgraph_dba.database.engines.records import ColumnRecord
from langgraph_dba.database.proofs.kit.catalogue_sides import Trial
from langgraph_dba.database.proofs.kit.condition_parts import Parts, parts_of, values_for

_MOST = 2_000  # combinations of values
_TRIAL = "condition_trial"
_SETTINGS = (None, "", "1", "2", "x")  # unset, then empty, mine, theirs, no number


@dataclass(slots=True)
class TrialResult:
    """Rows tried, rows that only the created side accepts (`wider`), and rows that only the declared side accepts."""

    tried: int = 0
    possible: int = 0
    wider: int = 0
    narrower: int = 0
    example: str = ""
    reason: str = ""  # why nothing could be tried
    seen: set[tuple[str, object]] = field(default_factory=set)  # answers of the parts that both sides have

    @property
    def equal(self) -> bool:
        """Return whether rows were tried and the sides differ on none."""
        return self.tried > 0 and not (self.wider or self.narrower or self.reason)


def try_conditions(trial: Trial, columns: Sequence[ColumnRecord], scratch: Scratch, traits: Traits) -> TrialResult:
    """Evaluate the two sides of a trial on a scratch database; `columns` are those of its table."""
    value = trial.kind == "value"
    old, new = (parts_of(side, traits, value=value) for side in (trial.declared, trial.created))
    both = parts_of((*trial.declared, *trial.created, *trial.context), traits, value=value)
    both.opaque = old.opaque
    if reason := both.reason or _untriable(trial, old, new):
        return TrialResult(reason=reason)
    names = both.columns | (set(trial.columns) if trial.kind == "check" else set())
    run = _Trial(trial, [one for one in columns if one.name in names], both, traits)
    if value:
        (column,) = (one for one in columns if one.name in trial.columns)
        with scratch.connect("superuser") as connection:
            return run.value(connection, column)
    results = []
    for settings in run.settings():
        # a new session for each: a setting that was set once is empty and no longer unset
        with scratch.connect("superuser") as connection, _set(connection, settings):
            results.append(run.on(connection, settings))
    return _sum(results, both)


def _untriable(trial: Trial, old: Parts, new: Parts) -> str:
    if old.opaque != new.opaque:
        return "no list of values shows that two patterns, calculations or functions agree"
    if trial.kind == "value" and (old.opaque or new.opaque or old.columns or new.columns):
        return "no list of values shows that two calculations agree"
    return ""


@contextmanager
def _set(connection: Connection, settings: Mapping[str, str]) -> Iterator[None]:
    if not settings:
        yield
        return
    with connection.transaction(settings):
        yield


def _sum(results: Sequence[TrialResult], parts: Parts) -> TrialResult:
    total = TrialResult()
    for one in results:
        total.tried += one.tried
        total.possible += one.possible
        total.wider += one.wider
        total.narrower += one.narrower
        total.example = total.example or one.example
        total.seen |= one.seen
    # a part that is always true, or never, hides what stands beside it
    constant = [part for part in sorted(parts.opaque) if len({value for name, value in total.seen if name == part}) < 2]  # noqa: PLR2004
    if constant and total.tried:
        total.reason = f"{constant[0]} has the same answer for every value that was tried"
    return total


class _Trial:
    def __init__(self, trial: Trial, columns: Sequence[ColumnRecord], parts: Parts, traits: Traits) -> None:
        self.trial, self.columns, self.parts, self.traits = trial, columns, parts, traits
        self.names = [quote_name(one.name, traits) for one in columns]

    def settings(self) -> Iterator[Mapping[str, str]]:
        names = sorted(self.parts.settings)
        for values in itertools.product(_SETTINGS, repeat=len(names)):
            yield {name: value for name, value in zip(names, values, strict=True) if value is not None}

    def on(self, connection: Connection, settings: Mapping[str, str]) -> TrialResult:
        specs = ", ".join(f"{name} {self._type(one)}" for name, one in zip(self.names, self.columns, strict=True))
        self._script(connection, f"CREATE TEMPORARY TABLE {_TRIAL} (trial_row integer{', ' if specs else ''}{specs})")
        pools = [self._pool(connection, one) for one in self.columns]
        rows, possible = _combinations(pools)
        for number, row in enumerate(rows):
            self._insert(connection, number, row)
        result = self._compare(connection, len(rows))
        result.possible = possible
        if result.example and settings:
            result.example += f" ({', '.join(f'{name} is {value!r}' for name, value in settings.items())})"
        return result

    @staticmethod
    def _script(connection: Connection, statement: str) -> None:
        connection.run(f"DROP TABLE IF EXISTS {_TRIAL}")
        connection.run(statement)

    def _type(self, column: ColumnRecord) -> str:
        collation = f" COLLATE {_collation(column.collation)}" if column.collation else ""
        return f"{column.type}{collation}" + ("" if self.traits.transactional_ddl else " NULL")

    def _pool(self, connection: Connection, column: ColumnRecord) -> list[str | None]:
        name = quote_name(column.name, self.traits)
        insert = f"INSERT INTO {_TRIAL} ({name}) VALUES (:value)"

        def fits(value: str | None) -> bool:
            return value is None or not isinstance(connection.attempt((insert, {"value": value})), Rejected)

        values = [value for value in values_for(column.type, column.labels, self.parts) if fits(value)]
        return [value for value in values if value is not None or not column.required]

    def _insert(self, connection: Connection, number: int, row: Sequence[str | None]) -> None:
        marks = "".join(f", :v{place}" for place in range(len(row)))
        names = "".join(f", {name}" for name in self.names)
        values = {f"v{place}": value for place, value in enumerate(row)}
        connection.run(f"INSERT INTO {_TRIAL} (trial_row{names}) VALUES ({number}{marks})", values)

    def _compare(self, connection: Connection, rows: int) -> TrialResult:
        result = TrialResult()
        source = f"FROM {_TRIAL} AS {quote_name(self.trial.table, self.traits)}"
        for number, (context, old, new, *opaque) in self._answers(connection, source, rows).items():
            if context != 1:
                continue
            result.tried += 1
            result.seen |= set(zip(sorted(self.parts.opaque), opaque, strict=True))
            result.wider += old != new and new == 1
            result.narrower += old != new and new != 1
            if old != new and not result.example:
                result.example = self._example(connection, number)
        return result

    def value(self, connection: Connection, column: ColumnRecord) -> TrialResult:
        """Store both texts in a column of the type, and compare what it holds."""
        self._script(
            connection, f"CREATE TEMPORARY TABLE {_TRIAL} (old {self._type(column)}, new {self._type(column)})"
        )
        insert = f"INSERT INTO {_TRIAL} (old, new) VALUES (({self.trial.declared[0]}), ({self.trial.created[0]}))"
        if isinstance(answer := connection.attempt((insert, {}), (f"SELECT old, new FROM {_TRIAL}", {})), Rejected):
            return TrialResult(reason=str(answer))
        old, new = answer.rows[0]
        return TrialResult(tried=1, possible=1, wider=int(old != new or type(old) is not type(new)))

    def _answers(self, connection: Connection, source: str, rows: int) -> dict[int, tuple[object, ...]]:
        """Return for each row: whether it satisfies the context, the answer of each side, and of each opaque part."""
        forms = [self._all("check", self.trial.context), *self._sides()]
        forms += [_case("filter", text) for text in sorted(self.parts.opaque)]
        together = connection.attempt((f"SELECT trial_row, {', '.join(forms)} {source}", {}))
        if not isinstance(together, Rejected):
            return {int(row[0]): row[1:] for row in together.rows}

        def one(form: str, number: int) -> object:
            answer = connection.attempt((f"SELECT {form} {source} WHERE trial_row = {number}", {}))
            # an error refuses the row, as a false check does
            error = 0 if self.trial.kind == "check" else "error"
            return error if isinstance(answer, Rejected) else answer.scalar

        return {number: tuple(one(form, number) for form in forms) for number in range(rows)}

    def _sides(self) -> list[str]:
        return [self._all(self.trial.kind, side) for side in (self.trial.declared, self.trial.created)]

    @staticmethod
    def _all(kind: str, conditions: Sequence[str]) -> str:
        if not conditions:
            return "1"
        return _case(kind, " AND ".join(f"({one})" for one in conditions))

    def _example(self, connection: Connection, number: int) -> str:
        if not self.names:
            return "every row"
        row = connection.run(f"SELECT {', '.join(self.names)} FROM {_TRIAL} WHERE trial_row = {number}").rows[0]
        pairs = zip((one.name for one in self.columns), row, strict=True)
        return ", ".join(f"{name} = {'NULL' if value is None else repr(str(value))}" for name, value in pairs)


def _case(kind: str, text: str) -> str:
    if kind == "check":
        return f"CASE WHEN NOT ({text}) THEN 0 ELSE 1 END"  # NULL accepts the row
    return f"CASE WHEN ({text}) THEN 1 ELSE 0 END"


def _collation(name: str) -> str:
    return name if re.fullmatch(r"\w+", name) and not name.isupper() else f'"{name}"'


def _combinations(pools: Sequence[Sequence[str | None]]) -> tuple[list[tuple[str | None, ...]], int]:
    """Return all combinations, or a fixed random choice of them if they are too many; and how many there are."""
    possible = prod(map(len, pools))
    if possible <= _MOST:
        return list(itertools.product(*pools)), possible
    draw = random.Random(len(pools))  # noqa: S311  the same choice in every run
    rows = {tuple(draw.choice(pool) for pool in pools) for _ in range(_MOST)}
    return sorted(rows, key=repr), possible
