"""Every proof passes on a sound design and turns red for its own planted defect, and for no other proof's."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import langgraph_dba.database.proofs as package
from langgraph_dba.database.engines import DEFAULT_ENGINES, Engine, engines_for
from langgraph_dba.database.evidence import Evidence
from langgraph_dba.database.proofs import PROOFS, catalogue, named, possible, proof_name, prove
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.database.schema.ddl import Ddl, render
from langgraph_dba.database.schema.design import design
from langgraph_dba.database.schema.model import Dependency, Schema
from langgraph_dba.errors import EngineUnavailable, InputError

Edit = Callable[[str], str]
_SUPPORT = {"__init__", "subject", "boundaries"}


def _run(schema: Schema, ddl: Ddl, engine: Engine, *names: str) -> dict[str, Evidence]:
    found = prove(schema, {engine.traits.name: ddl}, {engine.traits.name: engine}, proofs=named(names))
    return {one.proof: one for one in found}


def _without(pattern: str) -> Edit:
    return lambda text: re.sub(pattern, "", text, flags=re.DOTALL)


def _instead(old: str, new: str) -> Edit:
    return lambda text: text.replace(old, new)


def _edited(ddl: Ddl, edit: Edit) -> Ddl:
    up = edit(ddl.up)
    assert up != ddl.up, "the defect was not planted"
    return Ddl(up, ddl.down)


def test_a_sound_design_is_refuted_nowhere(engine: Engine, schema: Schema, ddl: dict[str, Ddl]) -> None:
    found = _run(schema, ddl[engine.traits.name], engine)

    expected = {proof_name(p): "supported" if possible(p, engine.traits) else "not run" for p in PROOFS}
    assert {name: one.state for name, one in found.items()} == expected
    assert all(one.reason for one in found.values())
    assert {one.receipt.version for one in found.values() if one.state == "supported"} == {engine.version()}
    assert all(one.receipt.numbers for one in found.values() if one.state == "supported")


BOTH = {
    "a reference lost its tenant": (
        _instead(
            "tasks_project_fkey FOREIGN KEY(tenant_id, project_id) REFERENCES projects (tenant_id, id)",
            "tasks_project_fkey FOREIGN KEY(project_id) REFERENCES projects (id)",
        ),
        "relationships",
    ),
    "a pair's key lost a side": (
        _instead("PRIMARY KEY (tenant_id, team_id, user_id)", "PRIMARY KEY (tenant_id, team_id)"),
        "relationships",
    ),
    "a unique name lost its tenant": (_instead("UNIQUE (tenant_id, email)", "UNIQUE (email)"), "relationships"),
    "a delete action was changed": (
        lambda text: re.sub(r"(tasks_project_fkey.*?)ON DELETE CASCADE", r"\1ON DELETE RESTRICT", text),
        "relationships",
    ),
    "a one-to-one became a one-to-many": (
        lambda text: (
            re.sub(r",\s*CONSTRAINT profiles_user_key UNIQUE \(tenant_id, user_id\)", "", text)
            + "\nCREATE INDEX profiles_user_idx ON profiles (tenant_id, user_id);"
        ),
        "relationships",
    ),
    "an index of a reference is gone": (_without(r"CREATE INDEX tasks_assignee_idx[^;]*;"), "foreign-keys-indexed"),
    "an index of the workload that supports a reference is gone": (
        _without(r"CREATE INDEX tasks_list_tasks_idx[^;]*;"),
        "foreign-keys-indexed",
    ),
    "an index between tables that tenants share is gone": (
        _without(r"CREATE INDEX countries_region_idx[^;]*;"),
        "foreign-keys-indexed",
    ),
    "an index of the tenants themselves is gone": (
        _without(r"CREATE INDEX tenants_country_idx[^;]*;"),
        "foreign-keys-indexed",
    ),
    "a check is gone": (_without(r",\s*CONSTRAINT tasks_status_check CHECK \([^)]*\)\)"), "data-types"),
    "NOT NULL is gone": (lambda text: re.sub(r"(title \S+) NOT NULL", r"\1", text), "data-types"),
    "a table is left behind": (lambda text: text + "\nCREATE TABLE leftover (id INTEGER);", "up-down-up"),
}


# The three that the README invites everybody to try.
INVITED = (
    "a reference lost its tenant",
    "a pair's key lost a side",
    "an index of a reference is gone",
)


@pytest.mark.parametrize("defect", BOTH)
def test_a_planted_defect_turns_its_proof_red(engine: Engine, schema: Schema, ddl: dict[str, Ddl], defect: str) -> None:
    edit, proof = BOTH[defect]

    found = _run(schema, _edited(ddl[engine.traits.name], edit), engine, proof)

    assert found[proof].state == "refuted"


@pytest.mark.parametrize("defect", INVITED)
def test_an_invited_defect_turns_no_other_proof_red(
    engine: Engine, schema: Schema, ddl: dict[str, Ddl], defect: str
) -> None:
    _only_its_proof(engine, schema, ddl, defect)


@pytest.mark.heavy
@pytest.mark.parametrize("defect", sorted(BOTH.keys() - set(INVITED)))
def test_a_planted_defect_turns_no_other_proof_red(
    engine: Engine, schema: Schema, ddl: dict[str, Ddl], defect: str
) -> None:
    _only_its_proof(engine, schema, ddl, defect)


def _only_its_proof(engine: Engine, schema: Schema, ddl: dict[str, Ddl], defect: str) -> None:
    edit, proof = BOTH[defect]

    found = _run(schema, _edited(ddl[engine.traits.name], edit), engine)

    assert [name for name, one in found.items() if one.state == "refuted"] == [proof]


POSTGRESQL = {
    "the tenant policy is gone": (
        _without(r"CREATE POLICY tasks_tenant.*?;"),
        "tenant-isolation",
        "reads a row of another",
    ),
    "the policy that lets rows through is gone": (
        _without(r"CREATE POLICY tasks_access.*?;"),
        "tenant-isolation",
        "sees 0 of its own",
    ),
    "FORCE is gone": (_without(r"ALTER TABLE tasks FORCE[^;]*;"), "tenant-isolation", "owner, as tenant 1, reads"),
    "row-level security is off": (_without(r"ALTER TABLE users ENABLE[^;]*;"), "tenant-isolation", "reads a row"),
    "writes are not checked": (
        lambda text: re.sub(
            r"(CREATE POLICY tasks_tenant.*?)WITH CHECK \(tenant_id.*?bigint\);",
            r"\1WITH CHECK (true);",
            text,
            flags=re.DOTALL,
        ),
        "tenant-isolation",
        "adds a row for",
    ),
    "no tenant means the first one": (
        lambda text: text.replace(
            "NULLIF(current_setting('app.tenant_id', true), '')",
            "COALESCE(NULLIF(current_setting('app.tenant_id', true), ''), '1')",
        ),
        "tenant-isolation",
        "with no tenant set, sees",
    ),
    "money is a float": (_instead("budget NUMERIC(12, 2)", "budget DOUBLE PRECISION"), "data-types", "budget"),
    "an instant has no zone": (
        _instead("started_at TIMESTAMP WITH TIME ZONE", "started_at TIMESTAMP"),
        "data-types",
        "started_at",
    ),
    "a text is too short": (_instead("title VARCHAR(200)", "title VARCHAR(20)"), "data-types", "title"),
}


@pytest.mark.parametrize("defect", POSTGRESQL)
def test_a_defect_of_postgresql_turns_its_proof_red(
    postgresql: Engine, schema: Schema, ddl: dict[str, Ddl], defect: str
) -> None:
    edit, proof, word = POSTGRESQL[defect]

    found = _run(schema, _edited(ddl["postgresql"], edit), postgresql, proof)

    assert found[proof].state == "refuted"
    assert word in found[proof].reason


@pytest.mark.parametrize(
    "defect",
    ["the tenant policy is gone", *(pytest.param(d, marks=pytest.mark.heavy) for d in list(POSTGRESQL)[1:])],
)
def test_a_defect_of_postgresql_turns_no_other_proof_red(
    postgresql: Engine, schema: Schema, ddl: dict[str, Ddl], defect: str
) -> None:
    edit, proof, _ = POSTGRESQL[defect]

    found = _run(schema, _edited(ddl["postgresql"], edit), postgresql)

    assert [name for name, one in found.items() if one.state == "refuted"] == [proof]


SQLITE = {
    "money is a float": _instead("budget INTEGER", "budget REAL"),
    "an instant may have any form": _without(r",\s*CONSTRAINT time_entries_started_at_stored CHECK \([^\n]*"),
    "a date may be any text": _without(r",\s*CONSTRAINT tasks_due_on_stored CHECK \([^\n]*"),
    "a text has no bound": _without(r",\s*CONSTRAINT tasks_title_stored CHECK \([^\n]*"),
}


@pytest.mark.parametrize("defect", SQLITE)
def test_a_defect_of_sqlite_turns_exactly_its_proof_red(
    sqlite: Engine, schema: Schema, ddl: dict[str, Ddl], defect: str
) -> None:
    found = _run(schema, _edited(_commas_last(ddl["sqlite"]), SQLITE[defect]), sqlite, "data-types", "relationships")

    assert [name for name, one in found.items() if one.state == "refuted"] == ["data-types"]


def _commas_last(ddl: Ddl) -> Ddl:
    """Put the comma before each constraint, so that a line can be taken out with it."""
    return Ddl(re.sub(r",[ \t]*\n", "\n,", ddl.up), ddl.down)


def test_a_circle_of_optional_references_is_proved_too(engine: Engine) -> None:
    """A row of the sample has none to refer to yet: the proofs must not depend on it."""
    entities = [{"name": name, "attributes": [{"name": "name"}]} for name in ("department", "employee")]
    links = [
        {"from": "employee", "to": "department"},
        {"from": "department", "to": "employee", "name": "head", "required": False},
    ]
    circle = design(Requirements.model_validate({"title": "T", "entities": entities, "relationships": links}))

    found = _run(circle, render(circle, engine.traits), engine)

    assert not [one for one in found.values() if one.state == "refuted"]


def test_a_dependency_on_no_key_breaks_the_normal_form(engine: Engine, schema: Schema) -> None:
    tasks = schema.table("tasks")
    packed = schema.replace(tasks.with_(dependencies=(Dependency(given=("project_id",), determines=("title",)),)))

    found = _run(packed, render(packed, engine.traits), engine)

    assert [name for name, one in found.items() if one.state == "refuted"] == ["normal-form"]
    assert "project_id determines title" in found["normal-form"].reason


def test_a_way_down_that_forgets_a_table_is_seen(engine: Engine, schema: Schema, ddl: dict[str, Ddl]) -> None:
    whole = ddl[engine.traits.name]
    short = Ddl(whole.up, re.sub(r"DROP TABLE time_entries;", "", whole.down))

    found = _run(schema, short, engine, "up-down-up")

    assert found["up-down-up"].state == "refuted"


def test_statements_that_do_not_run_refute_one_proof_and_leave_the_rest_not_run(
    postgresql: Engine, schema: Schema, ddl: dict[str, Ddl]
) -> None:
    broken = Ddl(ddl["postgresql"].up.replace("UNIQUE (tenant_id, id)", "UNIQUE (id)"), ddl["postgresql"].down)

    states = {name: one.state for name, one in _run(schema, broken, postgresql).items()}

    assert states.pop("up-down-up") == "refuted"
    assert set(states.values()) == {"not run"}


def test_an_engine_that_cannot_be_used_is_not_run_with_its_reason(schema: Schema, ddl: dict[str, Ddl]) -> None:
    found = prove(schema, ddl, {"postgresql": EngineUnavailable("install it")})

    assert {one.state for one in found} == {"not run"}
    assert {one.reason for one in found} == {"install it"}


def test_every_file_is_a_registered_and_documented_proof() -> None:
    files = {path.stem for path in Path(str(package.__file__)).parent.glob("*.py")} - _SUPPORT
    registered = {proof.__name__.rpartition(".")[2] for proof in PROOFS}

    assert files == registered
    assert all(proof.__doc__ and proof.CLAIM and proof.CAPABILITY for proof in PROOFS)


def test_proofs_are_listed_and_chosen_by_name() -> None:
    assert [one["name"] for one in catalogue()] == [proof_name(proof) for proof in PROOFS]
    assert [proof_name(proof) for proof in named(["normal-form"])] == ["normal-form"]
    with pytest.raises(InputError, match="there is no proof 'nothing'"):
        named(["nothing"])


def test_the_engines_that_packages_bring_are_tried_by_default() -> None:
    assert set(engines_for(DEFAULT_ENGINES)) == {"sqlite", "postgresql"}
