"""Check for different names in the requirements that would be the same in a database."""

from collections.abc import Iterator

from langgraph_dba.database.requirements.model import Entity, Requirements
from langgraph_dba.database.requirements.plural import table_name
from langgraph_dba.database.requirements.problems import problem_at
from langgraph_dba.database.requirements.yaml_text import Path
from langgraph_dba.findings import Finding


def table_problems(requirements: Requirements) -> Iterator[Finding]:
    """Yield the problems of equal table names, and of equal column names."""
    yield from _same_tables(requirements)
    for number, entity in enumerate(requirements.entities):
        yield from _same_columns(requirements, entity, ("entities", number))


def _same_tables(requirements: Requirements) -> Iterator[Finding]:
    owners: dict[str, str] = {}
    for number, entity in enumerate(requirements.entities):
        table = table_name(entity)
        if owners.setdefault(table, entity.name) != entity.name:
            message = (
                f"'{entity.name}' and '{owners[table]}' would both become the table '{table}': merge or rename one"
            )
            yield problem_at(("entities", number), "same-table", message)
    entities = {entity.name for entity in requirements.entities}
    for number, link in enumerate(requirements.relationships):
        name = link.via or f"{link.source}_{link.target}"
        # a connection that is an entity was checked above
        if link.kind != "many-to-many" or link.via in entities:
            continue
        table = table_name(Entity.model_construct(name=name, plural=None))
        if table in owners:
            message = f"this connection and '{owners[table]}' would both become the table '{table}': add another `via:`"
            yield problem_at(("relationships", number), "same-table", message)
        owners[table] = name


def _same_columns(requirements: Requirements, entity: Entity, path: Path) -> Iterator[Finding]:
    tenancy = requirements.tenancy
    references = {
        f"{link.role}_id": link.role
        for link in requirements.relationships
        if link.source == entity.name and link.kind != "many-to-many"
    }
    if tenancy.entity and tenancy.model != "none" and entity.name != tenancy.entity:
        references.setdefault(f"{tenancy.entity}_id", tenancy.entity)
    for number, attribute in enumerate(entity.attributes):
        if attribute.name in references:
            role = references[attribute.name]
            message = f"the relationship '{role}' creates '{attribute.name}' already: remove this attribute"
            yield problem_at((*path, "attributes", number, "name"), "same-column", message)
