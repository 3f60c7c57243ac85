"""Check relationships: their targets exist, their roles differ, and a first row can be inserted."""

from collections.abc import Iterator

from langgraph_dba.database.requirements.attribute_problems import attribute_problems
from langgraph_dba.database.requirements.model import Relationship, Requirements
from langgraph_dba.database.requirements.problems import problem_at, repeated
from langgraph_dba.database.requirements.yaml_text import Path
from langgraph_dba.findings import Finding, suggestion

# the limit of `Name` in model.py, which does not check names that are derived
_LONGEST = 48


def relationship_problems(requirements: Requirements) -> Iterator[Finding]:
    """Yield the problems of the relationships."""
    names = {entity.name for entity in requirements.entities}
    for number, link in enumerate(requirements.relationships):
        path: Path = ("relationships", number)
        for key, name in (("from", link.source), ("to", link.target)):
            if name not in names:
                message = f"'{name}' is no entity: {suggestion(name, names)}"
                yield problem_at((*path, key), "unknown-entity", message)
        yield from (_many_problems if link.kind == "many-to-many" else _single_problems)(requirements, link, path)
    yield from _role_problems(requirements)
    yield from _circle_problems(requirements)


def _single_problems(requirements: Requirements, link: Relationship, path: Path) -> Iterator[Finding]:
    if link.on_delete == "set-null" and link.required:
        message = f"'{link.role}' of '{link.source}' is required and cannot be NULL: add `required: false`"
        yield problem_at((*path, "on_delete"), "set-null-required", f"{message}, or use restrict or cascade")
    if link.source == link.target and link.required:
        message = f"each {link.source} would need another one before it: add `required: false`"
        yield problem_at(path, "required-circle", message)
    for key in ("via", "attributes"):
        if getattr(link, key):
            message = f"'{key}' is for many-to-many: remove it, or change `kind`"
            yield problem_at((*path, key), "misplaced-key", message)
    yield from _shared_problems(requirements, link, path)


def _shared_problems(requirements: Requirements, link: Relationship, path: Path) -> Iterator[Finding]:
    tenancy = requirements.tenancy
    if tenancy.model == "none" or tenancy.entity is None:
        return
    shared = {entity.name for entity in requirements.entities if entity.shared} | {tenancy.entity}
    if link.source not in shared or link.target in shared:
        return
    if link.source == tenancy.entity:
        message = f"'{link.source}' is the tenant and cannot refer to '{link.target}', which belongs to one"
        yield problem_at(
            path, "shared-to-tenant", f"{message}: swap `from` and `to`, or add `shared: true` to '{link.target}'"
        )
    else:
        message = f"'{link.source}' is shared by all tenants and cannot refer to '{link.target}', which belongs to one"
        yield problem_at(
            path, "shared-to-tenant", f"{message}: remove `shared: true` from the first, or add it to the second"
        )


def _many_problems(requirements: Requirements, link: Relationship, path: Path) -> Iterator[Finding]:
    connection = link.via or f"{link.source}_{link.target}"
    if len(connection) > _LONGEST:
        message = (
            f"the connection would be called '{connection}', longer than {_LONGEST} characters: add a short `via:`"
        )
        yield problem_at(path, "long-name", message)
    if any(entity.name == link.via for entity in requirements.entities):
        # an entity as connection has its two references itself: the design adds no table for it
        own = {other.target for other in requirements.relationships if other.source == link.via}
        missing = sorted({link.source, link.target} - own)
        if missing:
            message = f"'{link.via}' connects the two, but has no relationship to {' and '.join(missing)}: add it"
            yield problem_at((*path, "via"), "unconnected", message)
    # the columns of the two sides come first: an attribute of the same name would be a duplicate too
    taken = [f"{link.source}_id", f"{link.role}_id"]
    names = [attribute.name for attribute in link.attributes]
    for number in (position - len(taken) for position in repeated([*taken, *names]) if position >= len(taken)):
        message = f"'{link.attributes[number].name}' is listed twice: remove one"
        yield problem_at((*path, "attributes", number, "name"), "duplicate-attribute", message)
    for number, attribute in enumerate(link.attributes):
        yield from attribute_problems(attribute, (*path, "attributes", number))


def _role_problems(requirements: Requirements) -> Iterator[Finding]:
    links = [(n, link) for n, link in enumerate(requirements.relationships) if link.kind != "many-to-many"]
    for position in repeated(f"{link.source}.{link.role}" for _, link in links):
        number, link = links[position]
        message = (
            f"'{link.source}' has '{link.role}' twice: distinguish them with `name:`, such as 'second_{link.role}'"
        )
        yield problem_at(("relationships", number), "duplicate-role", message)


def _circle_problems(requirements: Requirements) -> Iterator[Finding]:
    """Yield a problem for a circle of required relationships: none of its entities can have a first row."""
    needs: dict[str, set[str]] = {entity.name: set() for entity in requirements.entities}
    for link in requirements.relationships:
        if link.kind != "many-to-many" and link.required and link.source in needs and link.target != link.source:
            needs[link.source].add(link.target)
    free = _creatable(needs)
    if len(free) < len(needs):
        circle = ", ".join(sorted(needs.keys() - free))
        inside = [
            n
            for n, link in enumerate(requirements.relationships)
            if link.required and {link.source, link.target} <= needs.keys() - free
        ]
        message = f"each of {circle} requires another to exist first: add `required: false` to one of these"
        yield problem_at(("relationships", inside[0]) if inside else ("relationships",), "required-circle", message)


def _creatable(needs: dict[str, set[str]]) -> set[str]:
    """Return the entities that can be created in some order, each after those that it requires."""
    created: set[str] = set()
    while ready := {name for name in needs.keys() - created if needs[name] & needs.keys() <= created}:
        created |= ready
    return created
