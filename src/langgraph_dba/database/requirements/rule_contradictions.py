"""Find business rules that cannot hold together; the message names both places."""

from collections.abc import Iterator

from langgraph_dba.database.requirements.business_rules import AnyRule, Free, Keep, OnlyOne
from langgraph_dba.database.requirements.model import Requirements
from langgraph_dba.database.requirements.number_contradictions import number_contradictions
from langgraph_dba.database.requirements.problems import problem_at
from langgraph_dba.findings import Finding

_DAYS = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1.0, "month": 30.4, "year": 365.2}


def contradictions(requirements: Requirements) -> Iterator[Finding]:
    """Yield a problem for each rule that contradicts an attribute or an earlier rule."""
    numbers = {id(rule): number for number, rule in enumerate(requirements.rules)}
    found = (*_freedoms(requirements), *_deadlines(requirements), *number_contradictions(requirements))
    for rule, message in found:
        text = f"rule '{rule.id}': {message}: ask which of the two holds, and remove the other"
        yield problem_at(("rules", numbers[id(rule)]), "contradiction", text)


def _freedoms(requirements: Requirements) -> Iterator[tuple[AnyRule, str]]:
    """Yield what says that something may repeat or be absent, and what says that it may not."""
    free = {(rule.what, rule.may): rule for rule in requirements.rules if isinstance(rule, Free)}
    for rule in free.values():
        entity, _, name = rule.what.partition(".")
        owner = next((one for one in requirements.entities if one.name == entity), None)
        attribute = next((one for one in owner.attributes if one.name == name), None) if owner else None
        if attribute and rule.may == "repeat" and (attribute.unique or (name,) in (owner.unique if owner else ())):
            yield rule, f"'{rule.what}' is declared unique"
        if attribute and rule.may == "be-absent" and attribute.required:
            yield rule, f"'{rule.what}' is declared required"
    for one in requirements.rules:
        if isinstance(one, OnlyOne) and len(one.per) == 1 and not one.where:
            other = free.get((f"{one.of}.{one.per[0]}", "repeat"))
            if other:
                yield one, f"the rule '{other.id}' says that {other.what} may repeat"


def _deadlines(requirements: Requirements) -> Iterator[tuple[AnyRule, str]]:
    """Yield spans of keeping that exclude each other, within one rule and between two."""
    kept: dict[tuple[str, tuple[str, ...]], list[Keep]] = {}
    for rule in requirements.rules:
        if not isinstance(rule, Keep):
            continue
        earlier = kept.setdefault((rule.what, rule.attributes), [])
        for other in (*earlier, rule):
            place = "" if other is rule else f" in the rule '{other.id}'"
            for least, most in ((other.at_least, rule.at_most), (rule.at_least, other.at_most)):
                if least and most and _days(least) > _days(most):
                    yield rule, f"'{rule.what}' is kept at least {least} and at most {most}{place}"
                    break
            if other is not rule and rule.at_most and other.at_most and _days(rule.at_most) != _days(other.at_most):
                yield rule, f"'{rule.what}' is kept at most {rule.at_most} here and {other.at_most}{place}"
        earlier.append(rule)


def _days(span: str) -> float:
    number, unit = span.split()
    return int(number) * _DAYS[unit.removesuffix("s")]
