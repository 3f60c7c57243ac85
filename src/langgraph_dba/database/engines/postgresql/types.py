"""PostgreSQL's types for the logical types."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from langgraph_dba.database.engines.type_table import StorageType, TypeTable, precision_of
from langgraph_dba.database.model.schema import TypeName

_STORAGE: Mapping[TypeName, StorageType] = {
    "identity": StorageType(lambda _: sa.BigInteger()),
    "reference": StorageType(lambda _: sa.BigInteger()),
    "smallint": StorageType(lambda _: sa.SmallInteger()),
    "integer": StorageType(lambda _: sa.Integer()),
    "bigint": StorageType(lambda _: sa.BigInteger()),
    "boolean": StorageType(lambda _: sa.Boolean()),
    "string": StorageType(lambda t: sa.String(t.length)),
    "text": StorageType(lambda _: sa.Text()),
    "char": StorageType(lambda t: sa.CHAR(t.length)),
    "decimal": StorageType(lambda t: sa.Numeric(*precision_of(t))),
    "float": StorageType(lambda _: sa.Double()),
    "date": StorageType(lambda _: sa.Date()),
    "time": StorageType(lambda _: sa.Time()),
    "instant": StorageType(lambda _: sa.DateTime(timezone=True)),
    "local-datetime": StorageType(lambda _: sa.DateTime()),
    "duration": StorageType(lambda _: sa.Integer()),
    # TEXT with a CHECK, not an enum: a choice can be removed without rewriting the table
    "choice": StorageType(lambda _: sa.Text()),
    "json": StorageType(lambda _: pg.JSONB()),
    "uuid": StorageType(lambda _: sa.Uuid()),
    "binary": StorageType(lambda _: sa.LargeBinary()),
}
TYPES = TypeTable(
    _STORAGE,
    now={
        "date": "CURRENT_DATE",
        "time": "LOCALTIME",
        "local-datetime": "LOCALTIMESTAMP",
        "instant": "now()",
    },
)
