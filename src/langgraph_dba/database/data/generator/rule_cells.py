"""Correct generated rows in SQL so that they break no business rule about single rows."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from langgraph_dba.database.data.rule_rows import change_for
from langgraph_dba.database.data.rules_of_rows import rules_of_rows
from langgraph_dba.database.ddl.business_rules.tests_sql import SIGNS, TestsSql
from langgraph_dba.database.ddl.copied_columns import copied_value
from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import SqlTemplates, Traits
from langgraph_dba.database.engines.type_table import precision_of
from langgraph_dba.database.model.business_rules import (
    BusinessRule,
    ChooseRule,
    ColumnTest,
    CountRule,
    HoldsRule,
    StatesRule,
    TestOperator,
    TotalRule,
)
from langgraph_dba.database.model.schema import CopiedColumn, ForeignKey, Schema, Table

_LATER = frozenset({"after", "not-before", "more-than", "at-least"})
_STRICT = frozenset({"after", "before", "more-than", "less-than"})
_MIRRORED: Mapping[TestOperator, TestOperator] = {
    "is": "is", "is-not": "is-not", "less-than": "more-than", "more-than": "less-than", "at-most": "at-least",
    "at-least": "at-most", "before": "after", "after": "before", "not-after": "not-before", "not-before": "not-after",
}  # fmt: skip
_NUMBER = "i"  # of a row within its tenant
_STORED = "stored_rows"
_ROWS = "made"  # the alias of the rows to correct


def corrected(rows: str, columns: Sequence[str], schema: Schema, table: Table, names: Names) -> str:
    """Return a SELECT of the columns of `rows`, corrected so that no row breaks a rule, and with its copies."""
    listed = {name: names.column(table, name) for name in columns}
    copies = {one.column: copied_value(schema, table, one, names, _ROWS) for one in table.copied_columns}
    steps = list(corrections(schema, table, rules_of_rows(schema, table), names.traits))
    if copies:
        # twice and with copies at the end: a rule may change a reference, and so what the others compare
        steps = [copies, *steps, copies, *steps, copies] if steps else [copies]
    form = names.traits.sql_templates.step  # nested queries would exceed the depth that SQLite parses
    tables = [form.format(name="made_0", rows=rows)]
    for number, step in enumerate(steps):
        kept = (f"{step[name]} AS {sql}" if name in step else sql for name, sql in listed.items())
        tables.append(
            form.format(name=f"made_{number + 1}", rows=f"SELECT i, {', '.join(kept)} FROM made_{number} {_ROWS}")
        )
    return f"WITH {', '.join(tables)} SELECT {', '.join(listed.values())} FROM made_{len(steps)} {_ROWS}"


def insertions(
    head: str, rows: str, rules: Sequence[BusinessRule], table: Table, templates: SqlTemplates
) -> Iterator[str]:
    """Yield the statements that insert the rows of a SELECT.

    Copies read the rows to which they refer. On MariaDB no trigger may then change these in the same statement, as
    those that count the rows do: the rows are stored first.
    """
    is_counted = any(isinstance(one, CountRule | TotalRule) and one.table == table.name for one in rules)
    if not (is_counted and table.copies and templates.stored_rows):
        yield f"{head} {rows}"
        return
    yield templates.stored_rows.format(name=_STORED, query=rows)
    yield f"{head} SELECT * FROM {_STORED}"
    yield f"DROP TABLE {_STORED}"


def corrections(
    schema: Schema, table: Table, rules: Sequence[BusinessRule], traits: Traits
) -> Iterator[dict[str, str]]:
    """Yield the SQL by which columns are replaced, one step after the other; columns have their own names there."""
    sql = TestsSql(table, traits)
    for rule in rules:
        if isinstance(rule, ChooseRule):
            yield _chosen(rule, sql)
        elif isinstance(rule, StatesRule):
            name, starts = sql.column(rule.column), [sql.value(one, rule.column) for one in rule.start]
            yield {rule.column: f"CASE WHEN {name} IN ({', '.join(starts)}) THEN {name} ELSE {starts[0]} END"}
        elif isinstance(rule, HoldsRule):
            # a column that follows a copy does not follow another column of its row then
            bound = {name for one in rule.that if _names_copy(one, table) for name in one.columns}
            for test in sorted(rule.that, key=lambda one: not _names_copy(one, table)):
                fixed = frozenset(table.copies) if _names_copy(test, table) else frozenset(bound)
                correction = Correction(schema, table, traits)
                scope = f"({sql.scope(rule.if_)}) AND " if rule.if_ else ""
                found = correction.of(test, fixed)
                for column, value in [found] if found else correction.of_two_copies(test):
                    name = sql.column(column)
                    yield {column: f"CASE WHEN {scope}NOT ({sql.demand((test,))}) THEN {value} ELSE {name} END"}


def _names_copy(test: ColumnTest, table: Table) -> bool:
    return not table.copies.keys().isdisjoint(test.columns)


def required_columns(rules: Sequence[BusinessRule]) -> frozenset[str]:
    """Return the columns that generated rows always have a value in, because a rule may demand it."""
    present = (t.column for rule in rules if isinstance(rule, HoldsRule) for t in rule.that if t.op == "present")
    chosen = (name for rule in rules if isinstance(rule, ChooseRule) for name in rule.columns)
    states = (rule.column for rule in rules if isinstance(rule, StatesRule))
    return frozenset((*present, *chosen, *states))


def avoided_key(table: Table, key: ForeignKey, rules: Sequence[BusinessRule]) -> ForeignKey | None:
    """Return the foreign key of the same row that must have another target than `key`."""
    own = table.own_key_columns(key)
    for rule in rules:
        for test in rule.that if isinstance(rule, HoldsRule) else ():
            if test.op == "is-not" and test.other and (test.column,) == own:
                others = (one for one in table.row_references if table.own_key_columns(one) == (test.other,))
                return next((one for one in others if one.target == key.target), None)
    return None


def _chosen(rule: ChooseRule, sql: TestsSql) -> dict[str, str]:
    count = len(rule.columns)
    if rule.number == "at-least-one":
        return {}
    if rule.number == "all-or-none":
        return {name: f"CASE WHEN {_NUMBER} % 2 = 0 THEN {sql.column(name)} END" for name in rule.columns}
    return {
        name: f"CASE WHEN {_NUMBER} % {count} = {position} THEN {sql.column(name)} END"
        for position, name in enumerate(rule.columns)
    }


class Correction:
    """Finds values with which rows of a table meet a test."""

    def __init__(self, schema: Schema, table: Table, traits: Traits) -> None:
        """Store what the values depend on."""
        self._schema, self._table, self._traits = schema, table, traits
        self._sql = TestsSql(table, traits, _ROWS)

    def of(self, test: ColumnTest, fixed: frozenset[str]) -> tuple[str, str] | None:
        """Return a column and the SQL of a value with which a row meets a test, None if the generator meets it.

        A column in `fixed` is not changed.
        """
        if test.op == "present":
            return None  # the column has no NULL
        if test.other is None:
            return None if test.column in fixed else self._constant(test)
        if test.column not in fixed:
            return self._of_left(test, may_change_right=test.other not in fixed)
        if test.other in fixed or test.plus:
            return None
        mirrored = test.model_copy(update={"column": test.other, "other": test.column, "op": _MIRRORED[test.op]})
        return self._of_left(mirrored, may_change_right=False)

    def of_two_copies(self, test: ColumnTest) -> Iterator[tuple[str, str]]:
        """Yield references to other rows, by which copies of two rows meet a test; none if not both are copies.

        A left row for which there is no right one is replaced first; the next pass then finds the right one.
        """
        left, right = self._table.copies.get(test.column), self._table.copies.get(test.other or "")
        if left is None or right is None or left.key == right.key or test.plus:
            return
        one = _Candidates(self._schema, self._table, left, "q", self._traits)
        other = _Candidates(self._schema, self._table, right, "p", self._traits)
        sign, copied = SIGNS[test.op], self._sql.column(test.column)
        of_row = f"{other.rows} AND {copied} {sign} {other.source}"
        of_any = f"{one.rows} AND EXISTS (SELECT 1 {other.rows} AND {one.source} {sign} {other.source})"
        another = f"COALESCE((SELECT min({one.key}) {of_any}), {one.reference})"
        yield one.name, f"CASE WHEN EXISTS (SELECT 1 {of_row}) THEN {one.reference} ELSE {another} END"
        yield other.name, f"COALESCE((SELECT min({other.key}) {of_row}), {other.reference})"

    def _constant(self, test: ColumnTest) -> tuple[str, str] | None:
        listed = self._table.column(test.column).type.choices
        change = change_for(test, {test.column: None}, self._table, lambda _: listed)
        if change is None:
            return None
        value = change[test.column]
        return test.column, "NULL" if value is None else self._sql.value(_text(value), test.column)

    def _of_left(self, test: ColumnTest, *, may_change_right: bool) -> tuple[str, str] | None:
        table, traits, sql = self._table, self._traits, self._sql
        assert test.other
        is_reference = table.column(test.other).type.name == "reference"
        if test.op != "is-not" and sql.places(test.column) != sql.places(test.other):
            found = _met_in_finer_unit(test, test.other, sql)
            return found if may_change_right or found[0] == test.column else None
        if test.op == "is":
            return None if is_reference and may_change_right else (test.column, sql.sum(test))
        if test.op == "is-not":
            return None if may_change_right or not is_reference else self._another(test)
        if is_reference:
            return None
        base = sql.sum(test)
        if test.op not in _STRICT:
            return test.column, base
        if test.op in _LATER:
            return test.column, _next(base, test.column, table, traits)
        if may_change_right:
            return test.other, _next(sql.column(test.column), test.other, table, traits)
        before = _previous(base, test.column, table, traits)
        return (test.column, before) if before else None

    def _another(self, test: ColumnTest) -> tuple[str, str] | None:
        """Return a reference to another row than the right side's."""
        table, names = self._table, Names(self._traits)
        key = next((one for one in table.foreign_keys if table.own_key_columns(one) == (test.column,)), None)
        if key is None:
            return None
        target = self._schema.table(key.target)
        column = names.column(target, key.target_columns[-1], "p")
        pairs = zip(key.target_columns[:-1], key.columns[:-1], strict=True)
        same = (f"{names.column(target, theirs, 'p')} = {self._sql.column(own)}" for theirs, own in pairs)
        condition = " AND ".join((f"{column} <> {self._sql.column(test.other or '')}", *same))
        return test.column, f"(SELECT min({column}) FROM {names.table(target)} p WHERE {condition})"


