"""What a finding advises can be done: its statement runs, and it leads to no other finding."""

from pathlib import Path

import pytest
from usable_engines import usable

from langgraph_dba.database import read_existing
from langgraph_dba.findings import Finding

UNINDEXED = """
CREATE TABLE authors (id integer PRIMARY KEY);
CREATE TABLE posts (id integer PRIMARY KEY, author_id integer, FOREIGN KEY (author_id) REFERENCES authors (id));
"""
TENANTS = """
CREATE TABLE tenants (id bigint PRIMARY KEY);
CREATE TABLE customers (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants{unique});
CREATE TABLE orders (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, customer_id bigint);
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY t ON customers USING (tenant_id = current_setting('app.tenant_id')::bigint);
CREATE POLICY t ON orders USING (tenant_id = current_setting('app.tenant_id')::bigint);
"""
COMPOSITE = "add FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id)"


def findings_of(rule: str, sql: str, engine: str, tmp_path: Path) -> list[Finding]:
    assert usable(engine).version()  # or the test is skipped
    file = tmp_path / "shop.sql"
    file.write_text(sql, encoding="utf-8")
    return [one for one in read_existing(file, engines=[engine]).findings() if one.rule == rule]


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def test_the_index_for_a_foreign_key_can_be_created(engine: str, tmp_path: Path) -> None:
    (found,) = findings_of("unindexed-foreign-key", UNINDEXED, engine, tmp_path)

    assert found.help.startswith("CREATE INDEX ")
    assert findings_of("unindexed-foreign-key", f"{UNINDEXED}{found.help};", engine, tmp_path) == []


@pytest.mark.server
@pytest.mark.parametrize(
    ("unique", "advice"),
    [(", UNIQUE (tenant_id, id)", COMPOSITE), ("", f"{COMPOSITE}, which needs UNIQUE (tenant_id, id) there")],
)
def test_a_missing_foreign_key_is_advised_within_the_tenant(unique: str, advice: str, tmp_path: Path) -> None:
    (found,) = findings_of("missing-foreign-key", TENANTS.format(unique=unique), "postgresql", tmp_path)

    assert found.help == advice


@pytest.mark.server
def test_an_unsigned_key_holds_twice_as_many_values(tmp_path: Path) -> None:
    sql = """
    SET FOREIGN_KEY_CHECKS = 0;
    CREATE TABLE parts (id int PRIMARY KEY, order_id int unsigned, FOREIGN KEY (order_id) REFERENCES orders (id));
    CREATE TABLE orders (id bigint unsigned PRIMARY KEY);
    """
    found = findings_of("foreign-key-type-mismatch", sql, "mariadb", tmp_path)

    assert [one.message.rpartition("above ")[2] for one in found] == ["4,294,967,295"]
