from hypothesis import given
from hypothesis import strategies as st

from langgraph_dba.database.model.schema import Column, ColumnType, FunctionalDependency, Schema, Table
from langgraph_dba.database.schema_design.functional_dependencies import (
    armstrong_relation,
    candidate_keys,
    closure,
    joins_without_loss,
    violations,
)

_names = st.sampled_from("abcde")
_sets = st.sets(_names, min_size=1, max_size=3).map(lambda s: tuple(sorted(s)))
_dependencies = st.lists(st.builds(lambda g, d: FunctionalDependency(given=g, determines=d), _sets, _sets), max_size=5)


def _table(columns: str, key: str, *dependencies: tuple[str, str]) -> Table:
    return Table(
        name="t",
        columns=tuple(Column(name=c, type=ColumnType(name="integer")) for c in columns),
        primary_key=tuple(key),
        dependencies=tuple(FunctionalDependency(given=tuple(g), determines=tuple(d)) for g, d in dependencies),
    )


def _holds(rows: list[tuple[int, ...]], names: str, given_: tuple[str, ...], determined: str) -> bool:
    seen: dict[tuple[int, ...], int] = {}
    at = [names.index(g) for g in given_]
    return all(
        seen.setdefault(tuple(r[i] for i in at), r[names.index(determined)]) == r[names.index(determined)] for r in rows
    )


@given(_sets, _sets, _dependencies)
def test_closure_contains_its_set_grows_with_it_and_is_closed(
    some: tuple[str, ...], more: tuple[str, ...], dependencies: list[FunctionalDependency]
) -> None:
    closed = closure(some, dependencies)

    assert closed >= set(some)
    assert closure(closed, dependencies) == closed
    assert closure({*some, *more}, dependencies) >= closed


@given(_dependencies)
def test_candidate_keys_determine_everything_and_are_minimal(dependencies: list[FunctionalDependency]) -> None:
    keys = candidate_keys("abcde", dependencies)

    assert keys
    for key in keys:
        assert closure(key, dependencies) == set("abcde")
        assert not any(closure(key - {a}, dependencies) == set("abcde") for a in key)


@given(_dependencies, _sets, _names)
def test_an_armstrong_relation_satisfies_implied_dependencies_and_no_other_small_one(
    dependencies: list[FunctionalDependency], given_: tuple[str, ...], determined: str
) -> None:
    rows = armstrong_relation("abcde", dependencies)

    assert _holds(rows, "abcde", given_, determined) == (determined in closure(given_, dependencies))


@given(_dependencies, _sets, _sets)
def test_the_chase_agrees_with_the_textbook_rule_for_two_fragments(
    dependencies: list[FunctionalDependency], first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    """Two fragments join without loss exactly if what they share determines one of them (Rissanen, 1977)."""
    everything = {*first, *second}
    applicable = [d for d in dependencies if {*d.given, *d.determines} <= everything]
    shared = closure(set(first) & set(second), applicable)

    assert joins_without_loss([first, second], applicable) == (shared >= set(first) or shared >= set(second))


def test_a_violation_has_the_lowest_violated_form() -> None:
    assert [v.form for v in violations(_table("abcd", "ab", ("a", "c")))] == ["2NF"]
    assert [v.form for v in violations(_table("abcd", "a", ("b", "c")))] == ["3NF"]
    assert [v.form for v in violations(_table("abc", "ab", ("c", "b")))] == ["BCNF"]
    assert not violations(_table("abc", "a", ("a", "bc")))


def test_designed_tables_are_in_third_normal_form(schema: Schema) -> None:
    assert not [v for table in schema.tables for v in violations(table)]
    assert "tasks_by_zip" in {table.name for table in schema.tables}
