"""Sound schemas of databases that exist: what the known keys and checks cannot explain refutes nothing."""

import pytest
from existing_schema import evidence_of

from langgraph_dba.database.data.sample import Sample
from langgraph_dba.database.data.scenario_builder import scenarios
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.model.schema import Column, ColumnType, Index, Table
from langgraph_dba.database.proofs import NOT_FILLED, prove
from langgraph_dba.database.reflection.read_schema import schema_from_sql

# name, engines, statements; `normal-form` may refute a table without a key, nothing else may refute
SOUND = (
    ("unnamed check", "smp", "CREATE TABLE t (id INTEGER PRIMARY KEY, kind VARCHAR(9) CHECK (kind IN ('a', 'b')));"),
    ("strict bound", "smp", "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL CHECK (n > 0));"),
    ("two strict bounds", "smp", "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER CHECK (n > 0 AND n < 10));"),
    ("range of a float", "smp",
     "CREATE TABLE t (id INTEGER PRIMARY KEY, w DOUBLE PRECISION CHECK (w BETWEEN 0 AND 1));"),
    ("strict float", "smp", "CREATE TABLE t (id INTEGER PRIMARY KEY, w DOUBLE PRECISION CHECK (w > 0));"),
    ("least float", "smp", "CREATE TABLE t (id INTEGER PRIMARY KEY, w DOUBLE PRECISION NOT NULL CHECK (w >= 10));"),
    ("strict decimal", "mp", "CREATE TABLE t (id INTEGER PRIMARY KEY, w DECIMAL(6, 2) NOT NULL CHECK (w > 0));"),
    ("text that is not empty", "smp",
     "CREATE TABLE t (id INTEGER PRIMARY KEY, w VARCHAR(9) NOT NULL CHECK (w <> ''));"),
    ("bound or another column", "smp",
     "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, m INTEGER, CHECK (n >= 0 OR m IS NULL));"),
    ("no key", "smp", "CREATE TABLE t (a INTEGER, b VARCHAR(9));"),
    ("no key but a parent", "smp",
     ("CREATE TABLE p (id INTEGER NOT NULL UNIQUE); CREATE TABLE t (a INTEGER, p_id INTEGER,"
     " FOREIGN KEY (p_id) REFERENCES p (id) ON DELETE CASCADE); CREATE INDEX t_p ON t (p_id);")),
    ("no column", "p", "CREATE TABLE t ();"),
    ("only a generated column", "p", "CREATE TABLE t (a INTEGER GENERATED ALWAYS AS (1) STORED);"),
    ("timestamp with a default", "m",
     "CREATE TABLE t (id INTEGER PRIMARY KEY, created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);"),
    ("tree of rows", "smp",
     ("CREATE TABLE t (id INTEGER PRIMARY KEY, parent INTEGER, CHECK (parent IS NULL OR parent < id),"
     " FOREIGN KEY (parent) REFERENCES t (id)); CREATE INDEX t_parent ON t (parent);")),
    ("index without NULLs", "sp",
     ("CREATE TABLE author (id INTEGER PRIMARY KEY);"
     " CREATE TABLE book (id INTEGER PRIMARY KEY, author_id INTEGER REFERENCES author (id));"
     " CREATE INDEX ix ON book (author_id) WHERE author_id IS NOT NULL;")),
    ("unique index without NULLs", "sp",
     ("CREATE TABLE t (id VARCHAR(20) NOT NULL PRIMARY KEY, a INTEGER, b INTEGER, c INTEGER NOT NULL UNIQUE);"
      " CREATE UNIQUE INDEX t_ab ON t (a, b) WHERE a IS NOT NULL;")),
    ("unique index of a table without a key", "sp",
     "CREATE TABLE t (a INTEGER, b VARCHAR(9)); CREATE UNIQUE INDEX t_a ON t (a) WHERE a > 5;"),
    ("append only in SQLite", "s",
     ("CREATE TABLE p (id INTEGER PRIMARY KEY);"
     " CREATE TABLE t (id INTEGER PRIMARY KEY, p_id INTEGER NOT NULL REFERENCES p (id));"
     " CREATE INDEX t_p ON t (p_id);"
     " CREATE TRIGGER keep BEFORE DELETE ON p BEGIN SELECT RAISE(ABORT, 'append only'); END;")),
    ("append only in PostgreSQL", "p",
     ("CREATE TABLE p (id INTEGER PRIMARY KEY);"
     " CREATE TABLE t (id INTEGER PRIMARY KEY, p_id INTEGER NOT NULL REFERENCES p (id));"
     " CREATE INDEX t_p ON t (p_id);"
     " CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'append only'; END $$;"
     " CREATE TRIGGER keep BEFORE DELETE ON p FOR EACH ROW EXECUTE FUNCTION keep();")),
    ("lower case by a trigger", "p",
     ("CREATE TABLE t (id INTEGER PRIMARY KEY, mail VARCHAR(60) NOT NULL UNIQUE);"
     " CREATE FUNCTION low() RETURNS trigger LANGUAGE plpgsql AS"
      " $$ BEGIN NEW.mail := lower(NEW.mail); RETURN NEW; END $$;"
     " CREATE TRIGGER low BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION low();")),
    ("collation without case", "s", "CREATE TABLE t (id INTEGER PRIMARY KEY, w TEXT COLLATE NOCASE NOT NULL UNIQUE);"),
    ("collation without case", "m",
     ("CREATE TABLE t (id INTEGER PRIMARY KEY,"
     " w VARCHAR(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci NOT NULL UNIQUE);")),
    ("small character sets", "m",
     ("CREATE TABLE t (id INTEGER PRIMARY KEY, a VARCHAR(60) CHARACTER SET latin1, b VARCHAR(60) CHARACTER SET utf8mb3,"
     " c VARCHAR(60) CHARACTER SET ascii, d TEXT CHARACTER SET ascii);")),
    ("deferred key", "sp",
     ("CREATE TABLE p (id INTEGER PRIMARY KEY);"
      " CREATE TABLE t (id INTEGER PRIMARY KEY, p_id INTEGER NOT NULL REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED);"
      " CREATE INDEX t_p ON t (p_id);")),
    ("conflicts replace rows", "s",
     "CREATE TABLE t (id INTEGER PRIMARY KEY, w TEXT NOT NULL ON CONFLICT IGNORE UNIQUE ON CONFLICT REPLACE);"),
)  # fmt: skip
_ENGINES = {"s": "sqlite", "m": "mariadb", "p": "postgresql"}
CASES = [
    pytest.param(_ENGINES[letter], sql, id=f"{name} on {_ENGINES[letter]}")
    for name, letters, sql in SOUND
    for letter in letters
]


