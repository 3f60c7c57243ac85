"""The names in the body of a function in SQL or PL/pgSQL."""

import re
from collections.abc import Iterator
from typing import Any

from langgraph_dba.database.engines.postgresql.wall.names import StatementNames, folded, names_in
from langgraph_dba.database.statements.plpgsql import expression_sql
from langgraph_dba.database.statements.postgres_grammar import GrammarError, parse_plpgsql

# Statements of PL/pgSQL that run no SQL but the expressions in them.
_ALLOWED = frozenset({
    "PLpgSQL_function", "PLpgSQL_var", "PLpgSQL_rec", "PLpgSQL_row", "PLpgSQL_recfield", "PLpgSQL_type", "PLpgSQL_expr",
    "PLpgSQL_stmt_block", "PLpgSQL_stmt_assign", "PLpgSQL_stmt_if", "PLpgSQL_if_elsif", "PLpgSQL_stmt_case",
    "PLpgSQL_case_when", "PLpgSQL_stmt_loop", "PLpgSQL_stmt_while", "PLpgSQL_stmt_fori", "PLpgSQL_stmt_fors",
    "PLpgSQL_stmt_forc", "PLpgSQL_stmt_foreach_a", "PLpgSQL_stmt_exit", "PLpgSQL_stmt_return",
    "PLpgSQL_stmt_return_next", "PLpgSQL_stmt_return_query", "PLpgSQL_stmt_raise", "PLpgSQL_raise_option",
    "PLpgSQL_stmt_assert", "PLpgSQL_stmt_execsql", "PLpgSQL_stmt_perform", "PLpgSQL_stmt_getdiag",
    "PLpgSQL_diag_item", "PLpgSQL_stmt_open", "PLpgSQL_stmt_fetch", "PLpgSQL_stmt_close", "PLpgSQL_exception_block",
    "PLpgSQL_exception", "PLpgSQL_condition",
})  # fmt: skip
_DYNAMIC = frozenset({"dynquery", "PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_dynfors"})


def names_in_sql(source: str) -> StatementNames:
    """Return the names in the body of a function in SQL."""
    return names_in(source)


def names_in_plpgsql(definition: str, source: str) -> StatementNames:
    """Return the names in a function in PL/pgSQL: `definition` is its CREATE FUNCTION, `source` its body.

    The parser keeps neither type nor default of a variable whose type it does not know: such a function is refused.
    """
    names = StatementNames()
    tree = parse_plpgsql(definition)
    if isinstance(tree, GrammarError):
        names.refusal = f"its body cannot be parsed: {tree.message}"
        return names
    for kind, node in _nodes(tree):
        if kind in _DYNAMIC:
            names.refusal = names.refusal or "it runs dynamic SQL (EXECUTE)"
        elif kind == "PLpgSQL_expr":
            names.add(_expression(node))
        elif kind == "PLpgSQL_type":
            _add_type(names, str(node.get("typname", "")))
        elif kind == "PLpgSQL_rec" and node.get("lineno") and not _is_record(str(node["refname"]), source):
            names.refusal = names.refusal or f"the type of its variable {node['refname']} is not known to the parser"
        elif kind.startswith("PLpgSQL_") and kind not in _ALLOWED:
            names.refusal = names.refusal or f"it contains {kind.removeprefix('PLpgSQL_stmt_')}"
    return names


def _nodes(tree: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    pending = [tree]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending += value
        elif isinstance(value, dict):
            for key, item in value.items():
                if isinstance(item, dict):
                    yield key, item
                pending.append(item)


def _expression(node: dict[str, Any]) -> StatementNames:
    target, sql = expression_sql(node)
    names = names_in(sql)
    if "[" in target:
        names.add(names_in(f"SELECT {target}"))  # its subscripts are calculated
    return names


def _add_type(names: StatementNames, text: str) -> None:
    """Add the type of a variable: `int4`, `table%ROWTYPE` or `table.column%TYPE`."""
    name, is_reference, _ = text.partition("%")
    parts = [folded(part.strip('" ')) for part in name.split(".")]
    if is_reference:  # the last part may be a column or a relation
        names.relations |= {("", part) for part in parts}
    else:
        names.types.add((parts[-2] if len(parts) > 1 else "", parts[-1]))


def _is_record(variable: str, source: str) -> bool:
    """Return whether a variable is declared `record`, or is the target of a loop over rows."""
    return bool(re.search(rf"(?i)(?<![\w$]){re.escape(variable)}\s+record\b", source))
