"""One form for the plans of all engines: tables, access by index, estimated and actual rows.

A plan is a tree of steps. Numbers that an engine does not report are None: SQLite estimates no rows, and only an
executed plan has actual rows, pages and times. `buffers` and `time_ms` of a step include the steps below it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

NodeKind = Literal[
    "query",  # the whole statement, if the engine has no step for it
    "table-scan",  # a whole table
    "index-scan",  # a whole index
    "index-search",  # the part of an index that matches a condition
    "bitmap-scan",  # pages of a table that an index search below returned
    "join", "sort", "aggregate", "window", "distinct", "limit", "union", "filter", "materialise", "subquery",
    "function", "values", "write", "other",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """One step and the steps below it; the root stands for the statement.

    `label` is the engine's name of the step. `searched` are the columns of the index condition, `condition` filters
    the rows afterwards. `covering` means that the table is not read. `actual_rows` is the sum over all loops.
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
        """Yield this step and all below it in pre-order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def of(self, *kinds: NodeKind) -> tuple["Plan", ...]:
        """Return the steps of these kinds."""
        return tuple(step for step in self.walk() if step.kind in kinds)

    def uses(self, index: str) -> bool:
        """Return whether any step reads an index of that name."""
        return any(step.index == index for step in self.walk())

    @property
    def searched_columns(self) -> frozenset[str]:
        """The columns of all index conditions; empty if any table is scanned."""
        if self.of("table-scan"):
            return frozenset()
        return frozenset(column for step in self.walk() for column in step.searched)

    @property
    def ran(self) -> bool:
        """Whether the statement was executed for this plan."""
        return any(step.loops is not None or step.actual_rows is not None for step in self.walk())

    def as_data(self) -> dict[str, Any]:
        """Return the tree as plain data, without fields that the engine did not report."""
        values = {name: value for name, value in asdict(self).items() if value not in (None, "", (), False)}
        below = {"children": [child.as_data() for child in self.children]} if self.children else {}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items() if k != "children"} | below

    def render(self) -> str:
        """Return the tree as text: one line per step, indented by depth."""
        return "\n".join(_lines(self, 0))


def named_tables(sql: str, dialect: str) -> Mapping[str, str]:
    """Map the names and aliases in a statement to tables; empty if sqlglot cannot parse it."""
    import sqlglot  # a tenth of the import of a session
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        tree = sqlglot.parse_one(sql, dialect=dialect)
    except SqlglotError:
        return {}
    # the name of a WITH query is not a table
    cte_names = {cte.alias for cte in tree.find_all(exp.CTE)}
    return {table.alias_or_name: table.name for table in tree.find_all(exp.Table) if table.name not in cte_names}


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
        rows.append(f"{step.actual_rows:.0f} read")
    parts = [", ".join(rows)] if rows else []
    parts += [f"{step.loops} loops"] if step.loops not in (None, 1) else []
    parts += [f"cost {step.cost:.1f}"] if step.cost is not None else []
    parts += [f"{step.buffers} pages"] if step.buffers is not None else []
    parts += [f"{step.heap_fetches} fetched from the table"] if step.heap_fetches is not None else []
    parts += [f"{step.time_ms:.2f} ms"] if step.time_ms is not None else []
    return f"[{'; '.join(parts)}]" if parts else ""
