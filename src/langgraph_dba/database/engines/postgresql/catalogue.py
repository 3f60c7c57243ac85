"""PostgreSQL's catalogue as records: the queries of `catalogue.sql`, read one by one."""

from langgraph_dba.database.engines.records import KINDS, Definition, Reads, Records, of_result, sections


def read(connection: Reads, namespace: str = "") -> Records:
    """Return what one namespace holds; without a name that which the connection finds first."""
    found = {}
    for kind, query in sections(__package__, "catalogue.sql").items():
        params = {"namespace": namespace or None} if ":namespace" in query else None
        found[kind] = of_result(KINDS[kind], connection.run(query, params))
    return _without_serials(Records(**found))


def _without_serials(records: Records) -> Records:
    """Leave out the counters that a serial column brings along."""
    serial = {f"{c.table}_{c.name}_seq" for c in records.column if c.identity == "serial"}
    sequences: tuple[Definition, ...] = tuple(one for one in records.sequence if one.name not in serial)
    return Records(**{kind: getattr(records, kind) for kind in KINDS} | {"sequence": sequences})


def spelled(text: str) -> str:
    """Return an expression as it is: the server has one spelling for each."""
    return text
