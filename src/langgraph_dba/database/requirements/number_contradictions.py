"""Find bounds, orders and states of business rules that no row can meet together."""

from collections.abc import Iterator
from itertools import combinations

from langgraph_dba.database.requirements.business_rules import (
    AnyRule,
    Comparison,
    Count,
    Holds,
    Membership,
    Presence,
    States,
    Test,
    Total,
    entity_of,
)
from langgraph_dba.database.requirements.counted_entity import counting_end, tests_of_counting
from langgraph_dba.database.requirements.model import Requirements
from langgraph_dba.database.requirements.paths import PathEnd, follow

Contradiction = tuple[AnyRule, str]
# operator -> those that no pair of values meets beside it
_EXCLUDED = {
    "before": {"after", "not-before", "is"},
    "after": {"before", "not-after", "is"},
    "not-before": {"before"},
    "not-after": {"after"},
    "less-than": {"more-than", "at-least", "is"},
    "more-than": {"less-than", "at-most", "is"},
    "at-least": {"less-than"},
    "at-most": {"more-than"},
    "is": {"before", "after", "less-than", "more-than", "is-not"},
    "is-not": {"is"},
}
_EXCHANGED = {
    "before": "after", "after": "before", "not-before": "not-after", "not-after": "not-before",
    "less-than": "more-than", "more-than": "less-than", "at-least": "at-most", "at-most": "at-least",
}  # fmt: skip


def number_contradictions(requirements: Requirements) -> Iterator[Contradiction]:
    """Yield each rule that leaves no row, or no first state, together with itself or an earlier rule."""
    yield from _bounds(requirements)
    yield from _orders(requirements)
    yield from _starts(requirements)
    yield from _first_states(requirements)


def _bounds(requirements: Requirements) -> Iterator[Contradiction]:
    bounds = [rule for rule in requirements.rules if isinstance(rule, Count | Total)]
    for position, rule in enumerate(bounds):
        for other in bounds[: position + 1]:
            if _scope(other) != _scope(rule):
                continue
            (least, most), (other_least, other_most) = _interval(rule), _interval(other)
            place = "" if other is rule else f" in the rule '{other.id}'"
            # the bound of the other rule is shown last
            if least is not None and other_most is not None and least > other_most:
                yield rule, f"the number is at least {least:g}, and at most {other_most:g}{place}"
            elif other is not rule and most is not None and other_least is not None and other_least > most:
                yield rule, f"the number is at most {most:g}, and at least {other_least:g}{place}"


def _scope(rule: Count | Total) -> tuple[object, ...]:
    return rule.form, rule.of, rule.per, rule.where, rule.once


def _interval(rule: Count | Total) -> tuple[float | None, float | None]:
    """Return the least and the greatest number that a rule allows, as far as they are values."""
    if isinstance(rule, Count):
        return rule.at_least, rule.at_most if isinstance(rule.at_most, int) else None
    value = None if isinstance(rule.than, str) else rule.than
    return (value if rule.op != "at-most" else None, value if rule.op != "at-least" else None)


def _orders(requirements: Requirements) -> Iterator[Contradiction]:
    """Yield a test that excludes another one, or the declared order, of the same two values in every row."""
    tests: list[tuple[str, Holds | None, Comparison]] = [
        (entity.name, None, Comparison(left=one.name, op="not-before", right=one.after))
        for entity in requirements.entities
        for one in entity.attributes
        if one.after
    ]
    for rule in requirements.rules:
        if isinstance(rule, Holds) and not rule.if_:
            tests += [(rule.of, rule, test) for test in rule.that if isinstance(test, Comparison) and not test.plus]
    for (entity, earlier, one), (of, later_rule, test) in combinations(tests, 2):
        if later_rule and entity == of and _exclude(one, test):
            place = "" if earlier is later_rule else f" in the rule '{earlier.id}'" if earlier else " as it is declared"
            yield later_rule, f"{_shown(test)}, and {_shown(one)}{place}"


def _exclude(one: Comparison, other: Comparison) -> bool:
    if (one.left, one.right) == (other.left, other.right):
        return other.op in _EXCLUDED[one.op]
    is_exchanged = (one.left, one.right) == (other.right, other.left)
    return is_exchanged and _EXCHANGED.get(other.op, other.op) in _EXCLUDED[one.op]


def _shown(test: Comparison) -> str:
    text = "equal to" if test.op == "is" else "not" if test.op == "is-not" else test.op.replace("-", " ")
    return f"'{test.left}' is {text} '{test.right}'"


def _starts(requirements: Requirements) -> Iterator[Contradiction]:
    states: dict[str, States] = {}
    for rule in requirements.rules:
        if isinstance(rule, States):
            other = states.setdefault(rule.of, rule)
            if set(other.start) != set(rule.start):
                starts = ", ".join(rule.start), ", ".join(other.start)
                yield rule, f"'{rule.of}' begins as {starts[0]}, and as {starts[1]} in the rule '{other.id}'"


def _first_states(requirements: Requirements) -> Iterator[Contradiction]:
    """Yield a bound that needs rows in a state in which every row begins: none refers to it yet."""
    starts = {rule.of: rule for rule in requirements.rules if isinstance(rule, States)}
    for rule in requirements.rules:
        if not isinstance(rule, Count | Total) or not _needs_rows(rule):
            continue
        end = counting_end(requirements, rule)
        tests = tests_of_counting(rule, end) if end else ()
        if end and tests and all(_holds_always(requirements, end.target, test) for test in tests):
            yield rule, f"each '{end.target}' is in this state when it is created, and none refers to it yet"
            continue
        for test in tests if len(tests) == 1 else ():
            path, values = _values(test)
            states = starts.get(f"{end.target}.{path}") if end else None
            if states and set(states.start) <= values:
                yield (
                    rule,
                    (
                        f"a '{states.of.partition('.')[0]}' begins in this state by the rule '{states.id}', before a "
                        f"'{entity_of(rule)}' refers to it"
                    ),
                )


def _holds_always(requirements: Requirements, entity: str, test: Test) -> bool:
    """Return whether each row meets a test, because its attribute is required, or all choices are named."""
    if isinstance(test, Comparison):
        return False
    end = follow(requirements, entity, test.attribute)
    attribute = end.attribute if isinstance(end, PathEnd) else None
    if attribute is None or not attribute.required:
        return False
    if isinstance(test, Presence):
        return test.is_ == "present"
    return bool(attribute.choices) and set(attribute.choices) <= set(test.in_)


def _needs_rows(rule: Count | Total) -> bool:
    least, most = _interval(rule)
    return (least is not None and least > 0) or (most is not None and most < 0)


def _values(test: Test) -> tuple[str, set[str]]:
    """Return an attribute and the values that it must be one of; no values if the test is another one."""
    if isinstance(test, Membership):
        return test.attribute, set(test.in_)
    if isinstance(test, Comparison) and test.op == "is":
        return test.left, {str(test.right)}
    return "", set()