class _Candidates:
    """SQL for the rows to which a row may refer, whose column `source` it copies."""

    def __init__(self, schema: Schema, table: Table, copy: CopiedColumn, alias: str, traits: Traits) -> None:
        sql, names = TestsSql(table, traits, _ROWS), Names(traits)
        key = table.foreign_key(copy.key)
        target = schema.table(key.target)
        self.name = key.columns[-1]
        self.key, self.reference = names.column(target, key.target_columns[-1], alias), sql.column(self.name)
        self.source = names.column(target, copy.source, alias)
        pairs = zip(key.target_columns[:-1], key.columns[:-1], strict=True)
        same = [f"{names.column(target, theirs, alias)} = {sql.column(own)}" for theirs, own in pairs]
        self.rows = f"FROM {names.table(target)} {alias} WHERE {' AND '.join((f'{self.key} IS NOT NULL', *same))}"


def _previous(text: str, column: str, table: Table, traits: Traits) -> str:
    """Return a smaller value of the column's type; empty if there is no template for one."""
    type_, templates = table.column(column).type, traits.sql_templates
    match type_.name:
        case "date":
            return templates.date.format(a=f"({templates.days_of.format(a=text)} - 1)")
        case "instant":
            return templates.instant.format(a=f"({templates.seconds_of.format(a=text)} - 1)")
        case "local-datetime":
            return templates.local.format(a=f"({templates.seconds_of.format(a=text)} - 1)")
        case "time":
            return ""
        case "decimal" if traits.exact_decimals:
            return f"({text} - {10 ** -precision_of(type_)[1]:f})"
        case _:
            return f"({text} - 1)"


def _met_in_finer_unit(test: ColumnTest, other: str, sql: TestsSql) -> tuple[str, str]:
    """Return the column with more decimal places, and a value next to that of the other one: it can hold each."""
    is_left = sql.places(test.column) > sql.places(other)
    fine, coarse = (test.column, other) if is_left else (other, test.column)
    text, _ = sql.in_one_unit((sql.column(coarse), coarse), (sql.column(fine), fine))
    if test.op not in _STRICT:
        return fine, text
    return fine, f"({text} {'+' if (test.op in _LATER) == is_left else '-'} 1)"


def _next(text: str, column: str, table: Table, traits: Traits) -> str:
    type_ = table.column(column).type
    if form := traits.sql_templates.plus.get(type_.name):
        return form.format(a=text, n=1, unit="day")
    if type_.name == "decimal" and traits.exact_decimals:
        return f"({text} + {10 ** -precision_of(type_)[1]:f})"
    return f"({text} + 1)"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)
