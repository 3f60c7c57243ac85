"""Rows for any schema, made inside the engine: one statement a table, no row passes through Python.

Types, keys, references, unique combinations, checks and tenants are honoured; the same profile gives the same rows.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from langgraph_dba.database.data.generator.arithmetic import PRIME, choose, scatter
from langgraph_dba.database.data.generator.layout import Digit, Layout
from langgraph_dba.database.data.generator.profile import ColumnProfile, Profile, ReferenceProfile
from langgraph_dba.database.data.generator.values import Domain, domain, order_of
from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Connection, Rejected, Traits
from langgraph_dba.database.model.schema import Column, ForeignKey, Schema, Table
from langgraph_dba.errors import InputError

_SHARE = 10_000  # shares are counted in so many parts
_NO_ROW = "NULLIF(0, 0)"  # a NULL that every engine takes for a number


@dataclass(frozen=True, slots=True)
class Place:
    """SQL for where a row stands: `row` among all, `number` within its tenant, `tenant` (from 0).

    `block` is the tenant itself where a statement makes one tenant's rows only.
    """

    row: str
    number: str
    tenant: str
    block: int | None = None


def generate(connection: Connection, schema: Schema, traits: Traits, profile: Profile | None = None) -> dict[str, int]:
    """Fill an empty database's tables and return how many rows each got.

    The connection must be one that no policy stops. InputError if a rule cannot be honoured: it says which.
    """
    maker = _Maker(schema, traits, profile or Profile())
    rows: dict[str, int] = {}
    with connection.transaction():
        for table in schema.tables:
            try:
                rows[table.name] = sum(connection.run(sql).touched for sql in maker.statements(table))
            except Rejected as refusal:
                told = f"the generated rows break a rule ({refusal}): say more in its profile"
                raise InputError(f"{table.name}: {told}") from None
            restart = maker.restart(table, rows[table.name])
            if restart:
                connection.run(restart)
    return rows


def statements(schema: Schema, traits: Traits, profile: Profile | None = None) -> list[str]:
    """Return the statements that `generate` runs, in their order."""
    maker = _Maker(schema, traits, profile or Profile())
    return [sql for table in schema.tables for sql in maker.statements(table)]


class _Maker:
    def __init__(self, schema: Schema, traits: Traits, profile: Profile) -> None:
        self.schema, self.traits, self.profile, self.words = schema, traits, profile, traits.words
        self.names = Names(traits)
        self.domains = {
            (table.name, column.name): self._domain(table, column)
            for table in schema.tables
            for column in table.columns
        }
        self.layout = Layout(schema, profile, {place: d.room if d else 0 for place, d in self.domains.items()})
        self._cell = cache(self._make_cell)

    def _domain(self, table: Table, column: Column) -> Domain | None:
        referring = {c for key in table.foreign_keys for c in key.columns}
        if column.name in referring:
            return None
        try:
            return domain(table, column, self._said(table, column), self.profile, self.traits)
        except InputError:
            if column.nullable or column.default is not None or not self.profile.rows_of(table.name):
                return None
            raise

    def _said(self, table: Table, column: Column) -> ColumnProfile:
        return self.profile.table(table.name).columns.get(column.name, ColumnProfile())

    # -- statements -------------------------------------------------------------------------------------------------

    def statements(self, table: Table) -> Iterator[str]:
        """Yield the INSERTs of a table: one for all tenants where they are alike, else one a tenant."""
        blocks = self.layout.blocks[table.name]
        if len(blocks) == 1 or self.layout.even:
            per = blocks[0][1]
            place = Place("g", "i", "t")
            split = f"SELECT g, g % {per} AS i, {self.words.div.format(a='g', b=per)} AS t" if per else ""
            if self.layout.total(table.name):
                yield self._insert(table, place, f"{split} FROM ({{numbers}}) numbered", self.layout.total(table.name))
            return
        for tenant, (start, count) in enumerate(blocks):
            if count:
                split = f"SELECT g + {start} AS g, g AS i, {tenant} AS t FROM ({{numbers}}) numbered"
                yield self._insert(table, Place("g", "i", str(tenant), tenant), split, count)

    def _insert(self, table: Table, place: Place, split: str, count: int) -> str:
        columns = [c for c in table.columns if not self._left_to_the_engine(table, c)]
        source = split.format(numbers=self.words.numbers.format(n=count))
        picks = {key.name: self._pick(table, key, place) for key in table.row_references}
        chosen = "".join(f", {sql} AS k{number}" for number, sql in enumerate(picks.values()))
        inner = f"SELECT g, i, t{chosen} FROM ({source}) placed"
        cells = ", ".join(self._value(table, column, place) for column in columns)
        names = self.names.columns(table, (column.name for column in columns))
        return f"INSERT INTO {self.names.table(table)} ({names}) SELECT {cells} FROM ({inner}) picked"

    def _left_to_the_engine(self, table: Table, column: Column) -> bool:
        made = self.domains[table.name, column.name] or self._referring(table, column.name)
        return bool(getattr(column, "generated", None)) or not (made or column.name == table.tenant_column)

    def restart(self, table: Table, rows: int) -> str:
        """Return the statement that lets a table's counter go on behind the rows, or nothing."""
        counted = [c.sql_name for c in table.columns if c.type.name == "identity"]
        if not (counted and rows and self.words.restart):
            return ""
        return self.words.restart.format(table=self.names.table(table), column=counted[0], n=rows)

    # -- references -------------------------------------------------------------------------------------------------

    def _referring(self, table: Table, column: str) -> ForeignKey | None:
        return next((key for key in table.row_references if column in key.columns), None)

    def _pick(self, table: Table, key: ForeignKey, place: Place) -> str:
        """SQL for the row of the target (among all its rows) that a row refers to; NULL where there is none."""
        said = self.profile.table(table.name).references.get(key.name, ReferenceProfile())
        target = self.schema.table(key.target)
        optional = table.is_optional(key)
        if self.schema.is_forward(table, key):
            return _NO_ROW
        if key.target == table.name:
            pick = self._earlier(table, key, place, optional=optional)
        else:
            start, count = self._block(target, place)
            used = self.layout.used(table, key, count)
            within = self._digit(table, key.name, place, used)
            pick = f"({start} + {within or choose(place.row, used, said.spread, self.profile.seed, key.name)})"
        share = self._null_share(said.null_share) if optional else 0
        return _NO_ROW if share >= _SHARE else self._perhaps(pick, share, place, table.name, key.name)

    def _earlier(self, table: Table, key: ForeignKey, place: Place, *, optional: bool) -> str:
        """SQL for an earlier row of the same table; the first one names none, or itself where it must name one."""
        if self.layout.chained(table, key):
            return f"CASE WHEN {place.number} = 0 THEN NULL ELSE {place.row} - 1 END" if optional else place.row
        earlier = scatter(place.row, self.profile.seed, key.name)
        first = "NULL" if optional else place.row
        return f"CASE WHEN {place.number} = 0 THEN {first} ELSE {place.row} - 1 - {earlier} % {place.number} END"

    def _block(self, target: Table, place: Place) -> tuple[str, int]:
        """SQL for the first row of the target that belongs to the row's tenant, and how many there are."""
        blocks = self.layout.blocks[target.name]
        if len(blocks) == 1:
            return str(blocks[0][0]), blocks[0][1]
        if place.block is not None:
            return str(blocks[place.block][0]), blocks[place.block][1]
        return f"{place.tenant} * {blocks[0][1]}", blocks[0][1]

    def _digit(self, table: Table, name: str, place: Place, size: int) -> str:
        """SQL for a part of a combination that must not come twice, or nothing if it is in none."""
        for digits in self.layout.combinations(table):
            names = [digit.name for digit in digits]
            if name in names:
                sizes = [self._digit_size(table, digit, place) for digit in digits]
                before = 1
                for other in sizes[: names.index(name)]:
                    before *= max(other, 1)
                turned = self.words.div.format(a=place.number, b=before) if before > 1 else place.number
                # the first digit is added to the others so that both sides spread
                shift = f" + {place.number}" if names.index(name) else ""
                return f"(({turned}{shift}) % {max(size, 1)})"
        return ""

    def _digit_size(self, table: Table, digit: Digit, place: Place) -> int:
        key = next((key for key in table.foreign_keys if key.name == digit.name), None)
        return self.layout.used(table, key, self._block(self.schema.table(key.target), place)[1]) if key else digit.size

    # -- values -----------------------------------------------------------------------------------------------------

    def _value(self, table: Table, column: Column, place: Place) -> str:
        if column.name == table.tenant_column and not self.schema.is_tenant_table(table):
            return f"{place.tenant} + 1"
        for number, key in enumerate(table.row_references):
            if column.name in table.own_key_columns(key):
                target = self.schema.table(key.target)
                theirs = key.target_columns[key.columns.index(column.name)]
                return self._cell(target.name, theirs)(self._at(target, f"k{number}", place))
        return self._cell(table.name, column.name)(place)

    def _at(self, target: Table, row: str, place: Place) -> Place:
        """The place of a row of the target that was picked."""
        blocks = self.layout.blocks[target.name]
        if len(blocks) == 1:
            return Place(row, row, "0", place.block)
        start, count = self._block(target, place)
        return Place(
            row, f"({row} - {start})" if place.block is not None else f"({row} % {count})", place.tenant, place.block
        )

    def _make_cell(self, table_name: str, column_name: str) -> Callable[[Place], str]:
        table = self.schema.table(table_name)
        column, found = table.column(column_name), self.domains[table_name, column_name]
        if any(copied.column == column_name for copied in table.derived_columns):
            return lambda _: "0"  # triggers count from there
        if found is None:
            return lambda place: self._nested(table, column, place)
        said = self._said(table, column)
        null = self._null_share(said.null_share) if column.nullable and column_name not in table.primary_key else 0
        kind = column.type.name

        def cell(place: Place) -> str:
            if kind in ("identity", "reference"):
                return (
                    f"CASE WHEN {place.row} IS NULL THEN NULL ELSE {place.row} + 1 END"
                    if place.row.startswith("k")
                    else f"{place.row} + 1"
                )
            first = order_of(table, column_name)
            raw = found.number(self._chosen(table, column, found, said, place))
            if first and (before := self.domains[table_name, first]) and table.column(first).type.name == kind:
                start = before.number(
                    self._chosen(table, table.column(first), before, self._said(table, table.column(first)), place)
                )
                raw = (
                    f"({start} + {scatter(place.row, self.profile.seed, table_name, column_name)} % {self._span(kind)})"
                )
            value = found.render(raw)
            shown = f"CASE WHEN {place.row} IS NULL THEN NULL ELSE {value} END" if place.row.startswith("k") else value
            return self._perhaps(shown, null, place, table_name, column_name)

        return cell

    @staticmethod
    def _span(kind: str) -> int:
        return {"date": 30, "instant": 86_400, "local-datetime": 86_400, "time": 3600}.get(kind, 100)

    def _nested(self, table: Table, column: Column, place: Place) -> str:
        """A column that is itself a reference, seen from a row that refers to it."""
        if column.name == table.tenant_column:
            return f"{place.tenant} + 1"
        key = self._referring(table, column.name)
        if key is None:
            return "NULL"
        target, theirs = self.schema.table(key.target), key.target_columns[key.columns.index(column.name)]
        return self._cell(target.name, theirs)(self._at(target, f"({self._pick(table, key, place)})", place))

    def _chosen(self, table: Table, column: Column, found: Domain, said: ColumnProfile, place: Place) -> str:
        """SQL for which of a column's values a row has."""
        for columns in (
            table.primary_key,
            *(u.columns for u in table.uniques),
            *(i.columns for i in table.indexes if i.unique),
        ):
            if column.name in columns and column.name == self.layout.free_column(table, columns):
                within = table.tenant_column in columns and not self.schema.is_tenant_table(table)
                return place.number if within else place.row
        digit = self._digit(table, column.name, place, found.room)
        if digit:
            return digit
        if said.growing:
            total = max(1, self.layout.total(table.name))
            if found.size >= total:
                return f"({place.row} * {found.size // total})"
            # more rows than values: several rows share one
            return self.words.div.format(a=f"({place.row} * {found.size})", b=total)
        return choose(place.row, found.size, said.spread, self.profile.seed, table.name, column.name)

    def _null_share(self, said: float | None) -> int:
        return round((self.profile.null_share if said is None else said) * _SHARE)

    def _perhaps(self, sql: str, share: int, place: Place, *salt: object) -> str:
        """SQL that is NULL in a share of the rows."""
        if share <= 0:
            return sql
        if share >= _SHARE:
            return "NULL"
        chance = scatter(place.row, self.profile.seed, "null", *salt)
        return f"CASE WHEN {chance} < {share * PRIME // _SHARE} THEN NULL ELSE {sql} END"


def rows_of(connection: Connection, schema: Schema, traits: Traits) -> Mapping[str, int]:
    """Count the rows of each table."""
    count = "SELECT count(*) FROM {}"
    tables = {table.name: Names(traits).table(table) for table in schema.tables}
    return {name: int(connection.run(count.format(table)).scalar) for name, table in tables.items()}
