import pytest
from hypothesis import given
from hypothesis import strategies as st

from langgraph_dba.database.requirements import Entity, table_name
from langgraph_dba.database.requirements.plural import plural_of, singular_of
from langgraph_dba.database.requirements.reserved import is_reserved

PAIRS = {
    "person": "people", "child": "children", "category": "categories", "copy": "copies", "address": "addresses",
    "status": "statuses", "class": "classes", "box": "boxes", "course": "courses", "warehouse": "warehouses",
    "campus": "campuses", "response": "responses", "cache": "caches", "shoe": "shoes", "photo": "photos",
    "movie": "movies", "quiz": "quizzes", "prize": "prizes", "dish": "dishes", "tax": "taxes", "analysis": "analyses",
    "diagnosis": "diagnoses", "salesperson": "salespeople", "key": "keys", "company": "companies", "lens": "lenses",
    "time_entry": "time_entries", "leave_request": "leave_requests", "menu": "menus", "excuse": "excuses",
    "spouse": "spouses", "exercise": "exercises", "shelf": "shelves", "hero": "heroes", "invoice": "invoices",
}  # fmt: skip


@pytest.mark.parametrize(("one", "many"), PAIRS.items())
def test_plural_and_singular_are_inverse(one: str, many: str) -> None:
    assert (plural_of(one), singular_of(many)) == (many, one)
    assert (singular_of(one), plural_of(many)) == (one, many)


@pytest.mark.parametrize("word", ["staff", "data", "news", "series", "equipment", "sensor_data"])
def test_uncountable_nouns_have_one_form(word: str) -> None:
    assert plural_of(word) == singular_of(word) == word


def test_a_declared_plural_names_the_table() -> None:
    assert table_name(Entity(name="cactus", plural="cacti")) == "cacti"


@pytest.mark.parametrize(("entity", "table"), [("order", "orders"), ("user", "users"), ("value", "value_records")])
def test_no_table_has_a_reserved_name(entity: str, table: str) -> None:
    assert table_name(Entity(name=entity)) == table


@given(st.from_regex(r"[a-z]{1,12}(_[a-z]{1,12})?", fullmatch=True))
def test_table_names_are_never_reserved(name: str) -> None:
    assert not is_reserved(table_name(Entity(name=name)))
