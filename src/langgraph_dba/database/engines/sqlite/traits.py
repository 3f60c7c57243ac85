"""The traits of SQLite by version."""

from langgraph_dba.database.engines.base import Traits
from langgraph_dba.database.engines.sqlite.sql_templates import SQL_TEMPLATES
from langgraph_dba.database.engines.versions import Since, traits_at

TRAITS = Traits(
    name="sqlite",
    dialect="sqlite",
    title="SQLite",
    roles=False,
    row_level_security=False,
    exact_decimals=False,
    native_booleans=False,
    native_temporal=False,
    null_some_columns=False,
    include_columns=False,
    identity_columns=False,
    adds_constraints=False,
    transactional_ddl=True,
    bare_references=True,
    sessions_have_time_zones=False,
    zoned_instants=True,
    backslash_escapes=False,
    counts_index_scans=False,
    names_keys=False,
    counts_pages=False,
    measures_bloat=False,
    truncates=False,
    replaces_unseen=True,
    one_writer=True,
    keeps=frozenset(
        {"order", "unique-indexes", "no-action", "partial-indexes", "expressions", "collations", "deferrable"}
    ),
    copies_databases=True,
    sql_templates=SQL_TEMPLATES,
    nulls_not_distinct=False,
    accepts_any_target=True,
    enforces_sizes=False,
    savepoint_begins=True,
    statistics_of_indexes=True,
    collation_without_case="NOCASE",
    table_options={"sqlite_strict": True},
    fallbacks={
        "row_level_security": "none: every user of the file sees all tenants; only references stay within a tenant",
        "exact_decimals": "decimals are stored as whole minor units in an INTEGER",
        "native_temporal": "instants are stored as UTC text, and a CHECK rejects any other form",
        "null_some_columns": "ON DELETE SET NULL over a composite key becomes RESTRICT",
        "include_columns": "included columns become trailing key columns",
    },
)
# Each entry: the value of a trait before the version that introduced it.
HISTORY = (
    Since("table_options", (3, 37), before={}, fallback="tables are not STRICT: only a CHECK rejects a wrong type"),
    Since("returning", (3, 35), before=False),
)


def traits_of_version(version: str) -> Traits:
    """Return the traits of a version."""
    return traits_at(TRAITS, HISTORY, version)
