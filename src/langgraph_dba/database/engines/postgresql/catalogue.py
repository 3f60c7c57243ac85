"""Read PostgreSQL's catalogue as records: `catalogue.sql`, what is carried as text (`others.sql`), `losses.sql`."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from langgraph_dba.database.engines.base import QueryResult
from langgraph_dba.database.engines.postgresql.own_queries import own_queries
from langgraph_dba.database.engines.records import (
    KINDS,
    Definition,
    LossRecord,
    OtherRecord,
    Records,
    SelectRunner,
    records_from_result,
)

_Record = TypeVar("_Record")
_OWN = "oid >= 16384"  # smaller numbers are those of a new database
_INHERITS = "pg_inherits"
# What must exist for a section to have rows. Planning all of them takes 0.1 s, and most databases have few of these.
_GATES: Mapping[str, str] = {
    "collation": f"pg_collation WHERE {_OWN}", "domain constraint": f"pg_constraint WHERE contypid <> 0 AND {_OWN}",
    "operator": f"pg_operator WHERE {_OWN}", "operator family": f"pg_opfamily WHERE {_OWN}",
    "operator class": f"pg_opclass WHERE {_OWN}", "aggregate": "pg_aggregate WHERE aggfnoid::oid >= 16384",
    "cast": f"pg_cast WHERE {_OWN}", "text search dictionary": f"pg_ts_dict WHERE {_OWN}",
    "text search configuration": f"pg_ts_config WHERE {_OWN}", "inheritance": _INHERITS,
    "partition constraint": _INHERITS, "partition index": _INHERITS, "partition column": _INHERITS,
    "partition policy": _INHERITS, "partition trigger": _INHERITS,
    "not null constraints of a partition": _INHERITS, "statistics": "pg_statistic_ext",
    "rule": f"pg_rewrite WHERE rulename <> '_RETURN' AND {_OWN}", "cluster": "pg_index WHERE indisclustered",
    "replica identity": f"pg_class WHERE relreplident <> 'd' AND relkind IN ('r', 'p') AND {_OWN}",
    "default privilege": "pg_default_acl",
    "comment": "pg_description WHERE objoid >= 16384 OR classoid = 'pg_namespace'::regclass",
    "reference to another schema": f"pg_namespace WHERE {_OWN}", "foreign table": "pg_foreign_table",
    "conversion": f"pg_conversion WHERE {_OWN}", "security label": "pg_seclabel", "event trigger": "pg_event_trigger",
    "publication": "pg_publication", "foreign server": "pg_foreign_server",
    "foreign data wrapper": "pg_foreign_data_wrapper", "language": f"pg_language WHERE {_OWN}",
    "access method": f"pg_am WHERE {_OWN}", "transform": "pg_transform", "large objects": "pg_largeobject_metadata",
    "setting": "pg_db_role_setting",
}  # fmt: skip
_EXISTING = "SELECT " + ", ".join(f"EXISTS (SELECT FROM {source})" for source in _GATES.values())


def read(connection: SelectRunner, namespace: str = "") -> Records:
    """Return the records of one namespace; an empty name means the current schema of the connection."""
    rows = {
        kind: _rows(connection, query, namespace) for kind, query in own_queries(__package__, "catalogue.sql").items()
    }
    records = {kind: records_from_result(KINDS[kind], result) for kind, result in rows.items()}
    existing = dict(zip(_GATES, connection.run(_EXISTING).rows[0], strict=True))
    return replace(
        _without_serials(Records(**records)),
        other=tuple(_of_file(connection, namespace, "others.sql", OtherRecord, existing)),
        lost=tuple(_of_file(connection, namespace, "losses.sql", LossRecord, existing)),
    )


def _of_file(
    connection: SelectRunner, namespace: str, file: str, record: type[_Record], existing: Mapping[str, bool]
) -> Iterator[_Record]:
    for kind, query in own_queries(__package__, file).items():
        if existing.get(kind, True):
            yield from records_from_result(record, _with_kind(_rows(connection, query, namespace), kind))


def _rows(connection: SelectRunner, query: str, namespace: str) -> QueryResult:
    params = {"namespace": namespace or None} if ":namespace" in query else None
    return connection.run(query, params)


def _with_kind(result: QueryResult, kind: str) -> QueryResult:
    rows = tuple((kind, *row) for row in result.rows)
    return QueryResult(rows, ("kind", *result.columns), result.affected_rows)


def _without_serials(records: Records) -> Records:
    """Remove the sequences of serial columns: the column's record describes them."""
    serial = {f"{c.table}_{c.name}_seq" for c in records.column if c.identity == "serial"}
    sequences: tuple[Definition, ...] = tuple(one for one in records.sequence if one.name not in serial)
    return replace(records, sequence=sequences)


def normalise_expression(text: str) -> str:
    """Return the text unchanged: the server stores one form for equal expressions."""
    return text
