"""Rows and statements with which a business rule of one table is tried."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from langgraph_dba.database.data.keys_of_rows import Key, KeysOfRows
from langgraph_dba.database.data.rule_rows import Others, Row, breaking, breaks_check, constant, meeting
from langgraph_dba.database.data.sample import Sample
from langgraph_dba.database.ddl.business_rules.tests_sql import TestsSql
from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.ddl.type_mapping import to_engine_value
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.business_rules import BusinessRule, EnforcedRule, FrozenRule, StatesRule, Tests
from langgraph_dba.database.model.schema import Range, Schema, Table
from langgraph_dba.database.proofs.kit.interleavings import Step, Transaction

Changes = Mapping[str, Any]
_FRESH = 3  # values of a column that no other row has
Demanded = Callable[["RuleRows", Row, Row, Sequence[Row]], tuple[Row, Transaction]]
"""Returns how a row begins that is to become another one, and the statements that give it the rows that it needs."""


@dataclass(frozen=True, slots=True)
class Log:
    """A table into which a transaction of a race copies a row as it leaves it, so that a later change shows."""

    rows: "RuleRows"
    columns: tuple[str, ...]
    name: str = "rule_log"

    @property
    def create(self) -> str:
        """Return the statement that creates it."""
        return f"CREATE TABLE {self.name} AS {self._query('1 = 0')}"

    def add(self, row: Row) -> Step:
        """Return the statement that copies the row with this key."""
        table = self.rows.table
        values = {name: self.rows.value(name, row[name]) for name in table.row_key}
        return f"INSERT INTO {self.name} {self._query(self.rows.names.equal(table, table.row_key))}", values

    def _query(self, condition: str) -> str:
        table, names = self.rows.table, self.rows.names
        columns = names.columns(table, dict.fromkeys((*table.row_key, *self.columns)))
        return f"SELECT {columns} FROM {names.table(table)} WHERE {condition}"

    def changed(self) -> str:
        """Return the query that counts the rows that differ from their copy, or are gone."""
        table, names = self.rows.table, self.rows.names
        columns = dict.fromkeys((*table.row_key, *self.columns))
        distinct = self.rows.traits.sql_templates.distinct
        pairs = [(names.column(table, name, "t"), names.column(table, name, self.name)) for name in columns]
        same = " AND ".join(f"NOT ({distinct.format(a=one, b=other)})" for one, other in pairs)
        kept = f"SELECT 1 FROM {names.table(table)} AS t WHERE {same}"
        return f"SELECT count(*) FROM {self.name} WHERE NOT EXISTS ({kept})"


class RuleRows:
    """New rows of the table of a rule, valid in everything else, and statements that write them."""

    def __init__(
        self,
        schema: Schema,
        sample: Sample,
        table: Table,
        rule: EnforcedRule,
        traits: Traits,
        *,
        demanded: "Demanded | None" = None,
        first: int = 0,
        loaded: Sequence[Row] = (),
    ) -> None:
        """Store what the rows depend on; `first` is the number of the first new row, `loaded` are rows that exist."""
        self.schema, self.sample, self.table, self.rule, self.traits = schema, sample, table, rule, traits
        self.names = Names(traits)
        self.sql = TestsSql(table, traits)
        self.others: Others = partial(sample.values, table, 1)
        self.loaded = loaded
        self._demanded, self._next = demanded, first

    def new(self, changes: Changes | None = None) -> Row:
        """Return another new row, with changes that the other rules of the table are asked to follow."""
        number = self.sample.count(self.table.name) + self._next
        self._next += 1
        row = self.sample.row(self.table, 1, number)
        for key in self.table.row_references:
            if key.target == self.table.name and self.table.is_optional(key):  # no row of the table exists yet
                row |= dict.fromkeys(self.table.own_key_columns(key))
        return self._completed(self.sample.with_changes(self.table, 1, row, dict(changes or {})))

    def _completed(self, row: Row) -> Row:
        """Return the row with what rules demand of the rows to which it refers."""
        return row

    def meeting(self, tests: Tests, row: Row, kept: tuple[str, ...] = ()) -> Row | None:
        """Return the row with the changes by which it meets all tests."""
        return meeting(tests, row, self.table, self.others, kept)

    def obeying_others(self, row: Row, *names: str) -> Row:
        """Return the row with the changes that other rules of the table demand, outside of the columns of this one."""
        own = self.rule.named_columns if self.rule.table == self.table.name else ()
        kept = {name: row[name] for name in (*own, *names)}
        return self._completed(self.sample.with_changes(self.table, 1, row, kept))

    @property
    def rules(self) -> list[BusinessRule]:
        """Return the rules of the table."""
        return [one for one in self.schema.rules if getattr(one, "table", "") == self.table.name]

    def breaks_check(self, row: Row) -> bool:
        """Return whether a row breaks a rule that compares its columns."""
        return breaks_check(row, self.rules, self.table)

    def is_possible(self, row: Row) -> bool:  # noqa: ARG002  rows without targets
        """Return whether the rows to which a row refers can have the values that it demands."""
        return True

    def choices(self, name: str) -> list[Any]:
        """Return the values that a column may have, at the end some that no other row has."""
        known = list(self.others(name))
        if any(name in key.columns for key in self.table.row_references):
            return known
        number = self.sample.count(self.table.name) + self._next
        fresh = (self.sample.row(self.table, 1, number + further)[name] for further in range(_FRESH))
        return known + [value for value in fresh if value not in known]

    def is_within_ranges(self, row: Row) -> bool:
        """Return whether the numbers of a row are within the bounds of their columns."""
        ranges = (one for one in self.table.meanings if isinstance(one, Range))
        return all(_is_within(one, row[one.column]) for one in ranges)

    def with_new_key(self, row: Row) -> Row:
        """Return a new row that has the values of `row` in the columns of the rule."""
        values = {name: row[name] for name in self.rule.named_columns}
        return self.new(values) | values

    def apart(self, row: Row, rows: Collection[Row], kept: Collection[str] = ()) -> Row:
        """Return the row with other values where a key, or a rule about one, allows only one of them and `rows`.

        It obeys the other rules of its table as before. Columns in `kept` do not change: a key of them stays.
        """
        keys = KeysOfRows(self.table, self.rules, (*rows, *self.loaded))
        return keys.apart(row, lambda one, key: self._without_clash(one, key, kept))

    def clashes(self, row: Row, rows: Collection[Row] = ()) -> bool:
        """Return whether a key, or a rule about one, allows only one of a row and `rows`."""
        return bool(KeysOfRows(self.table, self.rules, (*rows, *self.loaded)).clashes(row))

    def _without_clash(self, row: Row, key: Key, kept: Collection[str]) -> Iterator[Row]:
        """Yield the row with changes by which it may have another key, or none."""
        changed = [(set(test.columns), one) for test in key.where for one in self.outside((test,), row)]
        for name in key.columns:
            if name != self.table.tenant_column:
                values = (one for one in self.choices(name) if one is not None and one != row[name])
                changed += [({name}, row | {name: value}) for value in values]
        is_sound = not self.breaks_check(row)
        for names, one in changed:
            if names.isdisjoint(kept):
                found = self.obeying_others(one, *kept, *names)
                stays = all(found[name] == row[name] for name in kept)
                if stays and not (is_sound and self.breaks_check(found)):
                    yield found

    def outside(self, tests: Tests, row: Row) -> Iterator[Row]:
        """Yield the row with changes by which it breaks one of the tests each time."""
        for test in tests:
            yield from breaking(test, row, self.table, self.others)

    def all_outside(self, tests: Tests, values: Changes) -> Iterator[Row]:
        """Yield new rows with these values, each with changes by which it breaks one of the tests."""
        count = len(list(self.outside(tests, self.new(values))))
        for number in range(count):
            yield from list(self.outside(tests, self.new(values)))[number : number + 1]

    def insert(self, *rows: Row) -> Step:
        """Return one INSERT of the rows."""
        return self.insert_columns(rows, [column.name for column in self.table.writable_columns])

    def insert_columns(self, rows: Sequence[Row], columns: Sequence[str]) -> Step:
        """Return one INSERT of some columns of the rows."""
        head = self.names.insert_into(self.table, columns)
        marks: list[str] = []
        values: dict[str, Any] = {}
        for number, row in enumerate(rows):
            marks.append(f"({', '.join(f':{name}_{number}' for name in columns)})")
            values |= {f"{name}_{number}": self.value(name, row[name]) for name in columns}
        return f"{head} VALUES {', '.join(marks)}", values

    def written(self, *rows: Row) -> Transaction:
        """Return the statements that insert rows with one INSERT."""
        return (self.insert(*rows),)

    def insert_beside(self, row: Row) -> Step:
        """Return the INSERT of a row beside the rows to which it refers."""
        return self.insert(row)

    def tests_of(self, alias: str) -> TestsSql:
        """Return the SQL of tests of a row with an alias."""
        return TestsSql(self.table, self.traits, alias)

    def arrive(self, row: Row, *later: Row) -> Transaction:
        """Return the statements that bring a row into existence: it passes the states on the way to its own.

        It gets the rows that it needs in its state, and in those of the rows `later`, which it becomes afterwards.
        """
        start, moves = self.arrival(row)
        first, needed = self._demanded(self, start, row, later) if self._demanded else (start, ())
        moves += [self.update(row, change)] if (change := difference(first, start)) else []
        return (self.insert(first), *needed, *moves)

    def arrival(self, row: Row) -> tuple[Row, list[Step]]:
        """Return the row with the state in which it begins, and the updates that bring it to its own."""
        start, moves = dict(row), list[Step]()
        for rule in self.schema.rules:
            if isinstance(rule, StatesRule) and rule.table == self.table.name:
                type_ = self.table.column(rule.column).type
                ways = {constant(state, type_): rule.route(state) for state in self.states(rule)}
                for position, state in enumerate(ways.get(row[rule.column]) or ()):
                    value = {rule.column: constant(state, type_)}
                    start, moves = (
                        (start | value, moves) if position == 0 else (start, [*moves, self.update(row, value)])
                    )
        return start, moves

    def advance(self, row: Row, changes: Changes) -> tuple[Step, ...]:
        """Return the statements that change a row, which passes the states on the way to a new one."""
        steps, left = list[Step](), dict(changes)
        for rule in self.schema.rules:
            if isinstance(rule, StatesRule) and rule.table == self.table.name and rule.column in left:
                type_ = self.table.column(rule.column).type
                values = {state: constant(state, type_) for state in self.states(rule)}
                new = next((state for state, value in values.items() if value == left[rule.column]), "")
                old = tuple(state for state, value in values.items() if value == row[rule.column])
                route = rule.route(new, old) or ()
                # the last one changes together with the other columns
                steps += [self.update(row, {rule.column: values[state]}) for state in route[1:-1]]
        return (*steps, self.update(row, left))

    def needs_others(self, row: Row) -> bool:
        """Return whether other rows must refer to a row in its state."""
        return bool(self._demanded and self._demanded(self, row, row, ())[1])

    def states(self, rule: StatesRule) -> tuple[str, ...]:
        """Return the states that a rule names, the first ones first."""
        return tuple(dict.fromkeys((*rule.start, *(state for move in rule.moves for state in move))))

    def replace(self, row: Row) -> Step | None:
        """Return a statement that replaces the row with the same key; None if the engine has none."""
        sql, values = self.insert(row)
        form = self.traits.sql_templates.replace
        return (sql.replace("INSERT INTO", form, 1), values) if form else None

    @property
    def may_delete(self) -> bool:
        """Return whether no rule of the table forbids to delete rows."""
        rules = (one for one in self.schema.rules if isinstance(one, FrozenRule) and one.table == self.table.name)
        return not any(one.forbids_delete for one in rules)

    def log(self, columns: tuple[str, ...]) -> Log:
        """Return a table for copies of the key and these columns of a row."""
        return Log(self, columns)

    def update(self, row: Row, changes: Changes) -> Step:
        """Return an UPDATE of a row that is found by its key."""
        if not self.traits.sql_templates.filling:  # the application writes the copies of the row that it refers to
            changes = {**self._copies_beside(row, changes), **changes}
        sets = ", ".join(f"{self.names.column(self.table, name)} = :new_{name}" for name in changes)
        key = self.table.row_key
        where = self.names.equal(self.table, key)
        values = {name: self.value(name, row[name]) for name in key}
        values |= {f"new_{name}": self.value(name, value) for name, value in changes.items()}
        return f"UPDATE {self.names.table(self.table)} SET {sets} WHERE {where}", values

    def _copies_beside(self, row: Row, changes: Changes) -> Row:
        """Return the copies that change with a reference."""
        table = self.table
        found = self.sample.copies(table, 1, row | dict(changes)) if table.copied_columns else {}
        keys = {name: table.foreign_key(copy.key) for name, copy in table.copies.items()}
        return {name: value for name, value in found.items() if set(table.own_key_columns(keys[name])) & changes.keys()}

    def replacement(self, row: Row, *, is_new: bool) -> Transaction:  # noqa: ARG002  rows without targets
        """Return the statements that replace the row with the same key; empty if the engine has none."""
        step = self.replace(row)
        return (step,) if step else ()

    def change(self, row: Row, changes: Changes) -> Transaction:
        """Return the statements that change a row that is found by its key."""
        return (self.update(row, changes),)

    def become(self, row: Row, new: Row) -> Transaction:
        """Return the statements by which a row becomes another one with the same key."""
        changes = difference(row, new)
        return (self.update(row, changes),) if changes else ()

    def delete(self, row: Row) -> Step:
        """Return a DELETE of a row that is found by its key."""
        where = self.names.equal(self.table, self.table.row_key)
        values = {name: self.value(name, row[name]) for name in self.table.row_key}
        return f"DELETE FROM {self.names.table(self.table)} WHERE {where}", values

    def value(self, column: str, value: Any) -> Any:
        """Return a value in the engine's form."""
        return to_engine_value(value, self.table.column(column).type, self.traits)

    def count(self, condition: str) -> str:
        """Return the query that counts the rows of the table that meet a condition."""
        return f"SELECT count(*) FROM {self.names.table(self.table)} WHERE {condition}"


def _is_within(check: Range, value: Any) -> bool:
    if value is None:
        return True
    return (check.low is None or value >= check.low) and (check.high is None or value <= check.high)


def difference(before: Row, after: Row) -> Row:
    """Return the values of `after` that differ."""
    return {name: value for name, value in after.items() if before[name] != value}
