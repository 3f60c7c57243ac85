"""Read from the policies of a database which column they compare with which settings of the session."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langgraph_dba.database.reflection.setting_reads import SettingRead, SettingReader, column_name, names_of
from langgraph_dba.database.statements import postgres_grammar
from langgraph_dba.database.statements.postgres_grammar import GrammarError

_EQUALITIES = ("AEXPR_OP", "AEXPR_OP_ANY", "AEXPR_NOT_DISTINCT")
# what NOT makes an equality: the catalogue stores `IS NOT DISTINCT FROM` as `NOT (a IS DISTINCT FROM b)`
_INEQUALITIES = (("AEXPR_OP", "<>"), ("AEXPR_DISTINCT", "="))


@dataclass(frozen=True, slots=True)
class SettingComparison:
    """A column that policies compare with what they read from settings: one, or several that stand for each other."""

    column: str
    reads: tuple[SettingRead, ...]

    def shares(self, other: "SettingComparison") -> bool:
        """Return whether both read one value: a setting, or the same member of a setting."""
        return not set(self.reads).isdisjoint(other.reads)


@dataclass(frozen=True, slots=True)
class ComparedSettings:
    """The comparison that most policies contain, with all reads of its value, and the compared column by table."""

    main: SettingComparison
    columns: Mapping[str, str]


def compared_settings(policies: Mapping[str, Sequence[str]], definitions: Iterable[str]) -> ComparedSettings | None:
    """Return what the policies compare with settings, None if no policy compares a column with a setting.

    `policies` are the conditions by table, `definitions` the CREATE FUNCTION statements of the functions that they may
    call: a function may read the setting. In a tie, any column wins over `id`, which the policy of the table of tenants
    compares. The columns of a subquery are those of another table: they count if nothing else is compared.
    """
    if not any(policies.values()):
        return None
    reader = SettingReader(definitions)
    for in_subqueries in (False, True):
        by_table = {
            table: [dict.fromkeys(_comparisons(text, reader, in_subqueries=in_subqueries)) for text in texts]
            for table, texts in policies.items()
        }
        found = Counter(one for texts in by_table.values() for text in texts for one in text)
        if found:
            chosen = max(found, key=lambda one: (found[one], one.column != "id"))
            same = [one for one in found if one.shares(chosen)]
            reads = dict.fromkeys((*chosen.reads, *(read for one in same for read in one.reads)))
            columns = {} if in_subqueries else dict(_columns(by_table, chosen))
            return ComparedSettings(SettingComparison(chosen.column, _without_plain(reads)), columns)
    return None


def _without_plain(reads: Iterable[SettingRead]) -> tuple[SettingRead, ...]:
    """Return the reads without those of a whole setting of which another read takes a member."""
    every = tuple(reads)
    as_json = {one.setting for one in every if one.path}
    return tuple(one for one in every if one.path or one.setting not in as_json)


def _columns(
    by_table: Mapping[str, Sequence[Iterable[SettingComparison]]], chosen: SettingComparison
) -> Iterator[tuple[str, str]]:
    for table, texts in by_table.items():
        columns = Counter(one.column for text in texts for one in text if one.shares(chosen))
        if columns:
            yield table, max(columns, key=lambda name: (columns[name], name == chosen.column))


def _comparisons(text: str, reader: SettingReader, *, in_subqueries: bool) -> Iterator[SettingComparison]:
    parsed = postgres_grammar.parse(f"SELECT {text}")
    if isinstance(parsed, GrammarError):
        return
    try:
        equalities = list(_equalities(parsed[0].tree, depth=0))
        for equality, depth in equalities:
            sides = equality.get("lexpr"), equality.get("rexpr")
            for side, other in (sides, sides[::-1]):
                column = column_name(side)
                if column and isinstance(other, dict) and (depth > 0) == in_subqueries:
                    reads = reader.reads(other)
                    if reads:
                        yield SettingComparison(column, reads)
    except RecursionError:
        return  # a condition of a thousand levels: nothing is known about it


def _equalities(node: Any, depth: int) -> Iterator[tuple[dict[str, Any], int]]:
    """Yield each comparison by `=`, or by `NOT (a <> b)`, with the number of subqueries around it."""
    if isinstance(node, list):
        for item in node:
            yield from _equalities(item, depth)
    elif isinstance(node, dict):
        expression = node.get("A_Expr")
        if expression and expression.get("kind") in _EQUALITIES and names_of(expression["name"])[-1:] == ("=",):
            yield expression, depth
        negation = node.get("BoolExpr", {})
        if negation.get("boolop") == "NOT_EXPR":
            for one in (part.get("A_Expr", {}) for part in negation["args"]):
                if (one.get("kind"), *names_of(one.get("name", ()))[-1:]) in _INEQUALITIES:
                    yield one, depth
        for name, value in node.items():
            yield from _equalities(value, depth + (name == "SubLink"))
