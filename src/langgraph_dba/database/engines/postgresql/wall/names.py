"""The names in one statement or function body that PostgreSQL will look up: by its own grammar, default deny.

A node type that is not listed is refused. The names are candidates: what they can mean decides the catalogue.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langgraph_dba.database.statements.postgres_grammar import GrammarError, ParsedStatement, parse, walk

Name = tuple[str, str]  # (schema, or "" if unqualified; name), each as `folded` returns it
Node = Mapping[str, Any]

_NAMEDATALEN = 60  # bytes; PostgreSQL cuts at 63, between characters
_EXPRESSIONS = frozenset({
    "A_ArrayExpr", "A_Const", "A_Expr", "A_Indices", "A_Indirection", "A_Star", "BitString", "BoolExpr", "Boolean",
    "BooleanTest", "CaseExpr", "CaseWhen", "CoalesceExpr", "CollateClause", "ColumnRef", "Float", "FuncCall",
    "GroupingFunc", "Integer", "JsonAggConstructor", "JsonArgument", "JsonArrayAgg", "JsonArrayConstructor",
    "JsonArrayQueryConstructor", "JsonBehavior", "JsonFormat", "JsonFuncExpr", "JsonIsPredicate", "JsonKeyValue",
    "JsonObjectAgg", "JsonObjectConstructor", "JsonOutput", "JsonParseExpr", "JsonReturning", "JsonScalarExpr",
    "JsonSerializeExpr", "JsonValueExpr", "List", "MinMaxExpr", "NamedArgExpr", "NullTest", "ParamRef", "RowExpr",
    "SQLValueFunction", "String", "SubLink", "TypeCast", "TypeName", "WindowDef", "XmlExpr", "XmlSerialize",
})  # fmt: skip
_QUERIES = frozenset({
    "Alias", "CTECycleClause", "CTESearchClause", "ColumnDef", "CommonTableExpr", "GroupingSet", "JoinExpr",
    "JsonTable", "JsonTableColumn", "JsonTablePathSpec", "RangeFunction", "RangeSubselect", "RangeTableFunc",
    "RangeTableFuncCol", "RangeTableSample", "RangeVar", "ResTarget", "SelectStmt", "SortBy", "WithClause",
})  # fmt: skip
_ALLOWED = _EXPRESSIONS | _QUERIES
# nodes that only a root has: the options of EXPLAIN, and the name after SHOW
_ROOTS = {"ExplainStmt": ("ExplainStmt", "DefElem"), "VariableShowStmt": ("VariableShowStmt",)}
_REASONS = {
    "IntoClause": "INTO writes its result to a table",
    "LockingClause": "it locks rows",
    "DeleteStmt": "it deletes rows",
    "InsertStmt": "it inserts rows",
    "UpdateStmt": "it changes rows",
    "MergeStmt": "it changes rows",
}
# What an older server reads as a call of a function of that name.
_CALLS = {
    "JsonArrayAgg": "json_arrayagg", "JsonArrayConstructor": "json_array", "JsonArrayQueryConstructor": "json_array",
    "JsonFuncExpr": "", "JsonObjectAgg": "json_objectagg", "JsonObjectConstructor": "json_object",
    "JsonParseExpr": "json", "JsonScalarExpr": "json_scalar", "JsonSerializeExpr": "json_serialize",
    "JsonTable": "json_table", "MergeSupportFunc": "merge_action",
}  # fmt: skip
_JSON_FUNCTIONS = {"JSON_EXISTS_OP": "json_exists", "JSON_QUERY_OP": "json_query", "JSON_VALUE_OP": "json_value"}
_ANY_COUNT = -1


def folded(name: str) -> str:
    """Return a name as it is compared here: servers cut long names, and some fold letters that others keep."""
    return name.encode("utf-8", "replace")[:_NAMEDATALEN].decode("utf-8", "ignore").casefold()


@dataclass
class StatementNames:
    """What a statement names; `calls` maps a function to the numbers of its arguments, -1 for any number."""

    calls: dict[Name, set[int]] = field(default_factory=dict)
    columns: set[tuple[str, ...]] = field(default_factory=set)  # qualified: `a.b` may be the call `b(a)`
    operators: set[str] = field(default_factory=set)
    types: set[Name] = field(default_factory=set)
    relations: set[Name] = field(default_factory=set)
    aliases: dict[str, set[Name]] = field(default_factory=dict)  # of relations
    refusal: str = ""

    def add(self, other: "StatementNames") -> None:
        """Add what another statement names."""
        for name, counts in other.calls.items():
            self.calls.setdefault(name, set()).update(counts)
        self.columns |= other.columns
        self.operators |= other.operators
        self.types |= other.types
        self.relations |= other.relations
        for alias, relations in other.aliases.items():
            self.aliases.setdefault(alias, set()).update(relations)
        self.refusal = self.refusal or other.refusal


def names_in(sql: str) -> StatementNames:
    """Return the names in a text of queries; `refusal` says which part is not a read."""
    return names_of(parse(sql), ("SelectStmt",))


def names_of(parsed: Sequence[ParsedStatement] | GrammarError, roots: Iterable[str]) -> StatementNames:
    """Return the names in parsed queries; `refusal` says which part is not a read."""
    names = StatementNames()
    if isinstance(parsed, GrammarError):
        names.refusal = f"it cannot be parsed: {parsed.message}"
        return names
    for statement in parsed:
        (root, _), *_ = statement.tree.items() or [("", None)]
        if root not in roots:
            names.refusal = _REASONS.get(root, f"{_words(root)} is not a read")
            return names
        for kind, node in walk(statement.tree):
            if kind not in _ROOTS.get(root, ()):
                _add(names, kind, node)
    return names


def _add(names: StatementNames, kind: str, node: Node) -> None:
    if kind not in _ALLOWED:
        names.refusal = names.refusal or _REASONS.get(kind, f"{_words(kind)} is not part of a read")
    elif kind in _CALLS:
        _call(names, ("", _CALLS[kind] or _JSON_FUNCTIONS.get(node.get("op", ""), "json_value")), _ANY_COUNT)
    elif kind in _ADDERS:
        _ADDERS[kind](names, node)


def _add_call(names: StatementNames, node: Node) -> None:
    # within a group, and with VARIADIC, the number of arguments is another one than is written
    is_fixed = not node.get("func_variadic") and not node.get("agg_within_group")
    _call(names, _name(node["funcname"]), len(node.get("args", ())) if is_fixed else _ANY_COUNT)


def _add_column(names: StatementNames, node: Node) -> None:
    parts = tuple(folded(part["String"]["sval"]) for part in node["fields"] if "String" in part)
    if len(parts) > 1:
        names.columns.add(parts)


def _add_fields(names: StatementNames, node: Node) -> None:  # `(row).name`
    names.columns |= {("", folded(part["String"]["sval"])) for part in node.get("indirection", ()) if "String" in part}


def _add_operator(names: StatementNames, node: Node) -> None:
    symbols = node.get("name") or node.get("operName") or node.get("useOp") or ()
    names.operators |= {part["String"]["sval"] for part in symbols if "String" in part}


def _add_type(names: StatementNames, node: Node) -> None:
    names.types.add(_name(node.get("names", ())))


def _add_relation(names: StatementNames, node: Node) -> None:
    relation = folded(node.get("schemaname", "")), folded(node["relname"])
    names.relations.add(relation)
    alias = node.get("alias", {}).get("aliasname")
    names.aliases.setdefault(folded(alias) if alias else relation[1], set()).add(relation)


def _add_sample(names: StatementNames, node: Node) -> None:
    _call(names, _name(node["method"]), _ANY_COUNT)


def _add_rows(names: StatementNames, node: Node) -> None:
    alias = node.get("ctename") or node.get("alias", {}).get("aliasname")
    if alias:  # a row of unknown columns: `alias.name` may be a call
        names.aliases.setdefault(folded(alias), set()).add(("", ""))


_ADDERS: Mapping[str, Callable[[StatementNames, Node], None]] = {
    "A_Expr": _add_operator, "A_Indirection": _add_fields, "ColumnRef": _add_column, "CommonTableExpr": _add_rows,
    "FuncCall": _add_call, "JoinExpr": _add_rows, "RangeFunction": _add_rows, "RangeSubselect": _add_rows,
    "RangeTableFunc": _add_rows, "RangeTableSample": _add_sample, "RangeVar": _add_relation, "SortBy": _add_operator,
    "SubLink": _add_operator, "TypeName": _add_type,
}  # fmt: skip


def _call(names: StatementNames, name: Name, count: int) -> None:
    names.calls.setdefault(name, set()).add(count)
    if count in (1, _ANY_COUNT):
        names.types.add(name)  # `type(value)` is a cast


def _name(parts: Iterable[Node]) -> Name:
    texts = [folded(part["String"]["sval"]) for part in parts if "String" in part]
    return (texts[-2] if len(texts) > 1 else "", texts[-1] if texts else "")


def _words(kind: str) -> str:
    return kind.removesuffix("Stmt")
