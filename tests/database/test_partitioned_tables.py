"""Partitioned tables without a default partition are filled with rows that belong to their partitions."""

from itertools import pairwise
from pathlib import Path

import pytest
from tenant_schemas import isolation_of

from langgraph_dba.database import read_existing
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.proofs import NOT_FILLED, prove
from langgraph_dba.evidence import Evidence

pytestmark = pytest.mark.server

POSTGRESQL = """
CREATE TABLE by_day (id bigint NOT NULL, day date NOT NULL, body text NOT NULL, PRIMARY KEY (id, day))
  PARTITION BY RANGE (day);
CREATE TABLE day_2020 PARTITION OF by_day FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE day_2021 PARTITION OF by_day FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE TABLE nested (id bigint NOT NULL, region text NOT NULL, n int NOT NULL, PRIMARY KEY (id, region, n))
  PARTITION BY LIST (region);
CREATE TABLE nested_eu PARTITION OF nested FOR VALUES IN ('de', 'it''s') PARTITION BY RANGE (n);
CREATE TABLE nested_eu_1 PARTITION OF nested_eu FOR VALUES FROM (10000) TO (20000);
CREATE TABLE nested_us PARTITION OF nested FOR VALUES IN ('us');
CREATE TABLE hashed (id bigint PRIMARY KEY, v text) PARTITION BY HASH (id);
CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE pair (id bigint NOT NULL, a int NOT NULL, b timestamptz NOT NULL, PRIMARY KEY (id, a, b))
  PARTITION BY RANGE (a, b);
CREATE TABLE pair_1 PARTITION OF pair FOR VALUES FROM (5, '2020-01-01') TO (7, '2020-02-01');
CREATE TABLE hours (id bigint NOT NULL, at timestamptz NOT NULL)
  PARTITION BY RANGE ((extract(year from at AT TIME ZONE 'UTC')));
CREATE TABLE hours_1 PARTITION OF hours FOR VALUES FROM (2019) TO (2020);
CREATE TABLE keyed (id uuid PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE keyed_1 PARTITION OF keyed
  FOR VALUES FROM ('a0000000-0000-0000-0000-000000000000') TO ('b0000000-0000-0000-0000-000000000000');
CREATE TABLE child (id bigint PRIMARY KEY, parent bigint NOT NULL, day date NOT NULL,
  FOREIGN KEY (parent, day) REFERENCES by_day);
"""
MARIADB = """
CREATE TABLE `by_day` (`id` bigint NOT NULL, `day` date NOT NULL, `body` varchar(99) NOT NULL, PRIMARY KEY (`id`,`day`))
  PARTITION BY RANGE (to_days(`day`)) (PARTITION a VALUES LESS THAN (737791), PARTITION b VALUES LESS THAN (738157));
CREATE TABLE `columns` (`id` bigint NOT NULL, `day` date NOT NULL, PRIMARY KEY (`id`,`day`))
  PARTITION BY RANGE COLUMNS(`day`)
  (PARTITION a VALUES LESS THAN ('2020-01-01'), PARTITION b VALUES LESS THAN ('2021-01-01'));
CREATE TABLE `listed` (`id` bigint NOT NULL, `k` int NOT NULL, PRIMARY KEY (`id`,`k`))
  PARTITION BY LIST (`k`) (PARTITION `A b` VALUES IN (100,101), PARTITION b VALUES IN (105));
CREATE TABLE `words` (`id` bigint NOT NULL, `k` varchar(5) NOT NULL, PRIMARY KEY (`id`,`k`))
  PARTITION BY LIST COLUMNS(`k`) (PARTITION a VALUES IN ('de','fr'), PARTITION b VALUES IN ('us'));
CREATE TABLE `below` (`id` bigint NOT NULL, `n` int NOT NULL, PRIMARY KEY (`id`,`n`))
  PARTITION BY RANGE (`n`) (PARTITION a VALUES LESS THAN (-1000), PARTITION b VALUES LESS THAN (-900));
"""


def _evidence(engine: Engine, folder: Path, sql: str) -> dict[str, Evidence]:
    path, name = folder / "theirs.sql", engine.traits.name
    path.write_text(sql, encoding="utf-8")
    database = read_existing(path, engines=[name])
    assert not database.lost
    return {one.proof: one for one in prove(database.schema, database.ddl, {name: engine})}


def test_rows_are_generated_within_the_partitions_of_postgresql(postgresql: Engine, tmp_path: Path) -> None:
    found = _evidence(postgresql, tmp_path, POSTGRESQL)

    assert found["relationships"].state == "supported", found["relationships"].reason
    assert not [one.reason for one in found.values() if "could not be filled" in one.reason]


def test_partitions_with_foreign_keys_of_their_own_get_no_rows(postgresql: Engine, tmp_path: Path) -> None:
    """The key of a partition is no key of the table: its rows would have to obey it by chance."""
    sql = """
    CREATE TABLE customer (id bigint PRIMARY KEY);
    CREATE TABLE pay (id bigint NOT NULL, customer_id bigint NOT NULL, at date NOT NULL, PRIMARY KEY (id, at))
      PARTITION BY RANGE (at);
    CREATE TABLE pay_1 PARTITION OF pay FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
    CREATE TABLE pay_2 PARTITION OF pay FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
    ALTER TABLE pay_1 ADD FOREIGN KEY (customer_id) REFERENCES customer;
    """

    found = _evidence(postgresql, tmp_path, sql)

    assert found["relationships"].state == "supported", found["relationships"].reason


