"""Functional dependencies: closure, candidate keys, normal forms, the chase, and Armstrong relations; pure functions.

Sources: Armstrong (1974) for the axioms behind closure; Aho, Beeri and Ullman (1979) for the chase as a test of
lossless joins; Beeri, Dowd, Fagin and Statman (1984) for relations that satisfy exactly the closure of a set.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from langgraph_dba.database.model.schema import FunctionalDependency, Table

Attributes = frozenset[str]
_SMALL = 3  # agree sets are built from determinants of up to this size


@dataclass(frozen=True, slots=True)
class Violation:
    """A dependency that violates a normal form: its determinant is not a superkey of the table."""

    table: str
    dependency: FunctionalDependency
    form: str  # the lowest normal form that it violates: 2NF, 3NF or BCNF


def dependencies_of(table: Table) -> tuple[FunctionalDependency, ...]:
    """Return the dependencies of a table: those that its keys imply, and the declared ones."""
    names = table.column_names
    keys = (FunctionalDependency(given=key, determines=tuple(c for c in names if c not in key)) for key in table.keys)
    return tuple(d for d in (*keys, *table.dependencies) if d.determines)


def closure(attributes: Iterable[str], dependencies: Sequence[FunctionalDependency]) -> Attributes:
    """Return all attributes that `attributes` determine, themselves included."""
    determined = set(attributes)
    changed = True
    while changed:
        changed = False
        for dependency in dependencies:
            if determined.issuperset(dependency.given) and not determined.issuperset(dependency.determines):
                determined.update(dependency.determines)
                changed = True
    return frozenset(determined)


def candidate_keys(attributes: Sequence[str], dependencies: Sequence[FunctionalDependency]) -> tuple[Attributes, ...]:
    """Return the minimal sets that determine all attributes, smallest first."""
    everything = frozenset(attributes)
    # an attribute that no dependency determines is part of every key; one that determines nothing is part of none
    needed = everything - {a for d in dependencies for a in d.determines}
    rest = sorted({a for d in dependencies for a in d.given} - needed)
    keys: list[Attributes] = []
    for size in range(len(rest) + 1):
        for extra in combinations(rest, size):
            candidate = needed | frozenset(extra)
            if not any(key <= candidate for key in keys) and closure(candidate, dependencies) >= everything:
                keys.append(candidate)
    return tuple(keys)


def violations(table: Table) -> tuple[Violation, ...]:
    """Return the dependencies that violate BCNF, each with the lowest normal form that it violates."""
    dependencies = dependencies_of(table)
    keys = candidate_keys(table.column_names, dependencies)
    prime = frozenset().union(*keys) if keys else frozenset[str]()
    result = []
    for dependency in table.dependencies:
        extra = frozenset(dependency.determines) - frozenset(dependency.given)
        if not extra or closure(dependency.given, dependencies) >= frozenset(table.column_names):
            continue
        is_partial = any(frozenset(dependency.given) < key for key in keys)
        form = "BCNF" if extra <= prime else "2NF" if is_partial else "3NF"
        result.append(Violation(table.name, dependency, form))
    return tuple(result)


def joins_without_loss(fragments: Sequence[Iterable[str]], dependencies: Sequence[FunctionalDependency]) -> bool:
    """Return whether joining `fragments` of a relation results in the original relation, by the chase.

    The tableau has one row per fragment. A cell is 0 if the fragment has the attribute, otherwise a number of its own.
    """
    parts = [frozenset(fragment) for fragment in fragments]
    attributes = sorted(frozenset().union(*parts))
    tableau = [{a: 0 if a in part else number for a in attributes} for number, part in enumerate(parts, 1)]
    changed = True
    while changed:
        changed = sum(_equate(tableau, dependency) for dependency in dependencies) > 0
    # the join is lossless if a row consists of distinguished symbols (0) only
    return any(not any(row.values()) for row in tableau)


def _equate(tableau: list[dict[str, int]], dependency: FunctionalDependency) -> bool:
    """Make rows equal in the determined attributes if they are equal in the determinant; return whether one changed."""
    changed = False
    for one, other in combinations(tableau, 2):
        if any(one.get(a) != other.get(a) for a in dependency.given):
            continue
        for attribute in dependency.determines:
            low, high = sorted((one[attribute], other[attribute]))
            if low != high:
                changed = True
                for row in tableau:
                    if row[attribute] == high:
                        row[attribute] = low
    return changed


def armstrong_relation(
    attributes: Sequence[str], dependencies: Sequence[FunctionalDependency]
) -> list[tuple[int, ...]]:
    """Return rows that satisfy all dependencies implied by the declared ones, and violate all small ones that are not.

    For each closed set, one row agrees with the first row on exactly that set. The sets are the closures of up to three
    attributes, so the rows violate every undeclared dependency with at most three attributes in its determinant.
    """
    rows = [tuple(0 for _ in attributes)]
    agreeing: set[Attributes] = set()
    for size in range(min(_SMALL, len(attributes)) + 1):
        agreeing.update(closure(given, dependencies) for given in combinations(attributes, size))
    for number, agree in enumerate(sorted(agreeing - {frozenset(attributes)}, key=sorted), 1):
        rows.append(tuple(0 if a in agree else number for a in attributes))
    return rows
