"""Generate rows for any schema inside the engine: one statement per table, without rows in Python.

The rows satisfy types, keys, foreign keys, unique combinations, checks and tenants. The same profile results in the
same rows.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from langgraph_dba.database.data.column_bounds import excluded_intervals, orders
from langgraph_dba.database.data.generator.arithmetic import PRIME, choose, scatter
from langgraph_dba.database.data.generator.layout import Digit, Layout
from langgraph_dba.database.data.generator.profile import ColumnProfile, Profile, ReferenceProfile
from langgraph_dba.database.data.generator.rule_cells import avoided_key, corrected, insertions, required_columns
from langgraph_dba.database.data.generator.values import Domain, domain, has_same_unit
from langgraph_dba.database.data.required_targets import with_required_targets
from langgraph_dba.database.data.reserved_keys import reserve_keys
from langgraph_dba.database.data.rules_of_rows import rules_of_rows
from langgraph_dba.database.data.separate_periods import least_length, with_separate_periods
from langgraph_dba.database.data.unchecked_keys import (
    all_keys,
    check_later_keys,
    derives_from_itself,
    later_keys,
    orphan_of,
    requires_later_row,
    unchecked,
)
from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Connection, Rejected, Traits
from langgraph_dba.database.model.business_rules import BusinessRule, OnlyOneRule
from langgraph_dba.database.model.schema import Column, ForeignKey, Schema, Table
from langgraph_dba.errors import InputError

_SHARE = 10_000  # shares are rounded to 1 / 10,000
# how far a later value is from the one that must be before it, in the unit of the column (days, seconds, minor units)
_SPANS = {"date": 30, "instant": 86_400, "local-datetime": 86_400, "time": 3600}
_EXCLUDED_SPAN = 2  # the length of ranges that must not overlap; they begin at twice this distance
_NO_ROW = "NULLIF(0, 0)"  # a NULL of an integer type: PostgreSQL gives a bare NULL the type text


@dataclass(frozen=True, slots=True)
class RowPosition:
    """SQL for the position of a row: `row` among all, `number` within its tenant, `tenant` (each from 0).

    `block` is the number of the tenant if a statement generates only its rows.
    """

    row: str
    number: str
    tenant: str
    block: int | None = None


def generate(connection: Connection, schema: Schema, traits: Traits, profile: Profile | None = None) -> dict[str, int]:
    """Fill the tables of an empty database and return the number of rows of each.

    Row-level security must not apply to the connection. InputError names a constraint that the rows violate.
    """
    builder = _StatementBuilder(schema, traits, profile or Profile())
    rows: dict[str, int] = {}
    with connection.transaction():
        reserve_keys(connection, schema, traits)
        for table in schema.tables:
            try:
                unenforced = unchecked(connection, schema, (table,), traits, all_keys)
                with unenforced, _own_tenants(connection, schema, table, traits):
                    made = [(sql, connection.run(sql).affected_rows) for sql in builder.statements(table)]
                rows[table.name] = sum(count for sql, count in made if sql.startswith("INSERT"))
            except Rejected as rejection:
                raise InputError(f"{table.name}: the generated rows violate a constraint ({rejection})") from None
            # now: rows of tables that inherit from this one have no foreign keys, and are read with its own
            if not later_keys(schema, table) and (orphan := orphan_of(connection, schema, table, traits)):
                raise InputError(f"{table.name}: {orphan}")
            # the rows have explicit identities: without a restart the next INSERT would use one of them again
            restart = builder.restart_identity(table, rows[table.name])
            if restart:
                connection.run(restart)
        try:
            check_later_keys(connection, schema, traits)
        except Rejected as rejection:
            raise InputError(str(rejection)) from None
    return rows


@contextmanager
def _own_tenants(connection: Connection, schema: Schema, table: Table, traits: Traits) -> Iterator[None]:
    """Do not run the triggers of a table in the block if one assigns the tenant: the rows are those of all tenants."""
    silence, end = traits.sql_templates.silence_triggers
    tenant = table.column(table.tenant_column).sql_name if table.tenant_column else ""
    assigns = re.compile(rf"\bnew\s*\.\s*\"?{re.escape(tenant)}\"?\s*:?=", re.IGNORECASE)
    texts = (*(one.definition for one in schema.routines), *(one.definition for one in schema.triggers))
    is_assigned = bool(tenant) and any(map(assigns.search, texts))
    name = Names(traits).table(table)
    if is_assigned and silence and any(one.on == table.sql_name for one in schema.triggers):
        connection.run(silence.format(table=name))
        yield
        connection.run(end.format(table=name))
    else:
        yield


def statements(schema: Schema, traits: Traits, profile: Profile | None = None) -> list[str]:
    """Return the statements that `generate` runs, in order."""
    builder = _StatementBuilder(schema, traits, profile or Profile())
    return [sql for table in schema.tables for sql in builder.statements(table)]


class _StatementBuilder:
    def __init__(self, schema: Schema, traits: Traits, profile: Profile) -> None:
        self.schema = schema = with_separate_periods(with_required_targets(schema))
        self.traits, self.profile, self.templates = traits, profile, traits.sql_templates
        if endless := next((table.name for table in schema.tables if derives_from_itself(schema, table)), ""):
            raise InputError(f"{endless}: its key is that of a table whose key is its own: no row can be first")
        self.names = Names(traits)
        self.domains = {
            (table.name, column.name): self._domain(table, column)
            for table in schema.tables
            for column in table.columns
        }
        self.layout = Layout(schema, profile, {name: d.room if d else 0 for name, d in self.domains.items()})
        self._cell = cache(self._make_cell)

    def _domain(self, table: Table, column: Column) -> Domain | None:
        referring = {c for key in table.foreign_keys for c in key.columns}
        if column.name in referring or column.name in table.copies:
            return None
        try:
            return domain(table, column, self._column_profile(table, column), self.profile, self.traits)
        except InputError:
            if column.nullable or column.default is not None or not self.profile.rows_of(table.name):
                return None
            raise

    def _column_profile(self, table: Table, column: Column) -> ColumnProfile:
        return self.profile.table(table.name).columns.get(column.name, ColumnProfile())

    def statements(self, table: Table) -> Iterator[str]:
        """Yield the INSERT statements of a table: one if all tenants have equally many rows, else one per tenant."""
        table = self.schema.table(table.name)
        blocks = self.layout.blocks[table.name]
        if len(blocks) == 1 or self.layout.is_even:
            rows_per_tenant = blocks[0][1]
            position = RowPosition("g", "i", "t")
            total = self.layout.total(table.name)
            if total:
                tenant_of_row = self.templates.div.format(a="g", b=rows_per_tenant)
                split = f"SELECT g, g % {rows_per_tenant} AS i, {tenant_of_row} AS t FROM ({{numbers}}) numbered"
                yield from self._insert(table, position, split, total)
            return
        for tenant, (start, count) in enumerate(blocks):
            if count:
                split = f"SELECT g + {start} AS g, g AS i, {tenant} AS t FROM ({{numbers}}) numbered"
                yield from self._insert(table, RowPosition("g", "i", str(tenant), tenant), split, count)

    def _insert(self, table: Table, position: RowPosition, split: str, count: int) -> Iterator[str]:
        columns = [c for c in table.columns if not self._is_left_to_engine(table, c)]
        source = split.format(numbers=self.templates.numbers.format(n=count))
        targets = {key.name: self._target_row(table, key, position) for key in table.row_references}
        target_columns = "".join(f", {sql} AS k{number}" for number, sql in enumerate(targets.values()))
        inner = f"SELECT g, i, t{target_columns} FROM ({source}) positions"
        head = self.names.insert_into(table, [column.name for column in columns])
        rules = self._rules(table)
        if not rules and not table.copies:
            cells = ", ".join(self._value(table, column, position) for column in columns)
            yield f"{head} SELECT {cells} FROM ({inner}) targets"
            return
        values = ((self._value(table, one, position), self.names.column(table, one.name)) for one in columns)
        cells = ", ".join(f"{value} AS {name}" for value, name in values)
        source = f"SELECT i, {cells} FROM ({inner}) targets"
        rows = corrected(source, [one.name for one in columns], self.schema, table, self.names)
        yield from insertions(head, rows, rules, table, self.templates)

    def _rules(self, table: Table) -> tuple[BusinessRule, ...]:
        return rules_of_rows(self.schema, table)

    def _is_left_to_engine(self, table: Table, column: Column) -> bool:
        source = self.domains[table.name, column.name] or self._reference_of(table, column.name)
        is_made = source or column.name == table.tenant_column or column.name in table.copies
        return bool(column.generated) or not is_made

    def restart_identity(self, table: Table, rows: int) -> str:
        """Return the statement that sets a table's identity to the number after its rows; empty if it needs none."""
        identities = [c.sql_name for c in table.columns if c.type.name == "identity"]
        if not (identities and rows and self.templates.restart):
            return ""
        return self.templates.restart.format(table=self.names.table(table), column=identities[0], n=rows)

    def _reference_of(self, table: Table, column: str) -> ForeignKey | None:
        return next((key for key in table.row_references if column in key.columns), None)

    def _target_row(self, table: Table, key: ForeignKey, position: RowPosition) -> str:
        """Return SQL for the row of the target (among all its rows) that a row refers to, or for NULL."""
        key_profile = self.profile.table(table.name).references.get(key.name, ReferenceProfile())
        target = self.schema.table(key.target)
        is_optional = table.is_optional(key)
        if self.schema.is_forward(table, key) and not requires_later_row(self.schema, table, key):
            return _NO_ROW  # the target is filled later
        if key.target == table.name:
            pick = self._earlier_row(table, key, position, is_optional=is_optional)
        else:
            start, count = self._block(target, position)
            used = self.layout.parents_with_children(table, key, count)
            within = self._digit(table, key.name, position, used)
            within = within or choose(position.row, used, key_profile.spread, self.profile.seed, key.name)
            pick = f"({start} + {within})"
        rules = self._rules(table)
        is_nullable = is_optional and required_columns(rules).isdisjoint(table.own_key_columns(key))
        share = self._null_share(key_profile.null_share) if is_nullable else 0
        if (other := avoided_key(table, key, rules)) and key.target != table.name:
            taken = f"({self._target_row(table, other, position)})"
            next_one = f"({start} + (({pick}) - {start} + 1) % {used})"
            pick = f"(CASE WHEN {pick} = {taken} THEN {next_one} ELSE {pick} END)"
        return _NO_ROW if share >= _SHARE else self._with_nulls(pick, share, position, table.name, key.name)

    def _earlier_row(self, table: Table, key: ForeignKey, position: RowPosition, *, is_optional: bool) -> str:
        """Return SQL for an earlier row of the same table; the first row refers to none, or to itself if it must."""
        row, number = position.row, position.number
        if self.layout.is_chain(table, key):
            return f"CASE WHEN {number} = 0 THEN NULL ELSE {row} - 1 END" if is_optional else row
        earlier = scatter(row, self.profile.seed, key.name)
        first = "NULL" if is_optional else row
        return f"CASE WHEN {number} = 0 THEN {first} ELSE {row} - 1 - {earlier} % {number} END"

    def _block(self, target: Table, position: RowPosition) -> tuple[str, int]:
        """Return SQL for the first row of the target of the same tenant, and the number of these rows."""
        blocks = self.layout.blocks[target.name]
        if len(blocks) == 1:
            return str(blocks[0][0]), blocks[0][1]
        if position.block is not None:
            return str(blocks[position.block][0]), blocks[position.block][1]
        return f"{position.tenant} * {blocks[0][1]}", blocks[0][1]

    def _digit(self, table: Table, name: str, position: RowPosition, size: int) -> str:
        """Return SQL for one part of a unique combination, empty if the column or key is part of none."""
        for digits in self.layout.combinations(table):
            names = [digit.name for digit in digits]
            if name in names:
                sizes = [self._digit_size(table, digit, position) for digit in digits]
                # each tenant has one row in the table of tenants: its number within the tenant is always 0
                number = position.row if self.schema.is_tenant_table(table) else position.number
                before = 1
                for other in sizes[: names.index(name)]:
                    before *= max(other, 1)
                quotient = self.templates.div.format(a=number, b=before) if before > 1 else number
                # the first digit is added to the others, so that few rows already use many values of each part
                shift = f" + {number}" if names.index(name) else ""
                return f"(({quotient}{shift}) % {max(size, 1)})"
        return ""

    def _digit_size(self, table: Table, digit: Digit, position: RowPosition) -> int:
        key = next((key for key in table.foreign_keys if key.name == digit.name), None)
        if key is None:
            return digit.size
        _, parents = self._block(self.schema.table(key.target), position)
        return self.layout.parents_with_children(table, key, parents)

    def _value(self, table: Table, column: Column, position: RowPosition) -> str:
        if column.name == table.tenant_column and not self.schema.is_tenant_table(table):
            return self._tenant(table, position)
        for number, key in enumerate(table.row_references):
            if column.name in table.own_key_columns(key):
                target = self.schema.table(key.target)
                theirs = key.target_columns[key.columns.index(column.name)]
                return self._cell(target.name, theirs)(self._position_of_target(target, f"k{number}", position))
        return self._cell(table.name, column.name)(position)

    def _tenant(self, table: Table, position: RowPosition) -> str:
        """Return SQL for the tenant of a row: the key of the tenant's own row if there is a table of tenants."""
        tenant, column = position.tenant, table.column(table.tenant_column or "")
        tenants = self.schema.find_table(self.schema.isolation.table) if self.schema.isolation else None
        if tenants and tenants.tenant_column:
            if tenants.column(tenants.tenant_column).type.name in ("identity", "reference"):
                return f"{tenant} + 1"
            return self._cell(tenants.name, tenants.tenant_column)(RowPosition(tenant, "0", tenant, position.block))
        if column.type.name in ("uuid", "string", "text", "char") or column.type.choices:
            values = domain(table, column, ColumnProfile(), self.profile, self.traits)
            return values.value(f"(({tenant} + 1) % {values.size})")
        return f"{tenant} + 1"

    def _position_of_target(self, target: Table, row: str, position: RowPosition) -> RowPosition:
        """Return the position of a row of the target."""
        blocks = self.layout.blocks[target.name]
        if len(blocks) == 1:
            return RowPosition(row, row, "0", position.block)
        start, count = self._block(target, position)
        number = f"({row} - {start})" if position.block is not None else f"({row} % {count})"
        return RowPosition(row, number, position.tenant, position.block)

    def _make_cell(self, table_name: str, column_name: str) -> Callable[[RowPosition], str]:
        table = self.schema.table(table_name)
        column, column_domain = table.column(column_name), self.domains[table_name, column_name]
        if any(derived.column == column_name for derived in table.derived_columns):
            return lambda _: "0"  # the triggers add the rows that refer to it
        if column_domain is None:
            return lambda position: self._nested_reference(table, column, position)
        column_profile = self._column_profile(table, column)
        is_required = column_name in table.primary_key or column_name in required_columns(self._rules(table))
        is_nullable = column.nullable and not is_required
        null = self._null_share(column_profile.null_share) if is_nullable else 0
        kind = column.type.name

        def cell(position: RowPosition) -> str:
            # `k…` is the number of a target row, which is NULL for a row without a target: the value must be NULL too
            if kind in ("identity", "reference"):
                return (
                    f"CASE WHEN {position.row} IS NULL THEN NULL ELSE {position.row} + 1 END"
                    if position.row.startswith("k")
                    else f"{position.row} + 1"
                )
            number = self._number(table, column, column_domain, position)
            value = column_domain.render(number)
            if position.row.startswith("k"):
                value = f"CASE WHEN {position.row} IS NULL THEN NULL ELSE {value} END"
            return self._with_nulls(value, null, position, table_name, column_name)

        return cell

    def _number(self, table: Table, column: Column, own: Domain, position: RowPosition) -> str:
        """Return SQL for the number of a row's value in a column: after those of the columns that must be before it."""
        before = [
            self._number(table, first, values, position)
            for first in (table.column(one.first) for one in orders(table) if one.last == column.name)
            if (values := self.domains[table.name, first.name]) and has_same_unit(first, column)
        ]
        if not before:
            place = self._value_number(table, column, own, self._column_profile(table, column), position)
            is_spaced = any(first == column.name for first, _ in excluded_intervals(table).values())
            length = least_length(self.schema, table, column.name)
            distance = 2 * _EXCLUDED_SPAN + (length.days if column.type.name == "date" else int(length.total_seconds()))
            return own.number(f"({place}) * {distance}" if is_spaced else place)
        start = before[0]
        for other in before[1:]:
            start = f"CASE WHEN {start} > {other} THEN {start} ELSE {other} END"
        offset = scatter(position.row, self.profile.seed, table.name, column.name)
        is_excluded = any(last == column.name for _, last in excluded_intervals(table).values())
        span = str(_EXCLUDED_SPAN if is_excluded else _SPANS.get(column.type.name, 100))
        if own.top is not None:
            span = f"CASE WHEN {own.top} - ({start}) < {span} THEN {own.top} - ({start}) ELSE {span} END"
        return f"(({start}) + 1 + {offset} % ({span}))"

    def _nested_reference(self, table: Table, column: Column, position: RowPosition) -> str:
        """Return SQL for the value of a foreign key column of a row to which another row refers."""
        if column.name == table.tenant_column and not self.schema.is_tenant_table(table):
            return self._tenant(table, position)
        key = self._reference_of(table, column.name)
        if key is None:
            return "NULL"
        target, theirs = self.schema.table(key.target), key.target_columns[key.columns.index(column.name)]
        row = f"({self._target_row(table, key, position)})"
        return self._cell(target.name, theirs)(self._position_of_target(target, row, position))

    def _value_number(
        self, table: Table, column: Column, column_domain: Domain, column_profile: ColumnProfile, position: RowPosition
    ) -> str:
        """Return SQL for the number of the value that a row has in a column, among the values of its domain."""
        if column.name == table.tenant_column and self.schema.is_tenant_table(table):
            return position.row  # the key of the tenants, and their whole key
        unique = (
            table.primary_key,
            *(u.columns for u in table.uniques),
            *(i.columns for i in table.indexes if i.unique),
            *(rule.columns for rule in self._rules(table) if isinstance(rule, OnlyOneRule)),
        )
        if keys := [one for one in unique if column.name in one and column.name == self.layout.free_column(table, one)]:
            within = all(table.tenant_column in one for one in keys) and not self.schema.is_tenant_table(table)
            return position.number if within else position.row
        digit = self._digit(table, column.name, position, column_domain.room)
        if digit:
            return digit
        if column_profile.growing:
            total = max(1, self.layout.total(table.name))
            if column_domain.size >= total:
                return f"({position.row} * {column_domain.size // total})"
            # fewer values than rows: consecutive rows have the same value
            return self.templates.div.format(a=f"({position.row} * {column_domain.size})", b=total)
        spread, seed = column_profile.spread, self.profile.seed
        return choose(position.row, column_domain.size, spread, seed, table.name, column.name)

    def _null_share(self, share: float | None) -> int:
        return round((self.profile.null_share if share is None else share) * _SHARE)

    def _with_nulls(self, sql: str, share: int, position: RowPosition, *salt: object) -> str:
        """Return SQL that is NULL in a share of the rows."""
        if share <= 0:
            return sql
        if share >= _SHARE:
            return "NULL"
        chance = scatter(position.row, self.profile.seed, "null", *salt)
        return f"CASE WHEN {chance} < {share * PRIME // _SHARE} THEN NULL ELSE {sql} END"


def rows_of(connection: Connection, schema: Schema, traits: Traits) -> Mapping[str, int]:
    """Return the number of rows of each table."""
    count = "SELECT count(*) FROM {}"
    tables = {table.name: Names(traits).table(table) for table in schema.tables}
    return {name: int(connection.run(count.format(table)).scalar) for name, table in tables.items()}
