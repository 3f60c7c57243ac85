"""Rules for live databases: each finds an instance planted on a real engine, and none finds anything in a sound one."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from langgraph_dba.database import open_live
from langgraph_dba.database.engines import Connection, Engine, Rejected, Scratch, read_condition
from langgraph_dba.database.engines.condition import Unreadable
from langgraph_dba.database.rules import LIVE_RULES, find_live
from langgraph_dba.database.rules.kit.live_finding import plain
from langgraph_dba.findings import Finding, Severity, rule_name

SOUND = """
CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id bigint REFERENCES customers);
CREATE INDEX orders_customer_idx ON orders (customer_id);
CREATE INDEX customers_name_idx ON customers (name COLLATE "ucs_basic");
INSERT INTO customers (name) SELECT 'customer ' || g FROM generate_series(1, 5000) g;
"""
UCS = "collname = 'ucs_basic'"
# SQL, as the superuser; the location and the severity of the finding. `BEGIN` undoes a change of a shared catalogue.
POSTGRESQL: dict[str, tuple[tuple[str, ...], str, Severity]] = {
    "sequence-behind-column": (
        ("INSERT INTO orders (id) OVERRIDING SYSTEM VALUE VALUES (7)",), "orders.id", "critical",
    ),
    "sequence-behind-column, never called": (
        ('CREATE TABLE odd ("Id" serial PRIMARY KEY)', "INSERT INTO odd VALUES (1)"), "odd.Id", "critical",
    ),
    "key-near-its-end": (
        ("CREATE TABLE events (id serial PRIMARY KEY)", "SELECT setval('events_id_seq', 1800000000)"),
        "events.id", "critical",
    ),
    "key-near-its-end, half": (
        ("CREATE TABLE events (id smallserial PRIMARY KEY)", "SELECT setval('events_id_seq', 20000)"),
        "events.id", "major",
    ),
    "key-near-its-end, not counted by a sequence": (
        ("CREATE TABLE parcels (barcode integer PRIMARY KEY)", "INSERT INTO parcels VALUES (2000000000)"),
        "parcels.barcode", "minor",
    ),
    "key-near-its-end, by a narrower reference": (
        ("CREATE TABLE visits (customer_id smallint REFERENCES customers, PRIMARY KEY (customer_id))",
         "INSERT INTO customers OVERRIDING SYSTEM VALUE VALUES (30000, 'x')",
         "SELECT setval('customers_id_seq', 30000)"),
        "customers.id", "critical",
    ),
    # The libraries of a test machine have one version: the recorded one is changed instead.
    "collation-version-mismatch": (
        ("UPDATE pg_collation SET collcollate = 'en_US.utf8', collversion = '1', collprovider = 'c' WHERE " + UCS,),
        "schema", "critical",
    ),
    "collation-version-mismatch, database": (
        ("CREATE INDEX by_name ON customers (name)", "BEGIN",
         "UPDATE pg_database SET datcollate = 'en_US.utf8', datcollversion = '1.0' WHERE datname = current_database()"),
        "schema", "critical",
    ),
    # A server needs days for so many transactions: the recorded id is moved back instead.
    "transaction-ids-run-out": (
        ("BEGIN", "UPDATE pg_database SET datfrozenxid = '2500000000' WHERE datname = current_database()",
         "UPDATE pg_class SET relfrozenxid = '2500000000' WHERE relname = 'customers'"),
        "customers", "critical",
    ),
    "transaction-ids-run-out, multixact": (
        ("BEGIN", "UPDATE pg_database SET datminmxid = '3400000000' WHERE datname = current_database()",
         "UPDATE pg_class SET relminmxid = '3400000000' WHERE relname = 'orders'"),
        "orders", "major",
    ),
    "login-owns-tables": (("ALTER TABLE orders OWNER TO app_user",), "orders", "minor"),
    "login-owns-tables, policies": (
        ("ALTER TABLE orders OWNER TO app_user", "ALTER TABLE orders ENABLE ROW LEVEL SECURITY"), "orders", "major",
    ),
    "missing-replica-identity": (
        ("CREATE TABLE log (line text)", "CREATE PUBLICATION changes FOR TABLE log"), "log", "major",
    ),
    "missing-replica-identity, not published": (
        ("ALTER TABLE orders REPLICA IDENTITY NOTHING",), "orders", "minor",
    ),
    "schema-open-to-all": (("GRANT CREATE ON SCHEMA public TO PUBLIC",), "schema", "major"),
    "missing-statistics": (
        ("CREATE TABLE lines AS SELECT * FROM customers", "ALTER TABLE lines ADD PRIMARY KEY (id)"), "lines", "minor",
    ),
    "missing-statistics, partitioned": (
        ("CREATE TABLE parts (id bigint PRIMARY KEY) PARTITION BY RANGE (id)",
         "CREATE TABLE part PARTITION OF parts DEFAULT", "INSERT INTO parts SELECT id FROM customers",
         "ANALYZE part"),
        "parts", "minor",
    ),
    "outdated-extension": (("CREATE EXTENSION pg_trgm VERSION '1.3'",), "schema", "minor"),
}  # fmt: skip


@contextmanager
def sound(postgresql: Engine) -> Iterator[tuple[Scratch, Connection]]:
    """A database without findings, whose tables belong to the superuser."""
    with postgresql.scratch(SOUND) as scratch, scratch.connect("superuser") as connection:
        for table in ("customers", "orders"):
            connection.run(f"ALTER TABLE {table} OWNER TO CURRENT_USER")
        connection.analyze()
        yield scratch, connection


def found(connection: Connection, engine: Engine) -> tuple[Finding, ...]:
    return find_live(read_condition(connection, engine.traits))


def summary(findings: tuple[Finding, ...]) -> list[tuple[str, str, str]]:
    return [(one.rule, str(one.location), one.severity) for one in findings]


def test_a_sound_postgresql_database_has_no_findings(postgresql: Engine) -> None:
    with sound(postgresql) as (_, connection):
        assert found(connection, postgresql) == ()


@pytest.mark.parametrize("plant", POSTGRESQL)
def test_a_planted_problem_is_found_and_nothing_else(postgresql: Engine, plant: str) -> None:
    statements, location, severity = POSTGRESQL[plant]

    with sound(postgresql) as (_, connection):
        for statement in statements:
            connection.run(statement)
        findings = found(connection, postgresql)

    assert summary(findings) == [(plant.partition(",")[0], location, severity)]
    assert findings[0].message
    assert findings[0].help


def test_an_index_whose_concurrent_build_failed_is_found_and_rebuilt_as_the_help_says(postgresql: Engine) -> None:
    with sound(postgresql) as (_, connection):
        connection.run("INSERT INTO customers (name) VALUES ('customer 1')")
        with pytest.raises(Rejected):
            connection.run("CREATE UNIQUE INDEX CONCURRENTLY customers_name_key ON customers (name)")
        findings = found(connection, postgresql)
        connection.run("DELETE FROM customers WHERE id = 5001")
        connection.run("REINDEX INDEX CONCURRENTLY customers_name_key")

        assert summary(findings) == [("invalid-index", "customers", "major")]
        assert "REINDEX INDEX CONCURRENTLY customers_name_key" in findings[0].help
        assert found(connection, postgresql) == ()


@pytest.mark.parametrize(
    "plant", ["sequence-behind-column", "sequence-behind-column, never called", "schema-open-to-all",
              "missing-statistics", "missing-replica-identity, not published", "outdated-extension"],
)  # fmt: skip
def test_the_statement_of_the_help_clears_the_finding(postgresql: Engine, plant: str) -> None:
    with sound(postgresql) as (_, connection):
        for statement in POSTGRESQL[plant][0]:
            connection.run(statement)
        (finding,) = found(connection, postgresql)
        connection.run(finding.help.partition(", which")[0])

        assert found(connection, postgresql) == ()


def test_a_sequence_that_is_set_and_was_not_called_is_not_behind(postgresql: Engine) -> None:
    """`setval(…, false)`, as pg_dump writes it: the value itself is the next one."""
    with sound(postgresql) as (_, connection):
        connection.run("INSERT INTO orders (id) OVERRIDING SYSTEM VALUE VALUES (7)")
        connection.run("SELECT setval('orders_id_seq', 8, false)")

        assert found(connection, postgresql) == ()


def test_what_the_login_may_not_read_is_listed_with_the_reason(postgresql: Engine) -> None:
    hidden = (
        "ALTER TABLE customers ENABLE ROW LEVEL SECURITY",
        "GRANT SELECT ON customers TO app_user",
        "GRANT SELECT ON SEQUENCE customers_id_seq TO app_user",
        "CREATE TABLE unkeyed (id serial)",
        "GRANT SELECT ON unkeyed, unkeyed_id_seq TO app_user",
    )

    with sound(postgresql) as (scratch, connection):
        for statement in hidden:
            connection.run(statement)
        with scratch.connect("app") as app:
            condition = read_condition(app, postgresql.traits)

    assert condition.key == ()
    assert set(condition.unreadable) == {
        Unreadable("key", "row security hides rows of the table from this login", "customers.id"),
        Unreadable("key", "this login has no privilege SELECT on the column", "orders.id"),
        Unreadable("key", "no index starts with the column: its highest value would need a scan of the table",
                   "unkeyed.id"),
    }  # fmt: skip


FUNCTION = """
CREATE FUNCTION trap(integer) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$
  BEGIN IF current_setting('app.trap', true) = 'on' THEN RAISE 'called'; END IF; RETURN true; END $$