@pytest.mark.parametrize(("engine", "sql"), CASES, indirect=["engine"])
def test_a_sound_schema_is_not_refuted(engine: Engine, sql: str) -> None:
    evidence = evidence_of(engine, sql)

    refuted = [f"{one.proof}: {one.reason}" for one in evidence.values() if one.state == "refuted"]
    assert [text for text in refuted if "has no key" not in text] == []
    # an own statement that does not parse shows nothing, and must not occur at all
    assert not any("syntax" in one.reason for one in evidence.values())


@pytest.mark.parametrize("engine", ["mariadb"], indirect=True)
def test_a_table_without_transactions_is_left_out(engine: Engine) -> None:
    sql = """
    CREATE TABLE old (id INTEGER PRIMARY KEY, word VARCHAR(20) NOT NULL UNIQUE) ENGINE=MyISAM;
    CREATE TABLE crash_safe (id INTEGER PRIMARY KEY, word VARCHAR(20) NOT NULL UNIQUE) ENGINE=Aria;
    CREATE TABLE new (id INTEGER PRIMARY KEY, word VARCHAR(20) NOT NULL UNIQUE) ENGINE=InnoDB;
    """

    evidence = evidence_of(engine, sql)

    for proof in ("relationships", "data-types"):
        assert evidence[proof].state == "not run"
        assert evidence[proof].receipt.numbers[NOT_FILLED]["old"] == "its engine has no transactions"
    assert "not tried: the keys of crash_safe, the keys of old (" in evidence["relationships"].reason


def test_a_strict_bound_is_described_by_its_condition_and_violated_by_the_bound_itself(sqlite: Engine) -> None:
    sql = "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL CHECK (n > 0))"
    schema = schema_from_sql(sql, sqlite, name="theirs")

    (scenario,) = (one for one in scenarios(schema, Sample(schema), sqlite.traits) if one.topic == "check")

    assert scenario.claim == "each row of t satisfies n > 0"
    assert scenario.steps[0][1]["n"] == 0


@pytest.mark.parametrize(
    ("predicate", "is_supported"),
    [("author_id IS NOT NULL", True), ('(("author_id" is not null))', True), ("author_id > 0", False),
     ("other IS NOT NULL", False), ("author_id IS NOT NULL AND other IS NOT NULL", False)],
)  # fmt: skip
def test_an_index_that_only_lacks_nulls_supports_a_foreign_key(predicate: str, *, is_supported: bool) -> None:
    column = Column(name="author_id", type=ColumnType(name="integer"), nullable=True)
    other = Column(name="other", type=ColumnType(name="integer"), nullable=True)
    index = Index(name="ix", columns=("author_id",), where=predicate)
    table = Table(name="book", columns=(column, other), indexes=(index,))

    assert table.supports_lookup(("author_id",)) is is_supported


def test_statements_that_do_not_run_are_the_reason_of_every_proof(sqlite: Engine) -> None:
    schema = schema_from_sql("CREATE TABLE t (id INTEGER PRIMARY KEY)", sqlite, name="theirs")

    evidence = prove(schema, {"sqlite": Ddl("CREATE TABLE t (id INTEGER PRIMARY KEY,", "")}, {"sqlite": sqlite})

    assert {one.state for one in evidence} == {"not run"}
    assert all("the statements do not run: " in one.reason for one in evidence)


def test_a_reason_about_the_schema_names_the_tables_that_were_left_out(sqlite: Engine) -> None:
    sql = """
    CREATE TABLE odd (id INTEGER PRIMARY KEY, c TEXT NOT NULL CHECK (hex(c) = 'zz'));
    CREATE TABLE needs_odd (id INTEGER PRIMARY KEY, odd_id INTEGER NOT NULL REFERENCES odd (id));
    CREATE TABLE plain (id INTEGER PRIMARY KEY, word TEXT NOT NULL);
    """

    evidence = evidence_of(sqlite, sql)["foreign-keys-indexed"]

    words = "the schema has no foreign keys among the tables that could be filled (left out: odd, needs_odd)"
    assert evidence.reason == words
    assert evidence.receipt.numbers[NOT_FILLED] == {
        "odd": "no value was found for c",
        "needs_odd": "its rows need rows of odd",
    }
