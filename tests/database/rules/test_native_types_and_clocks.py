"""References and creation times in columns whose types only their engine has, or that are stored as another type."""

from pathlib import Path

import pytest
from usable_engines import usable

from langgraph_dba.database import read_existing

_SERVERS = dict.fromkeys(("postgresql", "mariadb"), pytest.mark.server)


def _reported(engine: str, sql: str, tmp_path: Path, rule: str) -> list[str]:
    assert usable(engine).version()  # or the test is skipped
    file = tmp_path / "theirs.sql"
    file.write_text(sql, encoding="utf-8")
    findings = read_existing(file, engines=[engine]).findings()
    return sorted(str(one.location) for one in findings if one.rule == rule)


@pytest.mark.parametrize(
    ("engine", "key", "column", "is_found"),
    [
        pytest.param(engine, key, column, is_found, marks=_SERVERS.get(engine, ()), id=f"{column} to {key}")
        for engine, key, column, is_found in (
            ("mariadb", "bigint unsigned NOT NULL AUTO_INCREMENT", "bigint unsigned NOT NULL", True),
            ("mariadb", "bigint unsigned NOT NULL", "bigint unsigned", True),
            ("mariadb", "bigint unsigned NOT NULL AUTO_INCREMENT", "int unsigned", True),
            ("mariadb", "mediumint unsigned NOT NULL", "mediumint unsigned zerofill", True),
            ("mariadb", "bigint NOT NULL AUTO_INCREMENT", "bigint NOT NULL", True),
            ("mariadb", "bigint unsigned NOT NULL AUTO_INCREMENT", "varchar(20)", False),
            ("mariadb", "bigint unsigned NOT NULL AUTO_INCREMENT", "bit(8)", False),
            ("mariadb", "inet6 NOT NULL", "inet6", True),
            ("mariadb", "inet6 NOT NULL", "bigint unsigned", False),
            ("postgresql", "bigint", "bigint[]", False),
            ("postgresql", "bigint", "int8range", False),
            ("postgresql", "macaddr", "macaddr", True),
            ("postgresql", "macaddr", "inet", False),
        )
    ],
)  # fmt: skip
def test_a_reference_is_recognised_by_the_native_type(
    engine: str, key: str, column: str, tmp_path: Path, *, is_found: bool
) -> None:
    sql = f"""CREATE TABLE customers (id {key}, PRIMARY KEY (id));
    CREATE TABLE orders (id bigint NOT NULL PRIMARY KEY, customer_id {column});"""

    assert _reported(engine, sql, tmp_path, "missing-foreign-key") == (["orders.customer_id"] if is_found else [])


@pytest.mark.parametrize(
    ("column", "is_found"),
    [
        ("created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP", False),
        ("created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))", False),
        ("created_at TEXT NOT NULL DEFAULT (datetime('now'))", False),
        ("made TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP", False),
        ("created_at TEXT NOT NULL", False),
        ("created_at INTEGER NOT NULL", False),
        ("made INTEGER NOT NULL DEFAULT (unixepoch())", False),
        ("made INTEGER NOT NULL DEFAULT (strftime('%s', 'now'))", False),
        ("created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP", False),
        ("created_by TEXT NOT NULL", True),
        ("created_by INTEGER NOT NULL", True),
        ("created_from TEXT NOT NULL DEFAULT 'web'", True),
        ("seen_at TEXT NOT NULL", True),
    ],
)
def test_a_creation_time_is_recognised_by_its_default_or_name(column: str, tmp_path: Path, *, is_found: bool) -> None:
    sql = f"CREATE TABLE things (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE, {column});"

    assert _reported("sqlite", sql, tmp_path, "missing-created-at") == (["things"] if is_found else [])
