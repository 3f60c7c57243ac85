"""Business rules of a schema: those of the requirements, in terms of tables and columns.

What enforces a rule on an engine is added when the schema is rendered (`ddl/business_rules/`); the proof of its form
tries it. A rule without a mechanism stays in the schema as `NotEnforced`, so that it is shown and not forgotten.
"""

from collections.abc import Mapping
from decimal import Decimal
from itertools import chain
from typing import Annotated, Literal

from pydantic import Field

from langgraph_dba.database.model.base import Columns, Frozen, Identifier

TestOperator = Literal[
    "is", "is-not", "less-than", "at-most", "more-than", "at-least", "before", "not-after", "after", "not-before",
    "present", "absent", "in",
]  # fmt: skip

# whether the order is strict
_LATER: Mapping[str, bool] = {"after": True, "more-than": True, "not-before": False, "at-least": False}
_EARLIER: Mapping[str, bool] = {"before": True, "less-than": True, "not-after": False, "at-most": False}


class ColumnTest(Frozen):
    """A test of a column: with `other`, with the only one of `values`, or with each of them (`in`).

    Values are texts in the form of the requirements; `plus` is added to `other`, such as `16 years`.
    """

    column: Identifier
    op: TestOperator
    other: Identifier | None = None
    values: tuple[str, ...] = ()
    plus: str = ""

    @property
    def columns(self) -> Columns:
        """Return the columns that the test reads."""
        return (self.column, self.other) if self.other else (self.column,)


Tests = tuple[ColumnTest, ...]


class _Rule(Frozen):
    id: Identifier
    words: str = ""
    because: str = ""

    @property
    def title(self) -> str:
        """Return the words of the request, or why the rule is there."""
        return self.words or self.because


class _TableRule(_Rule):
    table: Identifier
    copies: Columns = ()  # of the columns that it reads, those that repeat one of another row

    @property
    def named_columns(self) -> frozenset[str]:
        """Return the columns that the rule reads."""
        tests = chain.from_iterable(getattr(self, key, ()) for key in ("where", "that", "if_", "once", "subtracts"))
        own = (
            *getattr(self, "columns", ()),
            *filter(None, (getattr(self, key, None) for key in ("column", "sums", "since"))),
        )
        return frozenset((*own, *(name for test in tests for name in test.columns)))

    @property
    def orders(self) -> Mapping[tuple[str, str], bool]:
        """Return the pairs of columns (first, last) that the rule orders in every row, and whether strictly."""
        return {}


class OnlyOneRule(_TableRule):
    """No two rows that meet `where` have the same values of `columns`; a row in which one is absent is not compared."""

    form: Literal["only-one"] = "only-one"
    columns: Columns
    where: Tests = ()
    ignore_case: Columns = ()


class HoldsRule(_TableRule):
    """Every row that meets `if_` meets `that`; a comparison with an absent value holds."""

    form: Literal["holds"] = "holds"
    that: Tests
    if_: Tests = ()

    @property
    def orders(self) -> Mapping[tuple[str, str], bool]:
        """Return the pairs of columns (first, last) that the rule orders in every row, and whether strictly."""
        pairs: dict[tuple[str, str], bool] = {}
        for test in () if self.if_ else self.that:
            if test.other and not test.plus:
                if test.op in _LATER:
                    pairs[test.other, test.column] = _LATER[test.op]
                elif test.op in _EARLIER:
                    pairs[test.column, test.other] = _EARLIER[test.op]
        return pairs


class ChooseRule(_TableRule):
    """So many of the columns have a value."""

    form: Literal["choose"] = "choose"
    number: Literal["exactly-one", "at-least-one", "at-most-one", "all-or-none"]
    columns: Columns


class NoOverlapRule(_TableRule):
    """The periods of no two rows that meet `where` and have the same values of `columns` overlap.

    A period is from `starts` to before `ends`, or with `last_included` to `ends`; an absent bound is no bound, and a
    row in which one of `columns` is absent is not compared.
    """

    form: Literal["no-overlap"] = "no-overlap"
    columns: Columns = ()
    starts: Identifier
    ends: Identifier
    last_included: bool = False
    where: Tests = ()

    @property
    def named_columns(self) -> frozenset[str]:
        """Return the columns that the rule reads."""
        return super().named_columns | {self.starts, self.ends}

    @property
    def orders(self) -> Mapping[tuple[str, str], bool]:
        """Return the pairs of columns (first, last) that the rule orders in every row, and whether strictly."""
        return {(self.starts, self.ends): not self.last_included}


