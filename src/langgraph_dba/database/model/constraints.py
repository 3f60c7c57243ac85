"""Constraints of a table: unique, checks, foreign keys, and constraints of one engine.

Constraints are typed instead of SQL text: a test can derive a value that violates one, and an engine that stores money
as minor units can scale its bounds. `Condition` and `Constraint` hold SQL of the engine for everything else.
"""

from decimal import Decimal
from typing import Literal

from langgraph_dba.database.model.base import Columns, Frozen, Identifier

DeleteAction = Literal["restrict", "cascade", "set-null", "no-action", "set-default"]
# What SQLite does instead of refusing a row; empty: it refuses the statement (ABORT)
OnConflict = Literal["", "rollback", "fail", "ignore", "replace"]
Deferrable = Literal["", "immediate", "deferred"]  # the initial mode of a deferrable constraint; empty: not deferrable


class Unique(Frozen):
    """A unique constraint; `nulls_equal` is NULLS NOT DISTINCT."""

    name: Identifier
    columns: Columns
    nulls_equal: bool = False
    include: Columns = ()
    deferrable: Deferrable = ""
    on_conflict: OnConflict = ""


class Range(Frozen):
    """A check that a number is within inclusive bounds."""

    kind: Literal["range"] = "range"
    name: Identifier
    column: Identifier
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def columns(self) -> Columns:
        """Return the columns in the condition."""
        return (self.column,)


class Choice(Frozen):
    """A check that a text is one of a list."""

    kind: Literal["choice"] = "choice"
    name: Identifier
    column: Identifier
    values: tuple[str, ...]

    @property
    def columns(self) -> Columns:
        """Return the columns in the condition."""
        return (self.column,)


class Ordered(Frozen):
    """A check that `last` is not before `first`; either may be NULL."""

    kind: Literal["ordered"] = "ordered"
    name: Identifier
    first: Identifier
    last: Identifier

    @property
    def columns(self) -> Columns:
        """Return the columns in the condition."""
        return (self.first, self.last)


class Filled(Frozen):
    """A check that a text is not empty or blank."""

    kind: Literal["filled"] = "filled"
    name: Identifier
    column: Identifier

    @property
    def columns(self) -> Columns:
        """Return the columns in the condition."""
        return (self.column,)


# A check that the code can evaluate: it can derive accepted and refused values from it.
Meaning = Range | Choice | Ordered | Filled


class Condition(Frozen):
    """A CHECK as SQL of the engine; `means` holds the parts that were parsed, which may be fewer than all."""

    kind: Literal["condition"] = "condition"
    name: Identifier
    sql: str
    columns: Columns = ()
    means: tuple[Meaning, ...] = ()


Check = Meaning | Condition


class ForeignKey(Frozen):
    """A foreign key from `columns` to `target_columns` of the table `target`.

    `set-null` sets only `null_columns` to NULL: without its tenant column, the row would belong to no tenant.
    """

    name: Identifier
    columns: Columns
    target: Identifier
    target_columns: Columns
    on_delete: DeleteAction = "restrict"
    null_columns: Columns = ()
    on_update: DeleteAction = "no-action"
    deferrable: Deferrable = ""
    match_full: bool = False
    validated: bool = True


class OuterKey(Frozen):
    """A foreign key to a table of another schema: `target` is its qualified name in SQL, with the engine's names."""

    name: Identifier
    columns: Columns
    target: str
    target_columns: tuple[str, ...]
    on_delete: DeleteAction = "restrict"
    null_columns: Columns = ()
    deferrable: Deferrable = ""


class Constraint(Frozen):
    """A constraint of a kind that only one engine has: `EXCLUDE USING gist (…)`, a key over periods."""

    name: Identifier
    sql: str
