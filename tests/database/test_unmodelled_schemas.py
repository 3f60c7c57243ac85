"""Schemas of other people, with types and checks that have no model here: rows are found by trying."""

import random
import re
from collections.abc import Iterator

import pytest
from existing_schema import evidence_of

from langgraph_dba.database.data.candidate_texts import regex_texts
from langgraph_dba.database.data.found_values import fillable
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.reflection.read_schema import schema_from_sql

# one column of each: types of PostgreSQL that no logical type stands for
NATIVE = (
    "inet", "cidr", "macaddr", "int4range", "tstzrange", "daterange", "int4multirange", "text[]", "integer[]", "date[]",
    "bit(5)", "bit varying(8)", "interval", "money", "real", "point", "box", "circle", "tsvector", "tsquery", "jsonb",
    "json", "timestamp(3)", "timestamptz(0)", "time with time zone", "pg_lsn", "oid", "numeric(5)", "numeric(20,10)",
    "varchar(3)", "char(2)", "mood", "email", "zip", "address", '"char"', "name", "xid8", "bytea", "uuid", "smallint",
)  # fmt: skip
TYPES = r"""
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN email AS text CHECK (VALUE ~ '^[^@]+@[^@]+\.[a-z]+$');
CREATE DOMAIN zip AS varchar(10) CHECK (VALUE ~ '^\d{5}$');
CREATE TYPE address AS (street text, number integer);
"""
SHOP = (
    TYPES
    + r"""
CREATE TABLE people (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mail email NOT NULL UNIQUE, mood mood NOT NULL DEFAULT 'happy',
  ip inet NOT NULL, tags text[] NOT NULL, speed real NOT NULL, waits interval NOT NULL, created timestamp(3) NOT NULL,
  address_line1 text NOT NULL, address_line2 text,
  words tsvector GENERATED ALWAYS AS (to_tsvector('simple', mail::text)) STORED
);
CREATE INDEX people_words_idx ON people USING gin (words);
CREATE TABLE orders (
  id bigserial PRIMARY KEY, person_id integer NOT NULL REFERENCES people, code text NOT NULL UNIQUE,
  year integer, a integer, b integer,
  CONSTRAINT code_form CHECK (code ~ '^[A-Z]{3}-\d{4}$'), CONSTRAINT one_of CHECK (num_nonnulls(a, b) = 1)
);
CREATE INDEX orders_person_idx ON orders (person_id);
CREATE TABLE bookings (id uuid PRIMARY KEY, during tstzrange NOT NULL, EXCLUDE USING gist (during WITH &&));
"""
)


@pytest.mark.server
def test_a_sound_schema_of_native_types_is_not_refuted(postgresql: Engine) -> None:
    evidence = evidence_of(postgresql, SHOP)

    assert [one for one in evidence.values() if one.state == "refuted"] == []
    assert {"relationships", "foreign-keys-indexed"} <= {
        proof for proof, one in evidence.items() if one.state == "supported"
    }
    assert evidence["data-types"].state == "not run"
    # their checks and keys refuse what would show something about their types
    names = "people.mail, orders.code, orders.a, bookings.during"
    assert f"4 columns of native types ({names})" in evidence["data-types"].reason
    assert "could not be filled" not in evidence["relationships"].reason


@pytest.mark.server
@pytest.mark.heavy
@pytest.mark.parametrize("type_", NATIVE)
def test_values_of_a_native_type_are_found(postgresql: Engine, type_: str) -> None:
    sql = f"{TYPES} CREATE TABLE t (id bigint PRIMARY KEY, c {type_} NOT NULL);"

    found = fillable(schema_from_sql(sql, postgresql, name="t"), sql, postgresql)

    assert found.left_out == {}


