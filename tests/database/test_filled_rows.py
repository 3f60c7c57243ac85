"""Tables of published schemas whose rules limit several columns, or the width of a value: each gets rows."""

import pytest

from langgraph_dba.database.data.found_values import FillableSchema, fillable
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.reflection.read_schema import schema_from_sql

pytestmark = pytest.mark.heavy


def filled(sql: str, engine: Engine) -> FillableSchema:
    return fillable(schema_from_sql(sql, engine, name="t"), sql, engine, tries_all=True)


ORDERED = [
    "a int NOT NULL, b int NOT NULL, CHECK (b > a)",
    "a int NOT NULL, b int NOT NULL, CHECK (a < b)",
    "a int, b bigint NOT NULL, CHECK (a < b)",
    "a date NOT NULL, b date NOT NULL, CHECK (b > a)",
    "a timestamp NOT NULL, b timestamp NOT NULL, CHECK (a < b)",
    "a time NOT NULL, b time NOT NULL, CHECK (a < b)",
    "a decimal(8, 2) NOT NULL, b decimal(8, 2) NOT NULL, CHECK (b > a)",
    "a int NOT NULL, b int NOT NULL, CHECK (a BETWEEN 0 AND 9), CHECK (b BETWEEN 0 AND 9), CHECK (a < b)",
    "a int NOT NULL, b int NOT NULL, CHECK (a >= 0), CHECK (a <= 9), CHECK (b >= 10), CHECK (b <= 19), CHECK (a < b)",
    "a int NOT NULL, b int NOT NULL, CHECK (b >= 5000), CHECK (a < b)",
    "a int NOT NULL, b int NOT NULL, c int NOT NULL, CHECK (c > b), CHECK (b > a), CHECK (c > a)",
    "a int NOT NULL, b int NOT NULL, c int NOT NULL, CHECK (a < c), CHECK (b < c)",
    "a time NOT NULL, b time NOT NULL, c time NOT NULL, CHECK (b < c), CHECK (a < b)",
]


@pytest.mark.parametrize("columns", ORDERED)
def test_columns_that_must_be_in_order_get_values_in_order(engine: Engine, columns: str) -> None:
    assert filled(f"CREATE TABLE t (id bigint PRIMARY KEY, {columns});", engine).left_out == {}


def test_columns_that_no_row_can_order_are_left_out(engine: Engine) -> None:
    sql = "CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL, b int NOT NULL, CHECK (a < b), CHECK (b < a));"

    assert list(filled(sql, engine).left_out) == ["t"]


SPAN = "s timestamptz NOT NULL, e timestamptz NOT NULL"
RANGES = [
    f"room int NOT NULL, {SPAN}, EXCLUDE USING gist (room WITH =, tstzrange(s, e) WITH &&)",
    f"room int NOT NULL, {SPAN}, CHECK (e > s), EXCLUDE USING gist (room WITH =, tstzrange(s, e) WITH &&)",
    "s timestamp NOT NULL, e timestamp, EXCLUDE USING gist (tsrange(s, e) WITH &&)",
    f"{SPAN}, EXCLUDE USING gist (tstzrange(s, COALESCE(e, 'infinity'::timestamptz), '[)') WITH &&)",
    "s date NOT NULL, e date NOT NULL, EXCLUDE USING gist (daterange(s, e, '[]') WITH &&) WHERE (s IS NOT NULL)",
    "s int NOT NULL, e int NOT NULL, EXCLUDE USING gist (int4range(s, e, '[]') WITH &&)",
    "s timestamp NOT NULL, e timestamp NOT NULL, EXCLUDE USING gist (daterange(s::date, e::date) WITH &&)",
    "during tstzrange NOT NULL, EXCLUDE USING gist (during WITH &&)",
]


@pytest.mark.parametrize("columns", RANGES)
def test_ranges_of_two_columns_do_not_overlap(postgresql: Engine, columns: str) -> None:
    sql = f"CREATE EXTENSION btree_gist; CREATE TABLE t (id bigint PRIMARY KEY, {columns});"

    assert filled(sql, postgresql).left_out == {}


INTEGERS = [
    "tinyint",
    "tinyint unsigned",
    "smallint",
    "smallint unsigned",
    "mediumint",
    "int unsigned",
    "bigint unsigned",
]


@pytest.mark.parametrize("type_", INTEGERS)
def test_the_numbers_of_a_narrow_integer_fit(mariadb: Engine, type_: str) -> None:
    sql = f"""
    CREATE TABLE wide (a int unsigned NOT NULL, b {type_} NOT NULL, c int unsigned NOT NULL, PRIMARY KEY (a, b, c));
    CREATE TABLE one (b {type_} NOT NULL, c int unsigned NOT NULL, UNIQUE (b, c));
    CREATE TABLE few (b {type_} NOT NULL PRIMARY KEY, c {type_} NOT NULL, CHECK (c > b));
    """

    assert filled(sql, mariadb).left_out == {}


