"""Small deterministic samples of rows that satisfy every constraint of a schema.

Values are Python values (`Decimal`, aware `datetime`, `bool`); `load` converts them to the engine's form.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import cache, cached_property, partial
from itertools import groupby
from math import prod
from typing import Any

from langgraph_dba.database.data.column_bounds import orders
from langgraph_dba.database.data.copied_values import CopiedValues
from langgraph_dba.database.data.required_targets import with_required_targets
from langgraph_dba.database.data.reserved_keys import reserve_keys
from langgraph_dba.database.data.rule_rows import abiding, beside_copies, breaks_check
from langgraph_dba.database.data.rules_of_rows import rules_of_rows
from langgraph_dba.database.data.sample_values import periods_apart, serial_text, value_count, value_factory
from langgraph_dba.database.data.separate_periods import least_length, with_separate_periods
from langgraph_dba.database.data.unchecked_keys import (
    check_later_keys,
    has_required_circle,
    requires_later_row,
    unchecked,
)
from langgraph_dba.database.ddl.type_mapping import to_engine_value
from langgraph_dba.database.engines import Connection, Traits
from langgraph_dba.database.model.business_rules import BusinessRule, CountRule, OnlyOneRule
from langgraph_dba.database.model.schema import ColumnType, ForeignKey, Schema, Table

Row = dict[str, Any]
_Cell = Callable[[int, int], Any]  # (tenant, number) -> value
_Part = ForeignKey | str  # of a unique combination: a reference, or a column with few values
# Every fifth nullable value is NULL, but none in row 4: that is the new row of a sample of the default size.
_GAP, _MISSING = 5, 2
_MOST_TRIED = 20  # rows to refer to, of which one has what a rule demands
_LAST_MINUTE = 24 * 60 - 1


class Sample:
    """`rows` rows per table and tenant; fewer if a unique combination of foreign keys allows fewer.

    Tenants are numbered from 1. Row `i` of a table is the same for any number of tenants and rows. Row `count(table)`
    is a new row, which is not loaded and violates no constraint.
    """

    def __init__(self, schema: Schema, *, tenants: int = 2, rows: int = 4) -> None:
        """Store the sizes; rows are generated when they are requested."""
        self.schema = with_separate_periods(with_required_targets(schema))
        self.tenants = tenants if schema.isolation else 1
        self.rows = rows
        self._cells = cache(self._make_cells)
        self._firsts = cache(self._firsts_of)
        self._rules = cache(self._rules_of)
        self._copied = CopiedValues(self.schema, self.row, self.count)

    def count(self, table: str) -> int:
        """Return the number of rows of a table per tenant."""
        return self._counts[table]

    def total(self, table: Table) -> int:
        """Return the number of rows of a table over all tenants."""
        return self.count(table.name) * (1 if self.schema.is_shared(table) else self.tenants)

    def all_rows(self, table: Table) -> Iterator[Row]:
        """Yield every row of a table by tenant; a table that all tenants share has one set of rows."""
        for tenant in range(1, 2 if self.schema.is_shared(table) else self.tenants + 1):
            for number in range(self.count(table.name)):
                yield self.row(table, tenant, number)

    def row(self, table: Table, tenant: int, number: int) -> Row:
        """Return row `number` (from 0) of a tenant."""
        row = {name: cell(tenant, number) for name, cell in self._cells(table.name).items()}
        for last, firsts in self._firsts(table.name).items():
            before = [row[first] for first in firsts if row[first] is not None]
            if row[last] is None or not before:
                continue
            if isinstance(before[0], str):
                row |= _in_listed_order(row, firsts[0], last, table.column(last).type.choices)
            else:
                row[last] = _later(max(before))
        return self._abiding(table, tenant, row, turn=number)

    def with_changes(self, table: Table, tenant: int, row: Row, changes: Row) -> Row:
        """Return a row with changes, and with those that the business rules of the table then demand of its others."""
        return self._abiding(table, tenant, row | changes, changes.keys())

    def copies(self, table: Table, tenant: int, row: Row) -> Row:
        """Return the columns of a row that repeat those of loaded rows to which it refers."""
        return self._copied.of(table, tenant, row)

    def _abiding(self, table: Table, tenant: int, row: Row, kept: Collection[str] = (), *, turn: int = 0) -> Row:
        """Return the row with the changes that the business rules of its table demand, and with its copies."""
        row = self._with_rules(table, tenant, row, kept, turn)
        rules = self._rules(table.name)
        if not table.copied_columns or not breaks_check(row, rules, table):
            return row
        # nothing but another row to refer to can have the copies that a rule demands
        for key in dict.fromkeys(table.foreign_key(copy.key) for copy in table.copied_columns):
            (name,) = table.own_key_columns(key)
            for value in () if name in kept else self.values(table, tenant, name)[:_MOST_TRIED]:
                other = self._with_rules(table, tenant, row | {name: value}, (*kept, name), turn)
                if not breaks_check(other, rules, table):
                    return other
        return row

    def _with_rules(self, table: Table, tenant: int, row: Row, kept: Collection[str], turn: int) -> Row:
        rules, others = self._rules(table.name), partial(self.values, table, tenant)
        if not table.copied_columns:
            return abiding(row, rules, table, others, kept, turn=turn) if rules else row
        for _ in (1, 2):  # a rule may change a reference
            row = row | self._copied.of(table, tenant, row, kept)
            # what follows a copy does not follow another column of its row then
            followed, bound = beside_copies(rules, table)
            first = abiding(row, followed, table, others, (*kept, *table.copies), turn=turn)
            one = abiding(first, rules, table, others, (*kept, *table.copies, *bound), turn=turn)
            other = abiding(row, rules, table, others, (*kept, *table.copies), turn=turn)
            row = other if breaks_check(one, rules, table) else one
        return row | self._copied.of(table, tenant, row, kept)

    def values(self, table: Table, tenant: int, column: str) -> list[Any]:
        """Return values that a column of a tenant's rows may have: keys of loaded rows, or values of its type."""
        if copy := table.copies.get(column):
            target = self.schema.table(table.foreign_key(copy.key).target)
            return self.values(target, 1 if self.schema.is_shared(target) else tenant, copy.source)
        cell, count = self._cells(table.name)[column], max(self.count(table.name), self.rows)
        for key in table.row_references:
            if column in table.own_key_columns(key):
                target = self.schema.table(key.target)
                of_target = self._cells(target.name)[key.target_columns[key.columns.index(column)]]
                owner = 1 if self.schema.is_shared(target) else tenant
                return [of_target(owner, number) for number in range(self.count(target.name))]
        listed = table.listed_values(column)
        found: list[Any] = []
        for one in (*(cell(tenant, number) for number in range(count + 1)), *listed):
            if one is not None and one not in found:  # no set: values of JSON cannot be hashed
                found.append(one)
        return found

    def _rules_of(self, name: str) -> tuple[BusinessRule, ...]:
        return rules_of_rows(self.schema, self.schema.table(name))

    def _firsts_of(self, name: str) -> Mapping[str, tuple[str, ...]]:
        """Return the columns that must be before each column, the columns that nothing else decides first."""
        pairs = orders(self.schema.table(name))
        return {check.last: tuple(one.first for one in pairs if one.last == check.last) for check in pairs}

    @cached_property
    def _counts(self) -> Mapping[str, int]:
        later: Mapping[str, int] = {}
        while True:
            counts = self._counts_with(later)
            # in a circle of required references, a table can have fewer rows because a later one has fewer
            if counts == later or not has_required_circle(self.schema):
                return counts
            later = counts

    def _counts_with(self, later: Mapping[str, int]) -> Mapping[str, int]:
        """Return the number of rows per table; `later` are the numbers of tables that come later, as far as known."""
        counts: dict[str, int] = {}
        for table in self.schema.tables:
            known = {**later, **counts}
            capacities = [prod(self._sizes(table, parts, known)) for parts in self._combinations(table)]
            capacities += [
                most * counts.get(key.target, later.get(key.target, self.rows))
                for key in table.foreign_keys
                if (most := self._most_rows(table).get(key.name))
            ]
            # a shared table has one set of rows: as many as the others have for all tenants together
            requested = self.rows * (self.tenants if self.schema.is_shared(table) else 1)
            counts[table.name] = max(0, min([requested, *(r - 1 for r in capacities)]))
        one = (self.schema.is_tenant_table, self.schema.has_one_row_per_tenant)
        return counts | {table.name: 1 for table in self.schema.tables if any(is_so(table) for is_so in one)}

    def _serial_number(self, table: Table, tenant: int, number: int) -> int:
        """Return a number that is unique over all tenants, for surrogate keys and unique texts."""
        if self.schema.is_tenant_table(table):
            # no multiple of 64 or 100, so that values that are used in turn differ too
            return tenant - 1 + number * 1_000_003
        # 1,000 numbers of each tenant are left free for new rows
        return (tenant - 1) * (self.rows + 1000) + number

    def _make_cells(self, name: str) -> Mapping[str, _Cell]:
        table = self.schema.table(name)
        cells = {column.name: self._value_cell(table, column.name) for column in table.columns}
        cells |= {derived.column: lambda *_: 0 for derived in table.derived_columns}
        for key in table.row_references:
            cells.update(self._reference_cells(table, key))
        if table.tenant_column and table.column(table.tenant_column).type.name != "identity":
            cells[table.tenant_column] = self._tenant_cell(table)
        return cells

    def _tenant_cell(self, table: Table) -> _Cell:
        # the type of the key of the tenants: a column that refers to it has the same, but not its values
        type_ = tenant_type(self.schema, table)
        if not self.schema.is_tenant_table(table):
            return lambda tenant, _: tenant_value(type_, tenant)
        return lambda tenant, number: tenant_value(type_, self._serial_number(table, tenant, number) + 1)

    def _value_cell(self, table: Table, name: str) -> _Cell:
        column = table.column(name)
        make, optional = value_factory(table, column), column.nullable
        parts = next((parts for parts in self._combinations(table) if name in parts), None)
        step = periods_apart(column, least_length(self.schema, table, name))

        def cell(tenant: int, number: int) -> Any:
            if optional and number % _GAP == _MISSING:
                return None
            if parts is not None:
                digit = _digit(self._sizes(table, parts, self._counts), parts.index(name), number)
                return make(digit, digit)
            return make(step * self._serial_number(table, tenant, number), number)

        return cell

    def _reference_cells(self, table: Table, key: ForeignKey) -> Iterator[tuple[str, _Cell]]:
        choose, target = self._target_chooser(table, key), self.schema.table(key.target)
        own, optional = table.own_key_columns(key), table.is_optional(key)
        for column, target_column in zip(key.columns, key.target_columns, strict=True):
            if column in own:
                yield column, self._reference_cell(target, target_column, choose, optional=optional)

    def _reference_cell(
        self, target: Table, column: str, choose: Callable[[int], int | None], *, optional: bool
    ) -> _Cell:
        is_shared = self.schema.is_shared(target)

        def cell(tenant: int, number: int) -> Any:
            target_number = choose(number)
            if target_number is None and optional:
                return None
            return self._cells(target.name)[column](1 if is_shared else tenant, target_number or 0)

        return cell

    def _target_chooser(self, table: Table, key: ForeignKey) -> Callable[[int], int | None]:
        """Return a function from a row's number to the number of its target row, None if no target exists yet."""
        if key.target == table.name:
            last = self.count(table.name)  # new rows refer to the last loaded row, not to each other
            return lambda number: min(number, last) - 1 if number else None
        if self.schema.is_forward(table, key) and not requires_later_row(self.schema, table, key):
            return lambda _: None
        for parts in self._combinations(table):
            if key in parts:
                return partial(_digit, self._sizes(table, parts, self._counts), parts.index(key))
        # 7 and the shift: two foreign keys to one table get different targets
        available, shift = max(self.count(key.target), 1), table.row_references.index(key)
        if key.name in self._most_rows(table):
            return lambda number: number % available
        return lambda number: (number * 7 + shift) % available

    def _most_rows(self, table: Table) -> Mapping[str, int]:
        """Return by foreign key how many rows may refer to one row, as far as rules say a number."""
        rules = (one for one in self._rules(table.name) if isinstance(one, CountRule) and one.table == table.name)
        return {rule.key: int(rule.value) for rule in rules if rule.value and rule.op == "at-most"}

    def _combinations(self, table: Table) -> list[list[_Part]]:
        """Return the unique combinations of references and columns with few values: they limit the number of rows."""
        combinations: list[list[_Part]] = []
        indexes = (index.columns for index in table.indexes if index.unique and index.is_plain)
        scoped = (rule.columns for rule in self._rules(table.name) if isinstance(rule, OnlyOneRule))
        for unique in (table.primary_key, *(u.columns for u in table.uniques), *indexes, *scoped):
            keys = [k for k in table.row_references if set(table.own_key_columns(k)) <= set(unique)]
            rest = [n for n in unique if n != table.tenant_column and not any(n in key.columns for key in keys)]
            # a column with few values alone: the rules for its table say how many rows there are
            if keys and all(value_count(table, table.column(name)) for name in rest):
                combinations.append([*keys, *rest])
        return combinations

    def _sizes(self, table: Table, parts: Sequence[_Part], counts: Mapping[str, int]) -> list[int]:
        """Return how many values each part of a combination has: rows of the target, or values of the column."""
        return [
            value_count(table, table.column(part))
            if isinstance(part, str)
            else max(counts.get(part.target, self.rows), 1)
            for part in parts
        ]


