"""Every reference has an index behind it, so that deleting a row does not read whole tables.

With at least 10,000 rows in each table, the engine must find the rows that name a given one through an index, and
deleting a row must not read any referring table from end to end (counted by the engine, or measured in its own steps).
"""

from collections.abc import Iterator
from typing import Any

from langgraph_dba.database.engines import Connection, Rejected
from langgraph_dba.database.proofs.defect import Defect, without_index, without_key
from langgraph_dba.database.proofs.subject import Result, Subject
from langgraph_dba.database.schema.model import ForeignKey, Table
from langgraph_dba.database.schema.sample import Sample, storable
from langgraph_dba.database.schema.storage import stored

CLAIM = "every foreign key is supported by an index: deleting a row reads no referring table from end to end"
CAPABILITY = "Relationship Design: appropriate indexing strategy"
_ROWS = 10_000
_TENANTS = 50  # with two, half of a table belongs to each: no index would be worth using


def obstacle(subject: Subject) -> str:
    """Say that there is nothing to support where no table refers to another."""
    return "" if any(subject.schema.foreign_keys()) else "the schema has no foreign keys"


def run(subject: Subject) -> Result:
    """Look every reference up, then delete a fresh row of every table that is referred to."""
    tenants = _TENANTS if subject.schema.isolation else 1
    sample = Sample(subject.schema, tenants=tenants, rows=_ROWS // tenants)
    with subject.loaded(sample) as (_, connection):
        connection.analyze()
        keys = list(subject.schema.foreign_keys())
        failures = [wrong for table, key in keys for wrong in _lookup(subject, connection, sample, table, key)]
        targets = dict.fromkeys(key.target for _, key in keys)
        deletions = {name: _deletion(subject, connection, sample, name) for name in targets}
    if not failures:  # the plans say which reference is bare; the deletions, which table is read whole
        failures = [wrong for wrongs, _ in deletions.values() for wrong in wrongs]
    numbers = {
        "rows a table": {table.name: sample.total(table) for table in subject.schema.tables},
        "foreign keys": len(keys),
        "deletions": {n: cost for n, (_, cost) in deletions.items()},
    }
    summary = (
        f"{len(keys)} foreign keys looked up by index at {_ROWS} rows, {len(targets)} deletions without a full read"
    )
    return Result(tuple(failures), summary, numbers, strength="measured")


def _large(sample: Sample, table: Table) -> bool:
    """Whether a table holds so many rows that reading it whole would be wrong: of tenants there are few."""
    return sample.total(table) >= _ROWS // 2


def _lookup(subject: Subject, connection: Connection, sample: Sample, table: Table, key: ForeignKey) -> Iterator[str]:
    known = sample.row(subject.schema.table(key.target), 1, 0)
    pairs = zip(key.columns, key.target_columns, strict=True)
    params = {c: stored(known[theirs], table.column(c).type, subject.traits) for c, theirs in pairs}
    where = " AND ".join(f"{column} = :{column}" for column in key.columns)
    query = f"SELECT 1 FROM {table.name} WHERE {where}"
    searched = connection.explain(query, params, few_rows=not _large(sample, table)).searched_columns
    if not searched.issuperset(key.columns):
        found = f"only by {', '.join(sorted(searched))}" if searched else "by reading it from end to end"
        yield f"no index supports {key.name}: rows of {table.name} are found {found}, not by {', '.join(key.columns)}"


def _deletion(
    subject: Subject, connection: Connection, sample: Sample, target: str
) -> tuple[list[str], dict[str, Any]]:
    table = subject.schema.table(target)
    tenant = sample.tenants + 1 if subject.schema.isolation and target == subject.schema.isolation.table else 1
    fresh = sample.row(table, tenant, sample.count(target) + 7)
    connection.load(target, table.column_names, [storable(fresh, table, subject.traits)])
    key = {c: stored(fresh[c], table.column(c).type, subject.traits) for c in table.primary_key}
    delete = f"DELETE FROM {target} WHERE {' AND '.join(f'{c} = :{c}' for c in key)}"
    referring = (t for t, k in subject.schema.foreign_keys() if k.target == target and t.name != target)
    children = sorted({t.name for t in referring if _large(sample, t)})
    if subject.traits.counts_index_scans:
        return _counted(connection, delete, key, children)
    steps = connection.work(delete, key)
    wrong = (
        [f"deleting a row of {target} takes {steps} steps: a table of {_ROWS} rows is read whole"]
        if steps > _ROWS // 2
        else []
    )
    return wrong, {"steps": steps}


def _counted(
    connection: Connection, delete: str, key: dict[str, Any], children: list[str]
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
