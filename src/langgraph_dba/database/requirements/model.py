"""The model of `requirements.yaml`: entities of a business, without tables, engines or types of a driver.

Entities and attributes are named in the singular; the design converts them to tables and columns.
"""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from langgraph_dba.database.requirements.business_rules import Rule
from langgraph_dba.database.requirements.names import Name

AttributeType = Literal[
    "string",  # short text with a length
    "text",  # long text
    "email",
    "phone",
    "url",
    "code",  # a short identifier that people type: SKU, ISBN, license plate
    "integer",
    "decimal",  # exact, with `precision` and `scale`
    "money",  # exact, two decimal places
    "float",  # approximate: for measurements, never for money
    "boolean",
    "date",
    "time",
    "instant",  # a point in time, in UTC
    "local-datetime",  # date and time without a time zone
    "duration",  # whole seconds
    "choice",  # one of `choices`
    "json",
    "uuid",
    "binary",
]
Cardinality = Literal["many-to-one", "one-to-one", "many-to-many"]
DeleteAction = Literal["restrict", "cascade", "set-null"]
TenancyModel = Literal["auto", "none", "shared-schema", "schema-per-tenant", "database-per-tenant"]

# the largest precision and scale of a decimal attribute
Bound = Annotated[Decimal, Field(max_digits=38, decimal_places=18)]
Rows = Annotated[int, Field(ge=0, le=10**15)]
ChoiceValue = Annotated[str, Field(min_length=1, max_length=200, coerce_numbers_to_str=True)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, data: Any) -> Any:
        # a key without a value (`compliance:`) is null in YAML: it counts as absent
        return {key: value for key, value in data.items() if value is not None} if isinstance(data, dict) else data


class Attribute(_Strict):
    """One attribute of an entity."""

    name: Name
    type: AttributeType = "string"
    length: int | None = Field(None, ge=1, le=10_000, description="largest number of characters, for string and code")
    precision: int | None = Field(None, ge=1, le=38, description="number of all digits, for decimal")
    scale: int | None = Field(None, ge=0, le=18, description="number of digits after the decimal point, for decimal")
    required: bool = True
    unique: bool = Field(
        default=False, description="no two rows have the same value (of one tenant, if there are tenants)"
    )
    choices: tuple[ChoiceValue, ...] = Field((), description="the allowed values of a choice")
    default: str | int | bool | FiniteFloat | None = Field(None, description="'now' for the time of insertion")
    minimum: Bound | None = None
    maximum: Bound | None = None
    after: Name | None = Field(None, description="another attribute of the same entity that this one must not precede")
    personal: bool = Field(default=False, description="is personal data (privacy law)")
    description: str = ""


class Dependency(_Strict):
    """A functional dependency: the values of `given` determine those of `determines`."""

    given: tuple[Name, ...] = Field(min_length=1)
    determines: tuple[Name, ...] = Field(min_length=1)


class Entity(_Strict):
    """A kind of object that the database stores."""

    name: Name = Field(description="singular, such as 'project'")
    plural: Name | None = Field(
        None, description="the name of the table, such as 'projects'; default: the plural of the name"
    )
    description: str = ""
    shared: bool = Field(default=False, description="belongs to no tenant, such as a list of countries")
    attributes: tuple[Attribute, ...] = ()
    unique: tuple[tuple[Name, ...], ...] = Field((), description="combinations of attributes or relationship names")
    dependencies: tuple[Dependency, ...] = ()


class Relationship(_Strict):
    """A relationship of two entities, from the one that refers to the other: a task (`from`) has one project (`to`)."""

    source: Name = Field(alias="from")
    target: Name = Field(alias="to")
    kind: Cardinality = "many-to-one"
    name: Name | None = Field(None, description="the role of the target, such as 'assignee'; default: its name")
    required: bool = True
    on_delete: DeleteAction | None = Field(None, description="the action on `from` when `to` is deleted")
    via: Name | None = Field(None, description="many-to-many: the name of the connecting entity, such as 'membership'")
    attributes: tuple[Attribute, ...] = Field((), description="many-to-many: attributes of the connection")
    indexed: bool = Field(default=True, description="false leaves the foreign key without a supporting index")
    description: str = ""

    @property
    def role(self) -> str:
        """Return the name of the target in the source."""
        return self.name or self.target


class Tenancy(_Strict):
    """Whether several customers share one system, and the entity that is such a customer."""

    model: TenancyModel = "none"
    entity: Name | None = Field(None, description="the entity that is a tenant, such as 'clinic'")


class Scale(_Strict):
    """Expected numbers of tenants and rows."""

    tenants: int = Field(1, ge=1, le=10_000_000)
    rows: dict[Name, Rows] = Field(default_factory=dict, description="rows per entity, over all tenants")
    growth_per_year: float = Field(0.5, ge=0, allow_inf_nan=False, description="0.5 = 50 % more rows each year")


class Access(_Strict):
    """One access of the application: `weight` is its number per second, `service_level_ms` its time limit."""

    name: Name
    entity: Name
    kind: Literal["read", "insert", "update", "delete"] = "read"
    filter: tuple[Name, ...] = Field((), description="attributes or relationship names compared for equality")
    range: Name | None = Field(None, description="the attribute of a range condition")
    sort: tuple[Name, ...] = ()
    columns: tuple[Name, ...] = Field((), description="attributes that are read; empty: all")
    limit: int | None = Field(None, ge=1)
    weight: float = Field(1.0, gt=0, allow_inf_nan=False)
    service_level_ms: float | None = Field(None, gt=0, allow_inf_nan=False)


class Requirements(_Strict):
    """The requirements of a database; published as a JSON Schema."""

    title: str = Field(min_length=1, max_length=200)
    request: str = Field("", description="the sentence from which the requirements were read, if any")
    assumptions: tuple[str, ...] = Field(
        (), description="assumptions where the request states nothing: correct them and run again"
    )
    tenancy: Tenancy = Tenancy()
    entities: tuple[Entity, ...] = Field(min_length=1)
    relationships: tuple[Relationship, ...] = ()
    rules: tuple[Rule, ...] = Field((), description="what the business demands of the data, beyond single attributes")
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
