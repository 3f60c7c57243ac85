"""Why an index was not tried: the reason is that of the index, and one table does not end the proof."""

import pytest
from existing_schema import evidence_of

from langgraph_dba.database.engines import Engine

pytestmark = pytest.mark.heavy

# the engine refuses its rows
ODD = """
CREATE TABLE odd (id bigint PRIMARY KEY, c text NOT NULL CHECK (md5(c) = 'unreachable'), n int);
CREATE INDEX odd_n ON odd (n);
"""
ZERO_DATES = """
SET SESSION sql_mode = 'STRICT_TRANS_TABLES';
CREATE TABLE host (
  id int PRIMARY KEY, failed timestamp NOT NULL DEFAULT '0000-00-00 00:00:00', site int NOT NULL,
  name varchar(40) NOT NULL,
  KEY site_name (site, name){more}
);
"""


@pytest.mark.server
@pytest.mark.parametrize(
    ("more", "state"), [("", "supported"), (", KEY site_failed (site, failed)", "not run")], ids=["usual", "zero date"]
)
def test_a_default_that_cannot_be_copied_ends_the_comparison_of_its_index_only(
    mariadb: Engine, more: str, state: str
) -> None:
    evidence = evidence_of(mariadb, ZERO_DATES.format(more=more))["column-order"]

    assert evidence.state == state
    if more:
        assert "site_failed (Invalid default value for" in evidence.reason
        assert "site_name" not in evidence.reason


@pytest.mark.server
def test_an_index_that_is_not_rebuilt_is_named(postgresql: Engine) -> None:
    columns = "id bigint PRIMARY KEY, parent int, name text NOT NULL"
    sql = f"{ODD}CREATE TABLE c ({columns}); CREATE INDEX by_parent ON c (parent NULLS FIRST, name);"

    evidence = evidence_of(postgresql, sql)

    assert "by_parent of c" in evidence["index-rebuild"].reason
    assert "besides its keys" not in evidence["index-rebuild"].reason


@pytest.mark.server
def test_an_index_of_a_table_without_rows_is_not_one_of_unknown_reads(postgresql: Engine) -> None:
    usual = "CREATE TABLE usual (id bigint PRIMARY KEY, n int); CREATE INDEX usual_n ON usual USING gin ((ARRAY[n]));"

    reason = evidence_of(postgresql, ODD + usual)["needless-indexes"].reason

    assert reason.startswith("no index was tried: the reads of usual_n are not known here")
    assert "the tables of odd_n have few rows" in reason
