import pytest

from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import ENGINES, Engine, traits_of
from langgraph_dba.database.model.indexes import serves_order
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.database.schema_design.design_schema import Choices, design
from langgraph_dba.errors import RequirementsError


def _requirements(entities: list[str], relationships: list[dict[str, object]], **more: object) -> Requirements:
    listed = [{"name": name, "attributes": [{"name": "name"}]} for name in entities]
    return Requirements.model_validate({"title": "T", "entities": listed, "relationships": relationships, **more})


def test_foreign_keys_within_a_tenant_include_the_tenant(schema: Schema) -> None:
    key = next(k for _, k in schema.foreign_keys() if k.name == "tasks_project_fkey")

    assert key.columns == ("tenant_id", "project_id")
    assert key.target_columns == ("tenant_id", "id")


def test_set_null_keeps_the_tenant_column(schema: Schema) -> None:
    key = next(k for _, k in schema.foreign_keys() if k.name == "tasks_assignee_fkey")

    assert (key.on_delete, key.null_columns) == ("set-null", ("assignee_id",))


def test_shared_tables_have_no_tenant(schema: Schema) -> None:
    assert schema.table("countries").tenant_column is None
    assert next(k for _, k in schema.foreign_keys() if k.name == "users_country_fkey").columns == ("country_id",)


def test_a_junction_row_is_unique_and_deleted_with_either_side(schema: Schema) -> None:
    table = schema.table("team_members")

    assert table.primary_key == ("tenant_id", "team_id", "user_id")
    assert {k.on_delete for k in table.foreign_keys if len(k.columns) > 1} == {"cascade"}


def test_every_foreign_key_has_an_index_and_no_index_is_redundant(schema: Schema) -> None:
    for table in schema.tables:
        keys = [table.primary_key, *(u.columns for u in table.uniques), *(i.columns for i in table.indexes)]
        for key in table.foreign_keys:
            assert any(serves_order(columns, key.columns) for columns in keys), key.name
        for number, columns in enumerate(keys):
            assert not any(serves_order(other, columns) for other in keys[:number] + keys[number + 1 :]), (
                table.name,
                columns,
            )


def test_the_index_choice_changes_the_indexes(projects: Requirements) -> None:
    found = {
        choice: {i.columns + i.include for i in design(projects, Choices(indexes=choice)).table("tasks").indexes}
        for choice in ("foreign-keys", "workload", "workload-covering")
    }

    assert ("tenant_id", "project_id") in found["foreign-keys"]
    assert ("tenant_id", "project_id", "status", "due_on") in found["workload"]
    assert ("tenant_id", "project_id", "status", "due_on", "title") in found["workload-covering"]


@pytest.mark.parametrize("tenancy", ["schema-per-tenant", "database-per-tenant"])
def test_separated_tenants_need_no_tenant_column(projects: Requirements, tenancy: str) -> None:
    schema = design(projects, Choices(tenancy=tenancy))  # type: ignore[arg-type]

    assert schema.isolation is None
    assert not any(table.tenant_column for table in schema.tables)


def test_a_circle_of_required_relationships_is_an_input_error() -> None:
    circle = _requirements(["a", "b"], [{"from": "a", "to": "b"}, {"from": "b", "to": "a"}])

    with pytest.raises(RequirementsError, match="make one reference optional"):
        design(circle)


def test_a_shared_entity_cannot_refer_to_a_tenant_owned_one() -> None:
    crossing = Requirements.model_validate(
        {
            "title": "T",
            "tenancy": {"model": "shared-schema", "entity": "tenant"},
            "entities": [{"name": "tenant"}, {"name": "plan", "shared": True}, {"name": "order"}],
            "relationships": [{"from": "plan", "to": "order"}],
        }
    )

    with pytest.raises(RequirementsError, match="shared by all tenants"):
        design(crossing)


def test_statements_run_up_and_down_with_a_circle_of_optional_foreign_keys(engine: Engine) -> None:
    circle = _requirements(
        ["department", "employee"],
        [
            {"from": "employee", "to": "department"},
            {"from": "department", "to": "employee", "name": "head", "required": False},
        ],
    )
    ddl = render(design(circle), engine.traits)

    with engine.scratch(ddl.up) as scratch, scratch.connect() as connection:
        connection.script(ddl.down)
        assert not connection.catalogue()["table"]


@pytest.mark.parametrize("name", ENGINES)
def test_a_schema_that_is_not_enforced_has_no_constraints(schema: Schema, name: str) -> None:
    text = render(schema, traits_of(name), enforced=False).up

    for word in ("CHECK", "UNIQUE", "PRIMARY KEY", "FOREIGN KEY", "NOT NULL", "POLICY", "ROW LEVEL"):
        assert word not in text.split("\n\n", 1)[1].upper().replace("DO $$ BEGIN\n  IF NOT EXISTS", "")


def test_rendering_is_deterministic(schema: Schema, ddl: dict[str, Ddl]) -> None:
    assert {name: render(schema, traits_of(name)) for name in ENGINES} == ddl


def test_a_schema_is_equal_after_json(schema: Schema) -> None:
    assert Schema.model_validate_json(schema.model_dump_json()) == schema


def test_a_name_that_is_no_identifier_is_refused(schema: Schema) -> None:
    text = schema.model_dump_json().replace('"countries"', '"countries; DROP TABLE users"')

    with pytest.raises(ValueError, match="should match pattern"):
        Schema.model_validate_json(text)
