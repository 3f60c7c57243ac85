"""Learn the profile of a live database: counts, shares and bounds, without any text of its rows.

Of texts it stores the number of distinct ones, their mean length and the frequency of the most common ones, never the
texts: the most common value is often a person's name. Bounds of numbers are rounded to two digits, bounds of dates and
times to the day. Values are copied only for the columns in `values_of`.
"""

import math
from collections.abc import Collection
from decimal import Decimal
from typing import Any

from langgraph_dba.database.data.generator.profile import (
    ColumnProfile,
    Profile,
    ReferenceProfile,
    Spread,
    TableProfile,
)
from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.engines.records import SelectRunner
from langgraph_dba.database.engines.type_table import precision_of
from langgraph_dba.database.model.schema import Choice, Column, ForeignKey, Schema, Table

_SAMPLE_ROWS = 200_000  # a larger table is sampled if the engine supports it
_TOP_VALUES = 10
_DIGITS = 2
_DAY = 86_400
_EXACT_TERMS = 1000  # terms of a sum that are added one by one; the rest is an integral
_NUMBERS = ("smallint", "integer", "bigint", "duration", "decimal", "float")
_DATES = ("date", "instant", "local-datetime")
_TEXTS = ("string", "text", "char")


def learn(
    connection: SelectRunner, schema: Schema, traits: Traits, *, values_of: Collection[str] = (), seed: int = 1
) -> Profile:
    """Return the profile of the rows of a database with this schema; `values_of` contains `table.column` names.

    Only SELECT statements are run. Tables of more than 200,000 rows are sampled if the engine supports it.
    """
    learner = _Learner(connection, schema, traits, frozenset(values_of))
    tables = {table.name: learner.table(table) for table in schema.tables}
    isolation = schema.isolation
    tenants = tables[isolation.table].rows if isolation and isolation.table in tables else None
    spread = learner.tenants(schema) if isolation else Spread(kind="even")
    return Profile(tables=tables, tenants=max(1, tenants or 1), tenant_spread=spread, seed=seed)


