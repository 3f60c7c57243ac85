"""MariaDB's catalogue as records: the queries of `catalogue.sql`, read one by one."""

import re
from dataclasses import replace

from langgraph_dba.database.engines.records import KINDS, CheckRecord, Reads, Records, of_result, sections


def read(connection: Reads, namespace: str = "") -> Records:
    """Return what one database holds; without a name that which the connection is in."""
    found = {}
    for kind, query in sections(__package__, "catalogue.sql").items():
        result = connection.run(query, {"namespace": namespace or None})
        found[kind] = of_result(KINDS[kind], result)
    records = Records(**found)
    return replace(records, check=tuple(_mentioning(one) for one in records.check))


def _mentioning(check: CheckRecord) -> CheckRecord:
    names = re.findall(r"`((?:[^`]|``)+)`", check.condition)
    return replace(check, columns=tuple(dict.fromkeys(names)))


def spelled(text: str) -> str:
    """Return an expression as it is: the server has one spelling for each."""
    return text
