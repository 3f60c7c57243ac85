"""Read from the policies of a database which column they compare with which setting of the session."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

_SETTING = re.compile(r"current_setting\(\s*(?:CAST\()?'([A-Za-z_]\w*(?:\.\w+)+)'", re.IGNORECASE)
_JSON_KEY = re.compile(r"->>\s*(?:CAST\()?'(\w+)'", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SettingComparison:
    """A column that policies compare with a setting; `key` is the member of its JSON value, empty for a plain value."""

    column: str
    setting: str
    key: str = ""


def compared_setting(policies: Iterable[str], routines: Mapping[str, str]) -> SettingComparison | None:
    """Return the comparison that most policies contain, None if no policy compares a column with a setting.

    `policies` are conditions, `routines` maps the name of a function to its definition: a policy may call a function
    that reads the setting. In a tie, any column wins over `id`, which the policy of the table of tenants compares. The
    columns of a subquery are those of another table: they count if nothing else is compared.
    """
    texts = tuple(policies)
    for in_subqueries in (False, True):
        comparisons = (dict.fromkeys(_comparisons(text, routines, in_subqueries=in_subqueries)) for text in texts)
        if found := Counter(one for each in comparisons for one in each):
            return max(found, key=lambda one: (found[one], one.column != "id"))
    return None


def _comparisons(text: str, routines: Mapping[str, str], *, in_subqueries: bool) -> Iterator[SettingComparison]:
    try:
        tree = sqlglot.parse_one(text, dialect="postgres")
    except SqlglotError:
        return
    for equality in tree.find_all(exp.EQ):
        if (equality.find_ancestor(exp.Select) is not None) != in_subqueries:
            continue
        for side, other in ((equality.left, equality.right), (equality.right, equality.left)):
            column = _column(side)
            source = _with_bodies(other, routines)
            setting = _SETTING.search(source)
            if column and setting:
                key = _JSON_KEY.search(source)
                yield SettingComparison(column, setting[1], key[1] if key else "")


def _column(node: exp.Expr) -> str:
    while isinstance(node, exp.Paren | exp.Cast):
        node = node.this
    return node.name if isinstance(node, exp.Column) else ""


def _with_bodies(node: exp.Expr, routines: Mapping[str, str]) -> str:
    """Return the SQL of an expression, with the definitions of the functions that it calls."""
    text = node.sql(dialect="postgres")
    called = {name.lower() for name in re.findall(r"(\w+)\s*\(", text)}
    return " ".join((text, *(body for name, body in routines.items() if name in called)))
