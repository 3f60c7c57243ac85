"""The relations that a view reads: a query of a WITH clause hides a table only where its name refers to the query."""

import pytest

from langgraph_dba.database.model.schema import View
from langgraph_dba.database.rules.kit.view_sources import relations_read


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("WITH recent AS (SELECT * FROM docs) SELECT * FROM recent", {"docs"}),
        ("WITH docs AS (SELECT * FROM docs) SELECT * FROM docs", {"docs"}),
        ("WITH RECURSIVE docs AS (SELECT 1 AS id UNION SELECT id FROM docs) SELECT * FROM docs", set()),
        ("WITH docs AS (SELECT 1) SELECT * FROM public.docs, docs", {"docs"}),
        ("SELECT * FROM docs WHERE id IN (WITH docs AS (SELECT 1 AS id) SELECT id FROM docs)", {"docs"}),
        ("SELECT 1 FROM (WITH docs AS (SELECT 1 AS id) SELECT id FROM docs) one", set()),
        ("WITH a AS (SELECT * FROM docs), docs AS (SELECT 1) SELECT * FROM a, docs", {"docs"}),
        ("WITH docs AS (SELECT 1), a AS (SELECT * FROM docs) SELECT * FROM a", set()),
        ("WITH docs AS (SELECT 1) SELECT * FROM people WHERE EXISTS (SELECT 1 FROM docs)", {"people"}),
    ],
)
def test_the_relations_that_a_query_reads(query: str, names: set[str]) -> None:
    view = View(name="v", definition=f"v AS {query}")

    assert relations_read(view, "postgresql") == names
