"""An index or a key that is not declared is named if it refuses no row, and refuted if it refuses one.

Each case runs on the engine: rows with long and extreme values go in beside a sound index, and one row that the
declaration accepts is refused beside an unsound one.
"""

from collections.abc import Mapping, Sequence

import pytest

from langgraph_dba.database.engines import Engine, Rejected, read_catalogue
from langgraph_dba.database.engines.records import Records
from langgraph_dba.database.proofs.kit.catalogue.compare import compare
from langgraph_dba.database.proofs.kit.catalogue.sides import Findings

_LONG = "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 3000) i)"  # hardly compressed
_DIGITS = f"translate(left({_LONG}, 9000), 'abcdef', '012345')::numeric"
TABLES = {
    "postgresql": (
        "CREATE TABLE t (id bigint PRIMARY KEY, a bigint NOT NULL, email varchar(254) NOT NULL, name text, "
        "note text, status text CHECK (status IN ('open', 'done')), done boolean, at timestamptz, "
        "amount numeric(12, 2), size numeric, doc jsonb, words tsvector, counts bigint[], tags text[], "
        "span daterange, level integer, "
        "UNIQUE (a, email), UNIQUE (name), UNIQUE (at) DEFERRABLE); CREATE TABLE n (b bigint UNIQUE, c bigint);"
    ),
    "mariadb": (
        "CREATE TABLE t (id bigint PRIMARY KEY, a bigint NOT NULL, email varchar(254) NOT NULL, note longtext, "
        "status varchar(20), UNIQUE (a, email)) COLLATE utf8mb4_nopad_bin; CREATE TABLE n (b bigint UNIQUE, c bigint);"
    ),
    "sqlite": (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER NOT NULL, email TEXT NOT NULL, note TEXT, status TEXT, "
        "UNIQUE (a, email)); CREATE TABLE n (b INTEGER UNIQUE, c INTEGER);"
    ),
}
_NULLS = "INSERT INTO n VALUES (NULL, NULL), (NULL, NULL), (1, NULL), (2, NULL)"
_ROWS = "INSERT INTO t (id, a, email, note, status) VALUES (1, 1, 'x', 'y', 'open'), (2, 1, 'X', 'y', 'open')"
_SECOND = "INSERT INTO t (id, a, email) VALUES (1, 1, 'x'), (2, 1, 'X')"
ROWS = {
    "postgresql": (
        _NULLS,
        _ROWS,
        (
            "INSERT INTO t VALUES (3, 2, repeat('ΐ', 254), 'x', "
            f"{_LONG}, NULL, NULL, 'infinity', 'NaN', {_DIGITS}, jsonb_build_object('k', {_LONG}), "
            "to_tsvector('simple', repeat('w', 2000)), (SELECT array_agg(i) FROM generate_series(1, 9000) i), "
            f"ARRAY[{_LONG}], 'empty', -2147483648)"
        ),
        "INSERT INTO t (id, a, email) VALUES (-9223372036854775808, -9223372036854775808, '')",
    ),
    "mariadb": (_NULLS, _ROWS, "INSERT INTO t VALUES (3, 2, repeat('ß', 254), repeat('x', 100000), NULL)"),
    "sqlite": (_NULLS, _ROWS, f"INSERT INTO t VALUES (3, 'x', '', '{'x' * 100_000}', 1.5)"),
}
_EVERYWHERE = (
    "CREATE UNIQUE INDEX i ON t (id)",
    "CREATE UNIQUE INDEX i ON t (a, id)",
    "CREATE UNIQUE INDEX i ON t (email, status, a)",
    "CREATE UNIQUE INDEX i ON t (a DESC, email)",
    "CREATE UNIQUE INDEX i ON n (c, b)",
)
_PARTIAL = (
    "CREATE UNIQUE INDEX i ON t (a, email) WHERE status = 'open'",
    "CREATE INDEX i ON t (a) WHERE status IN ('open', 'done')",
    "CREATE INDEX i ON t (a) WHERE status IN ('open', 'x') AND (email <> 'x' OR note IS NOT NULL)",
    "CREATE INDEX i ON t (a) WHERE NOT (a BETWEEN 1 AND 2)",
    "CREATE INDEX i ON t (lower(email))",
)
SOUND: Mapping[str, tuple[str, ...]] = {
    "sqlite": (*_EVERYWHERE, *_PARTIAL),
    "mariadb": (
        *_EVERYWHERE,
        "ALTER TABLE t ADD CONSTRAINT again UNIQUE (id)",
        "CREATE UNIQUE INDEX i ON t (id, note(10))",
        "CREATE UNIQUE INDEX i ON t (id, note)",
    ),
    "postgresql": (
        *_EVERYWHERE,
        *_PARTIAL,
        "ALTER TABLE t ADD CONSTRAINT again UNIQUE (id)",
        "CREATE UNIQUE INDEX i ON t (id, status) NULLS NOT DISTINCT",
        "CREATE UNIQUE INDEX i ON t (id, lower(email))",
        'CREATE UNIQUE INDEX i ON t (id, email COLLATE "C")',
        "CREATE UNIQUE INDEX i ON t (name) WITH (fillfactor = 70)",
        "CREATE INDEX i ON t (name DESC)",
        "CREATE INDEX i ON t (a) WHERE done",
        "CREATE INDEX i ON t (a) WHERE NOT done AND level > 0.5 OR done IS NULL",
        "CREATE INDEX i ON t (a) WHERE email = ANY (ARRAY['a', 'b'])",
        "CREATE INDEX i ON t (a) WHERE at > '2020-01-01' OR amount <= -1",
        "CREATE INDEX i ON t (upper(email))",
        "CREATE INDEX i ON t (amount)",
        "CREATE INDEX i ON t USING brin (at)",
        "CREATE INDEX i ON t USING brin (at, amount) WITH (pages_per_range = 32)",
        "CREATE INDEX i ON t USING hash (note)",
        "CREATE INDEX i ON t USING hash (size)",
        "CREATE INDEX i ON t USING hash (lower(note))",
        "CREATE INDEX i ON t USING gin (doc)",
        "CREATE INDEX i ON t USING gin (doc jsonb_path_ops)",
        "CREATE INDEX i ON t USING gin (words) WITH (fastupdate = off)",
        "CREATE INDEX i ON t USING gin (counts)",
        "CREATE INDEX i ON t USING gist (span)",
    ),
}
# Each with a statement that the declaration accepts.
_REFUSED = (
    ("CREATE UNIQUE INDEX i ON t (a)", _SECOND),
    ("CREATE UNIQUE INDEX i ON t (a, note)", _ROWS),
    ("CREATE UNIQUE INDEX i ON n (c)", "INSERT INTO n VALUES (1, 1), (2, 1)"),
)
_REFUSED_PARTIAL = (
    ("CREATE UNIQUE INDEX i ON t (a) WHERE status = 'open'", _ROWS),
    ("CREATE UNIQUE INDEX i ON t (a, lower(email))", _SECOND),
)
UNSOUND: Mapping[str, tuple[tuple[str, str], ...]] = {
    "sqlite": (*_REFUSED, *_REFUSED_PARTIAL, ("CREATE UNIQUE INDEX i ON t (a, email COLLATE NOCASE)", _SECOND),
               ("CREATE INDEX i ON t (json_extract(note, '$.a'))", _SECOND.replace("email", "note, email").replace(
                   "'x')", "'{', 'x')").replace("'X')", "'{', 'X')")),
               ("CREATE INDEX i ON t (a) WHERE abs(a) > 1",
                "INSERT INTO t VALUES (1, -9223372036854775808, 'x', NULL, NULL)")),
    "mariadb": (
        *_REFUSED,
        ("CREATE UNIQUE INDEX i ON t (note)", _ROWS),
        ("CREATE UNIQUE INDEX i ON t (a, email(1))",
         "INSERT INTO t (id, a, email) VALUES (1, 1, 'xa'), (2, 1, 'xb')"),
    ),
    "postgresql": (
        *_REFUSED,
        *_REFUSED_PARTIAL,
        ("CREATE UNIQUE INDEX i ON n (b, c) NULLS NOT DISTINCT", "INSERT INTO n VALUES (NULL, 1), (NULL, 1)"),
        ("CREATE UNIQUE INDEX i ON n (b) NULLS NOT DISTINCT", "INSERT INTO n VALUES (NULL, 1), (NULL, 1)"),
        ("CREATE UNIQUE INDEX i ON t (id, note)", f"INSERT INTO t (id, a, email, note) VALUES (1, 1, 'x', {_LONG})"),
        ("CREATE UNIQUE INDEX i ON t (at, a)",
         ("SET CONSTRAINTS ALL DEFERRED; INSERT INTO t (id, a, email, at) VALUES (1, 1, 'x', now()), "
         "(2, 1, 'y', now()); DELETE FROM t WHERE id = 2")),
        ("ALTER TABLE n ADD UNIQUE (b, c) DEFERRABLE", "INSERT INTO n VALUES (1, 1) ON CONFLICT DO NOTHING"),
        ("CREATE INDEX i ON t (note)", f"INSERT INTO t (id, a, email, note) VALUES (1, 1, 'x', {_LONG})"),
        ("CREATE INDEX i ON t (lower(note))", f"INSERT INTO t (id, a, email, note) VALUES (1, 1, 'x', {_LONG})"),
        ("CREATE INDEX i ON t (a) INCLUDE (note)", f"INSERT INTO t (id, a, email, note) VALUES (1, 1, 'x', {_LONG})"),
        ("CREATE INDEX i ON t (size)", f"INSERT INTO t (id, a, email, size) VALUES (1, 1, 'x', {_DIGITS})"),
        ("CREATE INDEX i ON t (counts)",
         "INSERT INTO t (id, a, email, counts) SELECT 1, 1, 'x', array_agg(i * 7919) FROM generate_series(1, 9000) i"),
        ("CREATE INDEX i ON t (a) WHERE 10 / a > 1", "INSERT INTO t (id, a, email) VALUES (1, 0, 'x')"),
        ("CREATE INDEX i ON t (a) WHERE email::int > 1", "INSERT INTO t (id, a, email) VALUES (1, 0, 'x')"),
        ("CREATE INDEX i ON t (a) WHERE level::smallint > 1",
         "INSERT INTO t (id, a, email, level) VALUES (1, 0, 'x', 40000)"),
        ("CREATE INDEX i ON t ((- level))", "INSERT INTO t (id, a, email, level) VALUES (1, 0, 'x', -2147483648)"),
        ("CREATE INDEX i ON t USING brin (note)",
         f"INSERT INTO t (id, a, email, note) VALUES (1, 1, 'x', {_LONG})"),
        ("CREATE INDEX i ON t USING gin (tags)",
         f"INSERT INTO t (id, a, email, tags) VALUES (1, 1, 'x', ARRAY[{_LONG}])"),
        ("CREATE INDEX i ON t USING gin (to_tsvector('simple', note))",
         ("INSERT INTO t (id, a, email, note) SELECT 1, 1, 'x', string_agg(md5(i::text), ' ') "
         "FROM generate_series(1, 99999) i")),
    ),
}  # fmt: skip


