"""A partial index serves reads of its rows only, and a unique one enforces uniqueness among its rows only.

For each partial index at 5,000 rows: a read with its predicate uses it, and the same read without the predicate does
not. It holds at most 90 % of the rows. If it is unique, a duplicate of a row in the index is refused, and a duplicate
of a row outside of it is accepted.

In a database that exists, a unique index may be there for its rule alone, and another index can be the better choice
for a generated row: the use of such an index is not judged, and it is named.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from langgraph_dba.database.ddl.business_rules.registry import mechanism_names
from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Connection, Rejected
from langgraph_dba.database.model.schema import Index, Table
from langgraph_dba.database.proofs.kit.defect import Defect, index_edit, without_index
from langgraph_dba.database.proofs.kit.index_probe import (
    ROWS,
    app_connection,
    example_values,
    filled_database,
    predicate_columns,
)
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "a partial index serves reads of its rows, is smaller than a full index, and is unique for its rows only"
CAPABILITY = "Indexing Strategy: partial and filtered indexes"
NEEDS = ("partial-indexes",)
_MAX_SHARE = 0.9  # of the rows: an index over more of them saves nothing


def obstacle(subject: Subject) -> str:
    """Return why the proof does not apply: no index has a predicate."""
    return "" if list(_partial(subject)) else "no index has a predicate"


def _partial(subject: Subject) -> Iterator[tuple[Table, Index]]:
    return ((t, i) for t in subject.schema.tables for i in t.indexes if i.where and i.columns)


def run(subject: Subject) -> CheckResult:
    """Read by each partial index, compare its size, and insert duplicates for those that are unique."""
    indexes, numbers = list(_partial(subject)), dict[str, Any]()
    failures, unjudged = list[str](), list[str]()
    with filled_database(subject) as (scratch, connection), app_connection(subject, scratch) as app:
        for table, index in indexes:
            values = example_values(subject.names, connection, table, index.columns, where=index.where)
            if not values:
                continue  # the generator made no row for the predicate: that says nothing about the index
            read = _Read(subject.names, table, index, values)
            reason = "" if subject.is_designed else _why_not_used(app, read)
            unjudged += [f"{index.name}: {reason}"] if reason else []
            failures += [] if reason else _use_failures(app, read, few_rows=not subject.is_designed)
            share = _share(subject.names, connection, table, index)
            numbers[index.name] = round(share, 3)
            # of a database that exists, the share is that of the generated rows, not of its own
            if subject.is_designed and share > _MAX_SHARE:
                held = f"{share:.0%} of the rows of {table.name}"
                failures.append(f"{index.name} holds {held}: it is hardly smaller than a full index")
            if index.unique and (other := _other_refusal(subject, connection, table, index)):
                unjudged.append(f"{index.name}: another rule refuses the duplicate: {other}")
            elif index.unique:
                failures += _unique_failures(subject, connection, table, index)
                continue
            elif not reason:
                continue
            del numbers[index.name]  # nothing about it was tried
    summary = f"{len(numbers)} partial indexes at {ROWS} rows serve reads of their rows, or are unique for them only"
    summary += f"; not judged: {'; '.join(unjudged)}" if unjudged else ""
    no_row = f"no generated row satisfies {' or '.join(index.where for _, index in indexes)}"
    untried = "" if numbers else "; ".join(unjudged) or no_row
    return CheckResult(tuple(failures), summary, {"share of rows": numbers}, strength="measured", untried=untried)


@dataclass(frozen=True, slots=True)
class _Read:
    """The read of one index: equality on its columns, `within` its predicate or over all rows."""

    names: Names
    table: Table
    index: Index
    values: Mapping[str, Any]

    @property
    def all_rows(self) -> str:
        return f"SELECT * FROM {self.names.table(self.table)} WHERE {self.names.equal(self.table, self.index.columns)}"

    @property
    def within(self) -> str:
        return f"{self.all_rows} AND {self.index.where}"


def _why_not_used(app: Connection, read: _Read) -> str:
    """Return why an unused index of a database that exists is not judged by its read; empty if it is."""
    plan, index = app.explain(read.within, read.values, few_rows=True), read.index
    if plan.uses(index.name):
        return ""
    others = sorted({step.index for step in plan.walk() if step.index})
    if others:
        return f"the plan uses {', '.join(others)}, which serves the same read"
    return "no generated read uses it: it enforces a rule" if index.unique else ""


def _use_failures(app: Connection, read: _Read, *, few_rows: bool) -> Iterator[str]:
    index, table = read.index, read.table
    if not app.explain(read.within, read.values, few_rows=few_rows).uses(index.name):
        yield f"{index.name} is not used by a read of {table.name} where {index.where}"
    # the rows outside of the index would be missing from the result: this shows that the predicate is in the index
    # unless the predicate is about a column of the index, whose value in the read can imply the predicate
    if not predicate_columns(table, index) and app.explain(read.all_rows, read.values).uses(index.name):
        yield f"{index.name} is used by a read of {table.name} that includes rows outside of its predicate"


def _share(names: Names, connection: Connection, table: Table, index: Index) -> float:
    counted = f"SELECT count(*), sum(CASE WHEN {index.where} THEN 1 ELSE 0 END) FROM {names.table(table)}"
    # counted by a query, because not every engine reports the size of an index
    total, held = (int(number or 0) for number in connection.run(counted).rows[0])
    return held / total if total else 0.0


def _other_refusal(subject: Subject, connection: Connection, table: Table, index: Index) -> str:
    """Return the rule of a database that exists that refuses a duplicate before the index can; empty if none does."""
    answer = None if subject.is_designed else connection.attempt((_inside(subject.names, table, index), {}))
    return str(answer) if isinstance(answer, Rejected) and answer.kind != "unique" else ""


def _unique_failures(subject: Subject, connection: Connection, table: Table, index: Index) -> Iterator[str]:
    if index.name in mechanism_names(subject.schema):
        return  # the proof of the rule tries it, with rows that obey the other rules
    # a duplicate of a row in the index, and one of a row outside of it
    answer = connection.attempt((_inside(subject.names, table, index), {}))
    if not (isinstance(answer, Rejected) and answer.kind == "unique"):
        yield f"{index.name} accepts a second row with the same {', '.join(index.columns)} where {index.where}"
    answer = connection.attempt((_copy(subject.names, table, f"NOT ({index.where})"), {}))
    if isinstance(answer, Rejected) and subject.is_designed:
        yield f"{index.name} refuses a second row outside of its predicate: {answer}"


def _inside(names: Names, table: Table, index: Index) -> str:
    present = "".join(f" AND {names.column(table, column)} IS NOT NULL" for column in index.columns)
    return _copy(names, table, f"({index.where}){present}")


def _copy(names: Names, table: Table, where: str) -> str:
    """Return a statement that inserts a duplicate of one row, with a new value of a single-column primary key."""
    name, key = names.table(table), names.column(table, (table.row_key or table.column_names)[0])
    # Limit: a composite key is copied unchanged, so that the primary key refuses the duplicate too.
    own = table.primary_key if len(table.primary_key) == 1 else ()
    others = [column.name for column in table.writable_columns if column.name not in own]
    cells = [f"(SELECT max({key}) + 1 FROM {name})"] if own else []
    cells += [names.column(table, other) for other in others]
    head = names.insert_into(table, [*own, *others])
    return f"{head} SELECT {', '.join(cells)} FROM {name} WHERE {where} ORDER BY {key} LIMIT 1"


DEFECTS = (
    Defect("the index has no predicate", "tasks_open_idx", actual=index_edit("tasks", "tasks_open_idx", where="")),
    Defect(
        "the index has another predicate",
        "tasks_open_idx is not used",
        actual=index_edit("tasks", "tasks_open_idx", where="status = 'done'"),
    ),
    Defect("the index is missing", "tasks_open_idx", actual=without_index("tasks", "tasks_open_idx")),
    Defect(
        "the index is not unique",
        "accepts a second row",
        actual=index_edit("projects", "projects_open_name_key", unique=False),
    ),
    Defect(
        "the index is unique over all rows",
        "refuses a second row",
        actual=index_edit("projects", "projects_open_name_key", where=""),
    ),
)
