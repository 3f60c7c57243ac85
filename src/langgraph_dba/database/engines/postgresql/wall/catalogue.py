"""What PostgreSQL's catalogue says a name can mean, and what each object calls: read once, relations when first named.

The stored trees of views, policies, indexes, checks, statistics, partition keys, domains and argument defaults are read
for the objects in them; `pg_depend` records nothing of the server's own functions.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from langgraph_dba.database.engines.postgresql.own_queries import own_queries
from langgraph_dba.database.engines.postgresql.wall.bodies import names_in_plpgsql, names_in_sql
from langgraph_dba.database.engines.postgresql.wall.harmless import (
    harmless_functions,
    is_harmful_symbol,
    is_known_library,
)
from langgraph_dba.database.engines.postgresql.wall.names import Name, StatementNames, folded

Query = Callable[[str, dict[str, Any]], Sequence[tuple[Any, ...]]]
Object = tuple[str, int]  # kind, object id

FIRST_USER_OID = 16384  # initdb created the objects with lower ids
_FUNCTIONS_IN_TREE = re.compile(r":(?:funcid|opfuncid|aggfnoid|winfnoid|hashfuncid|negfuncid|castfunc|\w+func) (\d+)")
_OPERATORS_IN_TREE = re.compile(r":(?:opno|eqop|sortop|wfuncid|\w*op|\w*operator) (\d+)")
_TYPES_IN_TREE = re.compile(r":\w*(?:type|typeid|typid) (\d+)")
_RELATIONS_IN_TREE = re.compile(r":relid (\d+)")
_LISTS_IN_TREE = re.compile(r"\(o((?: \d+)+)\)")  # operators or types of row comparisons and column lists
_SETTINGS = frozenset({
    "search_path", "timezone", "datestyle", "intervalstyle", "extra_float_digits", "work_mem", "jit", "row_security",
    "lc_messages", "lc_monetary", "lc_numeric", "lc_time", "statement_timeout", "default_text_search_config",
    "bytea_output", "plan_cache_mode", "random_page_cost", "client_min_messages", "max_parallel_workers_per_gather",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Function:
    """A function that is not the server's own."""

    id: int
    schema: str
    name: str
    arguments: int
    defaults: int
    is_variadic: bool
    argument_types: Sequence[int]
    result: int
    language: str
    source: str
    library: str
    settings: str
    is_compound: bool  # an aggregate or a window function
    trees: str
    has_parsed_body: bool
    parts: Sequence[int]
    all_types: Sequence[int]
    signature: str
    definition: str

    def accepts(self, counts: Iterable[int]) -> bool:
        """Return whether it can be called with one of these numbers of arguments; -1 is any."""
        fewest = self.arguments - self.defaults - (1 if self.is_variadic else 0)
        return any(n < 0 or (fewest <= n and (self.is_variadic or n <= self.arguments)) for n in counts)


@dataclass(frozen=True, slots=True)
class _Type:
    id: int
    schema: str
    name: str
    element: int
    base: int
    relation: int
    array: int
    functions: Sequence[int]
    subtype: int
    checks: str


@dataclass(frozen=True, slots=True)
class _Parts:
    id: int
    types: Sequence[int]
    columns: frozenset[str]
    trees: str
    classes: Sequence[int]
    access_method: int