def _read(engine: Engine, up: str) -> Records:
    with engine.scratch(up) as scratch, scratch.connect("superuser") as connection:
        return read_catalogue(connection, engine.traits)


def _run(engine: Engine, up: str, statements: str) -> None:
    with engine.scratch(up) as scratch, scratch.connect("superuser") as connection:
        connection.script(statements)


def _added(engine: Engine, cases: Sequence[str]) -> str:
    """Return the statements that create the tables and all indexes of the cases, with different names."""
    added = (case.replace("INDEX i ", f"INDEX i{number} ") for number, case in enumerate(cases))
    return f"{TABLES[engine.traits.name]} {'; '.join(added)};"


def _found(engine: Engine, cases: Sequence[str]) -> Findings:
    return compare(_read(engine, TABLES[engine.traits.name]), _read(engine, _added(engine, cases)), engine.traits)


def test_an_index_that_refuses_no_row_is_named(engine: Engine) -> None:
    cases = SOUND[engine.traits.name]

    found = _found(engine, cases)

    assert (found.lines, found.trials) == ([], [])
    assert len(found.additions) == len(cases)
    _run(engine, _added(engine, cases), "; ".join(ROWS[engine.traits.name]))


def test_an_index_that_refuses_a_row_is_refuted(engine: Engine) -> None:
    cases = [added for added, _ in UNSOUND[engine.traits.name]]

    found = _found(engine, cases)

    assert found.additions == []
    assert len(found.lines) == len(cases), found.lines


