"""Find terms of a policy that generated rows do not exercise."""

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

_WRAPPERS = (exp.Cast, exp.Paren)


def unexercised_term(condition: str, setting: str) -> str:
    """Return a term of a policy's condition that may open rows and was not tried; empty if there is none.

    Rows are generated for literals that a column equals. Other comparisons, calculations and other settings of the
    session are not tried. Terms that only narrow the condition (`AND`) cannot open rows.
    """
    try:
        tree = parse_one(condition, dialect="postgres")
    except SqlglotError:
        return condition
    calls = list(tree.find_all(exp.Anonymous))
    # a function without arguments may read the setting, as `current_tenant()` does
    has_setting = setting in condition or any(not call.expressions for call in calls)
    for call in calls:
        if call.name.lower() == "current_setting" and call.expressions:
            name = _unwrapped(call.expressions[0])
            if isinstance(name, exp.Literal) and name.name != setting and _may_open(call, has_setting=has_setting):
                return str(call.sql(dialect="postgres"))
    for column in tree.find_all(exp.Column):
        if not column.find_ancestor(exp.Select) and _may_open(column, has_setting=has_setting):
            node: exp.Expression = column
            while isinstance(node.parent, _WRAPPERS):
                node = node.parent
            parent = node.parent
            if isinstance(parent, exp.EQ | exp.NEQ | exp.Is | exp.Connector):
                continue
            if isinstance(parent, exp.Func | exp.Binary | exp.Between):
                return str(parent.sql(dialect="postgres"))
    return ""


def _may_open(node: exp.Expression, *, has_setting: bool) -> bool:
    # permissive policies are OR-ed: one that does not compare the tenant opens rows as an OR in one policy does
    return node.find_ancestor(exp.Or) is not None or not has_setting


def _unwrapped(node: exp.Expression) -> exp.Expression:
    while isinstance(node, _WRAPPERS):
        node = node.this
    return node
