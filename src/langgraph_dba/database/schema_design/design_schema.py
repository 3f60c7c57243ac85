"""Design a schema from requirements: keys, foreign keys with delete actions and indexes, checks, tenancy.

The design is the same for every engine. Fallbacks for features that an engine lacks are chosen when it is rendered.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from langgraph_dba.database.model import schema as model
from langgraph_dba.database.model.creation_order import creation_order
from langgraph_dba.database.model.identifiers import fit_name
from langgraph_dba.database.model.rule_keys import keys_of_rules
from langgraph_dba.database.requirements.model import (
    Access,
    Entity,
    Relationship,
    Requirements,
)
from langgraph_dba.database.requirements.plural import table_name
from langgraph_dba.database.schema_design.business_rules.registry import resolve_rules
from langgraph_dba.database.schema_design.design_columns import attribute_checks, attribute_column, reference_column
from langgraph_dba.database.schema_design.index_choice import IndexChoice, with_indexes
from langgraph_dba.database.schema_design.normalise import normalise
from langgraph_dba.errors import RequirementsError

TenancyChoice = Literal["none", "shared-schema", "schema-per-tenant", "database-per-tenant"]


@dataclass(frozen=True, slots=True)
class Choices:
    """Decisions that the design takes as input: the isolation of tenants, and which indexes to create."""

    tenancy: TenancyChoice = "shared-schema"
    indexes: IndexChoice = "workload"


def design(requirements: Requirements, choices: Choices | None = None) -> model.Schema:
    """Return the schema for the requirements; RequirementsError if required relationships form a circle.

    Tables are in an order in which they can be created. Columns that depend on a determinant that is no key, by the
    functional dependencies of the requirements, are moved to tables of their own (third normal form).
    """
    chosen = choices or Choices()
    designer = _Designer(requirements, chosen.tenancy)
    tables = [designer.entity_table(entity) for entity in requirements.entities]
    tables += [designer.junction(link) for link in designer.junctions()]
    tables = creation_order([part for table in tables for part in normalise(table)])
    links, accesses = designer.links, designer.accesses
    rules, tables = resolve_rules(requirements, tables)
    return model.Schema(
        name=requirements.title,
        tables=tuple(
            # a table that normalisation added has no entity, and so no links and no accesses
            with_indexes(
                table,
                links.get(table.entity, ()),
                accesses.get(table.entity, ()),
                chosen.indexes,
                keys=keys_of_rules(rules, table.name),
            )
            for table in tables
        ),
        isolation=designer.isolation,
        rules=rules,
    )


class _Designer:
    """Designs the tables of requirements, for one choice of tenancy."""

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

    def is_tenant_owned(self, entity: str) -> bool:
        """Return whether each row of an entity belongs to one tenant."""
        return self.tenant is not None and entity != self.tenant and entity not in self.shared

    def _tenant_column(self, entity: str) -> str | None:
        if entity == self.tenant:
            return "id"
        return f"{self.tenant}_id" if self.is_tenant_owned(entity) else None

    def entity_table(self, entity: Entity) -> model.Table:
        """Return the table of an entity, not normalised and without indexes."""
        name, is_tenant_owned = self.names[entity.name], self.is_tenant_owned(entity.name)
        # a relationship to the tenant is the tenant column, which exists already
        links = [link for link in self._links(entity.name) if not (is_tenant_owned and link.target == self.tenant)]
        columns = [model.Column(name="id", type=model.ColumnType(name="identity"))]
        columns += [self._tenant_reference()] if is_tenant_owned else []
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
        """Return the many-to-many relationships without an entity of their own in the requirements."""
        links = [link for link in self.requirements.relationships if link.kind == "many-to-many"]
        return [link for link in links if link.via not in self.names]

    def junction(self, link: Relationship) -> model.Table:
        """Return the junction table of two entities: each pair once, deleted with either side."""
        entity = link.via or f"{link.source}_{link.target}"
        first, second = link.source, link.role if link.role != link.source else f"other_{link.target}"
        sides = [Relationship.model_validate({"from": entity, "to": side, "name": role, "on_delete": "cascade"})
                 for side, role in ((link.source, first), (link.target, second))]  # fmt: skip
        is_tenant_owned = self.tenant is not None and any(
            self.is_tenant_owned(side) or side == self.tenant for side in (link.source, link.target)
        )
        sides = [side for side in sides if not (is_tenant_owned and side.target == self.tenant)]
        name = self._junction_name(link, entity)
        tenant = (f"{self.tenant}_id",) if is_tenant_owned else ()
        columns = [
            *([self._tenant_reference()] if is_tenant_owned else []),
            *map(reference_column, sides),
            *map(attribute_column, link.attributes),
        ]
        return model.Table(
            name=name,
            entity=entity,
            comment=link.description,
            columns=tuple(columns),
            primary_key=(*tenant, *(f"{side.role}_id" for side in sides)),
            checks=tuple(attribute_checks(name, link.attributes)),
            foreign_keys=tuple(self._foreign_keys(name, None, sides, is_tenant_owned=is_tenant_owned)),
            tenant_column=tenant[0] if tenant else None,
        )

    def _junction_name(self, link: Relationship, entity: str) -> str:
        name = table_name(Entity(name=entity))
        return (
            name if name not in self.entity_tables else fit_name(f"{self.names[link.source]}_{self.names[link.target]}")
        )

    def _links(self, entity: str) -> list[Relationship]:
        return [link for link in self.links.get(entity, ()) if link.kind != "many-to-many"]

    def _tenant_reference(self) -> model.Column:
        return model.Column(name=f"{self.tenant}_id", type=model.ColumnType(name="reference"))

    def _uniques(self, entity: Entity, table: str, links: Sequence[Relationship]) -> Iterator[model.Unique]:
        tenant = (f"{self.tenant}_id",) if self.is_tenant_owned(entity.name) else ()
        if tenant:
            # the target of foreign keys within a tenant, which include the tenant column: a row can then refer only to
            # rows of its own tenant, on engines without row-level security too
            yield model.Unique(name=fit_name(f"{table}_tenant_key"), columns=(*tenant, "id"))
        roles = {link.role: f"{link.role}_id" for link in links}
        for attribute in entity.attributes:
            if attribute.unique:
                yield model.Unique(name=fit_name(f"{table}_{attribute.name}_key"), columns=(*tenant, attribute.name))
        for link in links:
            if link.kind == "one-to-one":
                yield model.Unique(name=fit_name(f"{table}_{link.role}_key"), columns=(*tenant, f"{link.role}_id"))
        for group in entity.unique:
            columns = tuple(roles.get(name, name) for name in group if name in roles or name != self.tenant)
            yield model.Unique(name=fit_name(f"{table}_{'_'.join(group)}_key"), columns=(*tenant, *columns))

    def _foreign_keys(
        self, table: str, entity: str | None, links: Sequence[Relationship], *, is_tenant_owned: bool | None = None
    ) -> Iterator[model.ForeignKey]:
        is_tenant_owned = self.is_tenant_owned(entity) if entity else bool(is_tenant_owned)
        if is_tenant_owned and self.isolation:
            yield model.ForeignKey(
                name=fit_name(f"{table}_{self.tenant}_fkey"),
                columns=(self.isolation.column,),
                target=self.isolation.table,
                target_columns=("id",),
            )
        for link in links:
            yield self._foreign_key(table, link, is_tenant_owned=is_tenant_owned)

    def _foreign_key(self, table: str, link: Relationship, *, is_tenant_owned: bool) -> model.ForeignKey:
        column, action = f"{link.role}_id", link.on_delete or ("restrict" if link.required else "set-null")
        includes_tenant = is_tenant_owned and self.is_tenant_owned(link.target)
        if not is_tenant_owned and self.is_tenant_owned(link.target):
            raise RequirementsError(
                f"{link.source} is shared by all tenants and cannot refer to {link.target}, which belongs to one: "
                f"remove `shared: true` from {link.source}, or add it to {link.target}"
            )
        return model.ForeignKey(
            name=fit_name(f"{table}_{link.role}_fkey"),
            columns=(f"{self.tenant}_id", column) if includes_tenant else (column,),
            target=self.names[link.target],
            target_columns=(f"{self.tenant}_id", "id") if includes_tenant else ("id",),
            on_delete=action,
            null_columns=(column,) if action == "set-null" else (),
        )

    def _dependencies(self, entity: Entity) -> Iterator[model.FunctionalDependency]:
        roles = {link.role: f"{link.role}_id" for link in self._links(entity.name)}
        tenant = (f"{self.tenant}_id",) if self.is_tenant_owned(entity.name) else ()
        for dependency in entity.dependencies:
            determinant = tuple(roles.get(name, name) for name in dependency.given)
            yield model.FunctionalDependency(
                given=(*tenant, *determinant),
                determines=tuple(roles.get(name, name) for name in dependency.determines),
            )
