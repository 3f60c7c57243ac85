"""Which extensions of a script the scratch server has, and which extension an unknown name belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from langgraph_dba.database.engines import Engine
from langgraph_dba.database.engines.postgresql.safe_extensions import CREATED_BY_SUPERUSER
from langgraph_dba.database.scripts.script import Script

_VARIABLE = "LANGGRAPH_DBA_POSTGRES"
_INSTALLED = Path("/usr/lib/postgresql")
_AVAILABLE = """
SELECT v.name, v.superuser AND NOT v.trusted
FROM pg_available_extension_versions v JOIN pg_available_extensions e ON e.name = v.name
WHERE v.version = e.default_version
"""
_OBJECTS = {
    "citext": "citext",
    "cube": "cube",
    "earthdistance": "earth ll_to_earth earth_distance earth_box",
    "fuzzystrmatch": "levenshtein metaphone dmetaphone difference",
    "hstore": "hstore",
    "ltree": "ltree lquery",
    "pg_cron": "cron",
    "pg_graphql": "graphql",
    "pg_net": "net http_post http_get",
    "pg_trgm": "gin_trgm_ops gist_trgm_ops similarity word_similarity",
    "pgcrypto": "crypt gen_salt digest hmac gen_random_bytes pgp_sym_encrypt pgp_sym_decrypt armor",
    "pgjwt": "sign verify",
    "pgmq": "pgmq",
    "pgsodium": "pgsodium",
    "postgis": "geometry geography raster box2d box3d spatial_ref_sys geometry_columns addgeometrycolumn",
    "postgis_topology": "topology",
    "supabase_vault": "vault",
    "tablefunc": "crosstab connectby",
    "timescaledb": "create_hypertable time_bucket add_retention_policy timescaledb_information",
    "unaccent": "unaccent",
    "uuid-ossp": "uuid_generate_v1 uuid_generate_v1mc uuid_generate_v3 uuid_generate_v4 uuid_generate_v5 uuid_nil",
    "vector": "vector halfvec sparsevec hnsw ivfflat vector_cosine_ops vector_l2_ops vector_ip_ops",
}
_EXTENSION_OF = {name: extension for extension, names in _OBJECTS.items() for name in names.split()}


@dataclass(frozen=True, slots=True)
class ExtensionPlan:
    """Extensions that cannot be created, with the reason, and the ones that a superuser creates first."""

    missing: Mapping[str, str] = field(default_factory=dict)
    by_superuser: tuple[str, ...] = ()


def plan_extensions(script: Script, engine: Engine) -> ExtensionPlan:
    """Compare the extensions of a script with the ones that the scratch server has."""
    if not script.extensions:
        return ExtensionPlan()
    with engine.scratch() as scratch, scratch.connect() as connection:
        untrusted = {str(name): bool(only_superuser) for name, only_superuser in connection.run(_AVAILABLE).rows}
    missing = {}
    for name in script.extensions:
        if name not in untrusted:
            missing[name] = f"the scratch server has no extension {name}{_hint(name)}"
        elif untrusted[name] and name not in CREATED_BY_SUPERUSER:
            missing[name] = f"the extension {name} needs a superuser and can leave the database"
    by_superuser = [name for name in script.extensions if name not in missing and untrusted[name]]
    return ExtensionPlan(missing, tuple(by_superuser))


def extension_of(name: str) -> str:
    """Return the extension that usually creates an object of this name; empty if none is known."""
    return _EXTENSION_OF.get(name) or ("postgis" if name.startswith("st_") else "")


def _hint(name: str) -> str:
    """Return which installed server has an extension."""
    for root in sorted(_INSTALLED.glob("*"), key=lambda path: path.name.zfill(4), reverse=True):
        folders = (
            Path("/usr/share/postgresql", root.name, "extension"),
            root / "share" / "extension",
            root / "share" / "postgresql" / "extension",
        )
        if any((folder / f"{name}.control").is_file() for folder in folders):
            return f", but the installed one has it: set {_VARIABLE}={root}"
    return f": set {_VARIABLE} to a server that has it"
