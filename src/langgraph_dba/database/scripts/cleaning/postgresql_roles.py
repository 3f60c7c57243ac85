"""The roles that a statement of PostgreSQL names."""

import re

from langgraph_dba.database.scripts.words import Token, tokens_of

_NO_ROLES = ("PUBLIC", "CURRENT_USER", "CURRENT_ROLE", "SESSION_USER", "USER")
_NAMES_ROLES = re.compile(
    r"GRANT\b|REVOKE\b|(?:CREATE|ALTER) POLICY\b|ALTER DEFAULT PRIVILEGES\b|ALTER .* OWNER TO\b|CREATE SCHEMA\b"
    r"|(?:CREATE|ALTER|DROP) (?:ROLE|USER(?! MAPPING)|GROUP)\b|SET (?:SESSION )?(?:SESSION AUTHORIZATION|ROLE)\b|DO\b"
)
_ENDS = ("WITH", "GRANTED", "USING", "CASCADE", "RESTRICT", "IN", "GRANT", "REVOKE", "CHECK", "FOR")
_IN_BODY = re.compile(r'(?i)\bCREATE\s+(?:ROLE|USER)\s+(?:IF\s+NOT\s+EXISTS\s+)?("(?:[^"]|"")+"|[a-z_]\w*)')
_CHANGES_ROLES = re.compile(
    r"(?:CREATE|ALTER) (?:ROLE|USER|GROUP) (?!MAPPING FOR\b)|GRANT (?!.*\bON\b)|ALTER TABLE .* OWNER TO\b|DO\b"
)
_ROUTINE = re.compile(r"CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE)\b")
_CHANGES_IN_BODY = re.compile(r"(?i)\b(?:CREATE|ALTER)\s+(?:ROLE|USER|GROUP)\b|\bGRANT\s+(?:(?!\bON\b)[^;])*?\bTO\b")


def changes_roles(head: str, text: str) -> bool:
    """Return whether a statement, or the body that it contains, can create or change roles or owners."""
    if _ROUTINE.match(head):
        return bool(_CHANGES_IN_BODY.search(text))
    return bool(_CHANGES_ROLES.match(head))


def named_roles(head: str, text: str) -> tuple[str, ...]:
    """Return the roles that GRANT, policies, owners and CREATE ROLE name; not PUBLIC and the current user."""
    if not _NAMES_ROLES.match(head):
        return ()
    if head.startswith("DO"):  # roles are often created if they do not exist
        return tuple(folded(name) for name in _IN_BODY.findall(text))
    tokens = list(tokens_of(text))
    starts = [at + 1 for at, token in enumerate(tokens) if _introduces(head, tokens, at, token)]
    names = [name for start in starts for name in _list_of_names(tokens, start)]
    if re.match(r"GRANT (?!.*\bON\b)", head):  # the roles that are granted
        names += _list_of_names(tokens, 1)
    return tuple(dict.fromkeys(names))


def folded(name: str) -> str:
    """Return a name as PostgreSQL stores it."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()


def _introduces(head: str, tokens: list[Token], at: int, token: Token) -> bool:
    """Return whether names of roles follow a token."""
    if re.match(r"(?:CREATE|ALTER|DROP) USER MAPPING\b", head):
        return token.is_word("FOR")
    if re.match(r"(?:CREATE|ALTER|DROP) (?:ROLE|USER|GROUP)\b", head):
        return at == 1
    if token.is_word("AUTHORIZATION") or (token.is_word("ROLE") and head.startswith("SET")):
        return True
    if head.startswith("ALTER DEFAULT") and token.is_word("ROLE", "USER"):
        return tokens[at - 1].is_word("FOR")
    if "POLICY" in head.split(" ")[:2]:
        # the first TO; others stand in the conditions, or in ALTER POLICY … RENAME TO
        first = next((i for i, one in enumerate(tokens) if one.is_word("TO", "USING", "RENAME") and i > 1), -1)
        return at == first and token.is_word("TO")
    return token.is_word("TO") or (token.is_word("FROM") and "REVOKE" in head)


def _list_of_names(tokens: list[Token], start: int) -> list[str]:
    """Return the names that begin at a token, separated by commas."""
    names: list[str] = []
    is_expected = True
    for token in tokens[start:]:
        if token.is_word("GROUP", "IF", "NOT", "EXISTS"):
            continue
        if token.text == ",":
            is_expected = True
            continue
        if not is_expected or not token.is_name or token.is_word(*_ENDS):
            break
        is_expected = False
        if not token.is_word(*_NO_ROLES):
            names.append(folded(token.text))
    return names