class _Learner:
    def __init__(self, connection: SelectRunner, schema: Schema, traits: Traits, values_of: frozenset[str]) -> None:
        self.schema = schema
        self.connection, self.traits, self.values_of = connection, traits, values_of
        self.names = Names(traits)

    def _row(self, sql: str) -> tuple[Any, ...]:
        return self.connection.run(sql).rows[0]

    def _counts(self, sql: str) -> list[int]:
        return [int(row[0]) for row in self.connection.run(sql).rows]

    def _count(self, table: Table) -> int:
        return int(self._row(f"SELECT count(*) FROM {self.names.table(table)}")[0])

    def table(self, table: Table) -> TableProfile:
        rows = self._count(table)
        if not rows:
            return TableProfile(rows=0)
        keys = table.row_references
        referring = {c for key in table.foreign_keys for c in key.columns} | {table.tenant_column}
        columns = [c for c in table.columns if c.name not in referring and c.type.name not in ("identity", "reference")]
        source = self._source(table, rows)
        return TableProfile(
            rows=rows,
            columns={column.name: self._column(table, column, source) for column in columns},
            references={key.name: self._reference(table, key) for key in keys},
        )

    def _source(self, table: Table, rows: int) -> str:
        name = self.names.table(table)
        if rows <= _SAMPLE_ROWS:
            return name
        return self.traits.sql_templates.sampled.format(table=name, percent=round(100 * _SAMPLE_ROWS / rows, 3))

    def _column(self, table: Table, column: Column, source: str) -> ColumnProfile:
        name = self.names.of(column.sql_name)
        # JSON and types of one engine have no equality on every engine
        is_comparable = column.type.name not in ("json", "native")
        distinct = f"count(DISTINCT {name})" if is_comparable else f"count({name})"
        rows, non_null, distinct_values = self._row(f"SELECT count(*), count({name}), {distinct} FROM {source}")
        values = (
            tuple(str(v) for v in self._values(table, column))
            if f"{table.name}.{column.name}" in self.values_of
            else ()
        )
        low, high = self._bounds(column, source)
        return ColumnProfile(
            null_share=round(1 - non_null / rows, 4) if rows else None,
            distinct=max(1, int(distinct_values)),
            spread=self._spread(
                f"SELECT count(*) FROM {source} WHERE {name} IS NOT NULL GROUP BY {name}", int(non_null)
            )
            if is_comparable and distinct_values < non_null
            else Spread(),
            low=low,
            high=high,
            length=self._length(column, source),
            values=values,
        )

    def _values(self, table: Table, column: Column) -> list[Any]:
        # the values of a check are in the schema already
        declared = next((c.values for c in table.meanings if isinstance(c, Choice) and c.column == column.name), None)
        if declared:
            return []
        name = self.names.of(column.sql_name)
        sql = (
            f"SELECT {name} FROM {self.names.table(table)} WHERE {name} IS NOT NULL "
            f"GROUP BY {name} ORDER BY count(*) DESC, {name} LIMIT 100"
        )
        return [row[0] for row in self.connection.run(sql).rows]

    def _length(self, column: Column, source: str) -> int | None:
        if column.type.name not in _TEXTS:
            return None
        mean = self._row(f"SELECT avg(length({self.names.of(column.sql_name)})) FROM {source}")[0]
        return max(1, round(float(mean))) if mean is not None else None

    def _bounds(self, column: Column, source: str) -> tuple[float | None, float | None]:
        name, kind, templates = self.names.of(column.sql_name), column.type.name, self.traits.sql_templates
        if kind in _NUMBERS:
            low, high = self._row(f"SELECT min({name}), max({name}) FROM {source}")
            minor = 1 if self.traits.exact_decimals or kind != "decimal" else 10 ** precision_of(column.type)[1]
            return (None, None) if low is None else (_round_outward(low, -1) / minor, _round_outward(high, 1) / minor)
        if kind in _DATES:
            template = templates.days_of if kind == "date" else templates.seconds_of
            ends = ", ".join(template.format(a=f"{end}({name})") for end in ("min", "max"))
            low, high = self._row(f"SELECT {ends} FROM {source}")
            unit = 1 if kind == "date" else _DAY
            return (None, None) if low is None else (float(low) // unit * unit, (float(high) // unit + 1) * unit)
        return None, None

    def _spread(self, counts: str, non_null: int) -> Spread:
        """Return the shares of the most common values; uniform if none is clearly more frequent than the mean."""
        top_counts = self._counts(
            f"SELECT n FROM ({counts.replace('count(*)', 'count(*) AS n', 1)}) x ORDER BY n DESC LIMIT {_TOP_VALUES}"
        )
        distinct_values = int(self._row(f"SELECT count(*) FROM ({counts}) x")[0])
        if not top_counts or top_counts[0] * distinct_values < non_null * 1.5:
            return Spread()
        return Spread(kind="shares", shares=tuple(round(count / non_null, 4) for count in top_counts))

    def _reference(self, table: Table, key: ForeignKey) -> ReferenceProfile:
        columns = table.own_key_columns(key)
        name, is_set = (
            self.names.table(table),
            " AND ".join(f"{self.names.column(table, c)} IS NOT NULL" for c in columns),
        )
        rows, non_null = self._row(f"SELECT count(*), sum(CASE WHEN {is_set} THEN 1 ELSE 0 END) FROM {name}")
        parents = self._count(self.schema.table(key.target))
        grouped = f"SELECT count(*) AS n FROM {name} WHERE {is_set} GROUP BY {self.names.columns(table, key.columns)}"
        used = int(self._row(f"SELECT count(*) FROM ({grouped}) x")[0])
        non_null = int(non_null or 0)
        return ReferenceProfile(
            null_share=round(1 - non_null / rows, 4) if rows else None,
            used=min(1.0, max(used, 1) / parents) if parents else 1.0,
            spread=self._children(grouped, used, non_null),
        )

    def _children(self, grouped: str, used: int, non_null: int) -> Spread:
        """Return a Zipf distribution by the share of the largest parent; uniform if chance explains that share."""
        if used < 2:  # noqa: PLR2004
            return Spread()
        largest = int(self._row(f"SELECT max(n) FROM ({grouped}) x")[0])
        # four standard deviations above the mean: with a uniform choice, numbers of children are Poisson distributed
        mean = non_null / used
        if largest <= mean + 4 * math.sqrt(mean) + 1:
            return Spread()
        return Spread(kind="zipf", exponent=zipf_exponent(used, largest / non_null))

    def tenants(self, schema: Schema) -> Spread:
        """Return the distribution of rows over tenants, that of the largest tenant-owned table."""
        owned_tables = [t for t in schema.tables if t.is_tenant_owned and not schema.is_tenant_table(t)]
        sizes = {t.name: self._count(t) for t in owned_tables}
        if not sizes or not max(sizes.values()):
            return Spread(kind="even")
        largest = max(owned_tables, key=lambda table: sizes[table.name])
        column = self.names.columns(largest, largest.tenant_columns)
        counts = self._counts(f"SELECT count(*) FROM {self.names.table(largest)} GROUP BY {column} ORDER BY 1 DESC")
        mean = sum(counts) / len(counts)
        if counts[0] <= 1.2 * mean:
            return Spread(kind="even")
        return Spread(kind="shares", shares=tuple(count / sum(counts) for count in counts))


def zipf_exponent(size: int, largest: float) -> float:
    """Return the exponent for which the first of `size` values has the share `largest`, by bisection."""
    low, high = 0.01, 5.0
    for _ in range(40):
        middle = (low + high) / 2
        share = 1 / _harmonic(size, middle)
        low, high = (middle, high) if share < largest else (low, middle)
    return round(max(0.01, middle), 2)


def _harmonic(size: int, exponent: float) -> float:
    """Return the sum of `k ** -exponent` for k up to `size`; the terms beyond 1,000 by their integral."""
    near = min(size, _EXACT_TERMS)
    head: float = sum((k**-exponent for k in range(1, near + 1)), 0.0)
    if exponent == 1:
        return head + math.log(size / near)
    tail: float = (size ** (1 - exponent) - near ** (1 - exponent)) / (1 - exponent)
    return head + tail


def _round_outward(value: float | Decimal, direction: int) -> float:
    """Round a bound outward to two digits, because the exact smallest salary identifies a person."""
    number = float(value)
    if number == 0:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(abs(number))) - _DIGITS + 1)
    return (math.ceil(number / unit) if direction > 0 else math.floor(number / unit)) * unit
