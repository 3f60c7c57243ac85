"""The same tests for every engine; expectations that depend on a capability come from the traits of the engine."""

import subprocess
import sys
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import fake_distribution
import pytest
from shelf_database import DDL, FILLED

from langgraph_dba.database import engines
from langgraph_dba.database.engines import (
    ENGINES,
    Engine,
    QueryResult,
    Rejected,
    all_engines,
    budget,
    difference,
    engines_for,
    open_engine,
    traits_of,
)
from langgraph_dba.errors import EngineError, EngineUnavailable, InputError, OverBudget


def test_a_statement_with_named_parameters_gives_rows_and_column_names(engine: Engine) -> None:
    with engine.scratch(FILLED) as scratch, scratch.connect() as connection:
        result = connection.run("SELECT name, id FROM shelf WHERE id = :id", {"id": 1})

    assert result == QueryResult((("a", 1),), ("name", "id"), result.affected_rows)


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("INSERT INTO shelf VALUES (2, 'a')", "unique"),
        ("INSERT INTO shelf VALUES (1, 'b')", "unique"),
        ("INSERT INTO shelf VALUES (2, NULL)", "not-null"),
        ("INSERT INTO book VALUES (2, 99, 1)", "foreign-key"),
        ("DELETE FROM shelf", "foreign-key"),
        ("INSERT INTO book VALUES (2, 1, -1)", "check"),
        ("SELECT * FROM nowhere", "missing"),
        ("SELEC 1", "syntax"),
    ],
)
def test_a_refusal_has_the_kind_of_the_violated_constraint(engine: Engine, statement: str, kind: str) -> None:
    with engine.scratch(FILLED) as scratch, scratch.connect() as connection:
        answer = connection.attempt((statement, {}))

    assert isinstance(answer, Rejected)
    assert answer.kind == kind


def test_an_attempt_is_rolled_back(engine: Engine) -> None:
    with engine.scratch(FILLED) as scratch, scratch.connect() as connection:
        inside = connection.attempt(("DELETE FROM book", {}), ("SELECT count(*) FROM book", {}))
        outside = connection.run("SELECT count(*) FROM book").scalar

    assert isinstance(inside, QueryResult)
    assert (inside.scalar, outside) == (0, 1)


def test_a_script_that_fails_half_way_changes_nothing(engine: Engine) -> None:
    with engine.scratch(FILLED) as scratch, scratch.connect() as connection:
        with pytest.raises(Rejected):
            connection.script("INSERT INTO shelf VALUES (2, 'b'); INSERT INTO shelf VALUES (3, 'b');")

        assert connection.run("SELECT count(*) FROM shelf").scalar == 1


def test_a_transaction_that_raises_is_rolled_back(engine: Engine) -> None:
    with engine.scratch(FILLED) as scratch, scratch.connect() as connection:
        with pytest.raises(ZeroDivisionError), connection.transaction():
            connection.run("DELETE FROM book")
            raise ZeroDivisionError

        assert connection.run("SELECT count(*) FROM book").scalar == 1


def test_scratch_databases_are_isolated(engine: Engine) -> None:
    with engine.scratch(FILLED) as first, engine.scratch(FILLED) as second:
        with first.connect() as connection:
            connection.run("DELETE FROM book")
        with second.connect() as connection:
            assert connection.run("SELECT count(*) FROM book").scalar == 1


def test_statements_that_do_not_run_are_rejected_and_leave_the_engine_usable(engine: Engine) -> None:
    with pytest.raises(Rejected), engine.scratch("CREATE TABLE broken (id INTEGER, id INTEGER);"):
        pass
    with engine.scratch(DDL) as scratch, scratch.connect() as connection:
        assert connection.run("SELECT count(*) FROM book").scalar == 0


@pytest.mark.parametrize(
    "change",
    [
        "CREATE UNIQUE INDEX further ON book (shelf_id, pages);",
        "CREATE INDEX further ON book (pages);",
        "CREATE TABLE further (id INTEGER);",
        "CREATE VIEW further AS SELECT id FROM book;",
    ],
)
def test_the_catalogue_shows_every_change(engine: Engine, change: str) -> None:
    with engine.scratch(DDL) as scratch, scratch.connect() as connection:
        before = connection.catalogue()
        assert difference(before, connection.catalogue()) == ()

        connection.script(change)

        assert difference(before, connection.catalogue())


def test_the_catalogue_contains_a_changed_check_and_delete_action(engine: Engine) -> None:
    changed = DDL.replace("pages > 0", "pages > 1").replace("RESTRICT", "CASCADE")

    with engine.scratch(DDL) as one, engine.scratch(changed) as other:
        with one.connect() as here, other.connect() as there:
            lines = difference(here.catalogue(), there.catalogue())

    assert any("book_pages" in line for line in lines)
    assert any("ascade" in line.lower() for line in lines)


def test_cost_and_plan_distinguish_an_index_from_a_scan(engine: Engine) -> None:
    with engine.scratch(DDL) as scratch, scratch.connect() as connection:
        connection.load("shelf", ["id", "name"], [(n, str(n)) for n in range(5000)])
        connection.load("book", ["id", "shelf_id", "pages"], [(n, n, 1 + n) for n in range(5000)])
        connection.analyze()
        by_index, by_reading = "SELECT id FROM book WHERE shelf_id = :n", "SELECT id FROM book WHERE pages = :n"

        assert connection.explain(by_index, {"n": 7}).searched_columns == {"shelf_id"}
        assert connection.explain(by_reading, {"n": 7}).searched_columns == frozenset()
        assert connection.work(by_index, {"n": 7}) * 3 < connection.work(by_reading, {"n": 7})


