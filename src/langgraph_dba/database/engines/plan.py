"""One form for the plans of all engines: what is read, by which index, how many rows were expected and came.

A plan is a tree of steps. Numbers that an engine does not tell are None: SQLite estimates nothing, and only a plan that
was run has actual rows, pages and times. `buffers` and `time_ms` of a step include the steps below it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

NodeKind = Literal[
    "query",  # the whole statement, where the engine has no step of its own for it
    "table-scan",  # a table from end to end
    "index-scan",  # an index from end to end
    "index-search",  # an index entered by a condition
    "bitmap-scan",  # pages that an index search below named
    "join", "sort", "aggregate", "window", "distinct", "limit", "union", "filter", "materialise", "subquery",
    "function", "values", "write", "other",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """One step and the steps below it; the root stands for the statement.

    `label` is the engine's own word. `searched` are the columns by which an index is entered, `condition` what is
    checked on rows afterwards. `covering` says that the index alone answers. `actual_rows` are those of all loops.
    """

    kind: NodeKind
    label: str
    table: str = ""
    index: str = ""
    covering: bool = False
    searched: tuple[str, ...] = ()
    condition: str = ""
    estimated_rows: float | None = None
    actual_rows: float | None = None
    loops: int | None = None
    cost: float | None = None
    buffers: int | None = None
    time_ms: float | None = None
    heap_fetches: int | None = None
    children: tuple["Plan", ...] = ()

    def walk(self) -> Iterator["Plan"]:
        """Yield this step and all below it, each before those below it."""
        yield self
        for child in self.children:
            yield from child.walk()

    def of(self, *kinds: NodeKind) -> tuple["Plan", ...]:
        """Return the steps of these kinds."""
        return tuple(step for step in self.walk() if step.kind in kinds)

    def uses(self, index: str) -> bool:
        """Whether any step reads an index of that name."""
        return any(step.index == index for step in self.walk())

    @property
    def searched_columns(self) -> frozenset[str]:
        """The columns by which indexes are entered; none if any table is read whole."""
        if self.of("table-scan"):
            return frozenset()
        return frozenset(column for step in self.walk() for column in step.searched)

    @property
    def ran(self) -> bool:
        """Whether the statement was run for this plan."""
        return any(step.loops is not None or step.actual_rows is not None for step in self.walk())

    def as_data(self) -> dict[str, Any]:
        """Return the tree as plain data, without what the engine did not tell."""
        told = {name: value for name, value in asdict(self).items() if value not in (None, "", (), False)}
        below = {"children": [child.as_data() for child in self.children]} if self.children else {}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in told.items() if k != "children"} | below

    def render(self) -> str:
        """Return the tree for a reader, a step a line, deeper steps further in."""
        return "\n".join(_lines(self, 0))


def named_tables(sql: str, dialect: str) -> Mapping[str, str]:
    """Map the names and aliases under which a statement reads tables to those tables; nothing if it is not read."""
    try:
        tree = sqlglot.parse_one(sql, dialect=dialect)
    except SqlglotError:
        return {}
    # a name that the statement itself makes (WITH) is no table
    made = {cte.alias for cte in tree.find_all(exp.CTE)}
    return {table.alias_or_name: table.name for table in tree.find_all(exp.Table) if table.name not in made}


def _lines(step: Plan, depth: int) -> Iterator[str]:
    yield "  " * depth + " ".join(filter(None, (_what(step), _numbers(step))))
    for child in step.children:
        yield from _lines(child, depth + 1)


def _what(step: Plan) -> str:
    words = [step.kind if step.kind != "other" else step.label]
    words += [step.table] if step.table else []
    words += [f"by {step.index}"] if step.index else []
    words += [f"({', '.join(step.searched)})"] if step.searched else []
    words += ["index only"] if step.covering else []
    words += [f"where {step.condition}"] if step.condition else []
    return " ".join(words)


def _numbers(step: Plan) -> str:
    rows = []
    if step.estimated_rows is not None:
        rows.append(f"{step.estimated_rows:.0f} rows expected")
    if step.actual_rows is not None:
        rows.append(f"{step.actual_rows:.0f} came")
    told = [", ".join(rows)] if rows else []
    told += [f"{step.loops} loops"] if step.loops not in (None, 1) else []
    told += [f"cost {step.cost:.1f}"] if step.cost is not None else []
    told += [f"{step.buffers} pages"] if step.buffers is not None else []
    told += [f"{step.heap_fetches} fetched from the table"] if step.heap_fetches is not None else []
    told += [f"{step.time_ms:.2f} ms"] if step.time_ms is not None else []
    return f"[{'; '.join(told)}]" if told else ""