@pytest.mark.heavy  # it shows that the cases are what they say
@pytest.mark.parametrize(
    ("engine", "added", "statement"),
    [(name, *one) for name, cases in UNSOUND.items() for one in cases],
    indirect=["engine"],
)
def test_the_refuted_indexes_refuse_a_row(engine: Engine, added: str, statement: str) -> None:
    _run(engine, TABLES[engine.traits.name], f"BEGIN; {statement}; COMMIT;")

    with pytest.raises(Rejected):
        _run(engine, _added(engine, [added]), f"BEGIN; {statement}; COMMIT;")


@pytest.mark.parametrize(("key", "lines"), [("a, id", 0), ("id, a", 1)])
def test_the_index_of_a_key_serves_the_reads_of_a_plain_one(engine: Engine, key: str, lines: int) -> None:
    declared, created = (
        f"{TABLES[engine.traits.name]} {one};"
        for one in ("CREATE INDEX i ON t (a, id)", f"CREATE UNIQUE INDEX i ON t ({key})")
    )

    found = compare(_read(engine, declared), _read(engine, created), engine.traits)

    assert len(found.lines) == lines, found.lines
    assert len(found.additions) == 1


# -- how rows and entries are stored ----------------------------------------------------------------------------------

_NUMBERED = "CREATE TABLE r (i int AUTO_INCREMENT KEY)"
STORED = {
    "postgresql": (
        ("CREATE INDEX i ON t (a)", "CREATE INDEX i ON t (a) WITH (fillfactor = 90, deduplicate_items = off)", ""),
        ("CREATE UNIQUE INDEX i ON t (a)", "CREATE UNIQUE INDEX i ON t (a) WITH (fillfactor = 90)", ""),
        ("", "ALTER TABLE t SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05)", ""),
        ("CREATE INDEX i ON t (a)", "CREATE INDEX i ON t (a DESC)", "(a DESC) instead of (a)"),
        ("CREATE INDEX i ON t (a)", "CREATE INDEX i ON t (a NULLS FIRST)", "(a NULLS FIRST) instead of (a)"),
    ),
    "mariadb": (
        (_NUMBERED, f"{_NUMBERED} AUTO_INCREMENT=17", ""),
        (_NUMBERED,
         f"{_NUMBERED} ROW_FORMAT=DYNAMIC STATS_PERSISTENT=1 AUTO_INCREMENT=17", ""),
        (_NUMBERED, f"{_NUMBERED} ROW_FORMAT=COMPRESSED",
         "the rows of the table are stored in another way"),
        (_NUMBERED,
         f"{_NUMBERED} AUTO_INCREMENT=2147483647", "hardly a number is left"),
        ("CREATE TABLE r (i smallint unsigned AUTO_INCREMENT KEY)",
         "CREATE TABLE r (i smallint unsigned AUTO_INCREMENT KEY) AUTO_INCREMENT=65000", "hardly a number is left"),
        ("CREATE TABLE r (i int unsigned AUTO_INCREMENT KEY)",
         "CREATE TABLE r (i int unsigned AUTO_INCREMENT KEY) AUTO_INCREMENT=2147483647", ""),
        ("CREATE INDEX i ON t (a)", "CREATE INDEX i ON t (a) KEY_BLOCK_SIZE=8 COMMENT 'it''s (old)'", ""),
        ("CREATE INDEX i ON t (a)", "CREATE INDEX i ON t (a) COMMENT 'old' IGNORED", "no statement may read with it"),
        ("CREATE TABLE r (i int, s date, e date, PERIOD FOR p (s, e), KEY (i, s))",
         "CREATE TABLE r (i int, s date, e date, PERIOD FOR p (s, e), KEY (i, s), UNIQUE (i, p WITHOUT OVERLAPS))",
         "is not declared"),
        ("CREATE INDEX i ON t (note(9))", "CREATE INDEX i ON t (note(8))", "(note(8)) instead of (note(9))"),
    ),
}  # fmt: skip


@pytest.mark.server
@pytest.mark.parametrize(
    ("engine", "declared", "created", "line"),
    [(name, *one) for name, cases in STORED.items() for one in cases],
    indirect=["engine"],
)
def test_how_rows_and_entries_are_stored_is_no_difference(
    engine: Engine, declared: str, created: str, line: str
) -> None:
    tables = TABLES[engine.traits.name]

    found = compare(_read(engine, f"{tables} {declared};"), _read(engine, f"{tables} {created};"), engine.traits)

    assert len(found.lines) == bool(line), found.lines
    assert line in "".join(found.lines)
    assert (found.additions, found.trials) == ([], [])