"""
TRAP = (
    FUNCTION,
    "CREATE INDEX trapped ON orders (customer_id) WHERE trap(1)",
    "SELECT set_config('app.trap', 'on', false)",
)


def test_no_function_of_the_database_is_called(postgresql: Engine) -> None:
    """A function of constants in the predicate of an index runs while a query is planned."""
    with sound(postgresql) as (_, connection):
        for statement in TRAP:
            connection.run(statement)
        with pytest.raises(Rejected, match="called"):
            connection.run("SELECT max(id) FROM orders")

        condition = read_condition(connection, postgresql.traits)

    reason = "planning a query of the table would call a function of the database"
    assert condition.unreadable == (Unreadable("key", reason, "orders.id"),)


MARIADB_SOUND = """
CREATE TABLE customers (id bigint AUTO_INCREMENT PRIMARY KEY, name varchar(100) NOT NULL);
INSERT INTO customers (name) VALUES ('x');
CREATE TABLE visits (id bigint unsigned AUTO_INCREMENT PRIMARY KEY);
"""


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT 1", []),
        ("CREATE TABLE few (id tinyint unsigned AUTO_INCREMENT PRIMARY KEY) AUTO_INCREMENT = 230",
         [("key-near-its-end", "few.id", "critical")]),
        ("CREATE TABLE many (id bigint unsigned AUTO_INCREMENT PRIMARY KEY) AUTO_INCREMENT = 17000000000000000000",
         [("key-near-its-end", "many.id", "critical")]),
        ("CREATE TABLE log (line text)", [("missing-replica-identity", "log", "minor")]),
        ("CREATE TABLE log (line text) WITH SYSTEM VERSIONING", [("missing-replica-identity", "log", "minor")]),
        ("CREATE TABLE old (id bigint PRIMARY KEY) ENGINE = Aria WITH SYSTEM VERSIONING",
         [("non-transactional-table", "old", "major")]),
        ("CREATE TABLE old (id bigint PRIMARY KEY) ENGINE = MyISAM", [("non-transactional-table", "old", "major")]),
    ],
)  # fmt: skip
def test_a_planted_problem_is_found_on_mariadb(
    mariadb: Engine, statement: str, expected: list[tuple[str, str, str]]
) -> None:
    with mariadb.scratch(MARIADB_SOUND) as scratch, scratch.connect() as owner:
        owner.run(statement)
        condition = read_condition(owner, mariadb.traits)

    assert summary(find_live(condition)) == expected
    assert [one.kind for one in condition.unreadable] == ["statistics"]  # they are in the database `mysql`


def test_the_login_and_missing_statistics_are_found_on_mariadb(mariadb: Engine) -> None:
    rows = (
        "INSERT INTO customers (name) SELECT 'some name' FROM seq_1_to_5000;ALTER TABLE customers STATS_PERSISTENT = 1;"
    )

    with mariadb.scratch(MARIADB_SOUND + rows) as scratch, scratch.connect("superuser") as root:
        root.run("DELETE FROM mysql.innodb_table_stats WHERE database_name = database()")
        findings = found(root, mariadb)
        root.run(findings[1].help)
        after = found(root, mariadb)

    assert summary(findings) == [
        ("login-with-all-privileges", "schema", "major"), ("missing-statistics", "customers", "minor"),
    ]  # fmt: skip
    assert [one.rule for one in after] == ["login-with-all-privileges"]


SQLITE_SOUND = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers);
INSERT INTO customers VALUES (1, NULL);
INSERT INTO orders VALUES (1, 1);
"""
MANY_ROWS = "WITH RECURSIVE r (n) AS (SELECT 10 UNION ALL SELECT n + 1 FROM r LIMIT 2000) SELECT n FROM r"


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("SELECT 1", []),
        ("INSERT INTO orders VALUES (2, 99), (3, 98)", [("integrity-violation", "orders", "major")]),
        ("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'TEXT', 'TEXT NOT NULL')",
         [("integrity-violation", "schema", "critical")]),
        (f"CREATE INDEX by_customer ON orders (customer_id); INSERT INTO orders (id) {MANY_ROWS}",
         [("missing-statistics", "orders", "minor")]),
        (f"CREATE INDEX by_customer ON orders (customer_id); INSERT INTO orders (id) {MANY_ROWS}; ANALYZE", []),
    ],
)  # fmt: skip
def test_a_planted_problem_is_found_in_an_sqlite_file(
    sqlite: Engine, script: str, expected: list[tuple[str, str, str]]
) -> None:
    with sqlite.scratch(SQLITE_SOUND) as scratch:
        # another program: it does not enforce foreign keys
        with closing(sqlite3.connect(scratch.url().removeprefix("sqlite:///"))) as other:
            other.executescript(script)
        with scratch.connect() as connection:
            assert summary(found(connection, sqlite)) == expected


