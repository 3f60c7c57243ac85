"""The delete of a tenant has the action that its foreign keys declare, whichever it is."""

import pytest
from existing_schema import evidence_of

from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.proofs import proofs_by_name, prove
from langgraph_dba.database.reflection.read_schema import schema_from_sql
from langgraph_dba.evidence import Evidence

pytestmark = pytest.mark.server
_USERS = "CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);"
_OWN = "USING (user_id = nullif(current_setting('app.user_id', true), '')::bigint)"
_ID = "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"


def _table(name: str, columns: str) -> str:
    return (
        f"CREATE TABLE {name} ({columns}); ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;"
        f" CREATE POLICY own ON {name} {_OWN};"
    )


def _notes(action: str, *, required: str = "NOT NULL") -> str:
    column = f"user_id bigint {required} REFERENCES users {action}"
    return _USERS + _table("notes", f"{_ID}, {column}, title text NOT NULL")


def _with_parts(notes: str, parts: str, composite: str) -> str:
    """Return notes and their parts, which also refer to the user; with these delete actions."""
    note = f"{_ID}, user_id bigint NOT NULL REFERENCES users {notes}, UNIQUE (user_id, id)"
    part = (
        f"{_ID}, user_id bigint NOT NULL REFERENCES users {parts}, note_id bigint NOT NULL,"
        f" FOREIGN KEY (user_id, note_id) REFERENCES notes (user_id, id) {composite}"
    )
    return _USERS + _table("notes", note) + _table("parts", part)


_CASCADE = "ON DELETE CASCADE"
_MEMBERS = (
    _USERS
    + "CREATE TABLE orgs (id uuid PRIMARY KEY DEFAULT gen_random_uuid());"
    + _table(
        "members",
        "org_id uuid NOT NULL REFERENCES orgs ON DELETE CASCADE,"
        " user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,"
        " PRIMARY KEY (org_id, user_id)",
    )
)
_INVITED = _USERS + _table(
    "notes",
    f"{_ID}, user_id bigint NOT NULL REFERENCES users, invited_by bigint REFERENCES users ON DELETE SET NULL",
)
_TREE = _notes("ON DELETE CASCADE").replace(
    "name text NOT NULL", "name text NOT NULL, boss_id bigint REFERENCES users ON DELETE RESTRICT"
)


def _relationships(engine: Engine, sql: str, *, declared: str = "") -> Evidence:
    schema = schema_from_sql(declared or sql, engine, name="theirs")
    assert schema.isolation is not None
    assert schema.isolation.table == "users"
    proofs = proofs_by_name(("relationships",))
    (evidence,) = prove(schema, {engine.traits.name: Ddl(sql, "")}, {engine.traits.name: engine}, proofs=proofs)
    return evidence


@pytest.mark.parametrize(
    "sql",
    [
        *(_notes(f"ON DELETE {action}") for action in ("CASCADE", "RESTRICT", "NO ACTION")),
        _MEMBERS,
        _INVITED,
        _TREE,
        _with_parts(_CASCADE, _CASCADE, _CASCADE),
        _with_parts("", "", ""),
        _with_parts(_CASCADE, _CASCADE, _CASCADE).replace("note_id bigint NOT NULL", "note_id bigint"),
    ],
    ids=[
        *("cascade", "restrict", "no action", "association", "set null", "tree of tenants"),
        *("all cascade", "none cascades", "optional"),
    ],
)
def test_a_declared_action_is_supported(postgresql: Engine, sql: str) -> None:
    evidence = _relationships(postgresql, sql)

    assert evidence.state == "supported", evidence.reason


@pytest.mark.parametrize(
    ("declared", "created"),
    [
        (_notes(""), _notes(_CASCADE)),
        (_INVITED, _INVITED.replace("ON DELETE SET NULL", "ON DELETE CASCADE")),
        (_notes("ON DELETE SET NULL", required=""), _notes(_CASCADE, required="")),
    ],
    ids=["cascade for restrict", "cascade for set null", "cascade for set null of the tenant"],
)
def test_another_action_than_the_declared_one_is_refuted(postgresql: Engine, declared: str, created: str) -> None:
    evidence = _relationships(postgresql, created, declared=declared)

    assert evidence.state == "refuted", evidence.reason
    assert "when a row of users is deleted" in evidence.reason


@pytest.mark.parametrize("actions", [(_CASCADE, "", _CASCADE), (_CASCADE, _CASCADE, "ON DELETE RESTRICT")])
def test_an_action_that_another_key_decides_is_named(postgresql: Engine, actions: tuple[str, str, str]) -> None:
    """PostgreSQL runs the actions in the order of the triggers' names: the result shows nothing about one of them."""
    evidence = _relationships(postgresql, _with_parts(*actions))

    assert evidence.state == "not run", evidence.reason
    assert "the delete action of parts_user_id_fkey of parts" in evidence.reason


def test_no_action_prevents_the_delete_of_any_row(postgresql: Engine) -> None:
    sql = f"CREATE TABLE p ({_ID}); CREATE TABLE t ({_ID}, p_id bigint NOT NULL REFERENCES p);"

    evidence = evidence_of(postgresql, sql)["relationships"]

    assert evidence.receipt.numbers["experiments"]["delete"] == 1, evidence.reason
