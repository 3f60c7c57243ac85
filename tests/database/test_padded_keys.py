"""Keys that the engine stores as another value than it was given: MariaDB fills BINARY(n) with zero bytes."""

import pytest
from existing_schema import evidence_of

from langgraph_dba.database.engines import Engine
from langgraph_dba.database.proofs import NOT_FILLED

pytestmark = [pytest.mark.server, pytest.mark.heavy]
_KEYED = "CREATE TABLE u (id {}, url varchar(255) NOT NULL, PRIMARY KEY (id));"
_CHILD = """CREATE TABLE h (id binary(20) NOT NULL PRIMARY KEY, url varchar(255) NOT NULL);
CREATE TABLE n (h_id binary(20) NOT NULL, n int NOT NULL, word varchar(9) NOT NULL, PRIMARY KEY (h_id, n),
  CONSTRAINT f FOREIGN KEY (h_id) REFERENCES h (id) ON DELETE CASCADE);"""


@pytest.mark.parametrize("engine", ["mariadb"], indirect=True)
@pytest.mark.parametrize(
    "sql",
    [
        _CHILD,
        *map(
            _KEYED.format,
            (
                "binary(20)",
                "binary(16) NOT NULL CHECK (octet_length(id) = 16)",
                "binary(3)",
                "binary",
                "varbinary(20)",
                "varbinary(4)",
            ),
        ),
    ],
)
def test_a_binary_key_is_tried_and_supported(engine: Engine, sql: str) -> None:
    evidence = evidence_of(engine, sql)

    for proof in ("relationships", "data-types"):
        assert evidence[proof].state == "supported", evidence[proof].reason
    assert evidence["relationships"].receipt.numbers["experiments"]["key"] >= 1


@pytest.mark.parametrize("engine", ["mariadb"], indirect=True)
def test_a_table_whose_rows_are_not_found_by_their_key_is_left_out(engine: Engine) -> None:
    evidence = evidence_of(engine, _KEYED.format("bit(8)") + "CREATE TABLE t (id int PRIMARY KEY, word varchar(9));")

    assert evidence["relationships"].state == "not run"
    left_out = evidence["relationships"].receipt.numbers[NOT_FILLED]
    assert left_out["u"] == "a generated row is not found by its key (id): the engine stores another value"


@pytest.mark.parametrize("engine", ["mariadb"], indirect=True)
def test_a_defect_of_a_table_with_a_binary_key_is_found(engine: Engine) -> None:
    sql = "CREATE TABLE sales (id binary(20) NOT NULL PRIMARY KEY, price double NOT NULL);"

    evidence = evidence_of(engine, sql)["data-types"]

    assert evidence.state == "refuted"
    assert "sales.price add up to" in evidence.reason
