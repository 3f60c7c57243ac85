"""What a role can do while no tenant is set, and what the statements say about it."""

from pathlib import Path

import pytest
from tenant_schemas import SOUND, TABLES, isolation_of

from langgraph_dba.database import read_existing
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.proofs import proofs_by_name, prove

pytestmark = [pytest.mark.server, pytest.mark.heavy]
COMMANDS = """
CREATE POLICY r ON docs FOR SELECT USING (tenant_id = current_tenant());
CREATE POLICY u ON docs FOR UPDATE USING (tenant_id = {update});
CREATE POLICY d ON docs FOR DELETE USING (tenant_id = {delete});
"""
OPEN = "coalesce(current_tenant(), tenant_id)"


@pytest.mark.parametrize(
    ("update", "delete", "words"),
    [
        ("current_tenant()", "current_tenant()", ""),
        ("current_tenant()", OPEN, "app_user, with no tenant set, deletes 9 rows of docs"),
        (OPEN, "current_tenant()", "app_user, with no tenant set, changes 9 rows of docs"),
    ],
)
def test_rows_that_cannot_be_read_are_not_written_either(
    postgresql: Engine, update: str, delete: str, words: str
) -> None:
    evidence = isolation_of(postgresql, TABLES.format(type="bigint") + COMMANDS.format(update=update, delete=delete))

    assert evidence.state == ("refuted" if words else "supported"), evidence.reason
    assert words in evidence.reason


@pytest.mark.parametrize(
    ("statement", "state"),
    [
        ("ALTER ROLE app_user SET request.jwt.claims = '{\"tenant_id\": 1}';", "not run"),
        ("DO $$ BEGIN EXECUTE format('ALTER ROLE %I BYPASSRLS', 'app_user'); END $$;", "refuted"),
        ("DO $$ DECLARE r text := 'app_user'; BEGIN EXECUTE 'ALTER ROLE ' || r || ' BYPASSRLS'; END $$;", "not run"),
        (
            "DO $$ BEGIN EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', 'docs'); END $$;",
            "supported",
        ),
    ],
)
def test_a_statement_about_roles_that_is_not_read_leaves_isolation_open(
    postgresql: Engine, statement: str, state: str, tmp_path: Path
) -> None:
    assert postgresql.version()
    file = tmp_path / "theirs.sql"
    file.write_text(TABLES.format(type="bigint") + SOUND + statement, encoding="utf-8")
    read = read_existing(file, engines=["postgresql"])

    proofs = proofs_by_name(("tenant-isolation",))
    (evidence,) = prove(read.schema, read.ddl, {"postgresql": postgresql}, proofs=proofs)

    assert evidence.state == state, evidence.reason
