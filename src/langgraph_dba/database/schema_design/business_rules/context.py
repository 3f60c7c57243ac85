"""What the design of a business rule needs: the tables of entities, and the columns of paths."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from langgraph_dba.database.model.business_rules import ColumnTest, Tests
from langgraph_dba.database.model.schema import Columns, CopiedColumn, Table
from langgraph_dba.database.requirements.business_rules import Comparison, Condition, Membership, Presence, Test
from langgraph_dba.database.requirements.model import Requirements
from langgraph_dba.database.requirements.operands import NOW, Constant, operand
from langgraph_dba.database.requirements.paths import PathEnd, follow
from langgraph_dba.database.schema_design.business_rules.copies import check_presence, copied_column
from langgraph_dba.database.schema_design.business_rules.no_mechanism import NoMechanismError


@dataclass(frozen=True, slots=True)
class RuleContext:
    """The requirements, and the tables by entity.

    With `follows`, a path may lead to another row: it becomes a column that repeats the other one, in `copies` of its
    table.
    """

    requirements: Requirements
    tables: Mapping[str, Table]
    follows: bool = False
    copies: list[tuple[str, CopiedColumn]] = field(default_factory=list)

    def table(self, entity: str) -> Table:
        """Return the table of an entity."""
        return self.tables[entity]

    def column(self, entity: str, path: str) -> str:
        """Return the column of a path that stays in the entity; NoMechanismError if it leads to another one."""
        end = follow(self.requirements, entity, path)
        assert isinstance(end, PathEnd), path  # consistency was checked
        return self._own_column(entity, end)

    def columns(self, entity: str, paths: tuple[str, ...]) -> tuple[str, ...]:
        """Return the columns of paths, without the tenant's if each tenant has tables of its own."""
        return tuple(self.column(entity, path) for path in paths if not self._is_tenant_of_own_tables(entity, path))

    def _is_tenant_of_own_tables(self, entity: str, path: str) -> bool:
        tenant = self.requirements.tenancy.entity if self.requirements.tenancy.model != "none" else None
        return path == tenant and f"{tenant}_id" not in self.table(entity).column_names

    def tests(self, entity: str, condition: Condition) -> Tests:
        """Return the tests of a condition on the entity's own columns."""
        return tuple(self._test(entity, test) for test in condition)

    def _test(self, entity: str, test: Test) -> ColumnTest:
        if isinstance(test, Presence):
            return ColumnTest(column=self.column(entity, test.attribute), op=test.is_)
        if isinstance(test, Membership):
            return ColumnTest(column=self.column(entity, test.attribute), op="in", values=test.in_)
        return self._comparison(entity, test)

    def _comparison(self, entity: str, test: Comparison) -> ColumnTest:
        if NOW in (test.left, test.right):
            raise NoMechanismError(
                "a constraint is not checked again when time passes",
                "compare with the present time in the transaction that writes the row",
            )
        left = follow(self.requirements, entity, test.left)
        assert isinstance(left, PathEnd)
        column, right = self._own_column(entity, left), operand(self.requirements, entity, test.right, left)
        if isinstance(right, Constant):
            value = str(right.value).lower() if isinstance(right.value, bool) else str(right.value)
            return ColumnTest(column=column, op=test.op, values=(value,))
        assert isinstance(right, PathEnd)
        if test.plus and right.attribute and right.attribute.type == "time":
            raise NoMechanismError("a time of day has no day to add to", "check it in the transaction that writes")
        return ColumnTest(column=column, op=test.op, other=self._own_column(entity, right), plus=test.plus or "")

    def copied_among(
        self, entity: str, *parts: Iterable[ColumnTest] | Columns, present: Collection[str] = ()
    ) -> Columns:
        """Return the columns that repeat one of another row, among those of tests and columns of an entity.

        NoMechanismError if what one repeats may be absent, and it is not in `present`, without which no row is valid.
        """
        names = (
            name for part in parts for one in part for name in (one.columns if isinstance(one, ColumnTest) else (one,))
        )
        own, by_name = self.table(entity), {table.name: table for table in self.tables.values()}
        known = {copy.column: copy for table, copy in self.copies if table == own.name}
        found = tuple(dict.fromkeys(name for name in names if name in known))
        for name in found:
            if name not in present:
                check_presence(known[name], by_name[own.foreign_key(known[name].key).target])
        return found

    def _repeats(self, name: str, other: str) -> bool:
        """Return whether a table has copies of columns of another one, or of a table that has."""
        by_name = {table.name: table for table in self.tables.values()}
        targets = {by_name[name].foreign_key(copy.key).target for table, copy in self.copies if table == name}
        return other in targets or any(self._repeats(one, other) for one in targets)

    def _own_column(self, entity: str, end: PathEnd) -> str:
        column = f"{end.name}_id" if end.target else end.name
        if end.steps:
            return self._column_of_another_row(entity, end, column)
        if column not in self.table(entity).column_names:
            raise NoMechanismError(
                f"the column {column} was moved to another table, because it depends on a part of the row",
                "check it in the transaction that writes",
            )
        return column

    def _column_of_another_row(self, entity: str, end: PathEnd, source: str) -> str:
        """Return the column of the entity that is equal to a column of the row that it refers to."""
        path, table = ".".join((*end.steps, end.name)), self.table(entity)
        if not self.follows or len(end.steps) > 1:
            lack = (
                "no mechanism follows more than one reference"
                if self.follows
                else ("no mechanism of this form compares two tables yet")
            )
            raise NoMechanismError(
                f"`{path}` is a column of another table, and {lack}",
                "check it in the transaction that writes, with the other row locked (SELECT … FOR UPDATE)",
            )
        (step,) = end.steps
        target = self.table(end.entity)
        key = next((one for one in table.foreign_keys if one.columns[-1] == f"{step}_id"), None)
        if key and source in key.target_columns:
            return key.columns[key.target_columns.index(source)]
        if self._repeats(target.name, table.name):
            raise NoMechanismError(
                f"`{path}` is a column of {target.name}, which repeats columns of {table.name} itself",
                "check it in the transaction that writes, with both rows locked (SELECT … FOR UPDATE)",
            )
        copy = copied_column(table, step, target, source, path)
        self.copies.append((table.name, copy))
        return copy.column