def test_names_that_need_quotes_are_read(postgresql: Engine, tmp_path: Path) -> None:
    sql = """
    CREATE TABLE "Part Ed" (id bigint, "Day" date NOT NULL, PRIMARY KEY (id, "Day")) PARTITION BY RANGE ("Day");
    CREATE TABLE "P 1" PARTITION OF "Part Ed" FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
    CREATE TABLE "P_2" PARTITION OF "Part Ed" FOR VALUES FROM ('2021-01-01') TO ('2022-01-01') PARTITION BY HASH (id);
    CREATE TABLE "P 3" PARTITION OF "P_2" FOR VALUES WITH (MODULUS 1, REMAINDER 0);
    """

    found = _evidence(postgresql, tmp_path, sql)

    assert found["relationships"].state == "supported", found["relationships"].reason


def test_an_index_over_many_partitions_is_compared_with_one_over_as_many_rows(
    postgresql: Engine, tmp_path: Path
) -> None:
    starts = [f"{year}-{month:02}-01" for year in range(2019, 2024) for month in range(1, 13)]
    parts = "".join(
        f"CREATE TABLE ev_{number} PARTITION OF ev FOR VALUES FROM ('{low}') TO ('{high}');"
        for number, (low, high) in enumerate(pairwise(starts))
    )
    columns = "id bigint NOT NULL, key uuid NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (at, id)"
    table = f"CREATE TABLE ev ({columns}) PARTITION BY RANGE (at); CREATE INDEX ev_key ON ev (key, at);"

    work = _evidence(postgresql, tmp_path, table + parts)["column-order"].receipt.numbers["work"]["ev_key"]

    # the other order is measured on one table: the pages of each partition would count against the index
    assert work["key, at"] < work["at, key"]


_PARTED = """
CREATE TABLE ev (id bigint NOT NULL, key bigint NOT NULL, at date NOT NULL, PRIMARY KEY (at, id))
  PARTITION BY RANGE (at);
CREATE TABLE ev_1 PARTITION OF ev FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE INDEX ev_key ON ev (key); CREATE INDEX ev_both ON ev (key, id);
"""


@pytest.mark.parametrize(
    ("more", "state", "words"),
    [
        ("", "not run", "each partition has a part of ev_both of ev, ev_key of ev, and no other index was found"),
        (
            "CREATE TABLE t (id bigint PRIMARY KEY, n bigint NOT NULL); CREATE INDEX t_n ON t (n);",
            "supported",
            "1 indexes of t at",
        ),
    ],
)
def test_indexes_of_partitioned_tables_are_not_rebuilt(
    postgresql: Engine, tmp_path: Path, more: str, state: str, words: str
) -> None:
    found = _evidence(postgresql, tmp_path, _PARTED + more)["index-rebuild"]

    assert found.state == state, found.reason
    assert words in found.reason


def test_rows_are_generated_within_the_partitions_of_mariadb(mariadb: Engine, tmp_path: Path) -> None:
    """Their partitions have names within their table: four tables have a partition `a`."""
    found = _evidence(mariadb, tmp_path, MARIADB)

    assert found["relationships"].state == "supported", found["relationships"].reason
    assert not [one.reason for one in found.values() if "could not be filled" in one.reason]


def test_a_table_without_partitions_is_named_in_each_line(postgresql: Engine, tmp_path: Path) -> None:
    bare = "CREATE TABLE bare (id bigint PRIMARY KEY) PARTITION BY RANGE (id);"

    found = _evidence(postgresql, tmp_path, POSTGRESQL + bare)

    words = "bare: the engine refused a generated row: no partition of relation"
    assert f"({words}" in found["relationships"].reason
    assert "could not be filled: bare" in found["first-normal-form"].reason
    assert found["first-normal-form"].receipt.numbers[NOT_FILLED]["bare"].startswith(words.removeprefix("bare: "))


ROWS = """
CREATE TABLE tenants (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE ev (tenant_id bigint NOT NULL REFERENCES tenants, day date NOT NULL, id bigint NOT NULL,
  PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY; ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
ALTER TABLE ev ENABLE ROW LEVEL SECURITY; ALTER TABLE ev FORCE ROW LEVEL SECURITY;
CREATE POLICY t ON tenants USING (id = current_setting('app.tenant', true)::bigint);
CREATE POLICY t ON ev USING (tenant_id = current_setting('app.tenant', true)::bigint);
GRANT SELECT, INSERT ON tenants, ev TO app_user;
"""
PART = "CREATE TABLE ev_1 PARTITION OF ev FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');"


@pytest.mark.parametrize(
    ("statements", "state", "words"),
    [
        (PART, "supported", ""),
        (PART + "GRANT SELECT ON ev_1 TO app_user;", "refuted", "from ev_1"),
        ("", "not run", "could be generated in ev"),
    ],
    ids=["sound", "a granted partition", "no partition"],
)
def test_a_partitioned_table_of_tenants_is_tried(postgresql: Engine, statements: str, state: str, words: str) -> None:
    evidence = isolation_of(postgresql, ROWS + statements)

    assert evidence.state == state, evidence.reason
    assert words in evidence.reason
    assert "ev, ev" not in evidence.reason
