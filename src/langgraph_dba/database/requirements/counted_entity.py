"""The entity for whose rows a rule counts or sums others, its tests of `once`, and the attribute with the sign."""

from langgraph_dba.database.requirements.business_rules import Comparison, Condition, Count, Test, Total, entity_of
from langgraph_dba.database.requirements.model import Requirements
from langgraph_dba.database.requirements.paths import PathEnd, follow


def counting_end(requirements: Requirements, rule: Count | Total) -> PathEnd | None:
    """Return where the only path of `per` ends that is not the tenant; None if there are several, or it is wrong."""
    tenant = requirements.tenancy.entity if requirements.tenancy.model != "none" else None
    paths = [path for path in rule.per if path != tenant] or list(rule.per)
    end = follow(requirements, entity_of(rule), paths[0]) if len(paths) == 1 else None
    return end if isinstance(end, PathEnd) and end.target else None


def tests_of_counting(rule: Count | Total, end: PathEnd) -> Condition:
    """Return the tests of `once` with paths that begin in the entity at `end`; `bill.status` becomes `status`."""
    prefix = f"{'.'.join((*end.steps, end.name))}."
    return tuple(_without(prefix, test) for test in rule.once)


def signing_attributes(requirements: Requirements, rule: Total) -> list[str]:
    """Return the attributes of the summed rows whose choices are exactly the values of `signed_by`."""
    entity = next((one for one in requirements.entities if one.name == entity_of(rule)), None)
    return [one.name for one in entity.attributes if set(one.choices) == set(rule.signed_by)] if entity else []


def _without(prefix: str, test: Test) -> Test:
    if isinstance(test, Comparison):
        right = test.right.removeprefix(prefix) if isinstance(test.right, str) else test.right
        return test.model_copy(update={"left": test.left.removeprefix(prefix), "right": right})
    return test.model_copy(update={"attribute": test.attribute.removeprefix(prefix)})
