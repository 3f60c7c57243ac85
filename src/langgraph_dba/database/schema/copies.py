"""A value that is kept twice: what keeps the copy equal, as triggers of the engine.

A copied value is the number of rows that refer to a row, or the sum of one of their columns. Rows that refer are added,
changed, moved to another row and deleted: each of the three triggers is one UPDATE of the rows that are concerned.
"""

from collections.abc import Iterator

from langgraph_dba.database.engines import Traits
from langgraph_dba.database.schema.model import Copied, ForeignKey, Routine, Schema, Table, Trigger


def with_copies(schema: Schema, traits: Traits) -> Schema:
    """Return the schema with the triggers (and their routines, where an engine wants some) of its copied values."""
    found = [
        made for table in schema.tables for copied in table.copies for made in _made(schema, table, copied, traits)
    ]
    routines = (*schema.routines, *(routine for _, routine in found if routine))
    triggers = (*schema.triggers, *(trigger for trigger, _ in found))
    return schema.model_copy(update={"routines": routines, "triggers": triggers}) if found else schema


def _made(schema: Schema, table: Table, copied: Copied, traits: Traits) -> Iterator[tuple[Trigger, Routine | None]]:
    source, words = schema.table(copied.source), traits.words
    key = next(key for key in source.foreign_keys if key.name == copied.key)
    for event, body in _bodies(table, copied, key).items():
        name = f"{table.name}_{copied.column}_{event.lower()}"[:60]
        routine = Routine(name=f"{name}()", definition=words.trigger_routine.format(name=name, body=body))
        text = words.trigger.format(name=name, event=event, table=source.name, body=body)
        yield Trigger(name=name, on=source.name, definition=text), routine if words.trigger_routine else None


def _bodies(table: Table, copied: Copied, key: ForeignKey) -> dict[str, str]:
    new, old = (f"COALESCE({row}.{copied.sums}, 0)" if copied.sums else "1" for row in ("NEW", "OLD"))
    after, before = (_named(key, row) for row in ("NEW", "OLD"))
    column, change = copied.column, f"UPDATE {table.name} SET {copied.column}"
    moved = f"CASE WHEN {after} THEN {new} ELSE 0 END - CASE WHEN {before} THEN {old} ELSE 0 END"
    return {
        "INSERT": f"{change} = {column} + {new} WHERE {after}",
        "UPDATE": f"{change} = {column} + {moved} WHERE {after} OR {before}",
        "DELETE": f"{change} = {column} - {old} WHERE {before}",
    }


def _named(key: ForeignKey, row: str) -> str:
    pairs = zip(key.target_columns, key.columns, strict=True)
    return "(" + " AND ".join(f"{theirs} = {row}.{own}" for theirs, own in pairs) + ")"


def query(copied: Copied, schema: Schema) -> str:
    """Return the expression over `p` (a row of the table) of which the value is a copy."""
    key = next(key for key in schema.table(copied.source).foreign_keys if key.name == copied.key)
    pairs = zip(key.target_columns, key.columns, strict=True)
    where = " AND ".join(f"c.{own} = p.{theirs}" for theirs, own in pairs)
    what = f"COALESCE(sum(c.{copied.sums}), 0)" if copied.sums else "count(*)"
    return f"(SELECT {what} FROM {copied.source} c WHERE {where})"