def tenant_type(schema: Schema, table: Table) -> ColumnType:
    """Return the type of the tenants' key, or of the tenant column of `table` if there is no table of tenants."""
    tenants = schema.find_table(schema.isolation.table) if schema.isolation else None
    owner = tenants if tenants and tenants.tenant_column else table
    return owner.column(owner.tenant_column or "").type


def tenant_value(type_: ColumnType, tenant: int) -> Any:
    """Return the value of a tenant column for the tenant of that number, from 1."""
    if type_.name == "uuid":
        return uuid.UUID(int=tenant)
    if type_.choices:
        return type_.choices[(tenant - 1) % len(type_.choices)]
    if type_.name not in ("string", "text", "char"):
        return tenant
    text = str(tenant)
    return text if type_.length is None or len(text) <= type_.length else serial_text(tenant, type_.length)


def _digit(sizes: list[int], position: int, number: int) -> int:
    """Return the target number of one foreign key of a unique combination, as a digit of the row's number.

    No combination occurs twice. The first digit is added to the others, so that few rows use many targets of each.
    """
    digits = []
    for size in sizes:
        digits.append(number % size)
        number //= size
    return (digits[position] + (digits[0] if position else 0)) % sizes[position]


def _later(value: Any) -> Any:
    """Return a later value, before the next one of a column whose ranges must not overlap."""
    if isinstance(value, dt.time):
        minute = min(60 * value.hour + value.minute + 1, _LAST_MINUTE)
        return dt.time(minute // 60, minute % 60)
    if isinstance(value, dt.datetime):
        return value + dt.timedelta(minutes=30)
    return value + (dt.timedelta(days=1) if isinstance(value, dt.date) else 1)


def _in_listed_order(row: Row, first: str, last: str, listed: tuple[str, ...]) -> Row:
    """Return two neighbouring values of a native type, which are listed in their order as far as it is known."""
    if row[first] not in listed[:-1]:
        return {first: listed[0], last: listed[1]} if row[first] in listed[1:] else {}
    return {last: listed[listed.index(row[first]) + 1]}


def load(connection: Connection, sample: Sample, traits: Traits) -> int:
    """Load a sample into an empty database and return the number of rows; Rejected if a constraint refuses one."""
    schema = sample.schema
    reserve_keys(connection, schema, traits)
    loaded = sum(load_rows(connection, schema, table, sample.all_rows(table), traits) for table in schema.tables)
    check_later_keys(connection, schema, traits)
    return loaded


def load_rows(connection: Connection, schema: Schema, table: Table, rows: Iterable[Row], traits: Traits) -> int:
    """Load rows into a table and return their number; generated columns are left to the engine.

    References to tables that are filled later are not enforced: `check_later_keys` checks them at the end. A trigger of
    the table may take the tenant from the setting, which is that of the rows then.
    """
    columns = table.writable_columns
    names = [column.sql_name for column in columns]
    loaded = 0
    for settings, of_one in _by_tenant(schema, table, rows):
        values = ([to_engine_value(row[column.name], column.type, traits) for column in columns] for row in of_one)
        with connection.transaction(settings) if settings else nullcontext():
            with unchecked(connection, schema, (table,), traits):
                loaded += connection.load(table.sql_name, names, values)
    return loaded


def _by_tenant(schema: Schema, table: Table, rows: Iterable[Row]) -> Iterator[tuple[dict[str, str], Iterable[Row]]]:
    """Yield (settings, rows) for each tenant if a trigger of the table may read the settings, else all rows at once."""
    tenant = table.tenant_column
    if not schema.isolation or not tenant or not any(one.on == table.sql_name for one in schema.triggers):
        yield {}, rows
        return
    for value, of_one in groupby(rows, key=lambda row: row[tenant]):
        yield dict(schema.tenant_setting(str(value))) if value is not None else {}, of_one


def to_engine_row(row: Row, table: Table, traits: Traits) -> list[Any]:
    """Return the values of a row in column order, in the engine's form."""
    return [to_engine_value(row[column.name], column.type, traits) for column in table.columns]
