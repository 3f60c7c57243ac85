"""Joins of tables whose rows only a key of an uncommon type distinguishes, or no key: they lose no row."""

import pytest
from existing_schema import evidence_of

from langgraph_dba.database.engines import Engine

pytestmark = pytest.mark.heavy

_USERS = "CREATE SCHEMA auth; CREATE TABLE auth.users (id uuid PRIMARY KEY);"
_MEMBERS = """CREATE TABLE organizations (id integer PRIMARY KEY, name varchar(30) NOT NULL);
CREATE TABLE members (org_id integer NOT NULL, user_id {type} NOT NULL {reference},
  role varchar(9) NOT NULL CHECK (role IN ('owner', 'member')){key},
  FOREIGN KEY (org_id) REFERENCES organizations (id));
CREATE INDEX members_org ON members (org_id);"""
_KEY = ", PRIMARY KEY (org_id, user_id)"
_REFERRING = _USERS + _MEMBERS.format(type="uuid", reference="REFERENCES auth.users", key=_KEY)


@pytest.mark.parametrize(
    ("engine", "sql"),
    [
        pytest.param("postgresql", _REFERRING, id="users of another schema"),
        pytest.param("postgresql", _MEMBERS.format(type="inet", reference="", key=_KEY), id="a native type"),
        pytest.param("mariadb", _MEMBERS.format(type="inet6", reference="", key=_KEY), id="a native type of MariaDB"),
    ],
    indirect=["engine"],
)
@pytest.mark.server
def test_a_sound_join_is_not_refuted(engine: Engine, sql: str) -> None:
    evidence = evidence_of(engine, sql)["normal-form"]

    assert evidence.state == "not run", evidence.reason
    assert "no table declares which columns determine others" in evidence.reason


def test_equal_rows_of_a_table_without_a_key_are_only_told_as_such(engine: Engine) -> None:
    sql = _MEMBERS.format(type="integer", reference="CHECK (user_id BETWEEN 1 AND 1)", key="")

    evidence = evidence_of(engine, sql)["normal-form"]

    assert evidence.state == "refuted"
    assert evidence.reason == "members has no key: its rows cannot be distinguished"


@pytest.mark.server
def test_a_dependency_on_a_part_of_such_a_key_is_found(postgresql: Engine) -> None:
    sql = f"{_REFERRING} COMMENT ON TABLE members IS 'user_id determines role';"

    evidence = evidence_of(postgresql, sql)["normal-form"]

    assert evidence.state == "refuted"
    assert "user_id determines role and is no key" in evidence.reason


@pytest.mark.parametrize("unique", ["UNIQUE", "NOT NULL UNIQUE"])
def test_a_key_to_a_nullable_unique_column_adds_no_rows(engine: Engine, unique: str) -> None:
    sql = f"""CREATE TABLE bookings (id integer PRIMARY KEY, voucher varchar(20) {unique}, note varchar(20));
    CREATE TABLE uses (id integer PRIMARY KEY, voucher varchar(20) REFERENCES bookings (voucher), used integer);
    CREATE INDEX uses_voucher ON uses (voucher);"""
    evidence = evidence_of(engine, sql)["normal-form"]

    assert evidence.state != "refuted", evidence.reason
