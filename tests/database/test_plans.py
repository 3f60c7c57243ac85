"""One form of plans on every engine: kinds of steps, tables behind aliases, searched columns, rows, rendering."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from langgraph_dba.database.engines import Connection, Engine, Plan
from langgraph_dba.database.engines.plan import NodeKind

DDL = """
CREATE TABLE shelf (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL);
CREATE TABLE book (id INTEGER PRIMARY KEY, shelf_id INTEGER NOT NULL, pages INTEGER, title VARCHAR(40));
CREATE INDEX book_shelf_idx ON book (shelf_id, pages);
"""


@pytest.fixture(scope="module")
def databases() -> Iterator[tuple[ExitStack, dict[str, Connection]]]:
    with ExitStack() as stack:
        yield stack, {}


@pytest.fixture
def connection(engine: Engine, databases: tuple[ExitStack, dict[str, Connection]]) -> Connection:
    """A connection per engine to a database with 4,000 books on 400 shelves."""
    stack, opened = databases
    if engine.traits.name not in opened:
        link = stack.enter_context(stack.enter_context(engine.scratch(DDL)).connect())
        link.load("shelf", ["id", "name"], [(n, f"shelf {n}") for n in range(400)])
        books = [(n, n % 400, n % 97, f"title {n}") for n in range(4000)]
        link.load("book", ["id", "shelf_id", "pages", "title"], books)
        link.analyze()
        opened[engine.traits.name] = link
    return opened[engine.traits.name]


def _kinds(plan: Plan) -> set[NodeKind]:
    return {step.kind for step in plan.walk()}


def test_reading_a_whole_table_is_a_table_scan(connection: Connection) -> None:
    plan = connection.explain("SELECT title FROM book b WHERE b.title LIKE '%9'")

    assert [step.table for step in plan.of("table-scan")] == ["book"]
    assert plan.searched_columns == frozenset()
    assert not plan.ran


def test_an_index_search_names_index_and_columns(connection: Connection) -> None:
    plan = connection.explain("SELECT title FROM book AS b WHERE b.shelf_id = :n AND b.pages > 5", {"n": 7})

    step = plan.of("index-search")[0]
    assert (step.table or "book", step.index, set(step.searched)) == ("book", "book_shelf_idx", {"shelf_id", "pages"})
    assert not step.covering
    assert plan.uses("book_shelf_idx")


def test_an_index_with_all_columns_of_the_query_is_covering(connection: Connection) -> None:
    plan = connection.explain("SELECT pages FROM book WHERE shelf_id = :n", {"n": 7}, run=True)

    assert [step.covering for step in plan.of("index-search")] == [True]


def test_a_primary_key_is_searched_by_its_column(connection: Connection) -> None:
    assert connection.explain("SELECT title FROM book WHERE id = 7").searched_columns == {"id"}


def test_a_join_reads_both_tables(connection: Connection) -> None:
    plan = connection.explain("SELECT s.name, b.title FROM shelf s JOIN book b ON b.shelf_id = s.id WHERE s.id = 3")

    assert {step.table for step in plan.walk() if step.table} == {"shelf", "book"}


def test_sorting_is_a_step(connection: Connection) -> None:
    assert "sort" in _kinds(connection.explain("SELECT title FROM book ORDER BY title"))
    assert "sort" not in _kinds(connection.explain("SELECT id FROM book ORDER BY id"))


def test_an_executed_plan_has_rows_and_time(connection: Connection) -> None:
    plan = connection.explain("SELECT title FROM book WHERE shelf_id = 7", run=True)

    assert plan.ran
    assert plan.time_ms is not None
    assert 10 in {step.actual_rows for step in plan.walk()}


def test_rows_are_the_sum_of_all_loops(connection: Connection) -> None:
    plan = connection.explain(
        "SELECT b.title FROM shelf s JOIN book b ON b.shelf_id = s.id WHERE s.id IN (1, 2, 3)", run=True
    )

    assert 30 in {step.actual_rows for step in plan.walk()}


def test_a_write_executed_for_its_plan_is_rolled_back(connection: Connection) -> None:
    connection.explain("DELETE FROM book WHERE shelf_id = 7", run=True)

    assert connection.run("SELECT count(*) FROM book WHERE shelf_id = 7").scalar == 10


@pytest.mark.parametrize(
    "sql",
    [
        "WITH t AS (SELECT shelf_id, count(*) AS n FROM book GROUP BY shelf_id) SELECT * FROM t WHERE n > 5",
        "SELECT name, (SELECT max(pages) FROM book b WHERE b.shelf_id = s.id) FROM shelf s",
        "SELECT * FROM shelf WHERE id IN (SELECT shelf_id FROM book WHERE pages < 5)",
        "SELECT id FROM shelf UNION SELECT shelf_id FROM book",
        "SELECT title, row_number() OVER (PARTITION BY shelf_id ORDER BY title) FROM book",
        "SELECT DISTINCT pages FROM book ORDER BY pages LIMIT 3",
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT * FROM n",
        "UPDATE book SET pages = pages + 1 WHERE shelf_id = 3",
        "SELECT 1",
        "SELECT * FROM (SELECT shelf_id, sum(pages) AS p FROM book GROUP BY 1) x JOIN shelf ON shelf.id = x.shelf_id",
    ],
)
def test_every_step_of_a_plan_is_known(connection: Connection, sql: str) -> None:
    """No step has the kind `other`, and each table exists in the database."""
    for run in (False, True):
        steps = list(connection.explain(sql, run=run).walk())

        assert [step.label for step in steps if step.kind == "other"] == []
        assert {step.table for step in steps} <= {"", "shelf", "book"}


@pytest.mark.parametrize("text", ['say "x", you', "back\\slash \\d", "it's", "50%"])
def test_a_condition_may_contain_any_text(connection: Connection, text: str) -> None:
    literal = "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"

    plan = connection.explain(f"SELECT id FROM book WHERE lower(title) = {literal} AND shelf_id = 1")

    assert plan.uses("book_shelf_idx")


def test_a_plan_is_rendered_as_a_tree() -> None:
    search = Plan("index-search", "Index Scan", table="book", index="book_idx", searched=("shelf_id",), covering=True,
                  estimated_rows=10, actual_rows=12, loops=3, buffers=4, time_ms=0.5)  # fmt: skip
    plan = Plan("sort", "Sort", cost=12.34, children=(search,))

    assert plan.render() == (
        "sort [cost 12.3]\n"
        "  index-search book by book_idx (shelf_id) index only [10 rows expected, 12 read; 3 loops; 4 pages; 0.50 ms]"
    )
    assert plan.as_data()["children"][0]["searched"] == ["shelf_id"]
