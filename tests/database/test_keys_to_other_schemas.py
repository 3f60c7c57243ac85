"""Foreign keys to a table of another schema: their indexes and actions are judged, or the key is named."""

from pathlib import Path

import pytest

from langgraph_dba.database import read_existing
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.proofs import proofs_by_name, prove
from langgraph_dba.database.reflection.read_schema import schema_from_sql
from langgraph_dba.evidence import Evidence

pytestmark = pytest.mark.server
_AUTH = "CREATE SCHEMA auth; CREATE TABLE auth.users (id bigint PRIMARY KEY, name text NOT NULL);"
_ID = "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
_INDEX = "CREATE INDEX notes_user ON notes (user_id);"
_REQUIRED = "bigint NOT NULL"
_KEPT = """CREATE FUNCTION auth.keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER keep BEFORE DELETE ON auth.users FOR EACH ROW EXECUTE FUNCTION auth.keep();"""


def _notes(action: str, *, type_: str = _REQUIRED, index: str = _INDEX) -> str:
    column = f"user_id {type_} REFERENCES auth.users {action}"
    return _AUTH + f"CREATE TABLE notes ({_ID}, {column}, code text NOT NULL); {index}"


def _evidence(engine: Engine, sql: str, claim: str, declared: str = "") -> Evidence:
    schema = schema_from_sql(declared or sql, engine, name="theirs")
    proofs = proofs_by_name((claim,))
    (evidence,) = prove(schema, {"postgresql": Ddl(sql, "")}, {"postgresql": engine}, proofs=proofs)
    return evidence


@pytest.mark.parametrize(
    ("sql", "rules"),
    [
        (_notes("ON DELETE SET NULL"), ["set-null-on-required-column"]),
        (_notes("ON DELETE CASCADE", index=""), ["unindexed-foreign-key"]),
        (_notes("ON DELETE SET NULL", index=""), ["set-null-on-required-column", "unindexed-foreign-key"]),
        (_notes("ON DELETE SET NULL", type_="bigint"), []),
        (_notes("ON DELETE CASCADE"), []),
        (_notes("", index="CREATE INDEX notes_user ON notes (user_id, code);"), []),
        (_notes("", index="CREATE INDEX notes_user ON notes (code, user_id);"), ["unindexed-foreign-key"]),
    ],
)
def test_the_rules_see_the_key(postgresql: Engine, tmp_path: Path, sql: str, rules: list[str]) -> None:
    assert postgresql.version()
    file = tmp_path / "theirs.sql"
    file.write_text(sql, encoding="utf-8")

    findings = read_existing(file, engines=["postgresql"]).findings()

    seen = ("set-null-on-required-column", "unindexed-foreign-key")
    assert sorted(one.rule for one in findings if one.rule in seen) == rules


@pytest.mark.parametrize(("index", "state"), [("", "refuted"), (_INDEX, "supported")])
def test_the_index_of_the_key_is_judged(postgresql: Engine, index: str, state: str) -> None:
    evidence = _evidence(postgresql, _notes("", index=index), "foreign-keys-indexed")

    assert evidence.state == state, evidence.reason
    assert evidence.receipt.numbers["foreign keys"] == 1
    assert state == "supported" or "no index supports notes_user_id_fkey" in evidence.reason


@pytest.mark.parametrize(
    ("action", "type_"),
    [
        ("", _REQUIRED),
        ("ON DELETE RESTRICT", _REQUIRED),
        ("ON DELETE CASCADE", _REQUIRED),
        ("ON DELETE SET NULL", "bigint"),
        ("ON DELETE CASCADE", "bigint NOT NULL UNIQUE"),
    ],
)
def test_a_declared_action_is_supported(postgresql: Engine, action: str, type_: str) -> None:
    evidence = _evidence(postgresql, _notes(action, type_=type_), "relationships")

    assert evidence.state == "supported", evidence.reason
    experiments = evidence.receipt.numbers["experiments"]
    assert (experiments["reference"], experiments["delete"]) == (1, 1)


@pytest.mark.parametrize(
    ("declared", "created"),
    [
        (_notes(""), _notes("ON DELETE CASCADE")),
        (_notes("ON DELETE SET NULL", type_="bigint"), _notes("ON DELETE CASCADE", type_="bigint")),
        (_notes("ON DELETE CASCADE"), _notes("").replace("REFERENCES auth.users", "")),
    ],
    ids=["cascade for no action", "cascade for set null", "no key"],
)
def test_another_key_than_the_declared_one_is_refuted(postgresql: Engine, declared: str, created: str) -> None:
    evidence = _evidence(postgresql, created, "relationships", declared)

    assert evidence.state == "refuted", evidence.reason
    assert "auth.users" in evidence.reason


def test_a_trigger_that_keeps_the_row_refutes_nothing(postgresql: Engine) -> None:
    evidence = _evidence(postgresql, _notes("ON DELETE CASCADE") + _KEPT, "relationships")

    assert evidence.state != "refuted", evidence.reason


@pytest.mark.parametrize(
    "sql",
    [
        _notes("ON DELETE SET DEFAULT"),
        _notes("ON DELETE CASCADE").replace("GENERATED ALWAYS AS IDENTITY PRIMARY KEY", ""),
        _notes("") + "ALTER TABLE auth.users ADD CHECK (md5(name) = 'none'); CREATE TABLE p (id bigint PRIMARY KEY);",
    ],
    ids=["default", "no key selects the row", "parents that cannot be filled"],
)
def test_a_key_that_cannot_be_tried_is_named(postgresql: Engine, sql: str) -> None:
    evidence = _evidence(postgresql, sql, "relationships")

    assert evidence.state == "not run", evidence.reason
    assert "notes_user_id_fkey of notes to auth.users" in evidence.reason
