import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from langgraph_dba.agents.backend_specialist.equality import migration_equal, models_equal
from langgraph_dba.agents.backend_specialist.migration import render_migration
from langgraph_dba.agents.backend_specialist.models import render_models
from langgraph_dba.agents.backend_specialist.relations import relations
from langgraph_dba.database.engines import Engine, traits_of
from langgraph_dba.database.schema.ddl import Ddl
from langgraph_dba.database.schema.model import Schema


def test_models_make_the_catalogue_of_the_schema(engine: Engine, schema: Schema, ddl: dict[str, Ddl]) -> None:
    found = models_equal(schema, ddl[engine.traits.name], engine, render_models(schema, engine.traits))

    assert (found.state, found.reason) == ("supported", "no difference")


def test_the_migration_makes_the_catalogue_and_leaves_nothing(
    engine: Engine, schema: Schema, ddl: dict[str, Ddl]
) -> None:
    files = render_migration(schema, engine.traits)

    found = migration_equal(schema, ddl[engine.traits.name], engine, files)

    assert (found.state, found.reason) == ("supported", "no difference")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name='tasks_status_check'", "name='tasks_other_check'"),
        ("ondelete='CASCADE'", "ondelete='RESTRICT'"),
        ("Index('tasks_assignee_idx', 'tenant_id', 'assignee_id')", "Index('tasks_assignee_idx', 'assignee_id')"),
    ],
)
def test_models_that_differ_are_refuted(
    engine: Engine, schema: Schema, ddl: dict[str, Ddl], old: str, new: str
) -> None:
    models = render_models(schema, engine.traits)
    assert old in models

    found = models_equal(schema, ddl[engine.traits.name], engine, models.replace(old, new))

    assert found.state == "refuted"


def test_models_that_forget_a_policy_are_refuted(postgresql: Engine, schema: Schema, ddl: dict[str, Ddl]) -> None:
    models = render_models(schema, postgresql.traits).replace("ALTER TABLE tasks FORCE ROW LEVEL SECURITY", "SELECT 1")

    found = models_equal(schema, ddl["postgresql"], postgresql, models)

    assert (found.state, "table tasks" in found.reason) == ("refuted", True)


def test_a_migration_that_forgets_a_table_on_the_way_down_is_refuted(
    engine: Engine, schema: Schema, ddl: dict[str, Ddl]
) -> None:
    files = render_migration(schema, engine.traits)
    path = "versions/0001_initial.py"

    found = migration_equal(
        schema,
        ddl[engine.traits.name],
        engine,
        files | {path: files[path].replace("op.drop_table('profiles')", "pass")},
    )

    assert found.state == "refuted"


def test_models_that_do_not_run_are_refuted_with_their_error(
    sqlite: Engine, schema: Schema, ddl: dict[str, Ddl]
) -> None:
    found = models_equal(schema, ddl["sqlite"], sqlite, "raise RuntimeError('broken models')")

    assert (found.state, "broken models" in found.reason) == ("refuted", True)


def test_no_relationship_takes_a_name_twice(schema: Schema) -> None:
    names = [(relation.owner, relation.name) for relation in relations(schema)]

    assert len(set(names)) == len(names)


@pytest.fixture
def models(tmp_path: Path, schema: Schema) -> ModuleType:
    path = tmp_path / "generated_models.py"
    path.write_text(render_models(schema, traits_of("sqlite")), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("generated_models", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_taking_a_reference_away_keeps_the_tenant(models: ModuleType) -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    models.create_all(engine)
    with Session(engine) as session:
        user = models.User(id=1, tenant_id=1, email="a@example.com", display_name="A")
        project = models.Project(id=1, tenant_id=1, name="P", team=models.Team(id=1, tenant_id=1, name="T"))
        task = models.Task(id=1, tenant_id=1, title="t", project=project, assignee=user)
        session.add_all([models.Tenant(id=1, name="One"), task])
        session.commit()

        task.assignee = None
        session.commit()

        assert (task.assignee_id, task.tenant_id, task.project_id) == (None, 1, 1)
        assert project.tasks == [task]
    engine.dispose()
