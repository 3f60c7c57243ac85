"""Profiles of data: numbers of rows, distributions of values and children, shares of NULL, ranges of time.

A profile is written by hand or learned from a live database. It is stored as JSON and contains no text of the rows
except for columns that the caller of `learn` lists.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from langgraph_dba.database.model.base import Frozen

Share = Annotated[float, Field(ge=0, le=1)]
NonNegative = Annotated[int, Field(ge=0)]
_EPOCH = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


class Spread(Frozen):
    """The distribution of rows over values or parents.

    `uniform`: equally likely. `zipf`: the k-th most frequent one in proportion to `k ** -exponent`. `even`: in turn, so
    that the counts differ by at most one. `shares`: the first values have these shares of the rows, others equal ones.
    """

    kind: Literal["uniform", "zipf", "even", "shares"] = "uniform"
    exponent: float = Field(1.0, gt=0, le=5)
    shares: tuple[Share, ...] = ()


class ColumnProfile(Frozen):
    """One column: share of NULL, number of distinct values, their distribution, bounds as numbers.

    `low` and `high` are numbers in the unit of the column: days since 1970 for a date, seconds since 1970 for a date
    and time, seconds since midnight for a time. `length` is the mean length of texts in characters. `values` are copied
    from the database, for columns that the caller of `learn` lists.
    """

    null_share: Share | None = None
    distinct: int | None = Field(None, ge=1)
    spread: Spread = Spread()
    low: float | None = None
    high: float | None = None
    length: int | None = Field(None, ge=1)
    growing: bool = Field(default=False, description="later rows have larger values, as a time of insertion has")
    values: tuple[str, ...] = ()


class ReferenceProfile(Frozen):
    """One foreign key: share of NULL, share of parents that have children, and the distribution of children over these.

    A share `used` below 1 leaves at least one parent without children.
    """

    null_share: Share | None = None
    used: Annotated[float, Field(gt=0, le=1)] = 1.0
    spread: Spread = Spread()


class TableProfile(Frozen):
    """One table: number of rows, and profiles of its columns and foreign keys by name."""

    rows: NonNegative | None = None
    columns: Mapping[str, ColumnProfile] = {}
    references: Mapping[str, ReferenceProfile] = {}


class Profile(Frozen):
    """A database. Defaults: `rows` rows per table, uniform distributions, 10 % NULL in nullable columns.

    The same profile and seed result in the same rows. `tenant_spread` distributes the rows over `tenants`.
    """

    rows: NonNegative = 1000
    # multiplies the rows of every table, so that a learned profile can be shrunk or grown
    scale: float = Field(1.0, gt=0)
    tenants: int = Field(10, ge=1)
    tenant_spread: Spread = Spread(kind="even")
    seed: int = 1
    null_share: Share = 0.1
    starts: dt.datetime = _EPOCH
    ends: dt.datetime = _EPOCH + dt.timedelta(days=730)
    tables: Mapping[str, TableProfile] = {}

    def table(self, name: str) -> TableProfile:
        """Return the profile of a table, an empty one if there is none."""
        return self.tables.get(name, TableProfile())

    def rows_of(self, name: str) -> int:
        """Return the number of rows to generate for a table, scaled."""
        rows = self.table(name).rows
        return round((self.rows if rows is None else rows) * self.scale)