def test_the_cost_is_the_same_while_an_older_transaction_is_open(engine: Engine) -> None:
    """Proofs run in parallel on one server: an open transaction must not change the cost of a statement."""
    query = "SELECT shelf_id FROM book WHERE shelf_id BETWEEN 100 AND 900"
    with engine.scratch(DDL) as elsewhere, elsewhere.connect() as other, engine.scratch(DDL) as scratch:
        with other.transaction(), scratch.connect("superuser") as connection:
            other.run("INSERT INTO shelf (id, name) VALUES (1, 'one')")
            connection.load("shelf", ["id", "name"], [(n, str(n)) for n in range(1000)])
            connection.load("book", ["id", "shelf_id", "pages"], [(n, n % 1000, 1 + n) for n in range(5000)])
            connection.analyze()
            beside = connection.work(query)
        with scratch.connect("superuser") as connection:
            assert connection.work(query) == beside


def test_an_unknown_engine_is_an_input_error() -> None:
    with pytest.raises(InputError, match=r"there is no engine 'oracle'.*sqlite"):
        open_engine("oracle")


@pytest.mark.server
def test_engines_are_shared_within_a_process() -> None:
    assert engines_for(ENGINES) == engines_for(ENGINES)


def test_sqlite_has_no_roles(sqlite: Engine) -> None:
    with (
        sqlite.scratch() as scratch,
        pytest.raises(EngineError, match="no roles"),
        scratch.connect("app"),
    ):
        pass


@pytest.mark.parametrize(
    "statement",
    ["ATTACH DATABASE 'beside.db' AS beside", "VACUUM INTO 'beside.db'", "COMMIT; ATTACH 'beside.db' AS b"],
)
def test_a_script_cannot_open_another_file(
    sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    monkeypatch.chdir(tmp_path)

    with sqlite.scratch() as scratch, scratch.connect() as connection, pytest.raises(Rejected):
        connection.script(f"{statement};")

    assert not list(tmp_path.iterdir())


def test_a_script_may_end_its_own_transaction(engine: Engine) -> None:
    with engine.scratch(DDL + "COMMIT;") as scratch, scratch.connect() as connection:
        assert connection.run("SELECT count(*) FROM book").scalar == 0


def test_a_statement_is_cancelled_at_the_time_limit(engine: Engine) -> None:
    endless = "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i FROM n) SELECT count(*) FROM n"

    with engine.scratch(FILLED) as scratch, scratch.connect() as connection:
        with pytest.raises(OverBudget), budget(0.3):
            connection.run(endless)

        assert connection.run("SELECT count(*) FROM book").scalar == 1


def test_another_package_can_add_an_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry point refers to the engine class; the other modules of the engine are in the same package."""
    point = EntryPoint("again", "langgraph_dba.database.engines.sqlite.engine:SqliteEngine", engines.GROUP)
    monkeypatch.setattr(engines, "plugin_points", lambda group: (point,) if group == engines.GROUP else ())

    assert all_engines() == (*ENGINES, "again")
    assert open_engine("again").version() == open_engine("sqlite").version()
    assert traits_of("again") == traits_of("sqlite")


@pytest.mark.usefixtures("fresh_plugins")
@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise RuntimeError('boom')", "broken of somebodys cannot be used: RuntimeError: boom"),
        ("import somebodys.nowhere", "broken of somebodys cannot be used: ModuleNotFoundError"),
        ("class Another: pass", r"broken cannot be used: somebodys\.engine:Missing does not exist"),
    ],
)
def test_a_broken_engine_of_another_package_names_the_real_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, reason: str
) -> None:
    fake_distribution.install(tmp_path, monkeypatch, engines.GROUP, {"engine": source})
    point = EntryPoint("broken", "somebodys.engine:Missing", engines.GROUP)
    monkeypatch.setattr(engines, "plugin_points", lambda group: (point,) if group == engines.GROUP else ())

    with pytest.raises(EngineUnavailable, match=reason):
        open_engine("broken")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ImportError("no pq wrapper available\n- no libpq"), "cannot be imported: no pq wrapper available - no libpq"),
        (ImportError("cannot import name rows", name="psycopg"), "cannot be imported: cannot import name rows"),
    ],
)
def test_a_driver_that_cannot_be_imported_is_no_crash(
    monkeypatch: pytest.MonkeyPatch, error: ImportError, reason: str
) -> None:
    def broken(module: str) -> ModuleType:
        if module.endswith("postgresql.engine"):
            raise error
        return import_module(module)

    monkeypatch.setattr(engines, "import_module", broken)

    with pytest.raises(EngineUnavailable, match=f"postgresql cannot be used: its driver {reason}: pip install"):
        open_engine("postgresql")


@pytest.mark.parametrize(
    ("name", "driver", "extra"), [("postgresql", "psycopg", "postgres"), ("mariadb", "pymysql", "mariadb")]
)
def test_a_missing_driver_names_the_extra_and_the_traits_are_available(name: str, driver: str, extra: str) -> None:
    script = f"""
import sys
sys.modules["{driver}"] = None
from langgraph_dba.database.engines import open_engine, open_reader, traits_of
from langgraph_dba.errors import EngineUnavailable
for call in (lambda: open_engine("{name}"), lambda: open_reader("{name}", "")):
    try:
        call()
    except EngineUnavailable as error:
        print(error)
print(traits_of("{name}").title)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    message = f"{name} needs {driver}, which is not installed: pip install 'langgraph-dba[{extra}]'"
    assert done.stdout.splitlines() == [message, message, traits_of(name).title]
