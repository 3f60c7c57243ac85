"""Whether relationships point at what exists, tell their roles apart, and leave a first row possible."""

from collections.abc import Iterator

from langgraph_dba.database.requirements.attribute_flaws import attribute_flaws
from langgraph_dba.database.requirements.model import Relationship, Requirements
from langgraph_dba.database.requirements.problems import problem_at, repeated
from langgraph_dba.database.requirements.yaml_text import Path
from langgraph_dba.findings import Finding, suggestion

_LONGEST = 48


def relationship_flaws(requirements: Requirements) -> Iterator[Finding]:
    """Yield what is wrong with the relationships."""
    names = {entity.name for entity in requirements.entities}
    for number, link in enumerate(requirements.relationships):
        path: Path = ("relationships", number)
        for key, name in (("from", link.source), ("to", link.target)):
            if name not in names:
                message = f"'{name}' is no entity: {suggestion(name, names)}"
                yield problem_at((*path, key), "unknown-entity", message)
        yield from (_many_flaws if link.kind == "many-to-many" else _single_flaws)(requirements, link, path)
    yield from _role_flaws(requirements)
    yield from _circle_flaws(requirements)


def _single_flaws(requirements: Requirements, link: Relationship, path: Path) -> Iterator[Finding]:
    if link.on_delete == "set-null" and link.required:
        message = f"'{link.role}' of '{link.source}' is required and cannot be emptied: add `required: false`"
        yield problem_at((*path, "on_delete"), "set-null-required", f"{message}, or use restrict or cascade")
    if link.source == link.target and link.required:
        message = f"each {link.source} would need another one before it: add `required: false`"
        yield problem_at(path, "required-circle", message)
    for key in ("via", "attributes"):
        if getattr(link, key):
            message = f"'{key}' is for many-to-many: remove it, or change `kind`"
            yield problem_at((*path, key), "misplaced-key", message)
    yield from _shared_flaws(requirements, link, path)


def _shared_flaws(requirements: Requirements, link: Relationship, path: Path) -> Iterator[Finding]:
    tenancy = requirements.tenancy
    if tenancy.model == "none" or tenancy.entity is None:
        return
    shared = {entity.name for entity in requirements.entities if entity.shared} | {tenancy.entity}
    if link.source not in shared or link.target in shared:
        return
    if link.source == tenancy.entity:
        message = f"'{link.source}' is the tenant and cannot point at '{link.target}', which belongs to one"
        yield problem_at(
            path, "shared-to-tenant", f"{message}: exchange `from` and `to`, or give '{link.target}' `shared: true`"
        )
    else:
        message = f"'{link.source}' is shared by all tenants and cannot point at '{link.target}', which belongs to one"
        yield problem_at(
            path, "shared-to-tenant", f"{message}: take `shared: true` from the first, or give it to the second"
        )


def _many_flaws(requirements: Requirements, link: Relationship, path: Path) -> Iterator[Finding]:
    connection = link.via or f"{link.source}_{link.target}"
    if len(connection) > _LONGEST:
        message = f"the connection would be called '{connection}', longer than {_LONGEST} letters: add a short `via:`"
        yield problem_at(path, "long-name", message)
    if any(entity.name == link.via for entity in requirements.entities):
        own = {other.target for other in requirements.relationships if other.source == link.via}
        missing = sorted({link.source, link.target} - own)
        if missing:
            message = f"'{link.via}' connects the two, but has no relationship to {' and '.join(missing)}: add it"
            yield problem_at((*path, "via"), "unconnected", message)
    taken = [f"{link.source}_id", f"{link.role}_id"]
    names = [attribute.name for attribute in link.attributes]
    for number in (place - len(taken) for place in repeated([*taken, *names]) if place >= len(taken)):
        message = f"'{link.attributes[number].name}' stands here twice: remove one"
        yield problem_at((*path, "attributes", number, "name"), "duplicate-attribute", message)
    for number, attribute in enumerate(link.attributes):
        yield from attribute_flaws(attribute, (*path, "attributes", number))


def _role_flaws(requirements: Requirements) -> Iterator[Finding]:
    links = [(n, link) for n, link in enumerate(requirements.relationships) if link.kind != "many-to-many"]
    for place in repeated(f"{link.source}.{link.role}" for _, link in links):
        number, link = links[place]
        message = f"'{link.source}' has '{link.role}' twice: tell them apart with `name:`, such as 'second_{link.role}'"
        yield problem_at(("relationships", number), "duplicate-role", message)


def _circle_flaws(requirements: Requirements) -> Iterator[Finding]:
    """No row of a circle of required relationships could be the first."""
    needs: dict[str, set[str]] = {entity.name: set() for entity in requirements.entities}
    for link in requirements.relationships:
        if link.kind != "many-to-many" and link.required and link.source in needs and link.target != link.source:
            needs[link.source].add(link.target)
    free = _without_needs(needs)
    if len(free) < len(needs):
        circle = ", ".join(sorted(needs.keys() - free))
        inside = [
            n
            for n, link in enumerate(requirements.relationships)
            if link.required and {link.source, link.target} <= needs.keys() - free
        ]
        message = f"each of {circle} requires another to exist first: add `required: false` to one of these"
        yield problem_at(("relationships", inside[0]) if inside else ("relationships",), "required-circle", message)


def _without_needs(needs: dict[str, set[str]]) -> set[str]:
    """Return what can be made when what it needs is made before it."""
    made: set[str] = set()
    while ready := {name for name in needs.keys() - made if needs[name] & needs.keys() <= made}:
        made |= ready
    return made
