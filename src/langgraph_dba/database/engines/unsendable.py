"""Refuse what no driver can send, with a reason: a statement that is no text, half of a surrogate pair, a dict."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from langgraph_dba.database.engines.base import Rejected


def refuse_unsendable(sql: object, params: Mapping[str, Any] | None = None) -> None:
    """Raise Rejected, of kind `syntax` for the statement and `type` for a parameter."""
    if not isinstance(sql, str):
        raise Rejected("syntax", f"a statement is a text, not {type(sql).__name__}")
    if not _is_encodable(sql):
        raise Rejected("syntax", "a statement contains half of a surrogate pair, which is no character")
    for name, value in (params or {}).items():
        if isinstance(value, Mapping | AbstractSet):
            raise Rejected("type", f"the parameter {name} is a {type(value).__name__}: send JSON as a text")
        if isinstance(value, str) and not _is_encodable(value):
            raise Rejected("type", f"the parameter {name} contains half of a surrogate pair, which is no character")


def _is_encodable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
