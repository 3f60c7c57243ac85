"""Tables into which triggers insert: a log keeps the keys of rows that are deleted, so no foreign key is missing."""

from pathlib import Path

import pytest
from existing_schema import evidence_of
from usable_engines import usable

from langgraph_dba.database import read_existing
from langgraph_dba.database.engines import Engine

TABLES = """
CREATE TABLE customers (id bigint PRIMARY KEY, name varchar(50) NOT NULL);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers (id), total bigint);
CREATE TABLE order_past (no bigint, order_id bigint, customer_id bigint, total bigint);
"""
INSERT = "INSERT INTO order_past VALUES (1, OLD.id, OLD.customer_id, OLD.total);"
NEW = INSERT.replace("OLD", "NEW")


def reported(engine: str, sql: str, tmp_path: Path) -> list[str]:
    assert usable(engine).version()  # or the test is skipped
    file = tmp_path / "shop.sql"
    file.write_text(sql, encoding="utf-8")
    findings = read_existing(file, engines=[engine]).findings()
    return sorted(str(one.location) for one in findings if one.rule == "missing-foreign-key")


def trigger(engine: str, body: str, event: str = "DELETE", on: str = "orders") -> str:
    """Return a trigger in the form of an engine; its statements are in a function on PostgreSQL."""
    head = f"CREATE TRIGGER keep AFTER {event} ON {on} FOR EACH ROW"
    if engine == "postgresql":
        return (
            f"CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$;"
            f"{head} EXECUTE FUNCTION keep();"
        )
    if engine == "mariadb":
        return f"DELIMITER //\n{head} BEGIN {body} END//\nDELIMITER ;"
    return f"{head} BEGIN {body} END;"


FOUND = ["order_past.customer_id", "order_past.order_id"]
ENGINES = [
    pytest.param("sqlite"),
    pytest.param("postgresql", marks=pytest.mark.server),
    pytest.param("mariadb", marks=pytest.mark.server),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("event", ["UPDATE", "DELETE"])
def test_a_history_that_a_trigger_writes_needs_no_foreign_keys(engine: str, event: str, tmp_path: Path) -> None:
    assert reported(engine, TABLES + trigger(engine, INSERT, event), tmp_path) == []


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("body", "event"),
    [
        (NEW, "INSERT"),  # a queue: its rows refer to what exists
        ("UPDATE customers SET name = 'order_past' WHERE id = OLD.customer_id;", "DELETE"),
        (f"/* {INSERT} */ UPDATE customers SET name = 'x';", "DELETE"),
        ("INSERT INTO customers (id, name) SELECT no, 'x' FROM order_past WHERE no = 1;", "DELETE"),
    ],
)
def test_neighbours_of_a_history_are_found(engine: str, body: str, event: str, tmp_path: Path) -> None:
    assert reported(engine, TABLES + trigger(engine, body, event), tmp_path) == FOUND


@pytest.mark.parametrize("engine", ENGINES)
def test_a_table_without_a_trigger_is_found(engine: str, tmp_path: Path) -> None:
    assert reported(engine, TABLES, tmp_path) == FOUND


@pytest.mark.parametrize("engine", ENGINES)
def test_a_log_of_new_rows_is_known_by_its_name(engine: str, tmp_path: Path) -> None:
    sql = (TABLES + trigger(engine, NEW, "INSERT")).replace("order_past", "order_audit")

    assert reported(engine, sql, tmp_path) == []


@pytest.mark.parametrize(
    ("engine", "merge"),
    [
        ("sqlite", "INSERT OR REPLACE INTO order_past VALUES (1, OLD.id, OLD.customer_id, 0);"),
        pytest.param(
            "postgresql", INSERT[:-1] + " ON CONFLICT (no) DO UPDATE SET total = 0;", marks=pytest.mark.server
        ),
        pytest.param("mariadb", INSERT[:-1] + " ON DUPLICATE KEY UPDATE total = 0;", marks=pytest.mark.server),
    ],
)
def test_totals_that_a_trigger_keeps_up_to_date_need_their_foreign_keys(
    engine: str, merge: str, tmp_path: Path
) -> None:
    assert reported(engine, TABLES + trigger(engine, merge, "DELETE"), tmp_path) == FOUND


def test_a_column_that_the_trigger_does_not_copy_is_found(tmp_path: Path) -> None:
    sql = (
        TABLES
        + """
    CREATE TABLE users (id bigint PRIMARY KEY);
    CREATE TABLE messages (id bigint PRIMARY KEY, user_id bigint NOT NULL, order_id bigint);
    """
    )

    found = reported("sqlite", sql + trigger("sqlite", "INSERT INTO messages VALUES (1, 2, OLD.id);"), tmp_path)

    assert found == ["messages.user_id", *FOUND]


@pytest.mark.server
@pytest.mark.parametrize(
    "statements",
    [
        "CREATE PROCEDURE note(o bigint, c bigint) LANGUAGE sql AS 'INSERT INTO \"orders_past\" VALUES (1, o, c, 0)';"
        + trigger("postgresql", "CALL note(OLD.id, OLD.customer_id);"),
        trigger("postgresql", "EXECUTE format('INSERT INTO %I_past VALUES (1, $1)', TG_TABLE_NAME) USING OLD.id;"),
        trigger("postgresql", "EXECUTE format('INSERT INTO %I SELECT 1', TG_TABLE_NAME || '_past');"),
        trigger("postgresql", "EXECUTE format('INSERT INTO %I SELECT 1, $1.*', TG_ARGV[0]) USING OLD;").replace(
            "FUNCTION keep();", "FUNCTION keep('orders_past');"
        ),
        trigger("postgresql", INSERT.replace("order_past", "public.orders_past")),
    ],
    ids=["procedure", "format", "table name", "argument", "qualified"],
)
def test_the_ways_in_which_functions_write_a_history(statements: str, tmp_path: Path) -> None:
    assert reported("postgresql", TABLES.replace("order_past", "orders_past") + statements, tmp_path) == []


@pytest.mark.server
@pytest.mark.parametrize(
    "statements",
    [
        "CREATE SCHEMA other; CREATE TABLE other.order_past (LIKE order_past);"
        + trigger("postgresql", INSERT.replace("order_past", "other.order_past")),
        trigger("postgresql", INSERT) + "ALTER TABLE orders DISABLE TRIGGER keep;",
    ],
    ids=["other schema", "disabled"],
)
def test_a_trigger_that_writes_elsewhere_or_never_excuses_nothing(statements: str, tmp_path: Path) -> None:
    assert reported("postgresql", TABLES + statements, tmp_path) == FOUND


LOGGED = """
CREATE TABLE log (id bigint PRIMARY KEY, body varchar(50));
CREATE TABLE people (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, person_id bigint NOT NULL REFERENCES people (id));
CREATE INDEX orders_person_idx ON orders (person_id);
"""


def test_a_table_that_a_trigger_fills_is_left_to_it_and_the_others_are_judged(engine: Engine) -> None:
    name = engine.traits.name
    body = trigger(name, "INSERT INTO log VALUES (NEW.id, 'new');", "INSERT")
    body = body.replace("DELIMITER //\n", "").replace("//\nDELIMITER ;", ";")

    evidence = evidence_of(engine, LOGGED + body)

    assert "log: a trigger of orders fills it" in evidence["relationships"].reason
    assert evidence["foreign-keys-indexed"].state == "supported"
