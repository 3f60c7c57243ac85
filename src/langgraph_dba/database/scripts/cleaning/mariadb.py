"""Which statements of a MariaDB or MySQL file create objects, and the clauses that a scratch database cannot take."""

import re

from langgraph_dba.database.scripts.cleaning.rules import Clause, Cleaned, decide, rule
from langgraph_dba.database.scripts.words import tokens_of

_LOGINS = "a scratch database has logins of its own"
_ADMINISTRATION = "it changes the server, not the database"
_ROWS_ONLY = "it shows or checks rows and creates no object"
RULES = (
    rule(r"LOAD (?:DATA|XML)\b", "skip", "it reads a file of the server: write the rows as INSERT"),
    rule(r"(?:INSERT|REPLACE|UPDATE|DELETE|TRUNCATE|WITH)\b", "data"),
    rule(r"(?:CREATE|DROP|ALTER) (?:OR REPLACE )?(?:DATABASE|SCHEMA)\b", "skip", "the scratch database replaces it"),
    rule(r"USE\b", "skip", "the scratch database replaces it"),
    rule(r"(?:LOCK|UNLOCK) TABLES?\b", "skip", "a scratch database has no other users"),
    rule(r"ALTER TABLE \S+ (?:DISABLE|ENABLE) KEYS", "skip", "it only makes loading faster"),
    rule(r"(?:BEGIN$|START TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b", "skip", "DDL commits by itself"),
    rule(r"(?:ANALYZE|OPTIMIZE|CHECK|REPAIR|CHECKSUM|SHOW|DESCRIBE|DESC|EXPLAIN|HELP)\b", "skip", _ROWS_ONLY),
    rule(r"SELECT\b(?!.* INTO )", "skip", _ROWS_ONLY),
    rule(r"(?:CREATE|DROP|ALTER|RENAME) (?:OR REPLACE )?(?:USER|ROLE)\b|SET (?:PASSWORD|ROLE|DEFAULT ROLE)\b",
         "skip", _LOGINS),
    rule(r"(?:GRANT|REVOKE)\b", "skip", _LOGINS),
    rule(r"(?:CREATE|DROP|ALTER) (?:SERVER|LOGFILE|TABLESPACE|UNDO)\b", "skip", _ADMINISTRATION),
    rule(r"CREATE (?:OR REPLACE )?(?:AGGREGATE )?FUNCTION .* SONAME\b", "skip", "it loads a library of the server"),
    rule(r"(?:FLUSH|RESET|PURGE|CHANGE|START|STOP|INSTALL|UNINSTALL|KILL|SHUTDOWN|BINLOG)\b", "skip", _ADMINISTRATION),
    rule(r"SET (?:@ @ )?(?:GLOBAL|PERSIST)\b|SET .*\b(?:SQL_LOG_BIN|GTID_PURGED|UNIQUE_CHECKS = @|SQL_NOTES)\b",
         "skip", "a setting of the server or of the client, which creates no object"),
    rule(r"SET (?:SESSION |LOCAL )?(?:NAMES|CHARSET|CHARACTER SET|(?:@ @ (?:SESSION \. )?)?CHARACTER_SET_\w+)\b",
         "skip", "the file was decoded when it was read"),
    rule(r"SET (?:SESSION )?TRANSACTION\b", "skip", "a setting of the session, which creates no object"),
)  # fmt: skip
_IN_QUOTES = r"(?:'(?:[^'])*'|`(?:[^`])*`|\"(?:[^\"])*\"|[\w.%-]+)"
_DEFINER = re.compile(
    rf"\bDEFINER\s*=\s*(?:CURRENT_(?:USER|ROLE)(?:\s*\(\s*\))?|{_IN_QUOTES}(?:\s*@\s*{_IN_QUOTES})?)\s*", re.IGNORECASE
)
_HEADER_CHARACTERS = 400  # DEFINER stands before the name of the object
_USER = re.compile(r"[\"'`]?([^\"'`@]+)[\"'`]?(?:@.*)?$")
_GRANTEES = re.compile(r"(?is)\b(?:TO|FROM)\s+(?P<names>(?:(?!\bWITH\b|\bREQUIRE\b|\bIDENTIFIED\b).)*)")
_LOGIN = re.compile(r"(?is)(?:CREATE|ALTER)\s+(?:USER|ROLE)\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?(?P<names>\S+)")


def clean(text: str) -> Cleaned:
    """Decide the fate of a statement and remove its DEFINER clause."""
    header = text[:_HEADER_CHARACTERS]
    definer = _DEFINER.search(header) if header.upper().startswith(("CREATE", "ALTER", "/*")) else None
    if definer is None:
        cleaned = decide(text, RULES)
        return _with_roles(cleaned) if cleaned.reason == _LOGINS else cleaned
    cleaned = decide(text[: definer.start()] + text[definer.end() :], RULES)
    note = Clause(definer[0].strip(), "removed: the owner of the scratch database is the definer")
    return Cleaned(cleaned.text, cleaned.fate, cleaned.head, cleaned.reason, (note,), _users(definer[0].split("=")[1]))


def without_qualifier(text: str, database: str) -> tuple[str, int]:
    """Return the text without `database.` before names, and how many were removed."""
    parts, at, removed = [], 0, 0
    tokens = list(tokens_of(text)) if database.lower() in text.lower() else []
    for before, name, dot in zip([None, *tokens], tokens, tokens[1:], strict=False):
        is_first = before is None or before.text not in (".", "@", "=")
        if is_first and name.is_name and name.value.lower() == database.lower() and dot.text == ".":
            parts.append(text[at : name.start])
            at, removed = dot.end, removed + 1
    return "".join([*parts, text[at:]]), removed


def _with_roles(cleaned: Cleaned) -> Cleaned:
    found = _GRANTEES.search(cleaned.text) or _LOGIN.match(cleaned.text)
    return Cleaned(
        cleaned.text, cleaned.fate, cleaned.head, cleaned.reason, (), _users(found["names"]) if found else ()
    )


def _users(names: str) -> tuple[str, ...]:
    found = (_USER.match(name.strip()) for name in names.split(","))
    users = (one[1].strip() for one in found if one)
    return tuple(user for user in users if not user.upper().startswith("CURRENT_"))
