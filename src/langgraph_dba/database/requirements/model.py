"""What is asked of a database, in the words of the business: no table, no engine, no type of a driver.

`requirements.yaml` holds exactly this. Entities and attributes are named in the singular; the design turns them
into tables and columns.
"""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, model_validator

AttributeType = Literal[
    "string",  # short text with a length
    "text",  # long text
    "email",
    "phone",
    "url",
    "code",  # a short identifier that people type: SKU, ISBN, plate
    "integer",
    "decimal",  # exact, with `precision` and `scale`
    "money",  # exact, two decimal places
    "float",  # approximate: for measurements, never for money
    "boolean",
    "date",
    "time",
    "instant",  # one moment on the world's clock
    "local-datetime",  # what a wall clock shows, without a zone
    "duration",  # whole seconds
    "choice",  # one of `choices`
    "json",
    "uuid",
    "binary",
]
Cardinality = Literal["many-to-one", "one-to-one", "many-to-many"]
DeleteAction = Literal["restrict", "cascade", "set-null"]
TenancyModel = Literal["auto", "none", "shared-schema", "schema-per-tenant", "database-per-tenant"]


def _snake_case(name: str) -> str:
    if not name or not all(part.isalnum() for part in name.split("_")) or name != name.lower() or name[0].isdigit():
        raise ValueError(f"{name!r} is not a name: use lower-case words joined by underscores, such as 'time_entry'")
    if not name.isascii():
        raise ValueError(f"{name!r} holds letters outside a-z: use an ASCII name, such as 'time_entry'")
    if len(name) > 48:  # noqa: PLR2004  PostgreSQL cuts identifiers at 63 bytes; suffixes need room
        raise ValueError(f"{name!r} has {len(name)} letters: 48 at most, so that index names still fit in 63")
    return name


Name = Annotated[str, AfterValidator(_snake_case)]
# as many digits as the widest decimal of an attribute
Bound = Annotated[Decimal, Field(max_digits=38, decimal_places=18)]
Rows = Annotated[int, Field(ge=0, le=10**15)]
ChoiceValue = Annotated[str, Field(min_length=1, max_length=200, coerce_numbers_to_str=True)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_absent(cls, data: Any) -> Any:
        # `compliance:` with nothing behind it is null in YAML; whoever leaves it so means none.
        return {key: value for key, value in data.items() if value is not None} if isinstance(data, dict) else data


class Attribute(_Strict):
    """One fact about an entity."""

    name: Name
    type: AttributeType = "string"
    length: int | None = Field(None, ge=1, le=10_000, description="largest number of characters, for string and code")
    precision: int | None = Field(None, ge=1, le=38, description="digits in all, for decimal")
    scale: int | None = Field(None, ge=0, le=18, description="digits behind the point, for decimal")
    required: bool = True
    unique: bool = Field(default=False, description="no two rows share it (within one tenant, where there are tenants)")
    choices: tuple[ChoiceValue, ...] = Field((), description="the values a choice may take")
    default: str | int | bool | FiniteFloat | None = Field(None, description="'now' for the moment of insertion")
    minimum: Bound | None = None
    maximum: Bound | None = None
    after: Name | None = Field(None, description="another attribute of the same entity that this one may not precede")
    personal: bool = Field(default=False, description="says something about a person (privacy law)")
    description: str = ""


class Dependency(_Strict):
    """`determines`: whoever knows the values of `given` knows those of `determines` (a functional dependency)."""

    given: tuple[Name, ...] = Field(min_length=1)
    determines: tuple[Name, ...] = Field(min_length=1)


class Entity(_Strict):
    """A kind of thing the database remembers."""

    name: Name = Field(description="singular, such as 'project'")
    plural: Name | None = Field(None, description="the table's name, such as 'projects'; derived when absent")
    description: str = ""
    shared: bool = Field(default=False, description="belongs to no tenant, such as a list of countries")
    attributes: tuple[Attribute, ...] = ()
    unique: tuple[tuple[Name, ...], ...] = Field((), description="combinations of attributes or relationship names")
    dependencies: tuple[Dependency, ...] = ()


class Relationship(_Strict):
    """How two entities hang together, seen from the one that points: a task (`from`) has one project (`to`)."""

    source: Name = Field(alias="from")
    target: Name = Field(alias="to")
    kind: Cardinality = "many-to-one"
    name: Name | None = Field(None, description="the role the target plays, such as 'assignee'; default: its name")
    required: bool = True
    on_delete: DeleteAction | None = Field(None, description="what becomes of `from` when `to` goes")
    via: Name | None = Field(None, description="many-to-many: the name of the connecting entity, such as 'membership'")
    attributes: tuple[Attribute, ...] = Field((), description="many-to-many: facts about the connection itself")
    indexed: bool = Field(default=True, description="false leaves the foreign key without a supporting index")
    description: str = ""

    @property
    def role(self) -> str:
        """The name the target goes by in the source."""
        return self.name or self.target


class Tenancy(_Strict):
    """Whether several customers share one system, and what one of them is called."""

    model: TenancyModel = "none"
    entity: Name | None = Field(None, description="the entity that is a tenant, such as 'clinic'")


class Scale(_Strict):
    """How much there will be, in rows unless said otherwise."""

    tenants: int = Field(1, ge=1, le=10_000_000)
    rows: dict[Name, Rows] = Field(default_factory=dict, description="rows per entity, over all tenants")
    growth_per_year: float = Field(0.5, ge=0, allow_inf_nan=False, description="0.5 = half as much again each year")


class Access(_Strict):
    """One thing the application does, as often as `weight` says (per second), within `service_level_ms`."""

    name: Name
    entity: Name
    kind: Literal["read", "insert", "update", "delete"] = "read"
    filter: tuple[Name, ...] = Field((), description="attributes or relationship names compared for equality")
    range: Name | None = Field(None, description="the attribute compared by less and greater")
    sort: tuple[Name, ...] = ()
    columns: tuple[Name, ...] = Field((), description="what is read; all when empty")
    limit: int | None = Field(None, ge=1)
    weight: float = Field(1.0, gt=0, allow_inf_nan=False)
    service_level_ms: float | None = Field(None, gt=0, allow_inf_nan=False)


class Requirements(_Strict):
    """What is asked of a database; published as a JSON Schema."""

    title: str = Field(min_length=1, max_length=200)
    request: str = Field("", description="the sentence this was read from, if it was")
    assumptions: tuple[str, ...] = Field((), description="what was not said and had to be supposed: edit and run again")
    tenancy: Tenancy = Tenancy()
    entities: tuple[Entity, ...] = Field(min_length=1)
    relationships: tuple[Relationship, ...] = ()
    scale: Scale = Scale(tenants=1)
    workload: tuple[Access, ...] = ()
    compliance: tuple[Literal["gdpr", "hipaa", "pci-dss", "soc2", "audit"], ...] = ()

    def entity(self, name: str) -> Entity:
        """Return the entity of that name; KeyError if there is none."""
        for entity in self.entities:
            if entity.name == name:
                return entity
        raise KeyError(name)


def requirements_json_schema() -> dict[str, Any]:
    """Return the JSON Schema of `requirements.yaml`, as published in the documentation."""
    schema = Requirements.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
