"""Decide whether a statement can reach a function that does more than read: names first, then what the objects use."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from langgraph_dba.database.engines.postgresql.wall.catalogue import Catalogue, Object
from langgraph_dba.database.engines.postgresql.wall.names import StatementNames

# LIKE, IN, BETWEEN, CASE, NULLIF, USING, row comparisons, sorting and grouping look these up without naming them
_IMPLIED = frozenset({"=", "<>", "<", ">", "<=", ">=", "~~", "!~~", "~~*", "!~~*"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a statement is refused: `path` leads from what it names to the object, `signature` is that function's."""

    path: tuple[str, ...]
    reason: str
    signature: str = ""


@dataclass
class _Reach:
    """The objects that a statement can use, found so far."""

    parents: dict[Object, Object | None] = field(default_factory=dict)
    pending: list[Object] = field(default_factory=list)

    def add(self, nodes: Iterable[Object], parent: Object | None = None) -> None:
        for node in nodes:
            if node not in self.parents:
                self.parents[node] = parent
                self.pending.append(node)


def judge(names: StatementNames, catalogue: Catalogue, trusted: frozenset[str] = frozenset()) -> Refusal | None:
    """Return why a statement with these names may not run; None if nothing in its reach does more than read.

    `trusted` are signatures of functions, such as `public.f(integer)`, or names, such as `public.f`.
    """
    if names.refusal:
        return Refusal((), names.refusal)
    reach = _Reach()
    known = StatementNames()
    known.add(names)
    reach.add(_named(names, catalogue))
    while True:
        types = [i for kind, i in reach.parents if kind == "type"]
        reach.add(catalogue.operators_named(known.operators | _IMPLIED, types))
        if not reach.pending:
            return None
        while reach.pending:
            node = reach.pending.pop()
            if _is_trusted(node, catalogue, trusted):
                continue
            edges, body = catalogue.edges(node)
            if reason := catalogue.refusal(node):
                return _refusal(node, reason, reach, catalogue)
            reach.add(edges, node)
            if body is not None:
                known.add(body)
                reach.add(_named(body, catalogue), node)


def _named(names: StatementNames, catalogue: Catalogue) -> Iterator[Object]:
    for name, counts in names.calls.items():
        yield from catalogue.functions_named(name, counts)
    for name in names.types:
        yield from catalogue.types_named(name)
    for name in names.relations:
        yield from catalogue.relations_named(name)
    for parts in names.columns:
        if not _is_column(parts, names, catalogue):
            # `row.name` calls `name(row)`: a function with one argument
            yield from catalogue.functions_named(("", parts[-1]), (1,))


def _is_column(parts: tuple[str, ...], names: StatementNames, catalogue: Catalogue) -> bool:
    """Return whether `alias.name` is certainly a column: the alias is that of relations that all have it."""
    relations = names.aliases.get(parts[-2])
    if not relations or ("", "") in relations:
        return False
    ids = [i for relation in relations for _, i in catalogue.relations_named(relation)]
    return bool(ids) and all(parts[-1] in catalogue.columns(i) for i in ids)


def _is_trusted(node: Object, catalogue: Catalogue, trusted: frozenset[str]) -> bool:
    if node[0] != "function" or node[1] not in catalogue.functions or not trusted:
        return False
    one = catalogue.functions[node[1]]
    names = (one.signature, f"{one.schema}.{one.name}", f"{one.schema}.{one.signature.rpartition('.')[2]}")
    return any(name.replace(" ", "") in trusted for name in names)


def _refusal(node: Object, reason: str, reach: _Reach, catalogue: Catalogue) -> Refusal:
    path: list[str] = []
    at: Object | None = node
    while at is not None:
        path.append(catalogue.title(at))
        at = reach.parents[at]
    function = catalogue.functions.get(node[1]) if node[0] == "function" else None
    return Refusal(tuple(reversed(path)), reason, function.signature if function else "")
