"""Write the tests of business rules as conditions in SQL."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.ddl.type_mapping import literal, to_engine_value
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.engines.type_table import precision_of
from langgraph_dba.database.model.business_rules import ColumnTest, Tests
from langgraph_dba.database.model.schema import ColumnType, Table

SIGNS = {
    "is": "=", "is-not": "<>", "less-than": "<", "before": "<", "at-most": "<=", "not-after": "<=", "more-than": ">",
    "after": ">", "at-least": ">=", "not-before": ">=",
}  # fmt: skip


class TestsSql:
    """The tests of one table as SQL of one engine; `row` qualifies the columns, such as `NEW`.

    `elsewhere` has the SQL that stands for some columns, such as those that repeat one of another row.
    """

    def __init__(self, table: Table, traits: Traits, row: str = "", elsewhere: Mapping[str, str] | None = None) -> None:
        """Store what the texts depend on."""
        self._table, self._traits, self._row, self._names = table, traits, row, Names(traits)
        self._elsewhere = elsewhere or {}

    def column(self, name: str) -> str:
        """Return a column."""
        return self._elsewhere.get(name) or self._names.column(self._table, name, self._row)

    def value(self, text: str, column: str) -> str:
        """Return a value of the requirements as a literal of a column's type."""
        return value_sql(text, self._table.column(column).type, self._traits)

    def demand(self, tests: Tests) -> str:
        """Return the condition that all tests hold; a comparison with NULL is NULL, which a CHECK accepts."""
        return " AND ".join(self._one(test) for test in tests)

    def scope(self, tests: Tests) -> str:
        """Return the condition that a row meets all tests: never NULL, and an absent value is not any value."""
        return " AND ".join(self._two_valued(test) for test in tests)

    def _two_valued(self, test: ColumnTest) -> str:
        text = self._one(test)
        optional = [name for name in test.columns if self._table.column(name).nullable]
        if test.op in ("present", "absent") or not optional:
            return text
        if test.op == "is-not":
            return f"({' OR '.join((*(f'{self.column(name)} IS NULL' for name in optional), text))})"
        return f"({' AND '.join((*(f'{self.column(name)} IS NOT NULL' for name in optional), text))})"

    def _one(self, test: ColumnTest) -> str:
        column = self.column(test.column)
        if test.op in ("present", "absent"):
            return f"{column} IS {'NOT ' if test.op == 'present' else ''}NULL"
        if test.op == "in":
            return f"{column} IN ({', '.join(self.value(value, test.column) for value in test.values)})"
        if not test.other:
            return f"{column} {SIGNS[test.op]} {self.value(test.values[0], test.column)}"
        right = self.sum(test)
        if not test.plus:
            column, right = self.in_one_unit((column, test.column), (right, test.other))
        return f"{column} {SIGNS[test.op]} {right}"

    def in_one_unit(self, *pairs: tuple[str, str]) -> tuple[str, ...]:
        """Return texts, each with the column whose value it is, so that they can be compared.

        Without exact decimals, a value is stored as the number of its smallest units: cents, or whole numbers.
        """
        places = [self.places(name) for _, name in pairs]
        most = max(places)
        scaled = zip(pairs, places, strict=True)
        return tuple(text if own == most else f"{text} * {10 ** (most - own)}" for (text, _), own in scaled)

    def places(self, column: str) -> int:
        """Return how many decimal places of a column are stored as whole units."""
        type_ = self._table.column(column).type
        return 0 if self._traits.exact_decimals or type_.name != "decimal" else precision_of(type_)[1]

    def sum(self, test: ColumnTest) -> str:
        """Return the right column of a test, with what is added to it."""
        assert test.other
        if not test.plus:
            return self.column(test.other)
        number, unit = test.plus.split()
        form = self._traits.sql_templates.plus[self._table.column(test.other).type.name]
        return form.format(a=self.column(test.other), n=number, unit=unit.removesuffix("s"))


def value_sql(text: str, type_: ColumnType, traits: Traits) -> str:
    """Return a value of the requirements as a literal of a type."""
    match type_.name:
        case "boolean":
            true = text == "true"
            return str(true).lower() if traits.native_booleans else str(int(true))
        case "smallint" | "integer" | "bigint" | "duration" | "identity" | "reference":
            return str(int(text))
        case "decimal":
            return str(to_engine_value(Decimal(text), type_, traits))
        case "float":
            return str(Decimal(text))
        case "date":
            return literal(str(to_engine_value(dt.date.fromisoformat(text), type_, traits)), traits)
        case "time":
            return literal(str(to_engine_value(dt.time.fromisoformat(text), type_, traits)), traits)
        case "instant" | "local-datetime":
            moment = dt.datetime.fromisoformat(text)
            moment = moment.replace(tzinfo=moment.tzinfo or dt.UTC) if type_.name == "instant" else moment
            return literal(str(to_engine_value(moment, type_, traits)), traits)
        case _:
            return literal(text, traits)
