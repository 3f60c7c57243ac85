"""The roles that the statements of a script create, and how two scripts differ in them."""

import pytest

from langgraph_dba.database.engines import traits_of
from langgraph_dba.database.engines.records import Records, RoleRecord
from langgraph_dba.database.proofs.kit.catalogue.role_statements import (
    role_differences,
    roles_of,
    with_script_roles,
)

POSTGRESQL = traits_of("postgresql")

GUARDED = "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'a') THEN CREATE ROLE a {}; END IF; END $$;"


@pytest.mark.parametrize(
    ("script", "line"),
    [
        (GUARDED.format("LOGIN NOSUPERUSER NOCREATEDB"), ""),
        (GUARDED.format("LOGIN PASSWORD 'secret'"), "role a: PASSWORD is added"),
        (GUARDED.format("LOGIN PASSWORD NULL"), ""),
        (GUARDED.format("LOGIN CONNECTION LIMIT 3"), "role a: CONNECTION LIMIT 3 is added: it may have 3 connections"),
        ("CREATE USER a;", ""),
        (GUARDED.format("LOGIN BYPASSRLS"), "role a: BYPASSRLS is added"),
        (GUARDED.format("NOLOGIN"), "role a: LOGIN is missing"),
        (GUARDED.format("LOGIN") + "ALTER ROLE a CREATEROLE;", "role a: CREATEROLE is added"),
        (GUARDED.format("LOGIN") + "GRANT pg_read_all_data TO a;", "role a: the statements make it a member of"),
        (GUARDED.format("LOGIN; DROP TABLE t"), "a statement whose effect depends on the server: drop table t"),
        ("", "role a: the statements do not create it"),
        (GUARDED.format("LOGIN").replace("$$", "$x$").replace("IF NOT", "-- it's a role\n IF NOT"), ""),
        ("DO $$ BEGIN CREATE ROLE a LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$ LANGUAGE plpgsql;", ""),
        ("DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ''a'') THEN CREATE USER a; END IF; END';", ""),
        (GUARDED.format("LOGIN").replace("FROM pg_roles", "1 FROM pg_catalog.pg_roles"), ""),
    ],
)
def test_roles_are_read_from_the_statements(script: str, line: str) -> None:
    declared = roles_of(GUARDED.format("LOGIN"), POSTGRESQL)

    found = list(role_differences(declared, roles_of(script, POSTGRESQL)))

    assert len(found) == bool(line), found
    assert all(one.startswith(line) for one in found)
    assert "secret" not in str(found)


@pytest.mark.parametrize(
    "script",
    [
        "GRANT staff TO a",
        "GRANT other, staff TO GROUP b, a GRANTED BY c",
        "GRANT staff TO a WITH INHERIT TRUE, SET FALSE GRANTED BY c",
        "CREATE ROLE a IN ROLE staff LOGIN",
        "CREATE USER a IN GROUP other, staff PASSWORD 'x'",
        "CREATE ROLE staff NOLOGIN ROLE b, a",
        "CREATE ROLE staff ADMIN a",
        "CREATE GROUP staff USER a",
        "CREATE GROUP staff WITH SYSID 7 USER a",
        "ALTER GROUP staff ADD USER b, a",
        "SELECT 'it''s $$; here'; /* $$ ; */ GRANT staff TO a",
        'CREATE ROLE "a" IN ROLE "staff"',
    ],
)
def test_every_way_to_become_a_member_of_a_role_is_read(script: str) -> None:
    assert "staff" in roles_of(f"{script};", POSTGRESQL).groups["a"]


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("GRANT staff TO a WITH ADMIN OPTION", "role a: it is a member of staff with ADMIN instead of the default"),
        ("GRANT staff TO a WITH INHERIT FALSE", "role a: it is a member of staff with INHERIT FALSE instead of"),
        ("GRANT staff TO a WITH SET TRUE", ""),
        ("GRANT staff TO a; DO $$ BEGIN GRANT other TO a; END $$", "role a: the statements make it a member of other"),
        ("GRANT staff TO a; DO 'BEGIN EXECUTE x; END'", "a statement whose effect depends on the server"),
        ("GRANT staff TO a; CREATE USER MAPPING FOR a SERVER s OPTIONS (password 'secret')", ""),
        ("GRANT staff TO a; ALTER GROUP staff DROP USER a", "a statement whose effect depends on the server: alter"),
        ("GRANT staff TO a; GRANT SELECT ON t TO a", ""),
    ],
)
def test_options_of_a_membership_count_and_a_user_mapping_is_no_role(script: str, line: str) -> None:
    found = list(role_differences(roles_of("GRANT staff TO a", POSTGRESQL), roles_of(script, POSTGRESQL)))

    assert len(found) == bool(line), found
    assert all(one.startswith(line) for one in found)
    assert "secret" not in str(roles_of(script, POSTGRESQL))


def test_a_role_that_a_statement_may_create_is_not_called_missing() -> None:
    block = "DO $$ BEGIN IF version() > 'x' THEN CREATE ROLE a LOGIN; END IF; END $$;"

    found = list(role_differences(roles_of(GUARDED.format("LOGIN"), POSTGRESQL), roles_of(block, POSTGRESQL)))

    assert found[0] == "role a: not shown that the statements create it, because a statement that names it is not read"
    assert len(found) == 2


def test_a_password_is_an_attribute_without_its_secret() -> None:
    roles = roles_of(
        "CREATE ROLE a ENCRYPTED PASSWORD 'secret' CONNECTION LIMIT -1 VALID UNTIL '2030-01-01'", POSTGRESQL
    )

    assert roles.attributes == {"a": frozenset({"password", "valid until '2030-01-01'"})}


@pytest.mark.parametrize(
    ("statement", "unread"),
    [
        ("EXECUTE 'CREATE TABLE t (id int)'", []),
        ("EXECUTE 'GRANT staff TO a'", []),
        ("EXECUTE 'GRANT staff TO ' || name", ["execute 'GRANT staff TO ' || name"]),
        ("EXECUTE format('ALTER ROLE a PASSWORD %L', x)", ["execute format ( 'ALTER ROLE a PASSWORD %L' , x )"]),
        ("ALTER TABLE t OWNER TO a", []),
    ],
)
def test_only_what_a_block_calculates_is_not_read(statement: str, unread: list[str]) -> None:
    block = f"DO $body$ BEGIN IF true THEN {statement}; END IF; END $body$"

    records, found = with_script_roles(Records(role=(RoleRecord("a"),)), [block], POSTGRESQL)

    assert found == unread
    assert bool(records.role[0].member_of) == (statement == "EXECUTE 'GRANT staff TO a'")
