"""A generated text is no list: it does not show that a column whose name means several values holds one value."""

import pytest
from existing_schema import evidence_of

from langgraph_dba.database.engines import Engine

pytestmark = pytest.mark.heavy

_POSTS = "CREATE TABLE posts (id integer PRIMARY KEY, title varchar(60) NOT NULL, {column});"
_REASON = "the names of these columns mean several values, and generated texts are no lists: posts."


@pytest.mark.parametrize(
    "column",
    ["tags text", "reader_ids varchar(200) NOT NULL", "sources_csv text", "tags varchar(60) CHECK (tags <> '')"],
)
def test_a_column_that_means_several_values_is_not_supported(engine: Engine, column: str) -> None:
    evidence = evidence_of(engine, _POSTS.format(column=column))["first-normal-form"]

    assert evidence.state == "not run", evidence.reason
    assert evidence.reason == _REASON + column.split(maxsplit=1)[0]


@pytest.mark.parametrize("column", ["word text", "tags varchar(9) CHECK (tags IN ('red', 'blue'))"])
def test_one_value_by_name_or_by_a_list_of_the_values_is_supported(engine: Engine, column: str) -> None:
    evidence = evidence_of(engine, _POSTS.format(column=column))["first-normal-form"]

    assert evidence.state == "supported", evidence.reason


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("state varchar(20) CHECK (state IN ('open,urgent', 'done'))", "posts.state packs 2 values"),
        ("tags varchar(20) CHECK (tags IN ('red,blue', 'red'))", "posts.tags packs 2 values"),
        ("tags text, phone1 varchar(20), phone2 varchar(20)", "phone1, phone2 are one list"),
    ],
)
def test_a_list_is_refuted(engine: Engine, column: str, words: str) -> None:
    evidence = evidence_of(engine, _POSTS.format(column=column))["first-normal-form"]

    assert evidence.state == "refuted", evidence.reason
    assert words in evidence.reason
