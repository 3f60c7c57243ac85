"""Read PostgreSQL's catalogue as records: `catalogue.sql`, what is carried as text (`others.sql`), `losses.sql`."""

from collections.abc import Iterator
from dataclasses import replace

from langgraph_dba.database.engines.base import QueryResult
from langgraph_dba.database.engines.records import (
    KINDS,
    Definition,
    LossRecord,
    OtherRecord,
    Records,
    SelectRunner,
    records_from_result,
    sections,
)


def read(connection: SelectRunner, namespace: str = "") -> Records:
    """Return the records of one namespace; an empty name means the current schema of the connection."""
    rows = {kind: _rows(connection, query, namespace) for kind, query in sections(__package__, "catalogue.sql").items()}
    records = {kind: records_from_result(KINDS[kind], result) for kind, result in rows.items()}
    return replace(
        _without_serials(Records(**records)),
        other=tuple(_others(connection, namespace)),
        lost=tuple(_losses(connection, namespace)),
    )


def _others(connection: SelectRunner, namespace: str) -> Iterator[OtherRecord]:
    for kind, query in sections(__package__, "others.sql").items():
        yield from records_from_result(OtherRecord, _with_kind(_rows(connection, query, namespace), kind))


def _losses(connection: SelectRunner, namespace: str) -> Iterator[LossRecord]:
    for kind, query in sections(__package__, "losses.sql").items():
        yield from records_from_result(LossRecord, _with_kind(_rows(connection, query, namespace), kind))


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
