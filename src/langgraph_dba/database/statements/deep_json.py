"""Parse JSON of any depth; the standard library's parser recurses and stops at about 1,000 levels."""

import json
import re
from json import decoder
from typing import Any

_read_text: Any = decoder.scanstring  # type: ignore[attr-defined]  # its type stub lacks it
_TOKEN = re.compile(r"[\s,:]*+([\[\]{}\"]|[^\s,:\[\]{}\"]++)")
_CONSTANTS = {"true": True, "false": False, "null": None}


def parse_json(text: str | bytes) -> Any:
    """Return the value of a valid JSON text."""
    try:
        return json.loads(text)
    except RecursionError:  # 500 terms of `a || a || …` are 1,000 levels
        return _parse(text.decode("utf-8") if isinstance(text, bytes) else text)


def _parse(text: str) -> Any:
    root: list[Any] = []
    stack: list[list[Any] | dict[str, Any]] = [root]
    key: str | None = None  # of the value that follows
    at = 0
    while found := _TOKEN.match(text, at):
        mark, at = found[1], found.end()
        if mark in "]}":
            stack.pop()
            continue
        value: Any = {"[": [], "{": {}}.get(mark)
        if mark == '"':
            value, at = _read_text(text, at)
        elif value is None:
            value = _CONSTANTS[mark] if mark in _CONSTANTS else json.loads(mark)
        top = stack[-1]
        if isinstance(top, list):
            top.append(value)
        elif key is None:
            key = value
            continue
        else:
            top[key], key = value, None
        if mark in "[{":
            stack.append(value)
    return root[0]