NULLABLE = {
    "postgresql": "CREATE TABLE u (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE);",
    "mariadb": "CREATE TABLE u (id bigint AUTO_INCREMENT PRIMARY KEY, name varchar(40) UNIQUE);",
    "sqlite": "CREATE TABLE u (id INTEGER PRIMARY KEY, name TEXT UNIQUE);",
}
KEYS = """
CREATE TABLE p (user_name {text} NOT NULL PRIMARY KEY REFERENCES u (name) ON DELETE CASCADE, n int);
CREATE TABLE o (id bigint PRIMARY KEY, user_name {text} UNIQUE REFERENCES u (name));
CREATE TABLE c (id bigint PRIMARY KEY, user_name {text} NOT NULL REFERENCES o (user_name));
"""


def test_a_required_key_refers_to_a_row_whose_nullable_column_has_a_value(engine: Engine) -> None:
    """The second table refers to a key that may be NULL, so its own column must have a value too for the third one."""
    text = "varchar(40)" if engine.traits.name == "mariadb" else "text"

    assert filled(NULLABLE[engine.traits.name] + KEYS.format(text=text), engine).left_out == {}


WIDTHS = {
    "postgresql": [
        "id bytea NOT NULL PRIMARY KEY CHECK (octet_length(id) = 20)",
        "id bytea20 NOT NULL PRIMARY KEY",
        "id text NOT NULL PRIMARY KEY CHECK (length(id) = 20)",
        "id text NOT NULL PRIMARY KEY CHECK (char_length(id) > 60)",
        "id text NOT NULL PRIMARY KEY CHECK (length(id) = 17 AND id ~ '^[0-9a-f]+$')",
        "id based NOT NULL PRIMARY KEY",
    ],
    "mariadb": [
        "id binary(20) NOT NULL PRIMARY KEY CHECK (octet_length(id) = 20)",
        "id varchar(80) NOT NULL PRIMARY KEY CHECK (char_length(id) = 33)",
    ],
    "sqlite": ["id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 20)", "id BLOB PRIMARY KEY CHECK (length(id) >= 99)"],
}
DOMAINS = """
CREATE DOMAIN bytea20 AS bytea CONSTRAINT exactly CHECK (VALUE IS NULL OR octet_length(VALUE) = 20);
CREATE DOMAIN wide AS text CHECK (length(VALUE) > 70); CREATE DOMAIN based AS wide CHECK (VALUE <> '');
"""


@pytest.mark.parametrize(
    ("engine", "column"), [(name, one) for name, many in WIDTHS.items() for one in many], indirect=["engine"], ids=str
)
def test_a_key_of_a_fixed_width_gets_texts_of_that_width(engine: Engine, column: str) -> None:
    domains = DOMAINS if engine.traits.name == "postgresql" else ""

    assert filled(f"{domains}CREATE TABLE t ({column}, name varchar(255) NOT NULL);", engine).left_out == {}


LOOKUP = """
CREATE TABLE modification (id int PRIMARY KEY, name varchar(40) NOT NULL UNIQUE);
CREATE TABLE audit (id bigint PRIMARY KEY, modification_id int NOT NULL REFERENCES modification (id));
CREATE TABLE shop (id bigint PRIMARY KEY, name varchar(40));
"""
LOOKUPS = {
    "postgresql": """
    CREATE FUNCTION modification_of(text) RETURNS int LANGUAGE sql
      AS $$ SELECT id FROM public.modification WHERE name = $1 $$;
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql
      AS $$ BEGIN INSERT INTO audit VALUES (NEW.id + 900, modification_of('create')); RETURN NEW; END $$;
    CREATE TRIGGER t AFTER INSERT ON shop FOR EACH ROW EXECUTE FUNCTION note();
    """,
    "mariadb": """
    CREATE TRIGGER t AFTER INSERT ON shop FOR EACH ROW
      INSERT INTO audit VALUES (NEW.id + 900, (SELECT id FROM modification WHERE name = 'create'));
    """,
    "sqlite": """
    CREATE TRIGGER t AFTER INSERT ON shop BEGIN
      INSERT INTO audit VALUES (NEW.id + 900, (SELECT id FROM modification WHERE name = 'create')); END;
    """,
}


def test_the_reason_names_the_table_in_which_a_trigger_looks_up_a_value(engine: Engine) -> None:
    """The row that the trigger needs is written by the owner of the database, not generated."""
    reasons = filled(LOOKUP + LOOKUPS[engine.traits.name], engine).left_out

    assert reasons["shop"].endswith(
        "(its triggers read modification, whose rows are generated: what they look up may be missing)"
    )
