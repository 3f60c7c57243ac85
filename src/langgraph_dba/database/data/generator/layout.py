"""How many rows each table gets for each tenant, and which row a reference names.

Rows are numbered from 0 through all tenants; those of one tenant lie side by side. Unique combinations of references
and of columns with few values bound how many rows there can be: such rows are counted through like the digits of a
number, so that no combination comes twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

from langgraph_dba.database.data.generator.profile import Profile, ReferenceProfile, Spread
from langgraph_dba.database.model.schema import ForeignKey, Schema, Table

Blocks = tuple[tuple[int, int], ...]  # (first row, number of rows) of each tenant


@dataclass(frozen=True, slots=True)
class Digit:
    """One part of a combination that must not come twice: a reference, or a column with so many values."""

    name: str
    size: int


@dataclass(frozen=True)
class Layout:
    """The places of all rows. `room` gives how many different values a column may have."""

    schema: Schema
    profile: Profile
    room: Mapping[tuple[str, str], int]

    @property
    def tenants(self) -> int:
        """How many tenants there are; 1 where nobody shares tables."""
        return self.profile.tenants if self.schema.isolation else 1

    def total(self, table: str) -> int:
        """Return how many rows a table gets."""
        start, count = self.blocks[table][-1]
        return start + count

    @cached_property
    def even(self) -> bool:
        """Whether every tenant has as many rows as every other, so that one statement a table makes them all."""
        return self.tenants == 1 or self.profile.tenant_spread.kind == "even"

    @cached_property
    def blocks(self) -> Mapping[str, Blocks]:
        """The rows of each table by tenant; one block where tenants share it."""
        found: dict[str, Blocks] = {}
        for table in self.schema.tables:
            if self.schema.is_tenant_table(table):
                found[table.name] = tuple((tenant, 1) for tenant in range(self.tenants))
                continue
            wanted = self._wanted(table)
            least = [self._bound(table, found, tenant) for tenant in range(len(wanted))]
            counts = [count if most is None else min(count, most) for count, most in zip(wanted, least, strict=True)]
            if self.even and counts:
                counts = [min(counts)] * len(counts)
            found[table.name] = tuple(zip(_starts(counts), counts, strict=True))
        return found

    def _wanted(self, table: Table) -> list[int]:
        rows = self.profile.rows_of(table.name)
        if self.schema.is_shared(table) or self.tenants == 1:
            return [rows]
        if self.even:
            return [max(1, rows // self.tenants)] * self.tenants
        shares = _shares(self.tenants, self.profile.tenant_spread)
        return [max(1, round(rows * share)) for share in shares]

    def _bound(self, table: Table, found: Mapping[str, Blocks], tenant: int) -> int | None:
        """Return the most rows that a tenant's unique combinations leave room for, None for any number."""
        sizes = [prod(self._size(table, d, found, tenant) for d in digits) for digits in self.combinations(table)]
        needed = [
            self._parents(key, found, tenant)
            for key in table.row_references
            if key.target != table.name and key.target in found and not table.is_optional(key)
        ]
        return min([*sizes, *(0 for count in needed if count == 0)], default=None)

    def _size(self, table: Table, digit: Digit, found: Mapping[str, Blocks], tenant: int) -> int:
        key = next((key for key in table.foreign_keys if key.name == digit.name), None)
        return self.used(table, key, self._parents(key, found, tenant)) if key else digit.size

    def used(self, table: Table, key: ForeignKey, parents: int) -> int:
        """Return how many of so many parents have children."""
        share = self.profile.table(table.name).references.get(key.name, ReferenceProfile()).used
        most = parents - 1 if share < 1 and parents > 1 else parents
        return min(most, max(1, round(parents * share)))

    def _parents(self, key: ForeignKey, found: Mapping[str, Blocks], tenant: int) -> int:
        blocks = found.get(key.target, ((0, 0),))
        return blocks[min(tenant, len(blocks) - 1)][1]

    def combinations(self, table: Table) -> list[list[Digit]]:
        """Return the unique combinations without a column of many values: their parts, in order."""
        unique = [table.primary_key, *(u.columns for u in table.uniques)]
        unique += [index.columns for index in table.indexes if index.unique]
        return [digits for columns in dict.fromkeys(unique) if columns and (digits := self._digits(table, columns))]

    def _digits(self, table: Table, columns: Sequence[str]) -> list[Digit]:
        keys = [k for k in table.row_references if set(k.columns) & set(columns) - {table.tenant_column}]
        if any(key.target == table.name for key in keys):
            return []  # a row that names an earlier one, each another: see `chained`
        referring = {column for key in keys for column in key.columns}
        plain = [c for c in table.without_tenant(columns) if c not in referring]
        if any(self.room[table.name, column] > MANY for column in plain):
            return []
        if not keys and not plain:
            return []  # the tenant alone: one row each
        return [Digit(key.name, 0) for key in keys] + [Digit(c, self.room[table.name, c]) for c in plain]

    @staticmethod
    def chained(table: Table, key: ForeignKey) -> bool:
        """Whether no two rows may name the same row of their own table."""
        unique = [table.primary_key, *(u.columns for u in table.uniques)]
        own = set(table.without_tenant(key.columns))
        return key.target == table.name and any(own & set(columns) for columns in unique)

    def free_column(self, table: Table, columns: Sequence[str]) -> str:
        """Return the column that keeps a unique combination apart by having a value of its own in each row."""
        referring = {column for key in table.row_references for column in key.columns}
        plain = [c for c in table.without_tenant(columns) if c not in referring]
        wide = [c for c in plain if self.room[table.name, c] > MANY]
        return max(wide, key=lambda c: self.room[table.name, c], default="")


MANY = 50_000  # a column with more room than this can count rows on its own


def _starts(counts: Sequence[int]) -> list[int]:
    starts, at = [], 0
    for count in counts:
        starts.append(at)
        at += count
    return starts


def _shares(size: int, spread: Spread) -> list[float]:
    if spread.kind == "zipf":
        weights = [(place + 1) ** -spread.exponent for place in range(size)]
    elif spread.kind == "shares":
        rest = max(0.0, 1 - sum(spread.shares[:size])) / max(1, size - len(spread.shares))
        weights = [*spread.shares[:size], *[rest] * max(0, size - len(spread.shares))]
    else:
        weights = [1.0] * size
    return [weight / sum(weights) for weight in weights]
