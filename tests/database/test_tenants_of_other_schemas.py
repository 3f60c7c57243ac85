"""Policies by functions of another schema, and tables that refer to one: read, filled and tried."""

from pathlib import Path

import pytest
from supabase_schema import AUTH, CHANGE, READ, SOUND, TABLES, TO_PROFILES

from langgraph_dba.database import read_existing
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.proofs import proofs_by_name, prove
from langgraph_dba.evidence import Evidence

pytestmark = pytest.mark.server


def _evidence(postgresql: Engine, folder: Path, sql: str, *claims: str) -> dict[str, Evidence]:
    path = folder / "theirs.sql"
    path.write_text(sql, encoding="utf-8")
    database = read_existing(path, engines=["postgresql"])
    proofs = proofs_by_name(claims or ("tenant-isolation",))
    return {one.proof: one for one in prove(database.schema, database.ddl, {"postgresql": postgresql}, proofs=proofs)}


def _isolation(postgresql: Engine, folder: Path, sql: str) -> Evidence:
    return _evidence(postgresql, folder, sql)["tenant-isolation"]


@pytest.mark.parametrize("reference", [None, TO_PROFILES], ids=["users of auth", "profiles"])
def test_users_of_another_schema_are_isolated(postgresql: Engine, tmp_path: Path, reference: str | None) -> None:
    sql = AUTH + TABLES.format(reference=reference) + READ + CHANGE if reference else SOUND

    evidence = _isolation(postgresql, tmp_path, sql)

    assert evidence.state == "supported", evidence.reason
    assert "service_role sees all rows (BYPASSRLS)" in evidence.reason
    assert "without tenant column: none" in evidence.reason


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (READ, READ.replace("= user_id", "= user_id OR is_complete"), "from todos"),
        (READ, READ.replace("USING ((", "USING (auth.role() IS NULL OR ("), "from todos"),
        (CHANGE, CHANGE.replace("user_id);", "user_id) WITH CHECK (true);"), "todos"),
        ("WITH CHECK ((SELECT auth.uid()) = user_id)", "WITH CHECK (true)", "adds a row for tenant 2 in todos"),
        ("ALTER TABLE public.todos ENABLE ROW LEVEL SECURITY;", "", "from todos"),
        (CHANGE, CHANGE + "CREATE VIEW everyone AS SELECT id, email FROM auth.users; GRANT SELECT ON everyone TO anon;",
         "from everyone"),
        (CHANGE, CHANGE + "GRANT SELECT ON auth.users TO authenticated;", "from users"),
    ],
    ids=["a state", "a missing claim", "a transfer", "any new row", "off", "a view of the users", "the users"],
)  # fmt: skip
def test_a_leak_of_such_users_is_found(postgresql: Engine, tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in SOUND

    evidence = _isolation(postgresql, tmp_path, SOUND.replace(old, new))

    assert evidence.state == "refuted", evidence.reason
    assert words in evidence.reason


@pytest.mark.heavy
@pytest.mark.parametrize(
    "function",
    [
        "LANGUAGE sql STABLE AS $$ SELECT auth.uid() $$",
        "LANGUAGE sql STABLE RETURN auth.uid()",
        "LANGUAGE sql STABLE AS $$ SELECT (auth.jwt() -> 'app_metadata' ->> 'user')::uuid $$",
        "LANGUAGE sql STABLE AS $$ SELECT (auth.jwt() #>> '{app_metadata,user}')::uuid $$",
        "LANGUAGE sql STABLE AS $$ SELECT jsonb_extract_path_text(auth.jwt(), 'app_metadata', 'user')::uuid $$",
        (
            "LANGUAGE plpgsql STABLE AS $$ DECLARE claims jsonb; found uuid; BEGIN "
            "claims := current_setting('request.jwt.claims', true)::jsonb; SELECT claims ->> 'user' INTO found; "
            "RETURN found; END $$"
        ),
        (
            "LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN nullif(current_setting('app.user', true), '')::uuid; "
            "EXCEPTION WHEN others THEN RETURN NULL; END $$"
        ),
    ],
    ids=["nested", "atomic", "member", "path", "path function", "variables", "plain"],
)
def test_each_way_to_read_a_setting_is_exercised(postgresql: Engine, tmp_path: Path, function: str) -> None:
    own = f"CREATE FUNCTION auth.me() RETURNS uuid {function};"
    tables, read, change = (
        text.replace("auth.uid()", "auth.me()").replace("((auth.jwt() ->> 'sub'))::uuid", "auth.me()")
        for text in (TABLES.format(reference=TO_PROFILES), READ, CHANGE)
    )

    sound = _isolation(postgresql, tmp_path, AUTH + own + tables + read + change)
    leak = _isolation(postgresql, tmp_path, AUTH + own + tables + read.replace("user_id", "user_id OR id > 0") + change)

    assert sound.state == "supported", sound.reason
    assert leak.state == "refuted", leak.reason


def test_tables_that_refer_to_another_schema_are_filled_and_judged(postgresql: Engine, tmp_path: Path) -> None:
    found = _evidence(postgresql, tmp_path, SOUND, "data-types", "relationships", "foreign-keys-indexed")

    assert {name: one.state for name, one in found.items() if name != "foreign-keys-indexed"} == {
        "data-types": "supported",
        "relationships": "supported",
    }, found
    assert "could not be filled" not in found["foreign-keys-indexed"].reason


def test_a_table_whose_parents_cannot_be_filled_is_named_with_the_reason(postgresql: Engine, tmp_path: Path) -> None:
    refusing = SOUND.replace("instance_id uuid NOT NULL", "CHECK (id IS NULL), instance_id uuid NOT NULL")

    evidence = _isolation(postgresql, tmp_path, refusing)

    assert evidence.state == "not run"
    assert "todos" in evidence.reason
    assert "is not present in table" in evidence.reason
