"""Objects of a schema beside tables: types, sequences, routines, views, triggers, policies, roles, grants, partitions.

Their definitions are SQL of one engine, which `Schema.engine` names. They are not translated to other engines.
"""

from typing import Literal

from langgraph_dba.database.model.base import Columns, Frozen, Identifier
from langgraph_dba.database.model.business_rules import Tests


class NamedType(Frozen):
    """A user-defined type; `definition` is the text after `AS` in its CREATE statement."""

    kind: Literal["type", "domain"] = "type"
    name: str
    definition: str


class Sequence(Frozen):
    """A sequence that is not part of an identity column; `owner` is the `table.column` with which it is dropped."""

    name: str
    definition: str = ""
    owner: str = ""


class Routine(Frozen):
    """A function or procedure: its name with argument types, and its CREATE statement."""

    name: str
    definition: str


class DerivedColumn(Frozen):
    """A column that stores the number of rows of `source` that refer to a row by `key`, or the sum of their `sums`.

    With `where`, only rows that meet it count; those that meet `subtracts` are subtracted. `rule` is the business rule
    that needs the column, if one does.
    """

    column: Identifier
    source: Identifier
    key: Identifier
    sums: Identifier | None = None
    where: Tests = ()
    subtracts: Tests = ()
    rule: str = ""
    reason: str = ""


class CopiedColumn(Frozen):
    """A column that repeats the column `source` of the row to which a row refers by the foreign key `key`.

    A second foreign key over both keeps it equal while a business rule names it (`ddl/copied_columns.py`).
    """

    column: Identifier
    key: Identifier
    source: Identifier


class Trigger(Frozen):
    """A trigger of a table or view with its CREATE statement; `fires` is empty if it is enabled as by default."""

    name: str
    on: str
    definition: str
    fires: Literal["", "DISABLE", "ENABLE REPLICA", "ENABLE ALWAYS"] = ""


class View(Frozen):
    """A view; `definition` is the text after its name: `AS SELECT …`, or a list of columns and `AS SELECT …`."""

    name: str
    definition: str
    materialised: bool = False
    options: str = ""
    comment: str = ""
    indexes: tuple[str, ...] = ()  # the CREATE INDEX statements of a materialised view


class Policy(Frozen):
    """A row-level security policy; `roles` is `public` if it applies to all."""

    name: str
    command: Literal["all", "select", "insert", "update", "delete"] = "all"
    permissive: bool = True
    roles: tuple[str, ...] = ("public",)
    using: str = ""
    check: str = ""


class Role(Frozen):
    """A role with privileges in the schema: its attributes (`LOGIN`, `BYPASSRLS`, …) and the roles that contain it.

    `owns` are tables of an existing database: in a copy, all have one owner.
    """

    name: str
    attributes: tuple[str, ...] = ()
    member_of: tuple[str, ...] = ()
    owns: tuple[str, ...] = ()

    @property
    def unrestricted_by(self) -> tuple[str, ...]:
        """Return the attributes because of which no policy restricts the role."""
        return tuple(one for one in self.attributes if one in ("BYPASSRLS", "SUPERUSER"))


class Grant(Frozen):
    """Privileges of a role (`public`: of all) on a table, view or sequence, or on some of its columns."""

    on: str
    role: str
    privileges: tuple[str, ...]
    columns: Columns = ()
    grantable: bool = False


class Partition(Frozen):
    """A partition of a table: the rows within `bound`; it may have partitions itself. `name` is the engine's."""

    name: str
    bound: str
    partitioned_by: str = ""
    partitions: tuple["Partition", ...] = ()


class Identity(Frozen):
    """The variant of an identity column; `options` is SQL of the engine."""

    always: bool = False
    options: str = ""


class Generated(Frozen):
    """A generated column, computed when a row is written (`stored`) or when it is read."""

    expression: str
    stored: bool = True


Position = Literal["first", "before-tables", "before-views", "before-constraints", "last"]


class OtherObject(Frozen):
    """An object or property without a model of its own: `definition` creates it, `drop` undoes it.

    `position` says when it is created: before types (`first`), before tables, before views, before constraints of the
    engine, or after all other objects (`last`); the last two are constraints. `drop` is empty if dropping a table or
    another object removes it too.
    """

    kind: str
    name: str
    definition: str
    position: Position = "last"
    drop: str = ""


# the kind of loss that names a table whose foreign keys the database has and does not enforce
DISABLED_KEYS = "disabled foreign keys"
# the kind of loss that quotes a statement which may give a role more than was read
ROLE_STATEMENT = "statement about roles"
LEFT_OUT = "statement that was left out"


class Loss(Frozen):
    """A part of a database that its schema does not contain: the kind and name of the object, and the reason."""

    kind: str
    name: str
    reason: str