@pytest.mark.server
def test_a_table_without_values_is_left_out_with_its_reason_and_the_others_are_judged(postgresql: Engine) -> None:
    sql = """
    CREATE TABLE odd (id bigint PRIMARY KEY, c text NOT NULL CHECK (md5(c) = 'unreachable'));
    CREATE TABLE needs_odd (id bigint PRIMARY KEY, odd_id bigint NOT NULL REFERENCES odd);
    CREATE TABLE may_have_odd (id bigint PRIMARY KEY, odd_id bigint REFERENCES odd, name text NOT NULL);
    CREATE INDEX ON needs_odd (odd_id); CREATE INDEX ON may_have_odd (odd_id);
    """

    found = fillable(schema_from_sql(sql, postgresql, name="t"), sql, postgresql)
    evidence = evidence_of(postgresql, sql)

    assert found.left_out == {"odd": "no value was found for c", "needs_odd": "its rows need rows of odd"}
    for proof, words in (
        ("data-types", "the tables that could not be filled (odd, needs_odd)"),
        ("relationships", "needs_odd_odd_id_fkey"),
    ):
        assert evidence[proof].state == "not run"
        assert words in evidence[proof].reason


MONEY = {
    "postgresql": ("real", "double precision"),
    "mariadb": ("float", "double"),
    "sqlite": ("REAL", "DOUBLE", "DECIMAL(10, 2)"),
}


@pytest.mark.parametrize(
    ("engine", "type_"), [(e, one) for e, types in MONEY.items() for one in types], indirect=["engine"]
)
@pytest.mark.parametrize(("check", "word"), [("", "0.8"), ("CHECK (price >= 10)", "price")])
def test_money_in_binary_fractions_is_refuted_by_a_sum(engine: Engine, type_: str, check: str, word: str) -> None:
    sql = f"CREATE TABLE orders (id INTEGER PRIMARY KEY, price {type_} NOT NULL {check});"

    evidence = evidence_of(engine, sql)["data-types"]

    assert evidence.state == "refuted"
    assert "a binary fraction is not exact" in evidence.reason
    assert word in evidence.reason


UNJUDGED = [
    ("postgresql", "c tsquery CHECK (c IS NULL)", "1 columns of native types (t.c)"),
    ("mariadb", "c point", "1 columns of native types (t.c)"),
    ("sqlite", "c VARCHAR(10)", "1 columns of native types (t.c)"),
    (
        "postgresql",
        "created_at timestamp",
        "1 columns that are moments by their names, without a time zone (t.created_at)",
    ),
    ("postgresql", "due_date text", "1 columns that are dates by their names, stored as text (t.due_date)"),
    ("sqlite", "due_on TEXT", "1 columns that are dates by their names, stored as text (t.due_on)"),
    ("postgresql", "m bigint); CREATE TABLE keyless (w text", "1 columns of tables without a key"),
]


@pytest.mark.parametrize(("engine", "column", "words"), UNJUDGED, ids=lambda one: str(one)[:40], indirect=["engine"])
def test_columns_that_were_not_tried_are_named(engine: Engine, column: str, words: str) -> None:
    evidence = evidence_of(engine, f"CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, {column});")["data-types"]

    assert evidence.state == "not run"
    assert words in evidence.reason


def test_columns_of_known_types_are_supported(engine: Engine) -> None:
    """A count, an amount in cents, a share and a text have types that say all about their values."""
    sql = "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, price_cents BIGINT, notes TEXT, share DOUBLE PRECISION);"
    if engine.traits.name == "sqlite":
        sql = sql.replace("BIGINT", "INTEGER").replace("DOUBLE PRECISION", "REAL")

    assert evidence_of(engine, sql)["data-types"].state == "supported"


