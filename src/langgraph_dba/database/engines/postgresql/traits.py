"""The traits of PostgreSQL by version."""

from langgraph_dba.database.engines.base import Traits
from langgraph_dba.database.engines.postgresql.sql_templates import SQL_TEMPLATES
from langgraph_dba.database.engines.versions import Since, traits_at

TRAITS = Traits(
    name="postgresql",
    dialect="postgresql",
    title="PostgreSQL",
    roles=True,
    row_level_security=True,
    exact_decimals=True,
    native_booleans=True,
    native_temporal=True,
    null_some_columns=True,
    include_columns=True,
    identity_columns=True,
    adds_constraints=True,
    transactional_ddl=True,
    bare_references=True,
    sessions_have_time_zones=True,
    zoned_instants=True,
    backslash_escapes=False,
    counts_index_scans=True,
    names_keys=True,
    counts_pages=True,
    measures_bloat=True,
    keeps=frozenset(
        {
            *("order", "unique-indexes", "no-action", "comments", "include", "index-methods", "operator-classes"),
            *("null-order", "partial-indexes", "expressions", "collations", "nulls-equal", "deferrable", "exclusion"),
            *("types", "sequences", "routines", "materialised-views", "partitions", "policies", "roles"),
            *("identity-options", "plain-keys", "settings", "extensions", "match-full", "unvalidated"),
            *("quoted-names", "namespaces"),
        }
    ),
    copies_databases=True,
    sql_templates=SQL_TEMPLATES,
    security_invoker_views=True,
    chooses_copying=True,
    default_time_digits=6,
    index_row_bytes=2704,  # a third of a page of 8 kB
    lower_case="lower({a})",
)
# Each entry: the value of a trait before the version that introduced it.
HISTORY = (
    Since("null_some_columns", (15,), before=False),
    Since("security_invoker_views", (15,), before=False),
    Since("nulls_not_distinct", (15,), before=False),
    Since("chooses_copying", (15,), before=False),
    Since("include_columns", (11,), before=False),
)


def traits_of_version(version: str) -> Traits:
    """Return the traits of a version."""
    return traits_at(TRAITS, HISTORY, version)
