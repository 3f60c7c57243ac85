"""Find the settings of a session that an expression of PostgreSQL reads, also through the functions that it calls."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from langgraph_dba.database.reflection.routine_bodies import RoutineBody, body_of
from langgraph_dba.database.statements.postgres_tree import Node

_SETTING = re.compile(r"[A-Za-z_]\w*(?:\.\w+)+")  # a custom setting: only such a one can hold a tenant
_MEMBER, _PATH = ("->", "->>"), ("#>", "#>>")
_PATH_FUNCTIONS = ("json_extract_path", "json_extract_path_text", "jsonb_extract_path", "jsonb_extract_path_text")
_Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SettingRead:
    """A setting, and the path to a member of its JSON value; the path of a plain value is empty."""

    setting: str
    path: _Path = ()


@dataclass(frozen=True, slots=True)
class _Scope:
    """The variables of the function whose body is read, and the functions that led to it."""

    variables: Mapping[str, tuple[Node, ...]] = field(default_factory=dict)
    callers: frozenset[str] = frozenset()


class SettingReader:
    """Reads expressions; `definitions` are the CREATE FUNCTION statements of the functions that they may call."""

    def __init__(self, definitions: Iterable[str]) -> None:
        """Parse the functions; one that cannot be parsed reads nothing."""
        self._bodies: dict[str, RoutineBody] = {}
        for body in filter(None, map(body_of, definitions)):
            self._bodies[".".join(body.name)] = body
            # a call without a schema: of two functions of one name the first, those of the own schema come first
            self._bodies.setdefault(body.name[-1], body)

    def reads(self, expression: Node) -> tuple[SettingRead, ...]:
        """Return what an expression reads, in order; a setting that is read as JSON is not returned as plain text."""
        found = dict.fromkeys(self._reads(expression, (), _Scope()))
        as_json = {one.setting for one in found if one.path}
        return tuple(one for one in found if one.path or one.setting not in as_json)

    def _reads(self, node: Any, path: _Path, scope: _Scope) -> Iterator[SettingRead]:
        if isinstance(node, list):
            for item in node:
                yield from self._reads(item, path, scope)
            return
        if not isinstance(node, dict):
            return
        if (member := _member(node)) is not None:
            value, keys = member
            yield from self._reads(value, (*keys, *path), scope)
        elif call := node.get("FuncCall"):
            yield from self._call(call, path, scope)
        elif (name := column_name(node)) in scope.variables:
            # each variable once: a loop assigns to itself
            rest = {key: value for key, value in scope.variables.items() if key != name}
            yield from self._reads(list(scope.variables[name]), path, _Scope(rest, scope.callers))
        else:
            for value in node.values():
                yield from self._reads(value, path, scope)

    def _call(self, call: Node, path: _Path, scope: _Scope) -> Iterator[SettingRead]:
        name, arguments = ".".join(names_of(call.get("funcname", []))), call.get("args", [])
        setting = constant(arguments[0]) if arguments else None
        if name.removeprefix("pg_catalog.") == "current_setting":
            if setting and _SETTING.fullmatch(setting):
                yield SettingRead(setting, path)
            return
        if name.removeprefix("pg_catalog.") in _PATH_FUNCTIONS and arguments:
            keys = [constant(one) for one in arguments[1:]]
            if all(keys):
                yield from self._reads(arguments[0], (*filter(None, keys), *path), scope)
            return
        yield from self._reads(arguments, path, scope)
        body = self._bodies.get(name)
        if body and name not in scope.callers:
            inner = _Scope(body.variables, scope.callers | {name})
            yield from self._reads(list(body.expressions), path, inner)


def _member(node: Node) -> tuple[Node, _Path] | None:
    """Return a JSON value and the path to its member that an expression takes; None for another expression."""
    expression = node.get("A_Expr", {})
    operator = names_of(expression.get("name", []))[-1:]
    if expression.get("kind") != "AEXPR_OP" or operator not in ((_MEMBER[0],), (_MEMBER[1],), (_PATH[0],), (_PATH[1],)):
        return None
    text = constant(expression.get("rexpr"))
    if not text:
        return None
    keys = (text,) if operator[0] in _MEMBER else tuple(key.strip(' "') for key in text.strip("{}").split(","))
    return expression.get("lexpr", {}), keys


def names_of(parts: Iterable[Node]) -> tuple[str, ...]:
    """Return the parts of a qualified name."""
    return tuple(part["String"].get("sval", "") for part in parts if "String" in part)


def constant(node: Any) -> str | None:
    """Return the text of a literal, also with a cast; None for another expression."""
    bare = without_casts(node)
    return bare.get("A_Const", {}).get("sval", {}).get("sval") if isinstance(bare, dict) else None


def without_casts(node: Any) -> Any:
    """Return an expression without the casts around it."""
    while isinstance(node, dict) and "TypeCast" in node:
        node = node["TypeCast"].get("arg")
    return node


def column_name(node: Any) -> str:
    """Return the name of a column or variable, also with a cast; empty for another expression."""
    bare = without_casts(node)
    fields = bare.get("ColumnRef", {}).get("fields", []) if isinstance(bare, dict) else []
    return names_of(fields[-1:])[0] if fields and "String" in fields[-1] else ""
