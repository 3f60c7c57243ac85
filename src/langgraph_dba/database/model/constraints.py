"""The rules of a table: uniques, checks, foreign keys, and what else an engine refuses.

Rules are typed rather than SQL text, so that a test can derive the value that breaks one, and an engine that stores
money as minor units can scale its bounds. Where the typed forms do not reach, `Condition` and `Constraint` hold the
engine's own words.
"""

from decimal import Decimal
from typing import Literal

from langgraph_dba.database.model.base import Columns, Frozen, Identifier

DeleteAction = Literal["restrict", "cascade", "set-null", "no-action", "set-default"]
Deferrable = Literal["", "immediate", "deferred"]  # when it is looked at, where a transaction may say otherwise


class Unique(Frozen):
    """No two rows share these columns; with `nulls_equal` not even by being empty in them."""

    name: Identifier
    columns: Columns
    nulls_equal: bool = False
    include: Columns = ()
    deferrable: Deferrable = ""


class Range(Frozen):
    """A number stays within inclusive bounds."""

    kind: Literal["range"] = "range"
    name: Identifier
    column: Identifier
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def columns(self) -> Columns:
        """The columns it speaks of."""
        return (self.column,)


class Choice(Frozen):
    """A text is one of a list."""

    kind: Literal["choice"] = "choice"
    name: Identifier
    column: Identifier
    values: tuple[str, ...]

    @property
    def columns(self) -> Columns:
        """The columns it speaks of."""
        return (self.column,)


class Ordered(Frozen):
    """`last` does not lie before `first`; either may be null."""

    kind: Literal["ordered"] = "ordered"
    name: Identifier
    first: Identifier
    last: Identifier

    @property
    def columns(self) -> Columns:
        """The columns it speaks of."""
        return (self.first, self.last)


class Filled(Frozen):
    """A required text is not empty or blank."""

    kind: Literal["filled"] = "filled"
    name: Identifier
    column: Identifier

    @property
    def columns(self) -> Columns:
        """The columns it speaks of."""
        return (self.column,)


Meaning = Range | Choice | Ordered | Filled


class Condition(Frozen):
    """A CHECK in the engine's own words; `means` is what was understood of it, perhaps less than all."""

    kind: Literal["condition"] = "condition"
    name: Identifier
    sql: str
    columns: Columns = ()
    means: tuple[Meaning, ...] = ()


Check = Meaning | Condition


class ForeignKey(Frozen):
    """`columns` name a row of `target` by its `target_columns`.

    With `set-null` only `null_columns` are emptied: emptying the tenant column too would orphan the row.
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


class Constraint(Frozen):
    """A rule of a kind that only its engine knows: `EXCLUDE USING gist (…)`, a key over periods."""

    name: Identifier
    sql: str
