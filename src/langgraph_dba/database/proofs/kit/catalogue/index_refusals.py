"""Decide whether an index refuses rows that its table would accept without it.

A unique index refuses duplicates, unless a key refuses them already. Any index refuses a row whose key is too long for
a page, and a row for which an expression or the predicate fails.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from langgraph_dba.database.engines.records import ColumnRecord, IndexRecord, KeyRecord
from langgraph_dba.database.model.schema import Choice
from langgraph_dba.database.proofs.kit.catalogue.sides import Sides
from langgraph_dba.database.reflection.checks import read_condition
from langgraph_dba.database.reflection.expression_form import DIALECTS

_Columns = Mapping[str, ColumnRecord]


def repeated_key(sides: Sides, index: IndexRecord, kept: Iterable[KeyRecord]) -> KeyRecord | None:
    """Return the key whose columns a unique index contains: rows that are equal for the index are equal for the key.

    `kept` are the keys that both sides have.
    """
    required = {one.name for one in sides.created.column if one.table == index.table and one.required}
    for key in kept:
        refuses_at_once = key.kind in ("primary", "unique") and not (key.deferrable or key.on_conflict)
        # a NULL that is equal to another one is no duplicate for a key that takes NULLs as different
        no_nulls = not index.nulls_equal or key.nulls_equal or set(key.columns) <= required
        if key.table == index.table and refuses_at_once and no_nulls and set(key.columns) <= _whole_columns(index):
            return key
    return None


def _whole_columns(index: IndexRecord) -> set[str]:
    """Return the columns that an index compares as their table does: no prefixes, and no collations of its own."""
    order = {"column", "descending", "nulls"}
    return {
        str(p["column"]) for p in index.keys if p.get("column") and not any(v for k, v in p.items() if k not in order)
    }


def accepts_every_row(sides: Sides, index: IndexRecord, kept: Iterable[KeyRecord]) -> bool:
    """Return whether an index refuses no row for another reason than a duplicate; `kept` as in `repeated_key`."""
    if index.method == "fulltext":  # splits texts into words
        return not index.unique
    columns = {o.name.casefold(): o for (table, _), o in sides.columns(sides.created).items() if table == index.table}
    parts = [_key_tree(part, sides) for part in index.keys]
    included = [exp.column(name) for name in index.include]
    trees = [*parts, *included, *([_parsed(index.where, sides)] if index.where else [])]
    if not all(_never_fails(tree, columns) for tree in trees):
        return False
    limit = sides.traits.index_row_bytes
    if not limit:  # MariaDB hashes the values of a unique index that are too long
        return index.method in ("", "hash")
    if not index.method and _is_start_of_key(index, kept):
        return True
    chosen = _choice_bytes(sides, index.table)
    sizes = [_size(tree, columns, chosen) for tree in (*parts, *included)]
    return _METHODS.get(index.method, _refused)(index, columns, limit, sizes)


def _key_tree(part: Mapping[str, Any], sides: Sides) -> exp.Expr | None:
    return exp.column(str(part["column"])) if part.get("column") else _parsed(str(part.get("expression")), sides)


def _is_start_of_key(index: IndexRecord, kept: Iterable[KeyRecord]) -> bool:
    """Return whether the index of a key has the same columns first: it has refused each row that is too long."""
    names = tuple(part.get("column") for part in index.keys)
    keys = [one.columns for one in kept if one.table == index.table and one.kind in ("primary", "unique")]
    return not index.include and any(names == columns[: len(names)] for columns in keys)


# -- expressions and predicates ---------------------------------------------------------------------------------------

_SAFE = frozenset({
    exp.And, exp.Or, exp.Not, exp.Paren, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.NullSafeEQ,
    exp.NullSafeNEQ, exp.In, exp.Between, exp.Any, exp.Array, exp.Tuple, exp.Boolean, exp.Null, exp.Literal,
    exp.Coalesce, exp.Lower, exp.Upper, exp.Trim, exp.Length,
})  # fmt: skip
_TEXTS = (exp.DType.TEXT, exp.DType.VARCHAR, exp.DType.CHAR)
_INTEGERS = frozenset({"smallint", "integer", "bigint"})


def _parsed(text: str, sides: Sides) -> exp.Expr | None:
    dialect = DIALECTS.get(sides.traits.dialect, sides.traits.dialect)
    try:
        tree: exp.Expr = sqlglot.parse_one(text, dialect=dialect, into=exp.Condition)
    except SqlglotError:
        return None
    return tree


def _never_fails(node: exp.Expr | None, columns: _Columns) -> bool:
    """Return whether an expression has a value for every row; a constant one was calculated with the index."""
    if node is None:
        return False
    if isinstance(node, exp.Column):
        return node.name.casefold() in columns
    if type(node) is exp.Cast:
        return _never_fails(node.this, columns) and _is_safe_cast(node, columns)
    if type(node) is exp.Neg:
        return isinstance(node.this, exp.Literal)
    return type(node) in _SAFE and all(_never_fails(child, columns) for child in node.iter_expressions())


def _is_safe_cast(cast: exp.Cast, columns: _Columns) -> bool:
    names = {one.name.casefold() for one in cast.find_all(exp.Column)}
    if not names or cast.to.this in _TEXTS:
        return True
    is_widened = cast.to.this == exp.DType.DECIMAL and not cast.to.expressions
    return is_widened and all(columns[name].type in _INTEGERS for name in names)


# -- sizes ------------------------------------------------------------------------------------------------------------

_UNLIMITED = 10**9
_FIXED = re.compile(
    r"smallint|integer|bigint|real|double precision|date|time(?:stamp)?(?:\(\d\))? with(?:out)? time zone|boolean|uuid|"
    r"interval[^\[\]]*|money|inet|cidr|macaddr8?|oid|\"char\""
)
_RANGE = re.compile(r"(?:int4|int8|ts|tstz|date)range")
_CHARACTERS = re.compile(r"(?:character varying|character)\((\d+)\)")
_DIGITS = re.compile(r"numeric\((\d+),-?\d+\)")
_SHORT = 64  # bytes of any value of such a type, and of its text


def _bytes(column: ColumnRecord) -> int:
    """Return the most bytes that a value needs in an index; a huge number for a type without a limit."""
    if length := _CHARACTERS.fullmatch(column.type):
        return 4 * int(length[1]) + 4
    if digits := _DIGITS.fullmatch(column.type):
        return int(digits[1]) + 16
    is_short = column.labels or _FIXED.fullmatch(column.type) or _RANGE.fullmatch(column.type)
    return _SHORT if is_short else _UNLIMITED


def _choice_bytes(sides: Sides, table: str) -> dict[str, int]:
    """Return the most bytes of each column whose values a CHECK of the declaration lists."""
    names = {one.name: one.name for one in sides.declared.column if one.table == table}
    checks = [one.condition for one in sides.declared.check if one.table == table]
    parts = [part for text in checks for part in read_condition("", text, sides.traits.dialect, names)]
    choices = [part for part in parts if isinstance(part, Choice)]
    return {one.column.casefold(): 4 + max(len(value.encode()) for value in one.values) for one in choices}


def _size(node: exp.Expr | None, columns: _Columns, chosen: Mapping[str, int]) -> int:
    """Return the most bytes of the value of an expression that never fails."""
    if isinstance(node, exp.Column):
        return chosen.get(node.name.casefold()) or _bytes(columns[node.name.casefold()])
    if isinstance(node, exp.Literal):
        return len(node.name.encode()) + 4
    if isinstance(node, exp.Upper):  # a letter may become three
        return 2 * _size(node.this, columns, chosen)
    if isinstance(node, exp.Lower | exp.Trim | exp.Paren | exp.Cast):
        return _size(node.this, columns, chosen)
    if isinstance(node, exp.Coalesce):
        return max(_size(one, columns, chosen) for one in (node.this, *node.expressions))
    return _SHORT  # a truth value or a length


# -- access methods of PostgreSQL -------------------------------------------------------------------------------------

_Judge = Callable[[IndexRecord, _Columns, int, list[int]], bool]
# their keys are hashes, or words that the type limits; a trigram has three bytes
_SPLIT = frozenset({("jsonb", ""), ("jsonb", "jsonb_path_ops"), ("tsvector", "")})
_TRIGRAMS = "gin_trgm_ops"
# the server finds the hash function of the elements of an array or a row only when it inserts one
_HASHED = frozenset({"text", "character varying", "bytea", "jsonb", "numeric"})


def _refused(_index: IndexRecord, _columns: _Columns, _limit: int, _sizes: list[int]) -> bool:
    return False


def _fits(_index: IndexRecord, _columns: _Columns, limit: int, sizes: list[int]) -> bool:
    return sum(sizes) <= limit


def _brin(index: IndexRecord, _columns: _Columns, limit: int, sizes: list[int]) -> bool:
    """Judge an index of the smallest and the largest value of each range of pages; other classes keep more."""
    return 2 * sum(sizes) <= limit and not any(part.get("operator_class") for part in index.keys)


def _hash(index: IndexRecord, columns: _Columns, _limit: int, sizes: list[int]) -> bool:
    """Judge an index of hashes, which have one length."""
    return all(
        size < _UNLIMITED or not part.get("column") or columns[str(part["column"]).casefold()].type in _HASHED
        for part, size in zip(index.keys, sizes, strict=True)
    )


def _gin(index: IndexRecord, columns: _Columns, limit: int, _sizes: list[int]) -> bool:
    """Judge an index of the elements of each value."""
    return all(
        part.get("column") and _is_split(part, columns[str(part["column"]).casefold()], limit) for part in index.keys
    )


def _is_split(part: Mapping[str, Any], column: ColumnRecord, limit: int) -> bool:
    operators, element = str(part.get("operator_class") or ""), column.type.removesuffix("[]")
    if (column.type, operators) in _SPLIT or operators == _TRIGRAMS:
        return True
    bounded = ColumnRecord(column.table, column.name, element)
    return not operators and element != column.type and _bytes(bounded) <= limit


def _gist(index: IndexRecord, columns: _Columns, _limit: int, _sizes: list[int]) -> bool:
    """Judge an index of ranges."""
    names = [str(part["column"]) for part in index.keys if part.get("column") and not part.get("operator_class")]
    return len(names) == len(index.keys) and all(_RANGE.fullmatch(columns[name.casefold()].type) for name in names)


_METHODS: Mapping[str, _Judge] = {"": _fits, "brin": _brin, "hash": _hash, "gin": _gin, "gist": _gist}
