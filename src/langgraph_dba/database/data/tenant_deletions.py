"""What the delete of a tenant's row does to the tables that refer to it, by the actions of all foreign keys.

Many foreign keys refer to the tenants. The action of one can only be observed if no other one decides the result.
"""

from langgraph_dba.database.data.sample import Row
from langgraph_dba.database.ddl.sqlalchemy_tables import delete_action
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.schema import ForeignKey, OuterKey, Schema, Table

PREVENTS = ("restrict", "no-action")


def always_prevents(schema: Schema, table: Table, key: ForeignKey, traits: Traits) -> bool:
    """Return whether a key refuses the delete of a tenant with rows: no other key deletes the referring rows first."""
    others = _deleted(schema, key, traits)
    return delete_action(key, traits) in PREVENTS and table.name not in others


def is_never_refused(schema: Schema, key: ForeignKey, traits: Traits) -> bool:
    """Return whether no foreign key refuses the delete of a tenant with all its rows."""
    deleted = _deleted(schema, None, traits, key.target)
    return not any(_can_refuse(table, one, traits) for table, one in schema.foreign_keys() if one.target in deleted)


def moved(table: Table, row: Row, key: ForeignKey | OuterKey, values: Row) -> Row | None:
    """Return the row with other values of a foreign key; None if a required key over one of its columns prevents it.

    Optional keys over one of its columns become NULL: their rows belong to the old tenant.
    """
    row = row | values
    for other in table.foreign_keys:
        if other.name == key.name or not set(other.columns) & set(values):
            continue
        free = [name for name in other.columns if name not in values and table.column(name).nullable]
        if not free or other.match_full:
            return None
        row |= dict.fromkeys(free)
    return row


def _deleted(schema: Schema, without: ForeignKey | None, traits: Traits, target: str = "") -> set[str]:
    """Return the tables of which a delete in `target` deletes rows, by other keys than `without`."""
    found = {without.target if without else target}
    keys = [(t.name, k) for t, k in schema.foreign_keys() if k != without and delete_action(k, traits) == "cascade"]
    while more := {name for name, key in keys if key.target in found and name not in found}:
        found |= more
    return found


def _can_refuse(table: Table, key: ForeignKey, traits: Traits) -> bool:
    action, nulls = delete_action(key, traits), key.null_columns or key.columns
    is_required = any(not table.column(name).nullable for name in nulls)
    return action not in ("cascade", "set-null") or (action == "set-null" and is_required)
