"""A unique index over columns that are all NOT NULL is a key of its table, as a unique constraint is."""

import pytest
from existing_schema import evidence_of

from langgraph_dba.database.engines import Engine

pytestmark = pytest.mark.heavy

_TABLE = "CREATE TABLE t (a VARCHAR(60) NOT NULL, b INTEGER NOT NULL, c INTEGER, w VARCHAR(60) NOT NULL);"
_NO_KEY = "t has no key: its rows cannot be distinguished"
# engines, statements
KEYS = (
    ("smp", "CREATE UNIQUE INDEX t_i ON t (a, b);"),
    ("sp", "CREATE UNIQUE INDEX t_i ON t (a DESC, b);"),
    ("m", "CREATE UNIQUE INDEX t_i ON t (a(40), b);"),
    ("p", "CREATE UNIQUE INDEX t_i ON t (a, b) INCLUDE (w);"),
    ("smp", "CREATE UNIQUE INDEX t_c ON t (c); CREATE UNIQUE INDEX t_i ON t (b, a);"),
)
OTHERS = (
    ("smp", "CREATE UNIQUE INDEX t_i ON t (a, c);"),
    ("smp", "CREATE INDEX t_i ON t (a, b);"),
    ("sp", "CREATE UNIQUE INDEX t_i ON t (a, b) WHERE b > 5;"),
    ("sp", "CREATE UNIQUE INDEX t_i ON t (lower(a), b);"),
    ("s", "CREATE UNIQUE INDEX t_i ON t (a COLLATE NOCASE, b);"),
    ("p", "ALTER TABLE t ADD p int4range NOT NULL, ADD EXCLUDE USING gist (p WITH &&);"),
    ("p", "ALTER TABLE t ADD s date NOT NULL, ADD e date NOT NULL, ADD EXCLUDE USING gist (daterange(s, e) WITH &&);"),
)
_ENGINES = {"s": "sqlite", "m": "mariadb", "p": "postgresql"}


def _cases(statements: tuple[tuple[str, str], ...]) -> list[object]:
    return [
        pytest.param(_ENGINES[one], sql, id=f"{sql} {_ENGINES[one]}") for engines, sql in statements for one in engines
    ]


@pytest.mark.parametrize(("engine", "index"), _cases(KEYS), indirect=["engine"])
def test_such_an_index_is_a_key(engine: Engine, index: str) -> None:
    evidence = evidence_of(engine, _TABLE + index)

    assert _NO_KEY not in evidence["normal-form"].reason
    assert evidence["relationships"].state == "supported", evidence["relationships"].reason
    assert evidence["relationships"].receipt.numbers["experiments"]["key"] >= 1
    assert "without a key" not in evidence["data-types"].reason


@pytest.mark.parametrize(("engine", "index"), _cases(OTHERS), indirect=["engine"])
def test_another_index_is_none(engine: Engine, index: str) -> None:
    evidence = evidence_of(engine, _TABLE + index)

    assert evidence["normal-form"].state == "refuted"
    assert evidence["normal-form"].reason == _NO_KEY
    assert "without a key, whose new rows cannot be found" in evidence["data-types"].reason


@pytest.mark.server
def test_a_unique_index_over_all_tenants_is_tried_beside_one_within_each(postgresql: Engine) -> None:
    sql = """
    CREATE TABLE notes (id bigint PRIMARY KEY, tenant_id bigint NOT NULL, code text NOT NULL);
    CREATE UNIQUE INDEX notes_code ON notes (tenant_id, code);
    ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON notes USING (tenant_id = current_setting('app.tenant_id')::bigint);
    GRANT SELECT, INSERT ON notes TO app_user;
    """
    within = evidence_of(postgresql, sql)["relationships"]
    over_all = evidence_of(postgresql, sql + "ALTER TABLE notes ADD UNIQUE (code);")["relationships"]

    assert within.receipt.numbers["experiments"]["tenant"] == 1
    assert (within.state, over_all.state) == ("supported", "refuted")
    assert "two tenants may use the same code in notes" in over_all.reason
