"""The traits of MariaDB and MySQL by version."""

from dataclasses import replace
from typing import Any

from langgraph_dba.database.engines.base import Traits
from langgraph_dba.database.engines.mariadb.sql_templates import SQL_TEMPLATES
from langgraph_dba.database.engines.versions import Since, traits_at, version_numbers

TRAITS = Traits(
    name="mariadb",
    dialect="mariadb",
    title="MariaDB",
    roles=True,
    row_level_security=False,
    exact_decimals=True,
    native_booleans=False,
    native_temporal=True,
    null_some_columns=False,
    include_columns=False,
    identity_columns=False,
    adds_constraints=True,
    transactional_ddl=False,
    bare_references=False,
    sessions_have_time_zones=False,
    zoned_instants=False,
    backslash_escapes=True,
    counts_index_scans=False,
    names_keys=True,
    primary_key_name="PRIMARY",
    nulls_not_distinct=False,
    collation="utf8mb4_nopad_bin",
    collation_without_case="utf8mb4_uca1400_nopad_as_ci",
    without_overlaps=True,
    key_bytes=3072,
    counts_pages=True,
    measures_bloat=False,
    checks_cascades=False,
    copies_databases=False,  # no CREATE DATABASE … TEMPLATE
    sql_templates=SQL_TEMPLATES,
    keeps=frozenset({"comments", "collations", "index-methods", "partitions", "routines", "prefixes", "plain-keys"}),
    table_options={
        "mariadb_engine": "InnoDB",
        "mariadb_charset": "utf8mb4",
        "mariadb_collate": "utf8mb4_nopad_bin",
    },
    fallbacks={
        "row_level_security": "none: every login sees all tenants; only references stay within a tenant",
        "native_booleans": "booleans are stored as 0 and 1, and a CHECK rejects any other number",
        "sessions_have_time_zones": "instants are stored in UTC as DATETIME(6), which no session converts",
        "null_some_columns": "ON DELETE SET NULL over a composite key becomes RESTRICT",
        "include_columns": "included columns become trailing key columns",
        "key_bytes": "an index contains a prefix of texts that are longer than the maximum key",
        "transactional_ddl": "a DDL script that fails half-way leaves its first half",
    },
)
# Each entry: the value of a trait before the version that introduced it.
HISTORY = (
    Since("returning", (10, 5), before=False),
    Since("without_overlaps", (10, 5, 3), before=False),
    Since("native_uuids", (10, 7), before=False, fallback="UUIDs are stored as 36 characters"),
)
# MySQL's version does not contain "mysql": `traits_of_version` takes a version without "mariadb" below 10 for it.
MYSQL: dict[str, Any] = {
    "title": "MySQL",
    "returning": False,
    "without_overlaps": False,
    "native_uuids": False,
    "collation": "utf8mb4_0900_bin",
    "table_options": {**TRAITS.table_options, "mariadb_collate": "utf8mb4_0900_bin"},
    "fallbacks": {**TRAITS.fallbacks, "native_uuids": "UUIDs are stored as 36 characters"},
}


def traits_of_version(version: str) -> Traits:
    """Return the traits of a version in the server's form: `10.11.6-MariaDB` is MariaDB, `8.0.40` is MySQL."""
    major = version_numbers(version)[:1]
    return (
        traits_at(TRAITS, HISTORY, version)
        if "mariadb" in version.lower() or major >= (10,)
        else replace(TRAITS, **MYSQL)
    )
