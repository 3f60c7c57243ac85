"""Read the condition of a PostgreSQL database with the queries of `condition.sql`."""

from collections.abc import Iterator
from dataclasses import dataclass

from langgraph_dba.database.engines.condition import ConditionReader, KeyPosition, LiveCondition
from langgraph_dba.database.engines.postgresql.own_queries import own_queries
from langgraph_dba.database.engines.records import Names, SelectRunner, records_from_result

_DATABASE_COLLATIONS = 150_000  # the first `server_version_num` that records them


@dataclass(frozen=True, slots=True)
class _KeyColumn:
    """A row of the section `key`; `reason` is empty if the highest value can be read."""

    table: str
    column: str
    type: str
    maximum: int
    unique: bool = False
    sequence: str = ""
    increment: int = 1
    sequence_maximum: int | None = None
    narrower: Names = ()
    narrowest_maximum: int | None = None
    widen: str = ""
    reason: str = ""


def read(connection: SelectRunner) -> LiveCondition:
    """Return the condition of the connection's database; the ages are those of all databases of the server."""
    reader = ConditionReader(connection, "postgresql")
    queries = dict(own_queries(__package__, "condition.sql"))
    keys, databases = queries.pop("key"), queries.pop("database_collation")
    for kind, query in queries.items():
        reader.read(kind, query)
    if _version(connection) >= _DATABASE_COLLATIONS:
        reader.read("collation", databases)
    else:
        reader.skip("collation", "this version does not record the collation version of a database")
    found = reader.run("key", keys)
    columns = records_from_result(_KeyColumn, found) if found else ()
    reader.add("key", tuple(_positions(reader, columns)))
    return reader.condition()


def _version(connection: SelectRunner) -> int:
    return int(connection.run("SELECT current_setting('server_version_num')").scalar)


def _positions(reader: ConditionReader, columns: tuple[_KeyColumn, ...]) -> Iterator[KeyPosition]:
    for one in columns:
        name = f"{one.table}.{one.column}"
        if one.reason:
            reader.skip("key", one.reason, name)
            continue
        # the server has quoted these names
        highest = f"(SELECT pg_catalog.max({one.column}) FROM {one.table})"
        source = f", last_value, is_called FROM {one.sequence}" if one.sequence else ", NULL, NULL"
        result = reader.run("key", f"SELECT {highest}{source}", name)
        if result:
            yield _position(one, *result.rows[0])


def _position(one: _KeyColumn, highest: int | None, last: int | None, called: bool | None) -> KeyPosition:  # noqa: FBT001  a row
    # the next value of a sequence that counts down is not comparable with the highest one of the column
    counts_up = last is not None and one.increment > 0
    return KeyPosition(
        table=one.table,
        column=one.column,
        type=one.type,
        maximum=one.maximum,
        highest=highest,
        unique=one.unique,
        sequence=one.sequence,
        next_value=(last or 0) + (one.increment if called else 0) if counts_up else None,
        sequence_maximum=one.sequence_maximum,
        narrower=one.narrower,
        narrowest_maximum=one.narrowest_maximum,
        widen=one.widen,
    )
