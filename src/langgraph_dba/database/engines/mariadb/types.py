"""MariaDB's (and MySQL's) types for the logical types."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from langgraph_dba.database.engines.type_table import StorageType, TypeTable, precision_of
from langgraph_dba.database.model.schema import TypeName

_CHOICE_LENGTH = 64  # minimum: a value that is not a choice must violate the CHECK, not the length
_STORAGE: Mapping[TypeName, StorageType] = {
    "identity": StorageType(lambda _: sa.BigInteger()),
    "reference": StorageType(lambda _: sa.BigInteger()),
    "smallint": StorageType(lambda _: sa.SmallInteger()),
    "integer": StorageType(lambda _: sa.Integer()),
    "bigint": StorageType(lambda _: sa.BigInteger()),
    "boolean": StorageType(lambda _: mysql.TINYINT(1), "{c} IN (0, 1)"),
    # LONGTEXT if unlimited: VARCHAR is limited to 65,535 bytes per row, TEXT to 65,535 bytes per value
    "string": StorageType(lambda t: sa.String(t.length) if t.length else mysql.LONGTEXT()),
    "text": StorageType(lambda _: mysql.LONGTEXT()),
    "char": StorageType(lambda t: sa.CHAR(t.length)),
    "decimal": StorageType(lambda t: sa.Numeric(*precision_of(t))),
    "float": StorageType(lambda _: mysql.DOUBLE()),
    "date": StorageType(lambda _: sa.Date()),
    # TIME of MariaDB ranges from -838 to 838 hours
    "time": StorageType(lambda _: mysql.TIME(fsp=6), "{c} BETWEEN '00:00:00' AND '23:59:59.999999'"),
    # in UTC; TIMESTAMP ends in 2038 and is converted to the time zone of the session
    "instant": StorageType(lambda _: mysql.DATETIME(fsp=6)),
    "local-datetime": StorageType(lambda _: mysql.DATETIME(fsp=6)),
    "duration": StorageType(lambda _: sa.Integer()),
    "choice": StorageType(lambda t: sa.String(max([_CHOICE_LENGTH, *map(len, t.choices)]))),
    "json": StorageType(lambda _: mysql.JSON()),
    "uuid": StorageType(lambda _: sa.UUID()),
    "binary": StorageType(lambda _: mysql.LONGBLOB()),
}
# not now(), which depends on the time zone of the session
TYPES = TypeTable(
    _STORAGE,
    now={
        "date": "(utc_date())",
        "time": "(utc_time(6))",
        "local-datetime": "(utc_timestamp(6))",
        "instant": "(utc_timestamp(6))",
    },
)
