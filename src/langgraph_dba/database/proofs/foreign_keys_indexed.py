"""Every reference has an index behind it, so that deleting a row does not read whole tables.

With at least 10,000 rows in each table, the engine must find the rows that name a given one through an index, and
deleting a row must not read any referring table from end to end (counted by the engine, or measured in its own steps).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from langgraph_dba.database.data.generator import Profile, ReferenceProfile, TableProfile, rows_of
from langgraph_dba.database.data.sample import Sample, to_engine_row
from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Connection, Rejected
from langgraph_dba.database.model.schema import ForeignKey, Schema, Table
from langgraph_dba.database.proofs.kit.defect import Defect, without_index, without_key
from langgraph_dba.database.proofs.kit.index_probe import example, filled
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "every foreign key is supported by an index: deleting a row reads no referring table from end to end"
CAPABILITY = "Relationship Design: appropriate indexing strategy"
NEEDS = ()
_ROWS = 10_000
_LARGE = _ROWS // 2  # with fewer rows, of tenants say, reading all of them would not be wrong
_TENANTS = 50  # with two, half of a table belongs to each: no index would be worth using
_USED = 0.99  # a share of the rows nobody refers to: they can be deleted


def obstacle(subject: Subject) -> str:
    """Say that there is nothing to support where no table refers to another."""
    return "" if any(subject.schema.foreign_keys()) else "the schema has no foreign keys"


def run(subject: Subject) -> CheckResult:
    """Look every reference up, then delete a childless row of every table that is referred to."""
    with filled(subject, _profile(subject.schema)) as (_, connection):
        rows = rows_of(connection, subject.schema, subject.traits)
        keys = list(subject.schema.foreign_keys())
        failures = [wrong for table, key in keys for wrong in _lookup(subject, connection, rows, table, key)]
        targets = dict.fromkeys(key.target for _, key in keys)
        deletions = {name: _deletion(subject, connection, rows, name) for name in targets}
    if not failures:  # the plans say which reference is bare; the deletions, which table is read whole
        failures = [wrong for wrongs, _ in deletions.values() for wrong in wrongs]
    numbers = {
        "rows a table": rows,
        "foreign keys": len(keys),
        "deletions": {n: cost for n, (_, cost) in deletions.items()},
    }
    summary = (
        f"{len(keys)} foreign keys looked up by index at {_ROWS} rows, {len(targets)} deletions without a full read"
    )
    return CheckResult(tuple(failures), summary, numbers, strength="measured")


def _profile(schema: Schema) -> Profile:
    childless = ReferenceProfile(used=_USED)
    tables = {t.name: TableProfile(references={key.name: childless for key in t.foreign_keys}) for t in schema.tables}
    return Profile(rows=_ROWS, tenants=_TENANTS, null_share=0.05, tables=tables)


def _lookup(
    subject: Subject, connection: Connection, rows: Mapping[str, int], table: Table, key: ForeignKey
) -> Iterator[str]:
    names = subject.names
    known = example(names, connection, subject.schema.table(key.target), key.target_columns)
    params = {own: known[theirs] for own, theirs in zip(key.columns, key.target_columns, strict=True)}
    query = f"SELECT 1 FROM {names.table(table)} WHERE {names.equal(table, key.columns)}"
    searched = connection.explain(query, params, few_rows=rows[table.name] < _LARGE).searched_columns
    if not searched.issuperset(names.plan_names(table, key.columns)):
        found = f"only by {', '.join(sorted(searched))}" if searched else "by reading it from end to end"
        yield f"no index supports {key.name}: rows of {table.name} are found {found}, not by {', '.join(key.columns)}"


def _deletion(
    subject: Subject, connection: Connection, rows: Mapping[str, int], target: str
) -> tuple[list[str], dict[str, Any]]:
    table = subject.schema.table(target)
    tenants = subject.schema.is_tenant_table(table)
    key = _newcomer(subject, connection, table) if tenants else _childless(subject, connection, table)
    delete = f"DELETE FROM {subject.names.table(table)} WHERE {subject.names.equal(table, key)}"
    referring = (t for t, k in subject.schema.foreign_keys() if k.target == target and t.name != target)
    children = sorted({t.sql_name for t in referring if rows[t.name] >= _LARGE})
    if subject.traits.counts_index_scans:
        return _counted(connection, delete, key, children)
    steps = connection.work(delete, key)
    wrong = (
        [f"deleting a row of {target} takes {steps} steps: a table of {_ROWS} rows is read whole"]
        if steps > _ROWS // 2
        else []
    )
    return wrong, {"steps": steps}


def _childless(subject: Subject, connection: Connection, table: Table) -> Mapping[str, Any]:
    """Return the key of a row that nobody refers to; those stand last."""
    names = subject.names
    alone = " AND ".join(
        f"NOT EXISTS (SELECT 1 FROM {names.table(other)} c WHERE {_matches(names, other, key, table)})"
        for other, key in subject.schema.foreign_keys()
        if key.target == table.name
    )
    order = ", ".join(f"{names.column(table, column, 'p')} DESC" for column in table.primary_key)
    asked = f"SELECT {names.columns(table, table.primary_key, 'p')} FROM {names.table(table)} p"
    found = connection.run(f"{asked} WHERE {alone} ORDER BY {order} LIMIT 1")
    return dict(zip(table.primary_key, found.rows[0], strict=True))


def _matches(names: Names, table: Table, key: ForeignKey, target: Table) -> str:
    pairs = zip(key.columns, key.target_columns, strict=True)
    return " AND ".join(f"{names.column(table, own, 'c')} = {names.column(target, t, 'p')}" for own, t in pairs)


def _newcomer(subject: Subject, connection: Connection, table: Table) -> Mapping[str, Any]:
    """Add a tenant that has no rows yet (all others have) and return its key."""
    sample = Sample(subject.schema, tenants=_TENANTS, rows=1).row(table, _TENANTS + 1, 0)
    row = dict(zip(table.column_names, to_engine_row(sample, table, subject.traits), strict=True))
    for key in table.foreign_keys:
        known = example(subject.names, connection, subject.schema.table(key.target), key.target_columns)
        row |= {own: known[theirs] for own, theirs in zip(key.columns, key.target_columns, strict=True)}
    connection.load(table.sql_name, [column.sql_name for column in table.columns], [tuple(row.values())])
    return {column: row[column] for column in table.primary_key}


def _counted(
    connection: Connection, delete: str, key: Mapping[str, Any], children: list[str]
) -> tuple[list[str], dict[str, Any]]:
    before = {child: connection.scans(child) for child in children}
    answer = connection.attempt((delete, key))
    if isinstance(answer, Rejected):
        return [f"{delete} is refused: {answer}"], {}
    found = {
        child: [now - then for now, then in zip(connection.scans(child), before[child], strict=True)]
        for child in children
    }
    wrong = [f"{delete} reads all of {child}" for child, (whole, _) in found.items() if whole]
    return wrong, {child: {"full reads": whole, "index reads": indexed} for child, (whole, indexed) in found.items()}


_BARE = ("bare_references",)
DEFECTS = (
    Defect(
        "an index of a reference is gone",
        "tasks_assignee",
        made=without_index("tasks", "tasks_assignee_idx"),
        needs=_BARE,
    ),
    Defect(
        "an index of the workload that supports a reference is gone",
        "tasks_project",
        made=without_index("tasks", "tasks_list_tasks_idx"),
        needs=_BARE,
    ),
    Defect(
        "an index between tables that tenants share is gone",
        "countries_region",
        made=without_index("countries", "countries_region_idx"),
        needs=_BARE,
    ),
    Defect(
        "an index of the tenants themselves is gone",
        "tenants_country",
        made=without_index("tenants", "tenants_country_idx"),
        needs=_BARE,
    ),
    Defect(
        "a reference lost its index and its key",
        "tasks_assignee",
        made=lambda schema: without_key("tasks", "tasks_assignee_fkey")(
            without_index("tasks", "tasks_assignee_idx")(schema)
        ),
    ),
)
