"""What a statement may call beside the functions of a user: functions of the server and libraries of extensions."""

from functools import cache
from importlib.resources import files

# Libraries whose functions read and write nothing outside of their arguments and the tables of the statement.
_LIBRARIES = frozenset({
    "_int", "btree_gin", "btree_gist", "citext", "cube", "dict_int", "dict_xsyn", "earthdistance", "fuzzystrmatch",
    "h3", "h3_postgis", "hashids", "hll", "hstore", "isn", "ltree", "pg_hashids", "pg_stat_statements", "pg_trgm",
    "pg_uuidv7", "pgcrypto", "pgstattuple", "postgis-3", "postgis_raster-3", "rum", "seg", "semver", "tablefunc",
    "unaccent", "unit", "uuid-ossp", "vector", "xml2",
})  # fmt: skip
# Functions of these libraries that run SQL from a text, reset something, or load a file.
_HARMFUL = frozenset({
    "crosstab", "crosstab_hash", "connectby_text", "connectby_text_serial", "xpath_table", "xslt_process",
    "pg_stat_statements_reset", "pg_stat_statements_reset_1_7", "pg_stat_statements_reset_1_11", "unaccent_init",
    "dintdict_init", "dxsyn_init", "normal_rand",
})  # fmt: skip


@cache
def harmless_functions() -> frozenset[str]:
    """Return the names of the server's functions that may be called."""
    text = files(__package__).joinpath("harmless_functions.txt").read_text(encoding="utf-8")
    return frozenset(name for line in text.splitlines() if not line.startswith("#") for name in line.split())


def is_known_library(probin: str) -> bool:
    """Return whether the path of a C function's library is that of a known extension: `$libdir/citext`, say."""
    directory, _, name = probin.removesuffix(".so").rpartition("/")
    return directory in ("", "$libdir", "$libdir/plugins") and name in _LIBRARIES


def is_harmful_symbol(symbol: str) -> bool:
    """Return whether a function of a known library does more than calculate."""
    return symbol in _HARMFUL
