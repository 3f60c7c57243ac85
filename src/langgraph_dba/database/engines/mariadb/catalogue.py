"""Read MariaDB's catalogue as records with the queries of `catalogue.sql`."""

import re
from dataclasses import replace

from langgraph_dba.database.engines.records import (
    KINDS,
    CheckRecord,
    Records,
    SelectRunner,
    records_from_result,
    sections,
)


def read(connection: SelectRunner, namespace: str = "") -> Records:
    """Return the records of one database; an empty name means the current database of the connection."""
    by_kind = {}
    for kind, query in sections(__package__, "catalogue.sql").items():
        result = connection.run(query, {"namespace": namespace or None})
        by_kind[kind] = records_from_result(KINDS[kind], result)
    records = Records(**by_kind)
    return replace(records, check=tuple(_with_columns(one) for one in records.check))


def _with_columns(check: CheckRecord) -> CheckRecord:
    # the catalogue does not list the columns of a check; its condition quotes each of them
    names = re.findall(r"`((?:[^`]|``)+)`", check.condition)
    return replace(check, columns=tuple(dict.fromkeys(names)))


def normalise_expression(text: str) -> str:
    """Return the text unchanged: the server stores one form for equal expressions."""
    return text
