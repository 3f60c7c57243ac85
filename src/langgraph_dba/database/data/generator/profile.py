"""What generated data look like: how many rows, how values and children spread, how much is missing, in which times.

A profile is made by hand or learned from a live database. It travels as JSON and holds no text of anybody's rows unless
somebody asked for that.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[int, Field(ge=0)]
_EPOCH = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Spread(_Frozen):
    """How often each of several values or parents is chosen.

    `uniform`: all alike. `zipf`: the k-th most frequent in proportion to `k ** -exponent`. `even`: in turn, so that the
    counts differ by one at most. `shares`: the first values have these shares of all rows, the rest is uniform.
    """

    kind: Literal["uniform", "zipf", "even", "shares"] = "uniform"
    exponent: float = Field(1.0, gt=0, le=5)
    shares: tuple[Share, ...] = ()


class ColumnProfile(_Frozen):
    """One column: share of NULL, how many different values, their spread, bounds as numbers.

    `low` and `high` are in the column's own unit: numbers; days since 1970 of a date, seconds since 1970 of a moment,
    seconds of a time of day. `length` is the mean length of texts. `values` are copied values: only for who asked.
    """

    null_share: Share | None = None
    distinct: int | None = Field(None, ge=1)
    spread: Spread = Spread()
    low: float | None = None
    high: float | None = None
    length: int | None = Field(None, ge=1)
    growing: bool = Field(default=False, description="later rows have later values, as a time of insertion has")
    values: tuple[str, ...] = ()


class ReferenceProfile(_Frozen):
    """One foreign key: share of NULL, share of parents that have children, and how children spread over these.

    Less than 1 leaves at least one parent without children.
    """

    null_share: Share | None = None
    used: Annotated[float, Field(gt=0, le=1)] = 1.0
    spread: Spread = Spread()


class TableProfile(_Frozen):
    """One table: rows in all, and its columns and foreign keys by name."""

    rows: Positive | None = None
    columns: Mapping[str, ColumnProfile] = {}
    references: Mapping[str, ReferenceProfile] = {}


class Profile(_Frozen):
    """A whole database: what is not said is `rows` a table, uniform, with a tenth of optional values missing.

    The same profile and seed give the same rows. `tenants` share the rows evenly, or by `tenant_spread`.
    """

    rows: Positive = 1000
    scale: float = Field(1.0, gt=0)
    tenants: int = Field(10, ge=1)
    tenant_spread: Spread = Spread(kind="even")
    seed: int = 1
    null_share: Share = 0.1
    starts: dt.datetime = _EPOCH
    ends: dt.datetime = _EPOCH + dt.timedelta(days=730)
    tables: Mapping[str, TableProfile] = {}

    def table(self, name: str) -> TableProfile:
        """Return a table's profile, an empty one if nothing is said of it."""
        return self.tables.get(name, TableProfile())

    def rows_of(self, name: str) -> int:
        """Return how many rows a table is to have, scaled."""
        said = self.table(name).rows
        return round((self.rows if said is None else said) * self.scale)
