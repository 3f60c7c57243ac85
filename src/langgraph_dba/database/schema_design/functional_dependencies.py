"""Functional dependencies: closure, superkeys, normal forms, the chase, and an Armstrong relation. Pure.

Sources: Armstrong (1974) for the axioms behind closure; Aho, Beeri and Ullman (1979) for the chase as a test of
lossless joins; Beeri, Dowd, Fagin and Statman (1984) for relations that satisfy exactly the closure of a set.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from langgraph_dba.database.model.schema import Dependency, Table

Attributes = frozenset[str]
_SMALL = 3  # agree sets are built from determinants of up to this size


@dataclass(frozen=True, slots=True)
class Violation:
    """A dependency that breaks a normal form: its determinant is no key of the table."""

    table: str
    dependency: Dependency
    form: str  # the lowest form it breaks: 2NF, 3NF or BCNF


def dependencies_of(table: Table) -> tuple[Dependency, ...]:
    """Return every dependency a table declares: each key determines all columns, and those recorded beside."""
    names = table.column_names
    keys = (Dependency(given=key, determines=tuple(c for c in names if c not in key)) for key in table.keys)
    return tuple(d for d in (*keys, *table.dependencies) if d.determines)


def closure(attributes: Iterable[str], dependencies: Sequence[Dependency]) -> Attributes:
    """Return everything that `attributes` determine."""
    known = set(attributes)
    grew = True
    while grew:
        grew = False
        for dependency in dependencies:
            if known.issuperset(dependency.given) and not known.issuperset(dependency.determines):
                known.update(dependency.determines)
                grew = True
    return frozenset(known)


def candidate_keys(attributes: Sequence[str], dependencies: Sequence[Dependency]) -> tuple[Attributes, ...]:
    """Return the minimal sets that determine all attributes, smallest first."""
    everything = frozenset(attributes)
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
    """Return the dependencies that keep a table out of BCNF, each with the lowest form it breaks."""
    dependencies = dependencies_of(table)
    keys = candidate_keys(table.column_names, dependencies)
    prime = frozenset().union(*keys) if keys else frozenset[str]()
    found = []
    for dependency in table.dependencies:
        extra = frozenset(dependency.determines) - frozenset(dependency.given)
        if not extra or closure(dependency.given, dependencies) >= frozenset(table.column_names):
            continue
        partial = any(frozenset(dependency.given) < key for key in keys)
        form = "BCNF" if extra <= prime else "2NF" if partial else "3NF"
        found.append(Violation(table.name, dependency, form))
    return tuple(found)


def joins_without_loss(fragments: Sequence[Iterable[str]], dependencies: Sequence[Dependency]) -> bool:
    """Whether rejoining `fragments` of a relation gives back exactly the relation, by the chase.

    A tableau has one row a fragment; a cell is 0 where the row knows the attribute, else a number of its own.
    """
    parts = [frozenset(fragment) for fragment in fragments]
    attributes = sorted(frozenset().union(*parts))
    tableau = [{a: 0 if a in part else number for a in attributes} for number, part in enumerate(parts, 1)]
    changed = True
    while changed:
        changed = sum(_equate(tableau, dependency) for dependency in dependencies) > 0
    return any(not any(row.values()) for row in tableau)


def _equate(tableau: list[dict[str, int]], dependency: Dependency) -> bool:
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


def armstrong_relation(attributes: Sequence[str], dependencies: Sequence[Dependency]) -> list[tuple[int, ...]]:
    """Return rows that satisfy every dependency implied by the declared ones, and falsify every small one that is not.

    For each closed set, one row agrees with the base row on exactly that set. Sets of up to three attributes are
    closed; that falsifies every undeclared dependency with at most three attributes on its left.
    """
    rows = [tuple(0 for _ in attributes)]
    agreeing: set[Attributes] = set()
    for size in range(min(_SMALL, len(attributes)) + 1):
        agreeing.update(closure(given, dependencies) for given in combinations(attributes, size))
    for number, agree in enumerate(sorted(agreeing - {frozenset(attributes)}, key=sorted), 1):
        rows.append(tuple(0 if a in agree else number for a in attributes))
    return rows
