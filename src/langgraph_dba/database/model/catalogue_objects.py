"""What stands beside tables: types, sequences, routines, views, triggers, policies, roles, grants, partitions.

Their definitions are the words of one engine, which `Schema.engine` names; nothing here is translated to another.
"""

from typing import Literal

from langgraph_dba.database.model.base import Columns, Frozen, Identifier


class NamedType(Frozen):
    """A type of the schema's own: what stands behind `AS` in its CREATE statement."""

    kind: Literal["type", "domain"] = "type"
    name: str
    definition: str


class Sequence(Frozen):
    """A counter that no identity column owns; `owner` is the `table.column` it goes with."""

    name: str
    definition: str = ""
    owner: str = ""


class Routine(Frozen):
    """A function or procedure: its name with the types it takes, and the statement that makes it."""

    name: str
    definition: str


class DerivedColumn(Frozen):
    """A value kept twice: the rows of `source` that refer to a row by `key`, counted, or a column of theirs summed."""

    column: Identifier
    source: Identifier
    key: Identifier
    sums: Identifier | None = None
    reason: str = ""


class Trigger(Frozen):
    """The statement that makes a trigger of a table or view; `fires` is empty for one that fires as usual."""

    name: str
    on: str
    definition: str
    fires: Literal["", "DISABLE", "ENABLE REPLICA", "ENABLE ALWAYS"] = ""


class View(Frozen):
    """`definition` is what follows the name: `AS SELECT …`, or a list of columns and that."""

    name: str
    definition: str
    materialised: bool = False
    options: str = ""
    comment: str = ""
    indexes: tuple[str, ...] = ()  # the statements that make the indexes of a materialised one


class Policy(Frozen):
    """One row-level rule; roles are `public` where it holds for all."""

    name: str
    command: Literal["all", "select", "insert", "update", "delete"] = "all"
    permissive: bool = True
    roles: tuple[str, ...] = ("public",)
    using: str = ""
    check: str = ""


class Role(Frozen):
    """A role that owns nothing here, but holds rights: `LOGIN`, `BYPASSRLS`, …, and the roles it is a member of."""

    name: str
    attributes: tuple[str, ...] = ()
    member_of: tuple[str, ...] = ()


class Grant(Frozen):
    """What a role (`public`: all) may do with a table, view or sequence, or with some of its columns."""

    on: str
    role: str
    privileges: tuple[str, ...]
    columns: Columns = ()
    grantable: bool = False


class Partition(Frozen):
    """One part of a table: the rows its `bound` takes, perhaps divided again."""

    name: Identifier
    bound: str
    partitioned_by: str = ""
    partitions: tuple["Partition", ...] = ()


class Identity(Frozen):
    """How a column counts up, where the engine leaves a choice; `options` in the engine's words."""

    always: bool = False
    options: str = ""


class Generated(Frozen):
    """A column that is computed: when a row is written (`stored`), or when it is read."""

    expression: str
    stored: bool = True
