"""Untrusted extensions that a superuser may create for the owner of a scratch database.

They read and write nothing outside of the database: no dblink, file_fdw, postgres_fdw, http or untrusted language.
"""

CREATED_BY_SUPERUSER = frozenset({
    "amcheck", "autoinc", "bloom", "h3", "hll", "hypopg", "insert_username", "moddatetime", "periods",
    "pg_buffercache", "pg_freespacemap", "pg_hashids", "pg_jsonschema", "pg_partman", "pg_stat_statements",
    "pg_uuidv7", "pg_visibility", "pgjwt", "pgrouting", "pgrowlocks", "pgstattuple", "pgtap", "plpgsql_check",
    "postgis", "postgis_topology", "rum", "semver", "temporal_tables", "unit", "vector",
})  # fmt: skip
