"""Any text results in valid requirements or a clear error, the same each time, and a file loses nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.engines import Engine, traits_of
from langgraph_dba.database.request import read_request
from langgraph_dba.database.request.lexicon import lexicon
from langgraph_dba.database.requirements import Requirements, check_consistency, dump_requirements, load_requirements
from langgraph_dba.database.requirements.plural import plural_of
from langgraph_dba.database.requirements.reserved import is_confusing, is_reserved
from langgraph_dba.database.schema_design.design_schema import Choices, design
from langgraph_dba.errors import RequirementsError

_PHRASES = sorted(phrase for term in lexicon().terms.values() for phrase in term.phrases)
_GLUE = [
    *("a", "an", "the", "each", "every", "many", "several", "of", "with", "and", "or", ",", ".", ";", ":", "(", ")"),
    *("has", "have", "belong", "belongs", "to", "can", "may", "written", "by", "per", "in", "where", "share", "own"),
    *("multi-tenant", "SaaS", "one", "system", "data", "name", "email", "price", "status", "10,000", "5", "million"),
    *("\n", "-", "id", "manager", "gizmo", "subgizmos"),
]
_MANY = [plural_of(phrase.replace(" ", "_")).replace("_", " ") for phrase in _PHRASES]
_nouns = st.one_of(st.sampled_from(_PHRASES), st.sampled_from(_MANY))
_sentences = st.lists(st.one_of(_nouns, st.sampled_from(_GLUE)), max_size=40).map(" ".join)

REQUESTS = (
    "a multi-tenant project management application with teams, projects, tasks, and time tracking",
    "an online shop with customers, products, categories, orders and payments",
    "a clinic with patients, doctors, appointments and prescriptions, several clinics share one system",
    "a library where members borrow copies of books written by several authors",
    "Airline: flights, airports, passengers, bookings, aircraft, seats and crew members",
    "SaaS for gyms where each gym has members, trainers and classes. Members book classes.",
    "users follow users, write posts, like posts, comment on posts and message users",
    "employees have skills and report to a manager; each department has one manager; leave requests and payroll",
    "widgets (name, date, order, user id, limit, group) and gizmos; each widget has many gizmos; users",
    "warehouse with products, suppliers, purchase orders, stock levels and shipments",
    "insurance: customers have policies, policies have claims, agents sell policies",
    "an auction with sellers, items, bidders, bids and payments",
    "Build a to-do list app",
)


def _read(text: str) -> Requirements | None:
    try:
        return read_request(text)
    except RequirementsError:
        return None


@given(st.text(max_size=2_000))
def test_any_text_is_read_or_refused(text: str) -> None:
    first = _read(text)

    assert first == _read(text)
    assert first is None or not check_consistency(first)


@settings(deadline=None, max_examples=60)
@given(_sentences)
def test_sentences_of_business_words_are_read_or_refused(text: str) -> None:
    requirements = _read(text)

    if requirements is not None:
        assert not check_consistency(requirements)
        assert load_requirements(dump_requirements(requirements)) == requirements
        assert design(requirements, Choices(tenancy="shared-schema")).tables


_names = st.from_regex(r"[a-z]{1,8}(_[a-z]{1,8})?", fullmatch=True).filter(
    lambda name: not is_reserved(name) and name != "id"
)
_attributes: st.SearchStrategy[dict[str, object]] = st.one_of(
    st.fixed_dictionaries({"name": _names}, optional={"description": st.text(max_size=30), "required": st.booleans()}),
    st.fixed_dictionaries({"name": _names, "type": st.just("money"), "minimum": st.decimals(-9, 9, places=2)}),
    st.fixed_dictionaries(
        {
            "name": _names,
            "type": st.just("choice"),
            "choices": st.lists(st.text(min_size=1, max_size=9), min_size=1, unique=True),
        }
    ),
    st.fixed_dictionaries({"name": _names, "type": st.just("integer"), "default": st.integers(-9, 9)}),
)
_lists = st.lists(_attributes, max_size=4, unique_by=lambda attribute: str(attribute["name"]))
_entities: st.SearchStrategy[dict[str, object]] = st.builds(
    lambda name, attributes: {"name": name, "attributes": attributes}, _names, _lists
)


@settings(deadline=None)
@given(
    title=st.text(min_size=1, max_size=60),
    said=st.lists(st.text(max_size=60), max_size=3),
    entities=st.lists(_entities, min_size=1, max_size=4, unique_by=lambda entity: plural_of(str(entity["name"]))),
)
def test_a_file_loses_nothing(title: str, said: list[str], entities: list[dict[str, object]]) -> None:
    requirements = Requirements.model_validate({"title": title, "assumptions": said, "entities": entities})

    assert load_requirements(dump_requirements(requirements)) == requirements


@given(st.text(max_size=200))
def test_any_file_is_read_or_refused(text: str) -> None:
    try:
        requirements = load_requirements(f"title: {text}\nentities: [{{name: a}}]\n")
    except RequirementsError:
        return
    assert not check_consistency(requirements)


@pytest.mark.parametrize("request_", REQUESTS)
def test_requirements_of_any_request_can_be_built(request_: str, sqlite: Engine) -> None:
    schema = design(read_request(request_))

    with sqlite.scratch(render(schema, traits_of("sqlite")).up) as scratch, scratch.connect() as connection:
        assert set(connection.catalogue()["table"]) == {table.name for table in schema.tables}


@pytest.mark.parametrize("key", lexicon().terms)
def test_every_word_of_the_lexicon_results_in_a_valid_entity(key: str) -> None:
    term = lexicon().terms[key]
    known = (
        {a.name for a in term.attributes} | {r.role or t for r in term.references for t in r.targets} | {"created_at"}
    )

    assert set(term.entry) <= {
        "also",
        "has",
        "to",
        "many",
        "brings",
        "joins",
        "reads",
        "size",
        "org",
        "when",
        "name",
        "strict",
    }
    assert not any(is_confusing(attribute.name) for attribute in term.attributes)
    assert all({*lookup.filter, *lookup.sort} <= known for lookup in term.lookups)


def test_verbs_and_kinds_of_business_refer_to_existing_entities() -> None:
    terms = lexicon().terms

    assert {verb.entity for verb in lexicon().verbs.values() if verb.entity} <= terms.keys()
    assert {key for keys in lexicon().domains.values() for key in keys} <= terms.keys()
    assert {key for term in terms.values() for group in term.brings for key in group[:1]} <= terms.keys()
    assert len(terms) >= 120
