"""Check that the parts of requirements are consistent: names that refer to each other, tenancy, workload."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from langgraph_dba.database.requirements.attribute_problems import attribute_problems
from langgraph_dba.database.requirements.model import Access, Attribute, Entity, Requirements
from langgraph_dba.database.requirements.paths import ADDED, connections
from langgraph_dba.database.requirements.problems import located, problem_at, repeated
from langgraph_dba.database.requirements.relationship_problems import relationship_problems
from langgraph_dba.database.requirements.reserved import is_reserved
from langgraph_dba.database.requirements.rule_problems import rule_problems
from langgraph_dba.database.requirements.table_problems import table_problems
from langgraph_dba.database.requirements.yaml_text import Path
from langgraph_dba.findings import Finding, suggestion

_COMPARABLE = frozenset(
    {"integer", "decimal", "money", "float", "date", "time", "instant", "local-datetime", "duration"}
)
# columns that the design adds: an access may filter and sort by them
_EVERY_TABLE_HAS = frozenset(ADDED)


def check_consistency(
    requirements: Requirements, *, lines: Mapping[Path, int] | None = None, file: str = ""
) -> tuple[Finding, ...]:
    """Return all problems in the order of the file; `lines` maps the path of each part to its line."""
    return tuple(located(all_problems(requirements), file, lambda path: _line(path, lines or {})))


def _line(path: Path, lines: Mapping[Path, int]) -> int:
    # a missing key has no line: use that of the part that lacks it
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 0)


def all_problems(requirements: Requirements) -> Iterator[Finding]:
    """Yield every problem with the path of its part."""
    for number in repeated(entity.name for entity in requirements.entities):
        name = requirements.entities[number].name
        yield problem_at(
            ("entities", number, "name"), "duplicate-entity", f"a second entity has the name '{name}': merge the two"
        )
    for number, entity in enumerate(requirements.entities):
        yield from _entity_problems(requirements, entity, ("entities", number))
    yield from relationship_problems(requirements)
    yield from table_problems(requirements)
    yield from _tenancy_problems(requirements)
    yield from rule_problems(requirements)
    yield from _scale_problems(requirements)
    yield from _workload_problems(requirements)


def _entity_problems(requirements: Requirements, entity: Entity, path: Path) -> Iterator[Finding]:
    if entity.plural and is_reserved(entity.plural):
        yield problem_at(
            (*path, "plural"), "reserved-name", f"'{entity.plural}' is a reserved word of SQL: use another plural"
        )
    roles = {link.role for link in requirements.relationships if link.source == entity.name}
    yield from attribute_list_problems(entity.attributes, entity.name, (*path, "attributes"))
    known = {a.name for a in entity.attributes} | roles | _tenant_role(requirements)
    for number, group in enumerate(entity.unique):
        if not group:
            yield problem_at((*path, "unique", number), "empty-unique", "list the attributes that are unique together")
        yield from _unknown(group, known, entity.name, (*path, "unique", number))
    for number, dependency in enumerate(entity.dependencies):
        for side in ("given", "determines"):
            names = getattr(dependency, side)
            yield from _unknown(names, known, entity.name, (*path, "dependencies", number, side))


def attribute_list_problems(attributes: Sequence[Attribute], owner: str, path: Path) -> Iterator[Finding]:
    """Yield the problems of the attributes of `owner`, an entity or a relationship."""
    for number in repeated(attribute.name for attribute in attributes):
        message = f"'{owner}' has '{attributes[number].name}' twice: remove one"
        yield problem_at((*path, number, "name"), "duplicate-attribute", message)
    for number, attribute in enumerate(attributes):
        yield from attribute_problems(attribute, (*path, number))
        yield from _order_problems(attribute, attributes, owner, (*path, number, "after"))


def _order_problems(attribute: Attribute, attributes: Sequence[Attribute], owner: str, path: Path) -> Iterator[Finding]:
    if attribute.after is None:
        return
    others = {other.name: other for other in attributes if other.name != attribute.name}
    first = others.get(attribute.after)
    if first is None:
        hint = suggestion(attribute.after, others)
        yield problem_at(path, "unknown-attribute", f"'{attribute.after}' is no other attribute of '{owner}': {hint}")
    elif first.type != attribute.type or attribute.type not in _COMPARABLE:
        message = f"'{attribute.name}' ({attribute.type}) cannot come after '{first.name}' ({first.type})"
        yield problem_at(path, "uncomparable", f"{message}: give both the same date, time or number type")


def _unknown(names: Iterable[str], known: Collection[str], owner: str, path: Path) -> Iterator[Finding]:
    for number, name in enumerate(names):
        if name not in known:
            hint = suggestion(name, known)
            message = f"'{name}' is neither an attribute nor a relationship of '{owner}': {hint}"
            yield problem_at((*path, number), "unknown-attribute", message)


def _tenant_role(requirements: Requirements) -> set[str]:
    tenancy = requirements.tenancy
    return {tenancy.entity} if tenancy.entity and tenancy.model != "none" else set()


def _tenancy_problems(requirements: Requirements) -> Iterator[Finding]:
    tenancy, names = requirements.tenancy, {entity.name for entity in requirements.entities}
    if tenancy.entity is not None and tenancy.entity not in names:
        message = f"'{tenancy.entity}' is no entity: {suggestion(tenancy.entity, names)}"
        yield problem_at(("tenancy", "entity"), "unknown-entity", message)
    if tenancy.model != "none" and tenancy.entity is None:
        message = (
            f"tenancy is {tenancy.model} without an entity: add `entity:` with the name of the entity that is a tenant"
        )
        yield problem_at(("tenancy",), "no-tenant", message)


def _scale_problems(requirements: Requirements) -> Iterator[Finding]:
    names = {entity.name for entity in requirements.entities} | connections(requirements).keys()
    for name in requirements.scale.rows:
        if name not in names:
            message = f"'{name}' is no entity: {suggestion(name, names)}"
            yield problem_at(("scale", "rows", name), "unknown-entity", message)


def _workload_problems(requirements: Requirements) -> Iterator[Finding]:
    names = {entity.name: _readable(requirements, entity) for entity in requirements.entities}
    for name, link in connections(requirements).items():
        sides = {link.source, link.role, *(attribute.name for attribute in link.attributes)}
        # setdefault: an entity of that name stands for the connection, with its own attributes
        names.setdefault(name, sides | _EVERY_TABLE_HAS)
    for number in repeated(access.name for access in requirements.workload):
        message = f"a second access has the name '{requirements.workload[number].name}': rename one"
        yield problem_at(("workload", number, "name"), "duplicate-access", message)
    for number, access in enumerate(requirements.workload):
        path: Path = ("workload", number)
        if access.entity not in names:
            message = f"'{access.entity}' is no entity: {suggestion(access.entity, names)}"
            yield problem_at((*path, "entity"), "unknown-entity", message)
        else:
            yield from _access_problems(access, names[access.entity], path)


def _readable(requirements: Requirements, entity: Entity) -> set[str]:
    roles = {link.role for link in requirements.relationships if link.source == entity.name}
    return {a.name for a in entity.attributes} | roles | _tenant_role(requirements) | _EVERY_TABLE_HAS


def _access_problems(access: Access, known: Collection[str], path: Path) -> Iterator[Finding]:
    for key in ("filter", "sort", "columns"):
        yield from _unknown(getattr(access, key), known, access.entity, (*path, key))
    if access.range is not None:
        yield from _unknown([access.range], known, access.entity, (*path, "range"))
