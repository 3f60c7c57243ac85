"""Walk a tree of libpg_query in JSON form, without recursion."""

from collections.abc import Callable, Iterator
from typing import Any

Node = dict[str, Any]

# A field of varying type holds {"SelectStmt": {…}}, a field of a fixed type only the fields {…}: these are the types
# of the latter, from the message types of libpg_query 18.
_FIELD_TYPES = {
    "alias": "Alias", "argType": "TypeName", "authrole": "RoleSpec", "base": "CreateStmt", "boolval": "Boolean",
    "bound": "PartitionBoundSpec", "bsval": "BitString", "collClause": "CollateClause", "constrrel": "RangeVar",
    "constructor": "JsonAggConstructor", "context_item": "JsonValueExpr", "cycle_clause": "CTECycleClause",
    "datatype": "TypeName", "extname": "String", "format": "JsonFormat", "fromsql": "ObjectWithArgs",
    "func": "ObjectWithArgs", "funccall": "FuncCall", "fval": "Float", "grantor": "RoleSpec",
    "identitySequence": "RangeVar", "infer": "InferClause", "into": "IntoClause", "intoClause": "IntoClause",
    "ival": "Integer", "join_using_alias": "Alias", "larg": "SelectStmt", "newowner": "RoleSpec",
    "newrole": "RoleSpec", "ofTypename": "TypeName", "on_empty": "JsonBehavior", "on_error": "JsonBehavior",
    "onConflictClause": "OnConflictClause", "opername": "ObjectWithArgs", "output": "JsonOutput",
    "over": "WindowDef", "owner": "RoleSpec", "partbound": "PartitionBoundSpec", "partspec": "PartitionSpec",
    "pathspec": "JsonTablePathSpec", "pktable": "RangeVar", "pubtable": "PublicationTable", "rarg": "SelectStmt",
    "rel": "RangeVar", "relation": "RangeVar", "returnType": "TypeName", "returning": "JsonReturning",
    "returningClause": "ReturningClause", "role": "RoleSpec", "search_clause": "CTESearchClause",
    "sequence": "RangeVar", "setstmt": "VariableSetStmt", "sourcetype": "TypeName", "storedtype": "TypeName",
    "sval": "String", "table": "RangeVar", "targettype": "TypeName", "tosql": "ObjectWithArgs",
    "typeName": "TypeName", "type_name": "TypeName", "typevar": "RangeVar", "user": "RoleSpec", "view": "RangeVar",
    "withClause": "WithClause",
    # of fields whose type depends on the node that has them
    "AlterDefaultPrivilegesStmt.action": "GrantStmt", "CreateOpClassItem.name": "ObjectWithArgs",
    "JsonArgument.val": "JsonValueExpr", "JsonArrayAgg.arg": "JsonValueExpr", "JsonKeyValue.value": "JsonValueExpr",
    "JsonObjectAgg.arg": "JsonKeyValue", "JsonParseExpr.expr": "JsonValueExpr",
    "JsonSerializeExpr.expr": "JsonValueExpr", "PartitionCmd.name": "RangeVar", "PLAssignStmt.val": "SelectStmt",
}  # fmt: skip
_LOCATIONS = frozenset({"location", "name_location", "list_start", "list_end", "rexpr_list_start", "rexpr_list_end"})


def walk(tree: Any) -> Iterator[tuple[str, Node]]:
    """Yield (type, fields) of each node of a tree, parents first, in the order of its fields."""
    pending: list[tuple[str, str, Any]] = [("", "", tree)]  # type of the parent, field, value
    while pending:
        parent, field, value = pending.pop()
        if isinstance(value, list):
            pending.extend((parent, "", item) for item in reversed(value))
        elif isinstance(value, dict):
            name = _label(value)
            if not name:
                name = _FIELD_TYPES.get(f"{parent}.{field}") or _FIELD_TYPES.get(field, "")
                if name:
                    yield name, value
                pending.extend((name, key, item) for key, item in reversed(value.items()))
                continue
            yield name, value[name]
            pending.extend((name, key, item) for key, item in reversed(value[name].items()))


def convert_locations(tree: Any, convert: Callable[[int], int]) -> None:
    """Replace each location of a tree."""
    pending = [tree]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, dict):
            for key in _LOCATIONS & value.keys():
                if isinstance(value[key], int) and value[key] > 0:  # -1: unknown
                    value[key] = convert(value[key])
            pending.extend(value.values())


def _label(value: Node) -> str:
    if len(value) != 1:
        return ""
    name, fields = next(iter(value.items()))
    return name if name[0].isupper() and isinstance(fields, dict) else ""