JUDGED = [
    ("postgresql", "inet"), ("postgresql", "int[]"), ("postgresql", "int4range"), ("postgresql", "timestamp(3)"),
    ("postgresql", "bit(8)"), ("postgresql", "interval"), ("postgresql", "json"), ("postgresql", "money"),
    ("postgresql", "citext"), ("postgresql", "mood"), ("postgresql", "pos"), ("postgresql", "varchar"),
    ("mariadb", "text"), ("mariadb", "tinytext"), ("mariadb", "mediumtext"), ("mariadb", "year"), ("mariadb", "inet6"),
    ("mariadb", "set('x','y')"), ("mariadb", "enum('a','b')"), ("mariadb", "mediumint"), ("mariadb", "int unsigned"),
    ("mariadb", "datetime(3)"), ("mariadb", "blob"), ("mariadb", "bit(8)"),
]  # fmt: skip
_FOUR_TYPES = (
    "CREATE EXTENSION citext; CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN pos AS int CHECK (VALUE > 0);"
)


@pytest.mark.parametrize(("engine", "type_"), JUDGED, ids=str, indirect=["engine"])
def test_columns_of_native_types_are_judged(engine: Engine, type_: str) -> None:
    before = _FOUR_TYPES if engine.traits.name == "postgresql" else ""

    evidence = evidence_of(engine, f"{before} CREATE TABLE t (id INTEGER PRIMARY KEY, c {type_} NOT NULL);")[
        "data-types"
    ]

    assert evidence.state == "supported", evidence.reason
    # the primary key is not tried: something was found out about the other column
    assert not evidence.reason.startswith("0 round trips"), evidence.reason


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_native_type_that_cuts_off_what_it_cannot_hold_is_refuted(engine: Engine) -> None:
    sql = 'CREATE TABLE t (id INTEGER PRIMARY KEY, c "char" NOT NULL);'

    evidence = evidence_of(engine, sql)["data-types"]

    assert evidence.state == "refuted", evidence.reason
    assert "t.c accepts 'notavalue' and returns 'n'" in evidence.reason


WITHOUT_TARGET = [
    "CREATE TABLE t (id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES missing (id));",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, p_id INTEGER NOT NULL REFERENCES missing);",
    "CREATE TABLE p (id INTEGER PRIMARY KEY, c TEXT); CREATE TABLE t (id INTEGER PRIMARY KEY, c REFERENCES p (c));",
    "CREATE TABLE p (c TEXT); CREATE TABLE t (id INTEGER PRIMARY KEY, c TEXT REFERENCES p);",
    "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (id INTEGER PRIMARY KEY, c TEXT REFERENCES p (none));",
    "CREATE VIEW v AS SELECT 1 AS c; CREATE TABLE t (id INTEGER PRIMARY KEY, c TEXT REFERENCES v (c));",
]


@pytest.mark.parametrize("sql", WITHOUT_TARGET)
def test_a_foreign_key_that_sqlite_cannot_enforce_is_refuted(sqlite: Engine, sql: str) -> None:
    evidence = evidence_of(sqlite, f"{sql} CREATE TABLE other (id INTEGER PRIMARY KEY, n INTEGER);")["relationships"]

    assert evidence.state == "refuted"
    assert "a foreign key cannot be enforced (" in evidence.reason
    assert "foreign key mismatch" in evidence.reason or "no such table" in evidence.reason


def test_a_table_that_refuses_every_row_for_another_reason_is_not_refuted(sqlite: Engine) -> None:
    trigger = "CREATE TRIGGER log AFTER INSERT ON t BEGIN INSERT INTO missing VALUES (1); END;"
    tables = "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (id INTEGER PRIMARY KEY, p_id INT REFERENCES p);"

    evidence = evidence_of(sqlite, f"{tables} {trigger}")["relationships"]

    assert evidence.state == "not run"
    assert "t_p_id_fkey of t" in evidence.reason


@pytest.mark.server
def test_a_trigger_that_refuses_rows_is_not_run_and_not_a_refutation(postgresql: Engine) -> None:
    sql = """
    CREATE TABLE limited (id bigint PRIMARY KEY);
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'closed'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON limited FOR EACH ROW EXECUTE FUNCTION refuse();
    """

    evidence = evidence_of(postgresql, sql)

    assert {one.state for one in evidence.values()} == {"not run"}
    assert "closed" in evidence["relationships"].reason


