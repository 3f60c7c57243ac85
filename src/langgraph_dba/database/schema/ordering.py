"""The order in which tables can be created."""

from collections.abc import Sequence

from langgraph_dba.database.schema.model import ForeignKey, Table
from langgraph_dba.errors import RequirementsError


def creation_order(tables: Sequence[Table]) -> list[Table]:
    """Put referenced tables first; where tables refer to each other in a circle, an optional reference waits."""
    ordered: list[Table] = []
    waiting = list(tables)
    while waiting:
        made = {table.name for table in ordered}
        ready = next((t for t in waiting if _needs(t, optional=True) <= made), None)
        ready = ready or next((t for t in waiting if _needs(t, optional=False) <= made), None)
        if ready is None:
            circle = ", ".join(sorted(table.entity or table.name for table in waiting))
            raise RequirementsError(
                f"each of {circle} requires another to exist first: make one reference optional (`required: false`)"
            )
        waiting.remove(ready)
        ordered.append(ready)
    return ordered


def _needs(table: Table, *, optional: bool) -> set[str]:
    keys = [key for key in table.foreign_keys if key.target != table.name]
    return {key.target for key in keys if optional or not all(table.column(c).nullable for c in _own(key, table))}


def _own(key: ForeignKey, table: Table) -> list[str]:
    return [column for column in key.columns if column != table.tenant_column] or list(key.columns)
