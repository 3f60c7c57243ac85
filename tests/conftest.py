"""Engines that every test shares, and a set of requirements that touches every kind of rule."""

import pytest
from usable_engines import usable

from langgraph_dba.database.engines import ENGINES, Engine, traits_of
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.database.schema.ddl import Ddl, render
from langgraph_dba.database.schema.design import design
from langgraph_dba.database.schema.model import Schema


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return usable(request.param)


@pytest.fixture
def postgresql() -> Engine:
    return usable("postgresql")


@pytest.fixture
def mariadb() -> Engine:
    return usable("mariadb")


@pytest.fixture
def sqlite() -> Engine:
    return usable("sqlite")


def _entity(name: str, *attributes: dict[str, object], **more: object) -> dict[str, object]:
    return {"name": name, "attributes": list(attributes), **more}


PROJECTS = {
    "title": "Projects",
    "tenancy": {"model": "shared-schema", "entity": "tenant"},
    "entities": [
        _entity("tenant", {"name": "name"}),
        _entity("region", {"name": "name"}, shared=True),
        _entity("country", {"name": "name", "unique": True}, shared=True, plural="countries"),
        _entity("user", {"name": "email", "type": "email", "unique": True, "personal": True}, {"name": "display_name"}),
        _entity("profile", {"name": "bio", "type": "text", "required": False}),
        _entity("team", {"name": "name", "unique": True}),
        _entity(
            "project",
            {"name": "name"},
            {"name": "budget", "type": "money", "required": False, "minimum": 0},
            {"name": "starts_on", "type": "date", "required": False},
            {"name": "ends_on", "type": "date", "required": False, "after": "starts_on"},
        ),
        _entity(
            "task",
            {"name": "title"},
            {"name": "status", "type": "choice", "choices": ["open", "doing", "done"], "default": "open"},
            {"name": "due_on", "type": "date", "required": False},
            {"name": "details", "type": "json", "required": False},
            {"name": "zip", "type": "code", "required": False},
            {"name": "city", "required": False},
            dependencies=[{"given": ["zip"], "determines": ["city"]}],
        ),
        _entity(
            "time_entry",
            {"name": "started_at", "type": "instant"},
            {"name": "ended_at", "type": "instant", "required": False, "after": "started_at"},
            {"name": "minutes", "type": "integer", "minimum": 1, "maximum": 1440},
        ),
    ],
    "relationships": [
        {"from": "country", "to": "region"},
        {"from": "tenant", "to": "country", "required": False},
        {"from": "user", "to": "country", "required": False},
        {"from": "profile", "to": "user", "kind": "one-to-one"},
        {"from": "project", "to": "team"},
        {"from": "task", "to": "project", "on_delete": "cascade"},
        {"from": "task", "to": "user", "name": "assignee", "required": False},
        {"from": "task", "to": "task", "name": "parent", "required": False},
        {"from": "time_entry", "to": "task", "on_delete": "cascade"},
        {"from": "time_entry", "to": "user"},
        {"from": "team", "to": "user", "kind": "many-to-many", "via": "team_member"},
    ],
    "workload": [
        {
            "name": "list_tasks", "entity": "task", "filter": ["project", "status"], "sort": ["due_on"],
            "columns": ["title", "due_on"], "weight": 20, "service_level_ms": 50,
        },
        {"name": "timesheet", "entity": "time_entry", "filter": ["user"], "range": "started_at", "weight": 5},
    ],
}  # fmt: skip


@pytest.fixture(scope="session")
def projects() -> Requirements:
    """Tenants, every cardinality, a reference to itself, a transitive dependency, every kind of check."""
    return Requirements.model_validate(PROJECTS)


@pytest.fixture(scope="session")
def schema(projects: Requirements) -> Schema:
    return design(projects)


@pytest.fixture(scope="session")
def ddl(schema: Schema) -> dict[str, Ddl]:
    return {name: render(schema, traits_of(name)) for name in ENGINES}
