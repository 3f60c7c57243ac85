"""One spelling for each expression, so that what we wrote and what an engine made of it can be compared."""

import re
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

DIALECTS = {"postgresql": "postgres", "mariadb": "mysql"}  # where sqlglot has another name for it than SQLAlchemy
_SYNONYMS = (
    ("character varying", "varchar"), ("character", "char"), (" without time zone", ""), ("int4", "integer"),
    ("int8", "bigint"), ("int2", "smallint"), ("decimal", "numeric"),
)  # fmt: skip


def same(one: str, other: str, dialect: str) -> bool:
    """Whether two expressions differ in nothing but parentheses, case, and casts of what is of that type already."""
    return one == other or _tree(one, dialect) == _tree(other, dialect)


@lru_cache(maxsize=4096)
def _tree(text: str, dialect: str) -> str:
    try:
        tree: exp.Expr = sqlglot.parse_one(text, dialect=DIALECTS.get(dialect, dialect), into=exp.Condition)
    except SqlglotError:
        return " ".join(text.split())
    for node in reversed(list(tree.walk())):
        bare = _bare(node)
        if node is tree:
            tree = bare
        elif bare is not node:
            node.replace(bare)
    # as a tree: written without its parentheses, `a AND (b OR c)` would be another condition
    return repr(tree)


def _bare(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Identifier) and re.fullmatch(r"[a-z_][a-z0-9_]*", node.name):
        return exp.to_identifier(node.name, quoted=False)
    if isinstance(node, exp.Paren) or (isinstance(node, exp.Cast) and _idle(node)):
        return node.this  # type: ignore[no-any-return]
    if isinstance(node, exp.Length) or is_octets(node):
        return exp.Length(this=node.this if isinstance(node, exp.Length) else node.expressions[0])
    if isinstance(node, exp.Trim):
        node.set("position", None)
    if isinstance(node, exp.Literal) and re.fullmatch(r"-\d+(\.\d+)?", node.name):
        return exp.Neg(this=exp.Literal.number(node.name[1:]))  # PostgreSQL shows a negative number as a text
    if isinstance(node, exp.EQ) and isinstance(node.expression, exp.Any):
        array = node.expression.find(exp.Array)
        return _bare(exp.In(this=node.this, expressions=list(array.expressions))) if array else node
    if isinstance(node, exp.In) and len(node.expressions) == 1 and not node.args.get("query"):
        return exp.EQ(this=node.this, expression=node.expressions[0])
    return node


def is_octets(node: exp.Expr) -> bool:
    """Whether it is MariaDB's word for `length`."""
    return isinstance(node, exp.Anonymous) and node.name.lower() == "octet_length"


def _idle(cast: exp.Cast) -> bool:
    """Whether it casts a literal, or a text to a text."""
    inner = cast.this
    while isinstance(inner, exp.Paren | exp.Neg):
        inner = inner.this
    texts = cast.to.this in (exp.DType.TEXT, exp.DType.VARCHAR) or cast.to.this == exp.DType.ARRAY
    return isinstance(inner, exp.Literal) or (texts and isinstance(inner, exp.Column | exp.Array))


@lru_cache(maxsize=1024)
def spelled_type(text: str) -> str:
    """Return a type's name in one spelling: `VARCHAR(9)` and `character varying(9)` are one."""
    name = re.sub(r"\s*([(),])\s*", r"\1", " ".join(text.lower().split()))
    for long, short in _SYNONYMS:
        name = re.sub(rf"\b{re.escape(long)}\b" if not long.startswith(" ") else re.escape(long), short, name)
    # how wide to print it is no part of a type; a bare INT is another than INTEGER to SQLite
    name = re.sub(r"\bint\(\d+\)", "integer", name)
    return re.sub(r"\b(big|small|medium)int\(\d+\)", r"\1int", name)
