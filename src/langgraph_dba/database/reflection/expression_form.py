"""Normal forms of SQL expressions and type names, to compare generated SQL with the catalogue's text of it."""

import re
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

DIALECTS = {"postgresql": "postgres", "mariadb": "mysql"}  # sqlglot's names, if they differ from SQLAlchemy's
_SYNONYMS = (
    ("character varying", "varchar"), ("character", "char"), (" without time zone", ""), ("int4", "integer"),
    ("int8", "bigint"), ("int2", "smallint"), ("decimal", "numeric"),
)  # fmt: skip


def same_expression(one: str, other: str, dialect: str) -> bool:
    """Return whether two expressions are equal except for parentheses, case and redundant casts."""
    return one == other or _normal_form(one, dialect) == _normal_form(other, dialect)


@lru_cache(maxsize=4096)
def _normal_form(text: str, dialect: str) -> str:
    """Return a text that is equal for equal expressions; one that does not parse is compared by its words."""
    try:
        tree: exp.Expr = sqlglot.parse_one(text, dialect=DIALECTS.get(dialect, dialect), into=exp.Condition)
    except SqlglotError:
        return " ".join(text.split())
    # children before parents: a parenthesis within a cast is removed before the cast is judged
    for node in reversed(list(tree.walk())):
        simple = _simplify(node)
        if node is tree:
            tree = simple
        elif simple is not node:
            node.replace(simple)
    # the tree's text and not SQL: without parentheses the SQL of `a AND (b OR c)` would be another condition
    return repr(tree)


def _simplify(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Identifier) and re.fullmatch(r"[a-z_][a-z0-9_]*", node.name):
        return exp.to_identifier(node.name, quoted=False)
    if isinstance(node, exp.Paren) or (isinstance(node, exp.Cast) and _is_redundant(node)):
        return node.this  # type: ignore[no-any-return]
    if isinstance(node, exp.Length) or is_octets(node):
        return exp.Length(this=node.this if isinstance(node, exp.Length) else node.expressions[0])
    if isinstance(node, exp.Trim):
        node.set("position", None)
    if isinstance(node, exp.Literal) and re.fullmatch(r"-\d+(\.\d+)?", node.name):
        return exp.Neg(this=exp.Literal.number(node.name[1:]))  # PostgreSQL shows a negative number as a string
    if isinstance(node, exp.EQ) and isinstance(node.expression, exp.Any):
        array = node.expression.find(exp.Array)
        return _simplify(exp.In(this=node.this, expressions=list(array.expressions))) if array else node
    if isinstance(node, exp.In) and len(node.expressions) == 1 and not node.args.get("query"):
        return exp.EQ(this=node.this, expression=node.expressions[0])
    return node


def is_octets(node: exp.Expr) -> bool:
    """Return whether an expression is `octet_length`, the form in which MariaDB stores `length`."""
    return isinstance(node, exp.Anonymous) and node.name.lower() == "octet_length"


def _is_redundant(cast: exp.Cast) -> bool:
    """Return whether a cast is of a literal, or of a text to a text type: PostgreSQL adds such casts itself."""
    inner = cast.this
    while isinstance(inner, exp.Paren | exp.Neg):
        inner = inner.this
    is_text = cast.to.this in (exp.DType.TEXT, exp.DType.VARCHAR) or cast.to.this == exp.DType.ARRAY
    return isinstance(inner, exp.Literal) or (is_text and isinstance(inner, exp.Column | exp.Array))


@lru_cache(maxsize=1024)
def type_form(text: str) -> str:
    """Return the normal form of a type's name: that of `VARCHAR(9)` and of `character varying(9)` is the same."""
    name = re.sub(r"\s*([(),])\s*", r"\1", " ".join(text.lower().split()))
    for long, short in _SYNONYMS:
        name = re.sub(rf"\b{re.escape(long)}\b" if not long.startswith(" ") else re.escape(long), short, name)
    name = re.sub(r"\)without time zone\b", ")", name)
    name = re.sub(r"\)(?=with time zone\b)", ") ", name)
    # MariaDB shows a display width, which is no part of the type; `int` without one stays: only INTEGER is the type of
    # a key that SQLite numbers itself
    name = re.sub(r"\bint\(\d+\)", "integer", name)
    return re.sub(r"\b(big|small|medium)int\(\d+\)", r"\1int", name)