@pytest.mark.server
@pytest.mark.parametrize(("index", "state"), [("CREATE INDEX ON late (person_id)", "supported"), ("", "refuted")])
def test_an_empty_child_of_a_table_counts_as_scanned_only_without_an_index(
    postgresql: Engine, index: str, state: str
) -> None:
    sql = f"""
    CREATE TABLE people (id bigint PRIMARY KEY);
    CREATE TABLE payments (id bigint PRIMARY KEY, person_id bigint NOT NULL REFERENCES people);
    CREATE TABLE late () INHERITS (payments);
    CREATE INDEX ON payments (person_id); {index};
    """

    assert evidence_of(postgresql, sql)["foreign-keys-indexed"].state == state


@pytest.mark.parametrize(
    ("sql", "left_out"),
    [
        ("CREATE TABLE t (id INTEGER PRIMARY KEY, c TEXT CHECK (c GLOB '[A-Z][A-Z]'))", {}),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY, c DATETIME NOT NULL, d MONEY NOT NULL, e)", {}),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, b INT, CHECK ((a IS NULL) <> (b IS NULL)))", {}),
    ],
)
def test_an_sqlite_table_with_unusual_types_and_checks_is_filled(
    sqlite: Engine, sql: str, left_out: dict[str, str]
) -> None:
    assert fillable(schema_from_sql(sql, sqlite, name="t"), sql, sqlite).left_out == left_out


@pytest.mark.parametrize(
    "pattern", [r"^[A-Z]{3}-\d{4}$", r"^[^@]+@[^@]+\.[a-z]+$", r"^(open|shut)$", "^[[:alpha:]]+$", r"\A\w{2,5}\Z"]
)
def test_texts_of_a_pattern_match_it_and_differ(pattern: str) -> None:
    texts = regex_texts(pattern)

    assert len(set(texts)) == len(texts) > 1


def test_a_pattern_that_cannot_be_read_gives_no_text() -> None:
    assert regex_texts("(((") == regex_texts(r"(?<=a)\1") == ()


def _random_tables(seed: int) -> Iterator[str]:
    dice = random.Random(seed)
    for number in range(3):
        columns = [f"c{n} {dice.choice(NATIVE)}{dice.choice([' NOT NULL', '', ' UNIQUE'])}" for n in range(5)]
        unordered = ("json", "point", "box", "circle")
        columns = [c.removesuffix(" UNIQUE") if c.split()[1] in unordered else c for c in columns]
        yield f"CREATE TABLE t{number} (id bigint PRIMARY KEY, {', '.join(columns)});"


@pytest.mark.server
@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(25))
def test_random_native_schemas_raise_nothing_and_are_not_refuted(postgresql: Engine, seed: int) -> None:
    tables = list(_random_tables(seed))
    evidence = evidence_of(postgresql, TYPES + "\n".join(tables))

    # "char" cuts a longer value without an error: of all types only its columns are refuted
    cut = {f"t{n}.{column}" for n, sql in enumerate(tables) for column in re.findall(r'(c\d) "char"', sql)}
    refuted = [one for one in evidence.values() if one.state == "refuted"]
    assert [one for one in refuted if one.proof != "data-types"] == []
    assert {column for one in refuted for column in re.findall(r"t\d\.c\d", one.reason)} <= cut
    assert bool(refuted) <= bool(cut)


@pytest.mark.server
def test_columns_without_a_zone_are_named_as_not_judged(postgresql: Engine) -> None:
    table = "CREATE TABLE jobs (id bigint PRIMARY KEY, starttime timestamp NOT NULL, changed_at timestamptz NOT NULL);"
    evidence = evidence_of(postgresql, table)["data-types"]

    assert evidence.state == "supported", evidence.reason
    assert evidence.reason.endswith("no moment is judged: jobs.starttime")
