"""Keys of a database that exists: each is tried at the end of its own range, or named with the reason."""

import pytest
from existing_schema import evidence_of

from langgraph_dba.database.engines import Engine
from langgraph_dba.evidence import Evidence

BIG = "CREATE TABLE big (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, x int);"


def room(engine: Engine, sql: str) -> Evidence:
    return evidence_of(engine, sql)["identity-room"]


@pytest.mark.parametrize(
    ("columns", "last"),
    [
        ("id serial PRIMARY KEY", 2**31 - 1),
        ("id smallserial PRIMARY KEY", 2**15 - 1),
        ("id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY", 2**31 - 1),
        ("id integer PRIMARY KEY", 2**31 - 1),
        ("id smallint PRIMARY KEY", 2**15 - 1),
        ("no integer DEFAULT nextval('numbers'), name text PRIMARY KEY", 2**31 - 1),
        ("id bigint DEFAULT nextval('numbers') PRIMARY KEY", 2**31 - 1),
        ("id bigint GENERATED ALWAYS AS IDENTITY (MAXVALUE 9000) PRIMARY KEY", 9000),
        ("id bigint GENERATED ALWAYS AS IDENTITY (MAXVALUE 900) PRIMARY KEY", 900),
    ],
)
def test_a_short_key_of_postgresql_is_named_with_its_last_number(postgresql: Engine, columns: str, last: int) -> None:
    sql = f"CREATE SEQUENCE numbers AS integer; CREATE TABLE t ({columns}, x int);"

    alone, beside = room(postgresql, sql), room(postgresql, sql + BIG)

    for evidence in (alone, beside):
        assert evidence.state == "not run"
        assert f" at {last} (" in evidence.reason
    assert "big.id" not in beside.reason


@pytest.mark.parametrize(
    ("type_", "last"),
    [
        ("int auto_increment", 2**31 - 1),
        ("int unsigned auto_increment", 2**32 - 1),
        ("mediumint auto_increment", 2**23 - 1),
        ("smallint unsigned auto_increment", 2**16 - 1),
        ("tinyint unsigned", 2**8 - 1),
        ("int", 2**31 - 1),
    ],
)
def test_a_short_key_of_mariadb_is_named_with_its_last_number(mariadb: Engine, type_: str, last: int) -> None:
    evidence = room(mariadb, f"CREATE TABLE t (id {type_} PRIMARY KEY, x int);")

    assert evidence.state == "not run"
    assert f" at {last} (" in evidence.reason


@pytest.mark.parametrize(
    "columns", ["id bigserial PRIMARY KEY", "id bigint PRIMARY KEY", "id bigint DEFAULT nextval('numbers') PRIMARY KEY"]
)
def test_a_long_key_of_postgresql_is_supported(postgresql: Engine, columns: str) -> None:
    evidence = room(postgresql, f"CREATE SEQUENCE numbers; CREATE TABLE t ({columns}, x int);")

    assert evidence.state == "supported", evidence.reason


@pytest.mark.parametrize("type_", ["bigint auto_increment", "bigint unsigned auto_increment", "bigint"])
def test_a_long_key_of_mariadb_is_supported(mariadb: Engine, type_: str) -> None:
    evidence = room(mariadb, f"CREATE TABLE t (id {type_} PRIMARY KEY, x int);")

    assert evidence.state == "supported", evidence.reason


@pytest.mark.parametrize("type_", ["INTEGER", "INT", "SMALLINT", "BIGINT"])
def test_every_integer_key_of_sqlite_has_64_bits(sqlite: Engine, type_: str) -> None:
    evidence = room(sqlite, f"CREATE TABLE t (id {type_} PRIMARY KEY, x int);")

    assert evidence.state == "supported", evidence.reason


def test_keys_that_do_not_count_up_are_not_judged(engine: Engine) -> None:
    sql = """
    CREATE TABLE years (year smallint PRIMARY KEY, x int);
    CREATE TABLE names (name varchar(20) PRIMARY KEY, year smallint REFERENCES years (year), x int);
    CREATE TABLE days (id smallint PRIMARY KEY REFERENCES years (year), x int);
    """

    evidence = evidence_of(engine, sql).get("identity-room")

    assert evidence is None or "no table has" in evidence.reason


def test_a_key_of_a_table_that_cannot_be_filled_is_named(postgresql: Engine) -> None:
    odd = "CREATE TABLE odd (id serial PRIMARY KEY, c text NOT NULL CHECK (md5(c) = 'unreachable'));"

    evidence = room(postgresql, odd + BIG)

    assert evidence.state == "not run"
    assert "not tried: odd.id" in evidence.reason