class Catalogue:
    """The objects of one database, as of one moment."""

    def __init__(self, query: Query) -> None:
        """Read everything but the parts of relations."""
        self.query = query  # a later one runs in a later transaction
        queries = _queries()
        built_in = query(queries["built_in"], {})
        self.built_in = {int(i): str(name) for i, name, _ in built_in}
        # a function of an extension may be one of the server's own under another name
        self._harmful_sources = {source for _, name, source in built_in if name not in harmless_functions()}
        self._sources = {source for _, _, source in built_in}
        functions = [Function(*row) for row in query(queries["functions"], {})]
        self.functions = {one.id: one for one in functions}
        self._functions_by_name = _grouped((folded(one.name), one) for one in functions)
        self._built_in_by_name = _built_in_names(tuple(self.built_in.items()))
        self.operators = {int(row[4]): row for row in query(queries["operators"], {})}
        self.types = {one.id: one for one in (_Type(*row) for row in query(queries["types"], {}))}
        self._types_by_name = _grouped((folded(one.name), one) for one in self.types.values())
        self._casts = _grouped(
            pair for row in query(queries["casts"], {}) for pair in ((row[0], row[2]), (row[1], row[2]))
        )
        self._classes = {int(row[0]): row[2] for row in query(queries["classes"], {})}
        self._classes_of_type = _grouped((row[1], i) for row in query(queries["classes"], {}) for i in row[2])
        self.relations = {int(row[0]): row for row in query(queries["relations"], {})}
        self._relations_by_name = _grouped((folded(row[2]), row) for row in self.relations.values())
        self._children = _grouped(query(queries["parents"], {}))
        self._parts: dict[int, _Parts] = {}
        self._edges: dict[Object, tuple[tuple[Object, ...], StatementNames | None]] = {}

    def functions_named(self, name: Name, counts: Iterable[int]) -> Iterator[Object]:
        """Yield the functions that a call may mean: in any schema, unless one is named."""
        for one in self._functions_by_name.get(name[1], ()):
            is_reachable = name[0] in ("", folded(one.schema)) or name[0].startswith("pg_temp")
            if is_reachable and one.accepts(counts):
                yield "function", one.id
        for i in self._built_in_by_name.get(name[1], ()):
            yield "function", i

    def types_named(self, name: Name) -> Iterator[Object]:
        """Yield the types of a name: in any schema, unless one is named."""
        for one in self._types_by_name.get(name[1], ()):
            if name[0] in ("", folded(one.schema)):
                yield "type", one.id

    def relations_named(self, name: Name) -> Iterator[Object]:
        """Yield the relations of a name: in any schema, unless one is named."""
        for row in self._relations_by_name.get(name[1], ()):
            if name[0] in ("", folded(row[1])):
                yield "relation", int(row[0])

    def operators_named(self, symbols: Iterable[str], types: Iterable[int]) -> Iterator[Object]:
        """Yield the operators of these symbols whose operands are the server's own types, or among these types."""
        known, wanted = set(types), set(symbols)
        for i, (symbol, left, right, _, _) in self.operators.items():
            if symbol in wanted and all(one < FIRST_USER_OID or one in known for one in (left, right)):
                yield "operator", i

    def columns(self, relation: int) -> frozenset[str]:
        """Return the names of a relation's columns."""
        self.load([relation])
        return self._parts[relation].columns

    def load(self, relations: Iterable[int]) -> None:
        """Read the parts of relations that were not read yet."""
        if missing := [i for i in relations if i not in self._parts]:
            for i, types, columns, trees, classes, method in self.query(_queries()["parts"], {"ids": missing}):
                self._parts[i] = _Parts(i, types, frozenset(map(folded, columns)), trees, classes, method)

    def edges(self, node: Object) -> tuple[tuple[Object, ...], StatementNames | None]:
        """Return the objects that a use of one object uses, and the names in its body if that is a text."""
        if node not in self._edges:
            names = self._body(node)
            self._edges[node] = tuple(dict.fromkeys(self._successors(node))), names
        return self._edges[node]

    def refusal(self, node: Object) -> str:
        """Return why an object itself may not be used; empty if it may, apart from what it uses."""
        kind, i = node
        if kind == "relation":
            is_foreign = i in self.relations and self.relations[i][3] == "f"
            return "it is a foreign table: it reads files or other servers" if is_foreign else ""
        if kind != "function":
            return ""
        if i < FIRST_USER_OID:
            name = self.built_in.get(i, "")
            return "" if name in harmless_functions() else "it is not among the functions that only read"
        return self._refusal_of_function(self.functions[i]) if i in self.functions else "the catalogue does not have it"

    def title(self, node: Object) -> str:
        """Return how a message names an object."""
        kind, i = node
        if kind == "function":
            return self.functions[i].signature if i in self.functions else f"{self.built_in.get(i, i)}()"
        if kind == "operator":
            return f"the operator {self.operators[i][0]}" if i in self.operators else "an operator"
        if kind == "type":
            return f"the type {self.types[i].name}" if i in self.types else "a type"
        return str(self.relations[i][2]) if i in self.relations else "a relation"

    def _refusal_of_function(self, one: Function) -> str:
        settings = {item.partition("=")[0].strip('{}" ').lower() for item in re.findall(r"[\w.]+=", one.settings)}
        if unknown := settings - _SETTINGS:
            return f"it sets {', '.join(sorted(unknown))}"
        if one.language == "internal":
            is_harmless = one.source in self._sources and one.source not in self._harmful_sources
            return "" if is_harmless or one.is_compound else f"it is the server's function {one.source}"
        if one.language == "c":
            if not is_known_library(one.library) or is_harmful_symbol(one.source):
                return "it is written in C, which cannot be analysed"
            return ""
        if one.language not in ("sql", "plpgsql"):
            return f"it is written in {one.language}, which cannot be analysed"
        names = self.edges(("function", one.id))[1]
        return names.refusal if names is not None else ""

    def _body(self, node: Object) -> StatementNames | None:
        one = self.functions.get(node[1]) if node[0] == "function" else None
        if one is None or one.has_parsed_body or one.language not in ("sql", "plpgsql"):
            return None
        return names_in_sql(one.source) if one.language == "sql" else names_in_plpgsql(one.definition, one.source)

    def _successors(self, node: Object) -> Iterator[Object]:
        kind, i = node
        if kind == "function" and i in self.functions:
            one = self.functions[i]
            yield from (("function", part) for part in one.parts)
            yield from _user_types((*one.argument_types, one.result, *one.all_types))
            yield from _in_tree(one.trees)
        elif kind == "operator" and i in self.operators:
            _, left, right, function, _ = self.operators[i]
            yield "function", function
            yield from _user_types((left, right))
        elif kind == "type" and i in self.types:
            yield from self._of_type(self.types[i])
        elif kind == "class":
            yield from (("function", function) for function in self._classes.get(i, ()))
        elif kind == "relation":
            yield from self._of_relation(i)

    def _of_type(self, one: _Type) -> Iterator[Object]:
        # the server's own input functions only call those of the parts of a type, which follow
        yield from (("function", function) for function in one.functions if function >= FIRST_USER_OID)
        yield from _user_types((one.element, one.base, one.subtype))
        yield from _in_tree(one.checks)
        yield from (("function", function) for function in self._casts.get(one.id, ()))
        yield from (("function", function) for function in self._classes_of_type.get(one.id, ()))
        if one.relation:
            self.load([one.relation])
            if one.relation in self._parts:
                yield from _user_types(self._parts[one.relation].types)

    def _of_relation(self, i: int) -> Iterator[Object]:
        self.load([i])
        yield from (("relation", child) for child in self._children.get(i, ()))
        if i not in self._parts:
            return
        parts = self._parts[i]
        yield from _user_types((*parts.types, self.relations[i][4] if i in self.relations else 0))
        yield from _in_tree(parts.trees)
        yield from (("class", one) for one in parts.classes)
        if parts.access_method:
            yield "function", parts.access_method


