"""Which statements of a PostgreSQL file create objects, and the clauses that a scratch database cannot take."""

from dataclasses import replace

from langgraph_dba.database.scripts.cleaning.postgresql_clauses import (
    without_foreign_clauses,
    without_standard_strings,
)
from langgraph_dba.database.scripts.cleaning.postgresql_roles import changes_roles, named_roles
from langgraph_dba.database.scripts.cleaning.rules import Cleaned, decide, rule

_TRANSACTION = "the script is run in one transaction"
_SESSION = "a setting of the session, which creates no object"
_SUPERUSER = "it needs a superuser"
_ROLES = "a role of the scratch server, without login and attributes, replaces it"
_DATABASE = "the scratch database replaces it"
_MAINTENANCE = "maintenance, which creates no object"
TRIGGERS_OF_KEYS = "it only matters while rows are loaded"
_OWNER = "the owner of the scratch database owns every object"
_KEPT_SETTINGS = "SEARCH_PATH|CHECK_FUNCTION_BODIES|TIMEZONE|TIME ZONE|DATESTYLE|INTERVALSTYLE|XMLOPTION"
_SERVER_OBJECTS = (
    "PUBLICATION|SUBSCRIPTION|SERVER|FOREIGN DATA WRAPPER|USER MAPPING|EVENT TRIGGER|FOREIGN TABLE|ACCESS METHOD"
    "|OPERATOR (?:CLASS|FAMILY)|TABLESPACE|TRANSFORM"
)
RULES = (
    rule(r"COPY .*\bTO\b (?:STDOUT|PROGRAM|')", "skip", "it writes rows to a file"),
    rule(r"COPY .*\bFROM\b (?:PROGRAM|')", "skip", "it reads a file of the server: write the rows into the script"),
    rule(r"(?:INSERT|COPY|UPDATE|DELETE|MERGE|TRUNCATE|WITH|REFRESH MATERIALIZED VIEW)\b", "data"),
    rule(r"SELECT (?:PG_CATALOG \. )?SET_CONFIG \( 'search_path'", "keep"),
    rule(r"SELECT (?:PG_CATALOG \. )?SET_CONFIG\b", "skip", _SESSION),
    rule(r"SELECT (?:PG_CATALOG \. )?(?:LO_\w+|LOWRITE|LOREAD)\b", "skip", "large objects are not loaded"),
    rule(r"SELECT (?:PG_CATALOG \. )?SETVAL\b", "data"),
    rule(rf"SET (?:SESSION |LOCAL )?(?:{_KEPT_SETTINGS})\b", "keep"),
    rule(r"(?:SET|RESET) (?:SESSION |LOCAL )?(?:SESSION AUTHORIZATION|ROLE)\b", "skip", _OWNER),
    rule(r"(?:SET|RESET|DISCARD|SHOW)\b", "skip", _SESSION),
    rule(r"(?:BEGIN|START TRANSACTION|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE|ABORT)\b", "skip", _TRANSACTION),
    rule(r"LOCK\b", "skip", "a scratch database has no other users"),
    rule(r"(?:ANALYZE|VACUUM|REINDEX|CLUSTER|CHECKPOINT|LISTEN|NOTIFY|UNLISTEN|EXPLAIN)\b", "skip", _MAINTENANCE),
    rule(r"ALTER \S.* OWNER TO\b", "skip", _OWNER),
    rule(r"ALTER .*\bSET TABLESPACE\b", "skip", "the scratch server has no tablespace of that name"),
    rule(r"(?:CREATE|DROP|ALTER|COMMENT ON) DATABASE\b|(?:GRANT|REVOKE) .*\bON DATABASE\b", "skip", _DATABASE),
    rule(r"(?:GRANT|REVOKE) .*\bON (?:PARAMETER|FOREIGN|TABLESPACE|LANGUAGE)\b", "skip", _SUPERUSER),
    rule(r"(?:CREATE|DROP|ALTER|COMMENT ON) (?:ROLE|USER(?! MAPPING)|GROUP)\b", "skip", _ROLES),
    rule(r"(?:GRANT|REVOKE) (?!.*\bON\b)", "skip", "membership in a role is not copied"),
    rule(r"(?:DROP|REASSIGN) OWNED\b", "skip", _ROLES),
    rule(r"COMMENT ON EXTENSION\b", "skip", "the extension has its own comment"),
    rule(r"ALTER EXTENSION\b|DROP EXTENSION IF EXISTS\b", "skip", "the scratch server's version is used"),
    rule(r"(?:CREATE|ALTER|DROP|COMMENT ON) (?:OR REPLACE )?(?:TRUSTED )?(?:PROCEDURAL )?LANGUAGE (?:IF EXISTS )?"
         r"['\"]?(?i:plpgsql|sql)\b", "skip", "PostgreSQL has this language"),
    rule(rf"(?:CREATE|ALTER|DROP|COMMENT ON|IMPORT) (?:OR REPLACE )?(?:{_SERVER_OBJECTS})\b", "skip", _SUPERUSER),
    rule(r"IMPORT FOREIGN SCHEMA\b|ALTER SYSTEM\b|ALTER LARGE OBJECT\b|SECURITY LABEL\b|LOAD\b", "skip", _SUPERUSER),
    rule(r"ALTER TABLE .*(?:DISABLE|ENABLE) TRIGGER ALL\b", "skip", TRIGGERS_OF_KEYS),
)  # fmt: skip


def clean(text: str, *, backslash: bool = False) -> Cleaned:
    """Decide the fate of a statement; `backslash`: it was written with `standard_conforming_strings = off`."""
    cleaned = decide(without_standard_strings(text) if backslash else text, RULES)
    if cleaned.fate == "data":
        return cleaned
    roles, changes = named_roles(cleaned.head, cleaned.text), changes_roles(cleaned.head, cleaned.text)
    cleaned = replace(cleaned, roles=roles, changes_roles=changes)
    if cleaned.fate == "skip":
        return cleaned
    text, clauses = without_foreign_clauses(cleaned.head, cleaned.text)
    return replace(cleaned, text=text, clauses=clauses)