class StatesRule(_TableRule):
    """A column starts in one of `start` and changes only along `moves`, pairs of the old and the new value."""

    form: Literal["states"] = "states"
    column: Identifier
    start: tuple[str, ...]
    moves: tuple[tuple[str, str], ...] = ()

    def route(self, state: str, first: tuple[str, ...] = ()) -> tuple[str, ...] | None:
        """Return the states on a shortest way from a start to a state, both included; None if no way leads there.

        With `first`, the way begins in one of these states.
        """
        ways: dict[str, tuple[str, ...]] = {one: (one,) for one in first or self.start}
        open_ = list(ways)
        while open_ and state not in ways:
            here = open_.pop(0)
            found = {new: (*ways[here], new) for old, new in self.moves if old == here and new not in ways}
            ways |= found
            open_ += found
        return ways.get(state)


class FrozenRule(_TableRule):
    """Rows that meet `once` are not deleted, and only their columns in `free` change.

    `change` is what stays allowed all the same: `delete-only` or `update-only`.
    """

    form: Literal["frozen"] = "frozen"
    once: Tests = ()
    free: Columns = ()
    change: Literal["none", "delete-only", "update-only"] = "none"

    @property
    def forbids_update(self) -> bool:
        """Return whether an update of a column that is not free is refused."""
        return self.change != "update-only"

    @property
    def forbids_delete(self) -> bool:
        """Return whether a deletion is refused."""
        return self.change != "delete-only"


class KeptRule(FrozenRule):
    """Rows are not deleted before a span such as `7 years` has passed since a moment, which does not change so long."""

    form: Literal["keep"] = "keep"  # type: ignore[assignment]
    since: Identifier
    span: str


class _BoundRule(_TableRule):
    """A number that is stored in the row of `target` to which rows of `table` refer by `key` is within a bound.

    The bound is a value, or the column `limit` of `target`. It holds for the rows of `target` that meet `target_once`.
    """

    key: Identifier
    target: Identifier
    stored: Identifier
    op: Literal["at-most", "at-least", "is"]
    value: str = ""
    limit: Identifier | None = None
    where: Tests = ()
    target_once: Tests = ()
    sums: Identifier | None = None
    subtracts: Tests = ()

    @property
    def target_columns(self) -> Columns:
        """Return the columns of `target` that the rule reads."""
        tested = (name for test in self.target_once for name in test.columns)
        return tuple(dict.fromkeys((self.stored, *filter(None, (self.limit,)), *tested)))

    @property
    def needs_rows(self) -> bool:
        """Return whether a row to which none refers breaks the rule, or may break it."""
        if self.op == "is":
            return True
        return self.op == "at-least" and (self.limit is not None or Decimal(self.value) > 0)


class CountRule(_BoundRule):
    """The number of rows of `table` that refer to a row, among those that meet `where`, is within a bound."""

    form: Literal["count"] = "count"


class TotalRule(_BoundRule):
    """The sum of `sums` over the rows of `table` that refer to a row, among those that meet `where`, is in a bound.

    Rows that meet `subtracts` are subtracted.
    """

    form: Literal["total"] = "total"
    sums: Identifier


class Allowed(_Rule):
    """Something that no constraint may forbid."""

    form: Literal["free"] = "free"
    what: str
    may: Literal["repeat", "be-absent", "be-equal"]


class NotEnforced(_Rule):
    """A rule that nothing in the schema enforces, or nothing on an engine: why, and what must enforce it instead."""

    form: Literal["not-enforced"] = "not-enforced"
    wanted: str = Field(description="the form of the rule in the requirements")
    reason: str
    instead: str


EnforcedRule = (
    OnlyOneRule | HoldsRule | ChooseRule | NoOverlapRule | StatesRule | FrozenRule | KeptRule | CountRule | TotalRule
)
ENFORCED = (OnlyOneRule, HoldsRule, ChooseRule, NoOverlapRule, StatesRule, FrozenRule, KeptRule, CountRule, TotalRule)
BusinessRule = Annotated[EnforcedRule | Allowed | NotEnforced, Field(discriminator="form")]