def _in_tree(tree: str) -> Iterator[Object]:
    if not tree.strip():
        return
    yield from (("function", int(i)) for i in set(_FUNCTIONS_IN_TREE.findall(tree)) if i != "0")
    yield from (("operator", int(i)) for i in set(_OPERATORS_IN_TREE.findall(tree)) if int(i) >= FIRST_USER_OID)
    yield from _user_types(int(i) for i in set(_TYPES_IN_TREE.findall(tree)))
    yield from (("relation", int(i)) for i in set(_RELATIONS_IN_TREE.findall(tree)) if i != "0")
    for items in set(_LISTS_IN_TREE.findall(tree)):
        for i in map(int, items.split()):
            if i >= FIRST_USER_OID:
                yield "operator", i
                yield "type", i


def _user_types(ids: Iterable[int]) -> Iterator[Object]:
    return (("type", i) for i in ids if i >= FIRST_USER_OID)


def _grouped(pairs: Iterable[Sequence[Any]]) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return dict(found)


def token(query: Query) -> int:
    """Return a number that differs if an object of the catalogue was created, changed or dropped."""
    return int(query(_queries()["token"], {})[0][0] or 0)


@cache
def _queries() -> dict[str, str]:
    return dict(own_queries(__package__, "objects.sql"))


def _built_in_names(items: tuple[tuple[int, str], ...]) -> dict[str, list[int]]:
    return _grouped((folded(name), i) for i, name in items if name not in harmless_functions())
