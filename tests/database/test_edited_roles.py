"""A folder whose statements create roles in other ways is proved as on a server that the user owns."""

import re

import pytest

from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.proofs import catalogue_as_declared, up_down_up
from langgraph_dba.database.proofs.kit.specimen import specimen_for
from langgraph_dba.database.proofs.runner.proof_run import prove

ROLE = "CREATE ROLE app_user LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;"
EXECUTED = (
    "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'app_user') THEN"
    f" EXECUTE '{ROLE[:-1]}'; END IF; END $$;"
)
IGNORED = "DO $$ BEGIN\n  {}\nEXCEPTION WHEN duplicate_object THEN {};\nEND $$;"


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("block", "down", "refuted"),
    [
        (IGNORED.format(ROLE, "NULL"), "", ""),
        (IGNORED.format(ROLE, "RAISE NOTICE 'role % exists', 'app_user'"), "", ""),
        (ROLE, "DROP ROLE app_user;", ""),
        (ROLE, "", "the second run of up fails: role app_user already exists"),
        (IGNORED.format(ROLE.replace("NOBYPASSRLS", "BYPASSRLS"), "NULL"), "", "role app_user: BYPASSRLS is added"),
        (
            IGNORED.format(f"{ROLE} CREATE ROLE reporting NOLOGIN;", "NULL") + "GRANT SELECT ON tasks TO reporting;",
            "",
            "role reporting: the statements create or change it",
        ),
        ("{}\nALTER ROLE app_user SET search_path = other;", "", "alter role app_user set search_path"),
        ("{}\nALTER ROLE app_user BYPASSRLS;", "", "role app_user: BYPASSRLS is added"),
        ("{}\nDO $$ BEGIN ALTER ROLE app_user SUPERUSER; END $$;", "", "role app_user: SUPERUSER is added"),
        (
            EXECUTED,
            "",
            "",
        ),
        ("{}\nGRANT pg_read_all_data TO app_user;", "", "role app_user: the statements make it a member of"),
    ],
)
def test_roles_of_edited_statements_are_judged_and_hide_nothing_else(
    postgresql: Engine, block: str, down: str, refuted: str
) -> None:
    schema = specimen_for(postgresql.traits)
    rendered = render(schema, postgresql.traits)
    usual = re.search(r"DO \$\$ BEGIN.*?END \$\$;", rendered.up, re.DOTALL)
    assert usual
    up = rendered.up.replace(usual[0], block.replace("{}", usual[0]))
    edited = Ddl(up, f"{rendered.down}\n{down}")

    evidence = prove(
        schema, {"postgresql": edited}, {"postgresql": postgresql}, proofs=[up_down_up, catalogue_as_declared]
    )

    assert {one.state for one in evidence} <= {"supported", "refuted"}, [one.reason for one in evidence]
    reasons = [one.reason for one in evidence if one.state == "refuted"]
    assert len(reasons) == bool(refuted), reasons
    assert refuted in "".join(reasons)
