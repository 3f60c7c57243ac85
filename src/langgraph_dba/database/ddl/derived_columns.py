"""A value that is kept twice: what keeps the copy equal, as triggers of the engine.

A copied value is the number of rows that refer to a row, or the sum of one of their columns. Rows that refer are added,
changed, moved to another row and deleted: each of the three triggers is one UPDATE of the rows that are concerned.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.schema import Copied, Routine, Schema, Table, Trigger


def with_copies(schema: Schema, traits: Traits) -> Schema:
    """Return the schema with the triggers (and their routines, where an engine wants some) of its copied values."""
    copies = [_Copy(table, copied, schema, Names(traits)) for table in schema.tables for copied in table.copies]
    found = [made for copy in copies for made in _made(copy, traits)]
    routines = (*schema.routines, *(routine for _, routine in found if routine))
    triggers = (*schema.triggers, *(trigger for trigger, _ in found))
    return schema.model_copy(update={"routines": routines, "triggers": triggers}) if found else schema


def query(table: Table, copied: Copied, schema: Schema, names: Names) -> str:
    """Return the expression over `p` (a row of the table) of which the value is a copy."""
    copy = _Copy(table, copied, schema, names)
    what = f"COALESCE(sum({copy.summed('c')}), 0)" if copied.sums else "count(*)"
    return f"(SELECT {what} FROM {names.table(copy.source)} c WHERE {copy.refers('c', 'p')})"


@dataclass(frozen=True, slots=True)
class _Copy:
    """A copied value of a table, in the words of statements."""

    table: Table
    copied: Copied
    schema: Schema
    names: Names

    @property
    def source(self) -> Table:
        """The table whose rows refer."""
        return self.schema.table(self.copied.source)

    def summed(self, row: str) -> str:
        """What a row that refers adds to the copy."""
        return self.names.column(self.source, self.copied.sums, row) if self.copied.sums else "1"

    def refers(self, row: str, referred: str = "") -> str:
        """The condition that a row refers to one of the table."""
        key = next(key for key in self.source.foreign_keys if key.name == self.copied.key)
        pairs = zip(key.target_columns, key.columns, strict=True)
        return " AND ".join(
            f"{self.names.column(self.table, theirs, referred)} = {self.names.column(self.source, own, row)}"
            for theirs, own in pairs
        )


def _made(copy: _Copy, traits: Traits) -> Iterator[tuple[Trigger, Routine | None]]:
    words, on = traits.sql_templates, copy.source
    for event, body in _bodies(copy).items():
        name = f"{copy.table.name}_{copy.copied.column}_{event.lower()}"[:60]
        routine = Routine(name=f"{name}()", definition=words.trigger_routine.format(name=name, body=body))
        text = words.trigger.format(name=name, event=event, table=copy.names.table(on), body=body)
        yield Trigger(name=name, on=on.name, definition=text), routine if words.trigger_routine else None


def _bodies(copy: _Copy) -> dict[str, str]:
    values = (copy.summed(row) for row in ("NEW", "OLD"))
    new, old = (f"COALESCE({value}, 0)" if copy.copied.sums else value for value in values)
    after, before = (f"({copy.refers(row)})" for row in ("NEW", "OLD"))
    column = copy.names.column(copy.table, copy.copied.column)
    change = f"UPDATE {copy.names.table(copy.table)} SET {column}"
    moved = f"CASE WHEN {after} THEN {new} ELSE 0 END - CASE WHEN {before} THEN {old} ELSE 0 END"
    return {
        "INSERT": f"{change} = {column} + {new} WHERE {after}",
        "UPDATE": f"{change} = {column} + {moved} WHERE {after} OR {before}",
        "DELETE": f"{change} = {column} - {old} WHERE {before}",
    }
