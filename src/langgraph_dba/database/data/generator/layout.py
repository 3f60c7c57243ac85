"""Compute the number of rows of each table and tenant, and the positions of these rows.

Rows are numbered from 0 over all tenants; those of one tenant are consecutive. Unique combinations of foreign keys and
of columns with few values limit the number of rows. Their values are the digits of the row's number, so that no
combination occurs twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

from langgraph_dba.database.data.generator.profile import Profile, ReferenceProfile, Spread
from langgraph_dba.database.data.unchecked_keys import has_required_circle, requires_later_row
from langgraph_dba.database.model.business_rules import CountRule, OnlyOneRule
from langgraph_dba.database.model.schema import ForeignKey, Schema, Table

Blocks = tuple[tuple[int, int], ...]  # (first row, number of rows) of each tenant


@dataclass(frozen=True, slots=True)
class Digit:
    """One part of a unique combination: a foreign key, or a column with `size` different values."""

    name: str
    size: int


@dataclass(frozen=True)
class Layout:
    """The positions of all rows. `room` maps (table, column) to the number of different values that it can have."""

    schema: Schema
    profile: Profile
    room: Mapping[tuple[str, str], int]

    @property
    def tenants(self) -> int:
        """Return the number of tenants; 1 if the schema has none."""
        return self.profile.tenants if self.schema.isolation else 1

    def total(self, table: str) -> int:
        """Return the number of rows of a table."""
        start, count = self.blocks[table][-1]
        return start + count

    @cached_property
    def is_even(self) -> bool:
        """Return whether all tenants have equally many rows, so that one statement per table generates all."""
        return self.tenants == 1 or self.profile.tenant_spread.kind == "even"

    @cached_property
    def blocks(self) -> Mapping[str, Blocks]:
        """Return the rows of each table by tenant; one block if tenants share the table."""
        if not has_required_circle(self.schema):
            return self._blocks({})
        # in a circle, tables limit each other: from the requested rows down to what all of them allow
        later: Mapping[str, Blocks] = {table.name: self._requested_blocks(table) for table in self.schema.tables}
        while (blocks := self._blocks(later)) != later:
            later = blocks
        return blocks

    def _requested_blocks(self, table: Table) -> Blocks:
        if self._has_one_row(table):
            return tuple((tenant, 1) for tenant in range(self.tenants))
        counts = self._requested_rows(table)
        return tuple(zip(_starts(counts), counts, strict=True))

    def _has_one_row(self, table: Table) -> bool:
        return self.schema.is_tenant_table(table) or self.schema.has_one_row_per_tenant(table)

    def _blocks(self, later: Mapping[str, Blocks]) -> Mapping[str, Blocks]:
        """Return the blocks of all tables; `later` are those of tables that a table refers to before they are filled.

        A table is limited by the tables before it, and by later ones that it requires.
        """
        result: dict[str, Blocks] = {}
        for table in self.schema.tables:
            required = {k.target for k in table.foreign_keys if requires_later_row(self.schema, table, k)}
            known = {**result, **{name: later[name] for name in required}} if required else result
            if self._has_one_row(table):
                result[table.name] = tuple((tenant, 1) for tenant in range(self.tenants))
                continue
            requested = self._requested_rows(table)
            capacities = [self._capacity(table, known, tenant) for tenant in range(len(requested))]
            counts = [
                count if capacity is None else min(count, capacity)
                for count, capacity in zip(requested, capacities, strict=True)
            ]
            # one statement for all tenants needs blocks of equal size
            if self.is_even and counts:
                counts = [min(counts)] * len(counts)
            result[table.name] = tuple(zip(_starts(counts), counts, strict=True))
        return result

    def _requested_rows(self, table: Table) -> list[int]:
        rows = self.profile.rows_of(table.name)
        if self.schema.is_shared(table) or self.tenants == 1:
            return [rows]
        if self.is_even:
            return [max(1, rows // self.tenants)] * self.tenants
        shares = _shares(self.tenants, self.profile.tenant_spread)
        return [max(1, round(rows * share)) for share in shares]

    def _capacity(self, table: Table, blocks: Mapping[str, Blocks], tenant: int) -> int | None:
        """Return the number of rows that the unique combinations of a tenant allow, None if they allow any."""
        sizes = [prod(self._size(table, d, blocks, tenant) for d in digits) for digits in self.combinations(table)]
        parents = [
            self._parents(key, blocks, tenant)
            for key in table.row_references
            if key.target != table.name and key.target in blocks and not table.is_optional(key)
        ]
        return min([*sizes, *(0 for count in parents if count == 0)], default=None)

    def _size(self, table: Table, digit: Digit, blocks: Mapping[str, Blocks], tenant: int) -> int:
        key = next((key for key in table.foreign_keys if key.name == digit.name), None)
        return self.parents_with_children(table, key, self._parents(key, blocks, tenant)) if key else digit.size

    def parents_with_children(self, table: Table, key: ForeignKey, parents: int) -> int:
        """Return the number of parents that have children, of `parents` in all."""
        share = self.profile.table(table.name).references.get(key.name, ReferenceProfile()).used
        # rounding must not give children to every parent: the profile requires some without
        upper = parents - 1 if share < 1 and parents > 1 else parents
        return min(upper, max(1, round(parents * share)))

    def _parents(self, key: ForeignKey, blocks: Mapping[str, Blocks], tenant: int) -> int:
        target_blocks = blocks.get(key.target, ((0, 0),))
        return target_blocks[min(tenant, len(target_blocks) - 1)][1]

    def combinations(self, table: Table) -> list[list[Digit]]:
        """Return the parts of each unique combination that has no column with many values."""
        unique = [table.primary_key, *(u.columns for u in table.uniques)]
        unique += [index.columns for index in table.indexes if index.unique]
        scoped = (rule for rule in self.schema.rules if isinstance(rule, OnlyOneRule) and rule.table == table.name)
        unique += [rule.columns for rule in scoped]
        found = [digits for columns in dict.fromkeys(unique) if columns and (digits := self._digits(table, columns))]
        # as many rows refer to one row as a rule allows: the second digit has no column
        counts = (one for one in self.schema.rules if isinstance(one, CountRule) and one.table == table.name)
        return found + [
            [Digit(one.key, 0), Digit(one.id, int(one.value))] for one in counts if one.value and one.op == "at-most"
        ]

    def _digits(self, table: Table, columns: Sequence[str]) -> list[Digit]:
        keys = [k for k in table.row_references if set(k.columns) & set(columns) - {table.tenant_column}]
        if any(key.target == table.name for key in keys):
            return []  # each row refers to the one before it: see `is_chain`
        referring = {column for key in keys for column in key.columns}
        plain = [c for c in table.without_tenant(columns) if c not in referring]
        if any(self.room[table.name, column] > MANY for column in plain):
            return []
        if not keys and not plain:
            return []  # only the tenant column: one row per tenant
        return [Digit(key.name, 0) for key in keys] + [Digit(c, self.room[table.name, c]) for c in plain]

    @staticmethod
    def is_chain(table: Table, key: ForeignKey) -> bool:
        """Return whether a unique constraint forbids two rows to refer to the same row of their own table."""
        unique = [table.primary_key, *(u.columns for u in table.uniques)]
        own = set(table.without_tenant(key.columns))
        return key.target == table.name and any(own & set(columns) for columns in unique)

    def free_column(self, table: Table, columns: Sequence[str]) -> str:
        """Return the column of a unique combination that gets a different value in each row; empty if there is none."""
        referring = {column for key in table.row_references for column in key.columns}
        plain = [c for c in table.without_tenant(columns) if c not in referring]
        wide = [c for c in plain if self.room[table.name, c] > MANY]
        return max(wide, key=lambda c: self.room[table.name, c], default="")


MANY = 50_000  # a column with more values than this gets a different one in each row


def _starts(counts: Sequence[int]) -> list[int]:
    starts, at = [], 0
    for count in counts:
        starts.append(at)
        at += count
    return starts


def _shares(size: int, spread: Spread) -> list[float]:
    if spread.kind == "zipf":
        weights = [(rank + 1) ** -spread.exponent for rank in range(size)]
    elif spread.kind == "shares":
        rest = max(0.0, 1 - sum(spread.shares[:size])) / max(1, size - len(spread.shares))
        weights = [*spread.shares[:size], *[rest] * max(0, size - len(spread.shares))]
    else:
        weights = [1.0] * size
    return [weight / sum(weights) for weight in weights]
