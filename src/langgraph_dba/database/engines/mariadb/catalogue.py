"""Read MariaDB's catalogue as records with the queries of `catalogue.sql`."""

import re
from dataclasses import replace

from langgraph_dba.database.engines.base import QueryResult
from langgraph_dba.database.engines.mariadb.carried import qualified_name, quoted_name, with_carried
from langgraph_dba.database.engines.records import (
    KINDS,
    CheckRecord,
    LossRecord,
    OtherRecord,
    Records,
    SelectRunner,
    records_from_result,
    sections,
)
from langgraph_dba.errors import EngineError


def read(connection: SelectRunner, namespace: str = "") -> Records:
    """Return the records of one database; an empty name means the current database of the connection."""
    _refuse_hidden_keys(connection, namespace)
    by_kind = {}
    for kind, query in sections(__package__, "catalogue.sql").items():
        result = connection.run(query, {"namespace": namespace or None})
        by_kind[kind] = records_from_result(KINDS[kind], result)
    records = Records(**by_kind)
    sequences = tuple(_sequence(connection, name, namespace) for name in _sequence_names(connection, namespace))
    checked = replace(records, check=tuple(_with_columns(one) for one in records.check), other=sequences)
    losses = sections(__package__, "losses.sql").items()
    lost = [one for kind, query in losses for one in _lost(connection, kind, query, namespace)]
    texts = {one.name: _view_text(connection, one.name, namespace) for one in checked.view}
    lost += [
        LossRecord(name, "view", "its text needs the privilege SHOW VIEW") for name, text in texts.items() if not text
    ]
    views = tuple(replace(one, definition=texts[one.name] or one.definition) for one in checked.view)
    checked = replace(checked, view=views)
    return replace(with_carried(checked, connection, namespace), lost=tuple(lost))


_HIDES_KEYS = """SELECT EXISTS (SELECT 1 FROM information_schema.statistics
               WHERE table_schema = coalesce(:namespace, database()) AND non_unique = 0)
   AND NOT EXISTS (SELECT 1 FROM information_schema.table_constraints
                   WHERE table_schema = coalesce(:namespace, database()))
"""


def _refuse_hidden_keys(connection: SelectRunner, namespace: str) -> None:
    """Raise EngineError if the login sees tables without their keys, as one that has only SELECT does."""
    if connection.run(_HIDES_KEYS, {"namespace": namespace or None}).scalar:
        raise EngineError("this login may not read the keys of the tables: GRANT SHOW VIEW on the database to it too")


def _view_text(connection: SelectRunner, name: str, namespace: str) -> str:
    """Return the text of a view after its name; empty if the login may not read it."""
    # information_schema leaves out the character sets of literals (_utf8mb3'x')
    try:
        statement = str(connection.run(f"SHOW CREATE VIEW {qualified_name(name, namespace)}").rows[0][1])
    except EngineError:
        return ""
    text = statement.partition(f" VIEW {qualified_name(name, namespace)} ")[2]
    return text.replace(f"{quoted_name(namespace)}.", "") if namespace else text


def _sequence_names(connection: SelectRunner, namespace: str) -> list[str]:
    query = (
        "SELECT table_name FROM information_schema.tables "
        "WHERE table_schema = coalesce(:namespace, database()) AND table_type = 'SEQUENCE' ORDER BY table_name"
    )
    return [str(name) for (name,) in connection.run(query, {"namespace": namespace or None}).rows]


def _sequence(connection: SelectRunner, name: str, namespace: str) -> OtherRecord:
    quoted = quoted_name(name)
    statement = str(connection.run(f"SHOW CREATE SEQUENCE {qualified_name(name, namespace)}").rows[0][1])
    return OtherRecord(name, "sequence", statement, "before-tables", f"DROP SEQUENCE {quoted}")


def _lost(connection: SelectRunner, kind: str, query: str, namespace: str) -> tuple[LossRecord, ...]:
    result = connection.run(query, {"namespace": namespace or None})
    rows = tuple((kind, *row) for row in result.rows)
    return records_from_result(LossRecord, QueryResult(rows, ("kind", *result.columns), result.affected_rows))


def _with_columns(check: CheckRecord) -> CheckRecord:
    # the catalogue does not list the columns of a check; its condition quotes each of them
    names = re.findall(r"`((?:[^`]|``)+)`", check.condition)
    return replace(check, columns=tuple(dict.fromkeys(names)))


def normalise_expression(text: str) -> str:
    """Return the text unchanged: the server stores one form for equal expressions."""
    return text
