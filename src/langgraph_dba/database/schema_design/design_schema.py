"""From requirements to a schema: keys, references with their delete actions and indexes, checks, tenancy.

The design is the same for every engine; what an engine cannot do is settled when the schema is rendered for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from langgraph_dba.database.model import schema as model
from langgraph_dba.database.model.creation_order import creation_order
from langgraph_dba.database.model.identifiers import fitting
from langgraph_dba.database.requirements.model import (
    Access,
    Entity,
    Relationship,
    Requirements,
)
from langgraph_dba.database.requirements.plural import table_name
from langgraph_dba.database.schema_design.design_columns import attribute_checks, attribute_column, reference_column
from langgraph_dba.database.schema_design.index_choice import IndexChoice, indexed
from langgraph_dba.database.schema_design.normalise import normalise
from langgraph_dba.errors import RequirementsError

TenancyChoice = Literal["none", "shared-schema", "schema-per-tenant", "database-per-tenant"]


@dataclass(frozen=True, slots=True)
class Choices:
    """What was decided before the design: how tenants are kept apart, and which indexes there are."""

    tenancy: TenancyChoice = "shared-schema"
    indexes: IndexChoice = "workload"


def design(requirements: Requirements, choices: Choices | None = None) -> model.Schema:
    """Return the schema for what is asked; RequirementsError if required references form a circle.

    Tables come in an order in which they can be created. Functional dependencies that the requirements record and that
    no key carries are moved to tables of their own (third normal form).
    """
    decided = choices or Choices()
    plan = _Plan(requirements, decided.tenancy)
    tables = [plan.entity_table(entity) for entity in requirements.entities]
    tables += [plan.junction(link) for link in plan.junctions()]
    tables = [final for table in tables for final in normalise(table)]
    ordered = creation_order(tables)
    return model.Schema(
        name=requirements.title,
        tables=tuple(
            indexed(table, plan.links.get(table.entity, ()), plan.accesses.get(table.entity, ()), decided.indexes)
            for table in ordered
        ),
        isolation=plan.isolation,
    )


class _Plan:
    """The requirements with the two choices applied: what a table of them looks like."""

    def __init__(self, requirements: Requirements, tenancy: TenancyChoice) -> None:
        self.requirements = requirements
        tenant = requirements.tenancy.entity if requirements.tenancy.model != "none" else None
        self.tenant = tenant if tenancy == "shared-schema" else None
        self.names = {entity.name: table_name(entity) for entity in requirements.entities}
        self.shared = {entity.name for entity in requirements.entities if entity.shared}
        self.links: dict[str, list[Relationship]] = {}
        for link in requirements.relationships:
            self.links.setdefault(link.source, []).append(link)
        self.accesses: dict[str, list[Access]] = {}
        for access in requirements.workload:
            self.accesses.setdefault(access.entity, []).append(access)
        self.entity_tables = frozenset(self.names.values())
        self.isolation = (
            model.Isolation(table=self.names[self.tenant], column=f"{self.tenant}_id") if self.tenant else None
        )

    # -- which tenant a row belongs to ------------------------------------------------------------------------

    def scoped(self, entity: str) -> bool:
        """Whether rows of an entity belong to one tenant each."""
        return self.tenant is not None and entity != self.tenant and entity not in self.shared

    def _tenant_column(self, entity: str) -> str | None:
        if entity == self.tenant:
            return "id"
        return f"{self.tenant}_id" if self.scoped(entity) else None

    # -- tables -----------------------------------------------------------------------------------------------

    def entity_table(self, entity: Entity) -> model.Table:
        name, scoped = self.names[entity.name], self.scoped(entity.name)
        links = [link for link in self._links(entity.name) if not (scoped and link.target == self.tenant)]
        columns = [model.Column(name="id", type=model.ColumnType(name="identity"))]
        columns += [self._tenant_reference()] if scoped else []
        columns += [reference_column(link) for link in links]
        columns += [attribute_column(attribute) for attribute in entity.attributes]
        if not any(column.name == "created_at" for column in columns):
            columns.append(model.Column(name="created_at", type=model.ColumnType(name="instant"), default="now"))
        return model.Table(
            name=name,
            entity=entity.name,
            comment=entity.description,
            columns=tuple(columns),
            primary_key=("id",),
            uniques=tuple(self._uniques(entity, name, links)),
            checks=tuple(attribute_checks(name, entity.attributes)),
            foreign_keys=tuple(self._foreign_keys(name, entity.name, links)),
            dependencies=tuple(self._dependencies(entity)),
            tenant_column=self._tenant_column(entity.name),
        )

    def junctions(self) -> list[Relationship]:
        """The many-to-many relationships that no entity of the requirements stands for already."""
        links = [link for link in self.requirements.relationships if link.kind == "many-to-many"]
        return [link for link in links if link.via not in self.names]

    def junction(self, link: Relationship) -> model.Table:
        """The table between two entities; a pair exists once, and goes with either side."""
        entity = link.via or f"{link.source}_{link.target}"
        first, second = link.source, link.role if link.role != link.source else f"other_{link.target}"
        sides = [Relationship.model_validate({"from": entity, "to": side, "name": role, "on_delete": "cascade"})
                 for side, role in ((link.source, first), (link.target, second))]  # fmt: skip
        scoped = self.tenant is not None and any(
            self.scoped(side) or side == self.tenant for side in (link.source, link.target)
        )
        sides = [side for side in sides if not (scoped and side.target == self.tenant)]
        name = self._junction_name(link, entity)
        own = (f"{self.tenant}_id",) if scoped else ()
        columns = [
            *([self._tenant_reference()] if scoped else []),
            *map(reference_column, sides),
            *map(attribute_column, link.attributes),
        ]
        return model.Table(
            name=name,
            entity=entity,
            comment=link.description,
            columns=tuple(columns),
            primary_key=(*own, *(f"{side.role}_id" for side in sides)),
            checks=tuple(attribute_checks(name, link.attributes)),
            foreign_keys=tuple(self._foreign_keys(name, None, sides, scoped=scoped)),
            tenant_column=own[0] if own else None,
        )

    def _junction_name(self, link: Relationship, entity: str) -> str:
        name = table_name(Entity(name=entity))
        return (
            name if name not in self.entity_tables else fitting(f"{self.names[link.source]}_{self.names[link.target]}")
        )

    def _links(self, entity: str) -> list[Relationship]:
        return [link for link in self.links.get(entity, ()) if link.kind != "many-to-many"]

    def _tenant_reference(self) -> model.Column:
        return model.Column(name=f"{self.tenant}_id", type=model.ColumnType(name="reference"))

    # -- rules ------------------------------------------------------------------------------------------------

    def _uniques(self, entity: Entity, table: str, links: Sequence[Relationship]) -> Iterator[model.Unique]:
        own = (f"{self.tenant}_id",) if self.scoped(entity.name) else ()
        if own:
            # what references from within the tenant point at: a row together with its tenant
            yield model.Unique(name=fitting(f"{table}_tenant_key"), columns=(*own, "id"))
        roles = {link.role: f"{link.role}_id" for link in links}
        for attribute in entity.attributes:
            if attribute.unique:
                yield model.Unique(name=fitting(f"{table}_{attribute.name}_key"), columns=(*own, attribute.name))
        for link in links:
            if link.kind == "one-to-one":
                yield model.Unique(name=fitting(f"{table}_{link.role}_key"), columns=(*own, f"{link.role}_id"))
        for group in entity.unique:
            columns = tuple(roles.get(name, name) for name in group if name in roles or name != self.tenant)
            yield model.Unique(name=fitting(f"{table}_{'_'.join(group)}_key"), columns=(*own, *columns))

    def _foreign_keys(
        self, table: str, entity: str | None, links: Sequence[Relationship], *, scoped: bool | None = None
    ) -> Iterator[model.ForeignKey]:
        inside = self.scoped(entity) if entity else bool(scoped)
        if inside and self.isolation:
            yield model.ForeignKey(
                name=fitting(f"{table}_{self.tenant}_fkey"),
                columns=(self.isolation.column,),
                target=self.isolation.table,
                target_columns=("id",),
            )
        for link in links:
            yield self._foreign_key(table, link, inside=inside)

    def _foreign_key(self, table: str, link: Relationship, *, inside: bool) -> model.ForeignKey:
        own, action = f"{link.role}_id", link.on_delete or ("restrict" if link.required else "set-null")
        both = inside and self.scoped(link.target)
        if not inside and self.scoped(link.target):
            raise RequirementsError(
                f"{link.source} is shared by all tenants and cannot point at {link.target}, which belongs to one: "
                f"take `shared: true` from {link.source}, or give it to {link.target}"
            )
        return model.ForeignKey(
            name=fitting(f"{table}_{link.role}_fkey"),
            columns=(f"{self.tenant}_id", own) if both else (own,),
            target=self.names[link.target],
            target_columns=(f"{self.tenant}_id", "id") if both else ("id",),
            on_delete=action,
            null_columns=(own,) if action == "set-null" else (),
        )

    def _dependencies(self, entity: Entity) -> Iterator[model.Dependency]:
        roles = {link.role: f"{link.role}_id" for link in self._links(entity.name)}
        own = (f"{self.tenant}_id",) if self.scoped(entity.name) else ()
        for dependency in entity.dependencies:
            given = tuple(roles.get(name, name) for name in dependency.given)
            yield model.Dependency(
                given=(*own, *given), determines=tuple(roles.get(name, name) for name in dependency.determines)
            )
