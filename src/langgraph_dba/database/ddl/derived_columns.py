"""Triggers that keep a derived column equal to the rows that it is computed from.

A derived column holds the number of rows that refer to a row, or the sum of one of their columns. Referring rows are
inserted, updated, moved to another parent and deleted: each of the three triggers is one UPDATE of the affected rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from langgraph_dba.database.ddl.business_rules.tests_sql import TestsSql
from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.schema import DerivedColumn, Routine, Schema, Table, Trigger


def with_derived_column_triggers(schema: Schema, traits: Traits) -> Schema:
    """Return the schema with the triggers of its derived columns, and their routines if the engine needs them."""
    derivations = [
        _Derivation(table, derived, schema, Names(traits))
        for table in schema.tables
        for derived in table.derived_columns
        if schema.find_table(derived.source)  # a part of a schema may lack it
    ]
    pairs = [pair for derivation in derivations for pair in _triggers(derivation, traits)]
    routines = (*schema.routines, *(routine for _, routine in pairs if routine))
    triggers = (*schema.triggers, *(trigger for trigger, _ in pairs))
    return schema.model_copy(update={"routines": routines, "triggers": triggers}) if pairs else schema


def derived_expression(table: Table, derived: DerivedColumn, schema: Schema, names: Names) -> str:
    """Return the scalar subquery over `p` (a row of `table`) that the derived column must equal."""
    derivation = _Derivation(table, derived, schema, names)
    aggregate = f"COALESCE(sum({derivation.amount('c')}), 0)" if derived.sums else "count(*)"
    conditions = " AND ".join(filter(None, (derivation.refers("c", "p"), derivation.scope("c"))))
    return f"(SELECT {aggregate} FROM {names.table(derivation.source)} c WHERE {conditions})"


@dataclass(frozen=True, slots=True)
class _Derivation:
    """A derived column with the schema and names that its SQL needs."""

    table: Table
    derived: DerivedColumn
    schema: Schema
    names: Names

    @property
    def source(self) -> Table:
        """The table whose rows refer to `table`."""
        return self.schema.table(self.derived.source)

    def amount(self, row: str) -> str:
        """Return what a referring row in the scope adds to the derived column: 1, or the value of a column."""
        if not self.derived.sums:
            return "1"
        value = self.names.column(self.source, self.derived.sums, row)
        less = TestsSql(self.source, self.names.traits, row).scope(self.derived.subtracts)
        return f"CASE WHEN {less} THEN -{value} ELSE {value} END" if less else value

    def scope(self, row: str) -> str:
        """Return the condition that a referring row counts; empty if each does."""
        return TestsSql(self.source, self.names.traits, row).scope(self.derived.where)

    def addend(self, row: str) -> str:
        """Return what a referring row adds to the derived column."""
        # NULL + n is NULL: without COALESCE one referring row with an empty column would empty the sum
        value = f"COALESCE({self.amount(row)}, 0)" if self.derived.sums else "1"
        return f"CASE WHEN {self.scope(row)} THEN {value} ELSE 0 END" if self.derived.where else value

    def refers(self, row: str, referred: str = "") -> str:
        """Return the condition that a row of the source refers to a row of the table."""
        key = next(key for key in self.source.foreign_keys if key.name == self.derived.key)
        pairs = zip(key.target_columns, key.columns, strict=True)
        return " AND ".join(
            f"{self.names.column(self.table, theirs, referred)} = {self.names.column(self.source, own, row)}"
            for theirs, own in pairs
        )


def _triggers(derivation: _Derivation, traits: Traits) -> Iterator[tuple[Trigger, Routine | None]]:
    templates, on = traits.sql_templates, derivation.source
    for event, body in _bodies(derivation).items():
        # PostgreSQL cuts names at 63 bytes without an error
        name = f"{derivation.table.name}_{derivation.derived.column}_{event.lower()}"[:60]
        routine = Routine(name=f"{name}()", definition=templates.trigger_routine.format(name=name, body=body))
        text = templates.trigger.format(name=name, event=event, table=derivation.names.table(on), body=body)
        yield Trigger(name=name, on=on.name, definition=text), routine if templates.trigger_routine else None


def _bodies(derivation: _Derivation) -> dict[str, str]:
    new, old = (derivation.addend(row) for row in ("NEW", "OLD"))
    after, before = (f"({derivation.refers(row)})" for row in ("NEW", "OLD"))
    column = derivation.names.column(derivation.table, derivation.derived.column)
    change = f"UPDATE {derivation.names.table(derivation.table)} SET {column}"
    # one statement for both parents: if the row stays with its parent, both branches add up in the same row
    moved = f"CASE WHEN {after} THEN {new} ELSE 0 END - CASE WHEN {before} THEN {old} ELSE 0 END"
    return {
        "INSERT": f"{change} = {column} + {new} WHERE {after}",
        "UPDATE": f"{change} = {column} + {moved} WHERE {after} OR {before}",
        "DELETE": f"{change} = {column} - {old} WHERE {before}",
    }
