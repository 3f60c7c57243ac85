"""Read PostgreSQL's catalogue as records with the queries of `catalogue.sql`."""

from langgraph_dba.database.engines.records import (
    KINDS,
    Definition,
    Records,
    SelectRunner,
    records_from_result,
    sections,
)


def read(connection: SelectRunner, namespace: str = "") -> Records:
    """Return the records of one namespace; an empty name means the current schema of the connection."""
    records = {}
    for kind, query in sections(__package__, "catalogue.sql").items():
        params = {"namespace": namespace or None} if ":namespace" in query else None
        records[kind] = records_from_result(KINDS[kind], connection.run(query, params))
    return _without_serials(Records(**records))


def _without_serials(records: Records) -> Records:
    """Remove the sequences of serial columns: the column's record describes them."""
    serial = {f"{c.table}_{c.name}_seq" for c in records.column if c.identity == "serial"}
    sequences: tuple[Definition, ...] = tuple(one for one in records.sequence if one.name not in serial)
    return Records(**{kind: getattr(records, kind) for kind in KINDS} | {"sequence": sequences})


def normalise_expression(text: str) -> str:
    """Return the text unchanged: the server stores one form for equal expressions."""
    return text