def test_rows_without_a_referenced_row_are_counted_for_each_table(sqlite: Engine) -> None:
    broken = f"""
        CREATE TABLE "it's" (id INTEGER REFERENCES customers);
        INSERT INTO orders SELECT n, n FROM ({MANY_ROWS});
        INSERT INTO "it's" VALUES (90), (91);
    """
    with sqlite.scratch(SQLITE_SOUND) as scratch:
        with closing(sqlite3.connect(scratch.url().removeprefix("sqlite:///"))) as other:
            other.executescript(broken)
        with scratch.connect() as connection:
            findings = found(connection, sqlite)

    assert sorted(one.message for one in findings) == [
        "1000 or more rows reference rows of customers that do not exist",
        "2 rows reference rows of customers that do not exist",
    ]


def test_a_damaged_file_is_read_as_far_as_possible(tmp_path: Path) -> None:
    file = tmp_path / "damaged.db"
    with closing(sqlite3.connect(file)) as link:
        link.executescript(f"CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT); CREATE INDEX tx ON t (x);"
                           f"INSERT INTO t SELECT n, hex(randomblob(50)) FROM ({MANY_ROWS})")  # fmt: skip
    pages = bytearray(file.read_bytes())
    for page in range(5, len(pages) // 4096):
        pages[page * 4096 : page * 4096 + 200] = bytes(200)
    file.write_bytes(pages)

    with open_live(str(file)) as live:
        condition = read_condition(live.without_parsing(), live.traits)

    assert {(one.rule, one.severity) for one in find_live(condition)} == {("integrity-violation", "critical")}
    assert {one.kind for one in condition.unreadable} <= {"statistics", "integrity"}


def test_the_roles_of_a_login_are_listed_on_mariadb(mariadb: Engine) -> None:
    with mariadb.scratch(MARIADB_SOUND) as scratch, scratch.connect("superuser") as root:
        root.run("CREATE ROLE readers_of_test")
        try:
            root.run("GRANT readers_of_test TO CURRENT_USER")
            condition = read_condition(root, mariadb.traits)
        finally:
            root.run("DROP ROLE readers_of_test")

    assert [(one.kind, one.name.strip("`")) for one in condition.unreadable] == [("privileges", "readers_of_test")]


@pytest.mark.parametrize("name", [rule_name(rule) for rule in LIVE_RULES])
def test_every_rule_has_a_planted_instance(name: str) -> None:
    planted = {plant.partition(",")[0] for plant in POSTGRESQL}
    elsewhere = {"invalid-index", "login-with-all-privileges", "non-transactional-table", "integrity-violation"}

    assert name in planted | elsewhere


def test_a_read_only_connection_reads_the_same_condition(engine: Engine) -> None:
    with engine.scratch("CREATE TABLE log (line INTEGER)") as scratch, scratch.connect() as owner:
        with open_live(scratch.url(), trust_role=True) as live:
            condition = read_condition(live.without_parsing(), live.traits)

        other = read_condition(owner, engine.traits)
    # the reason contains the error, which each connection words in its own way
    assert [one.kind for one in condition.unreadable] == [one.kind for one in other.unreadable]
    assert replace(condition, unreadable=()) == replace(other, unreadable=())


def test_names_in_a_location_have_no_quotes() -> None:
    assert [plain(name) for name in ('app."Order"', "`of`", '"a""b"', "plain")] == ["app.Order", "of", 'a"b', "plain"]
