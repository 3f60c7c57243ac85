"""Every foreign key has an index, so that the delete of a row does not read whole tables.

With at least 10,000 rows in each table, the engine must find the rows that reference a given row by an index, and the
delete of a row must not read any referencing table in full (by the engine's scan counters, or by its work in steps).
Only the first is tried for a foreign key to another schema, which has no model.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from langgraph_dba.database.data.generator import Profile, ReferenceProfile, TableProfile, rows_of
from langgraph_dba.database.data.sample import Sample, to_engine_row
from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Connection, Plan, Rejected
from langgraph_dba.database.model.schema import Columns, ForeignKey, OuterKey, Schema, Table
from langgraph_dba.database.proofs.kit.defect import Defect, without_index, without_key
from langgraph_dba.database.proofs.kit.index_probe import example_values, filled_database
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "every foreign key is supported by an index: the delete of a row reads no referencing table in full"
CAPABILITY = "Relationship Design: appropriate indexing strategy"
NEEDS = ()
_ROWS = 10_000
_LARGE = _ROWS // 2  # reading a smaller table in full (that of the tenants, say) is not a failure
_TENANTS = 50  # with two tenants each has half of the rows, and no planner would use an index
_MOST_FOUND = 0.2  # of the rows; the generator gives each tenant 2 %
_USED = 0.99  # the rest of the rows is not referenced, so that they can be deleted


def obstacle(subject: Subject) -> str:
    """Return why the proof does not apply: the schema has no foreign keys."""
    has_keys = any(table.all_foreign_keys for table in subject.schema.tables)
    return "" if has_keys else "the schema has no foreign keys"


def run(subject: Subject) -> CheckResult:
    """Look up rows by each foreign key, then delete an unreferenced row of each referenced table."""
    with filled_database(subject, _profile(subject.schema)) as (_, connection):
        rows = rows_of(connection, subject.schema, subject.traits)
        keys = list(subject.schema.foreign_keys())
        filled = [(table, key) for table, key in keys if rows[table.name] and rows[key.target]]
        lookups = _Lookups(subject, connection, rows)
        for table, key in filled:
            lookups.try_inner(table, key)
        for table in (subject.declared or subject.schema).tables:
            for outer in table.outer_keys:
                lookups.try_outer(table, outer)
        targets = dict.fromkeys(key.target for _, key in filled)
        deletions = {name: _deletion(subject, connection, rows, name) for name in targets}
    failures = lookups.failures
    if not failures:  # a foreign key without an index fails in both: its lookup names it, the deletion only the table
        failures = [failure for reasons, _ in deletions.values() for failure in reasons]
    skipped = sum("refused" in cost or "not deleted" in cost for _, cost in deletions.values())
    numbers = {
        "rows a table": rows,
        "foreign keys": lookups.judged,
        "not judged, because a table is empty": [key.name for pair in keys if pair not in filled for key in pair[1:]],
        "deletions": {n: cost for n, (_, cost) in deletions.items()},
    }
    deleted = f"{len(targets) - skipped} deletions without a full scan"
    summary = f"{lookups.judged} foreign keys looked up by index at {_ROWS} rows, {deleted}"
    summary += f"; {skipped} deletions not judged, because no row could be deleted" if skipped else ""
    untried = "" if filled or lookups.judged else "no two tables that a foreign key connects have rows"
    untried = f"not tried: {'; '.join(lookups.untried)}" if lookups.untried else untried
    return CheckResult(tuple(failures), summary, numbers, strength="measured", untried=untried)


def _profile(schema: Schema) -> Profile:
    reference = ReferenceProfile(used=_USED)
    tables = {t.name: TableProfile(references={key.name: reference for key in t.foreign_keys}) for t in schema.tables}
    return Profile(rows=_ROWS, tenants=_TENANTS, null_share=0.05, tables=tables)


class _Lookups:
    """Lookups of rows by foreign keys: the failures, the number of judged keys, and the others with the reason."""

    def __init__(self, subject: Subject, connection: Connection, rows: Mapping[str, int]) -> None:
        self.failures: list[str] = []
        self.judged = 0
        self.untried: list[str] = []
        self._subject, self._connection, self._rows = subject, connection, rows

    def try_inner(self, table: Table, key: ForeignKey) -> None:
        """Look up the rows that reference an example row of the target."""
        target = self._subject.schema.table(key.target)
        values = example_values(self._subject.names, self._connection, target, key.target_columns)
        self._try(
            table, key, {own: values[theirs] for own, theirs in zip(key.columns, key.target_columns, strict=True)}
        )

    def try_outer(self, table: Table, key: OuterKey) -> None:
        """Look up the rows that have the values of an example row of the table itself."""
        own = self._subject.schema.find_table(table.name)
        params = example_values(self._subject.names, self._connection, own, key.columns) if own else {}
        if params:
            self._try(table, key, params)
        else:
            self.untried.append(f"{key.name} of {table.name} to {key.target}, because no row has a value")

    def _try(self, table: Table, key: ForeignKey | OuterKey, params: Mapping[str, Any]) -> None:
        names, connection = self._subject.names, self._connection
        few_rows = self._rows[table.name] < _LARGE
        source = f"FROM {names.table(table)} WHERE {names.equal(table, key.columns)}"
        plan = connection.explain(f"SELECT 1 {source}", params, few_rows=few_rows)
        if _scans_only_empty_tables(connection, names, plan):
            plan = connection.explain(f"SELECT 1 {source}", params, few_rows=True)
        searched = plan.searched_columns
        if not any(searched.issuperset(names.plan_names(table, one)) for one in (key.columns, *_unique(table, key))):
            found = int(connection.run(f"SELECT count(*) {source}", params).scalar)
            if found > _MOST_FOUND * self._rows[table.name] and not few_rows:
                # a trigger set them, say: an engine reads the whole table then, with and without an index
                self.untried.append(f"{key.name}, because {found} rows of {table.name} have the same value")
                return
            access = f"only by {', '.join(sorted(searched))}" if searched else "by a full scan"
            columns = ", ".join(key.columns)
            self.failures.append(
                f"no index supports {key.name}: rows of {table.name} are found {access}, not by {columns}"
            )
        self.judged += 1


def _unique(table: Table, key: ForeignKey | OuterKey) -> Iterator[Columns]:
    """Yield columns of a key of which no two rows have the same values: by them at most one row is found."""
    unique = (table.primary_key, *(columns for _, columns in table.unique_sets))
    return (columns for columns in unique if columns and set(columns) <= set(key.columns))


def _scans_only_empty_tables(connection: Connection, names: Names, plan: Plan) -> bool:
    """Return whether the plan scans tables and all of them are empty, as partitions and children of a table can be.

    The planner scans them even if they have an index, because nothing is cheaper than that.
    """
    scanned = [step.table for step in plan.of("table-scan")]
    answers = (connection.attempt((f"SELECT count(*) FROM {names.of(table)}", {})) for table in scanned)
    return bool(scanned) and all(not isinstance(answer, Rejected) and answer.scalar == 0 for answer in answers)


def _deletion(
    subject: Subject, connection: Connection, rows: Mapping[str, int], target: str
) -> tuple[list[str], dict[str, Any]]:
    table = subject.schema.table(target)
    tenants = subject.schema.is_tenant_table(table)
    # all generated tenants have rows: their table needs a new one for the deletion
    key = _add_tenant(subject, connection, table) if tenants else _unreferenced_row(subject, connection, table)
    if not key:
        return [], {"not deleted": "each row is referenced, or no key selects one"}
    delete = f"DELETE FROM {subject.names.table(table)} WHERE {subject.names.equal(table, key)}"
    referring = (t for t, k in subject.schema.foreign_keys() if k.target == target and t.name != target)
    children = sorted({t.sql_name for t in referring if rows[t.name] >= _LARGE})
    if subject.traits.counts_index_scans:
        return _counted(connection, delete, key, children)
    try:
        steps = connection.work(delete, key)
    except Rejected as refusal:
        return [], {"refused": str(refusal)}
    failures = (
        [f"the delete of a row of {target} takes {steps} steps: a table of {_ROWS} rows is read in full"]
        if steps > _ROWS // 2
        else []
    )
    return failures, {"steps": steps}


def _unreferenced_row(subject: Subject, connection: Connection, table: Table) -> Mapping[str, Any]:
    """Return the key of an unreferenced row; empty if there is none."""
    names = subject.names
    if not table.row_key:
        return {}
    unreferenced = " AND ".join(
        f"NOT EXISTS (SELECT 1 FROM {names.table(other)} c WHERE {_matches(names, other, key, table)})"
        for other, key in subject.schema.foreign_keys()
        if key.target == table.name
    )
    # the generator puts unreferenced rows last: in descending order one is found at once
    order = ", ".join(f"{names.column(table, column, 'p')} DESC" for column in table.row_key)
    rows = f"SELECT {names.columns(table, table.row_key, 'p')} FROM {names.table(table)} p"
    answer = connection.run(f"{rows} WHERE {unreferenced} ORDER BY {order} LIMIT 1")
    return dict(zip(table.row_key, answer.rows[0], strict=True)) if answer.rows else {}


def _matches(names: Names, table: Table, key: ForeignKey, target: Table) -> str:
    pairs = zip(key.columns, key.target_columns, strict=True)
    return " AND ".join(f"{names.column(table, own, 'c')} = {names.column(target, t, 'p')}" for own, t in pairs)


def _add_tenant(subject: Subject, connection: Connection, table: Table) -> Mapping[str, Any]:
    """Add a tenant without rows and return its key."""
    sample = Sample(subject.schema, tenants=_TENANTS, rows=1).row(table, _TENANTS + 1, 0)
    row = dict(zip(table.column_names, to_engine_row(sample, table, subject.traits), strict=True))
    for key in table.foreign_keys:
        values = example_values(subject.names, connection, subject.schema.table(key.target), key.target_columns)
        row |= {own: values[theirs] for own, theirs in zip(key.columns, key.target_columns, strict=True)}
    connection.load(table.sql_name, [column.sql_name for column in table.columns], [tuple(row.values())])
    return {column: row[column] for column in table.row_key}


def _counted(
    connection: Connection, delete: str, key: Mapping[str, Any], children: list[str]
) -> tuple[list[str], dict[str, Any]]:
    before = {child: connection.scans(child) for child in children}
    answer = connection.attempt((delete, key))
    if isinstance(answer, Rejected):
        return [], {"refused": str(answer)}  # by a trigger, for example: that says nothing about an index
    scans = {
        child: [now - then for now, then in zip(connection.scans(child), before[child], strict=True)]
        for child in children
    }
    failures = [f"{delete} reads all of {child}" for child, (full, _) in scans.items() if full]
    return failures, {child: {"full reads": full, "index reads": indexed} for child, (full, indexed) in scans.items()}


_BARE = ("bare_references",)  # other engines create the index with the foreign key, and keep it
DEFECTS = (
    Defect(
        "the index of a foreign key is missing",
        "tasks_assignee",
        actual=without_index("tasks", "tasks_assignee_idx"),
        needs=_BARE,
    ),
    Defect(
        "a workload index that supports a foreign key is missing",
        "tasks_project",
        actual=without_index("tasks", "tasks_list_tasks_idx"),
        needs=_BARE,
    ),
    Defect(
        "the index of a foreign key between shared tables is missing",
        "countries_region",
        actual=without_index("countries", "countries_region_idx"),
        needs=_BARE,
    ),
    Defect(
        "the index of a foreign key of the tenants is missing",
        "tenants_country",
        actual=without_index("tenants", "tenants_country_idx"),
        needs=_BARE,
    ),
    Defect(
        "the foreign key and its index are missing",
        "tasks_assignee",
        actual=lambda schema: without_key("tasks", "tasks_assignee_fkey")(
            without_index("tasks", "tasks_assignee_idx")(schema)
        ),
    ),
)
