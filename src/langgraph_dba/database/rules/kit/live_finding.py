"""A finding about a live database: names in its records are written as in SQL, names in a location are not."""

import re

from langgraph_dba.findings import Finding, Severity

_QUOTED = re.compile(r'"((?:[^"]|"")*)"|`((?:[^`]|``)*)`')


def in_schema(
    module: str,
    severity: Severity,
    table: str,
    message: str,
    help: str,  # noqa: A002  the field's name
    *,
    column: str = "",
    constraint: str = "",
) -> Finding:
    """Return a finding as `Finding.in_schema` does, with the names of its location without quotes."""
    return Finding.in_schema(
        module, severity, plain(table), message, help, column=plain(column), constraint=plain(constraint)
    )


def plain(name: str) -> str:
    """Return a name of SQL without its quotes: `app."Order"` → `app.Order`."""
    return _QUOTED.sub(lambda match: (match[1] or match[2] or "").replace('""', '"').replace("``", "`"), name)
