"""Sentences that state rules: the rule with its exact words, and what is left as not understood."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
import yaml

from langgraph_dba.database.request import read_request, rules
from langgraph_dba.database.request.coverage import coverage_of
from langgraph_dba.database.request.rules.pattern import Pattern
from langgraph_dba.database.request.rules.reader import PATTERNS
from langgraph_dba.database.rules import find
from langgraph_dba.database.schema_design.design_schema import design

HOTEL = "A hotel with rooms, guests and bookings. "
SHOP = "A shop with customers, products, suppliers, invoices, orders and payments. "
PROJECTS = "Projects and tasks. "
LIBRARY = (
    "A library with members, books and loans. A member has a birth date. "
    "A loan belongs to a member and a book and has a start date, a due date and a fee. "
)
BANK = (
    "A bank with accounts and transfers. An account has a currency, a balance and a credit limit. "
    "A transfer goes from a source account to a target account. "
)

# request, sentence -> the fields of the rule, without its id
RULES: list[tuple[str, str, dict[str, Any]]] = [
    (f"{group['before']} ", one["sentence"], one["rule"])
    for group in yaml.safe_load((Path(__file__).parent / "requests" / "rules.yaml").read_text(encoding="utf-8"))
    for one in group["sentences"]
]
# sentences with an exception, a condition, or a noun that means nothing
LEFT = [
    (HOTEL, "No two bookings of the same room may overlap, unless the moon is full"),
    (HOTEL, "No two bookings of the same room may overlap if they are paid"),
    (HOTEL, "No two bookings of the same whatsit may overlap"),
    (HOTEL, "If a guest agrees, bookings of the same room must not overlap"),
    (SHOP, "Emails of customers are unique, except for test customers"),
    (SHOP, "Invoices are never deleted (unless wrong)"),
    (SHOP, "Gizmos are never deleted"),
    (PROJECTS, "A project has at most a few tasks, at most twenty or so tasks"),
    (PROJECTS, "At most 20 gizmos per project"),
    (SHOP, "An order goes to the warehouse, then to the customer"),
    (SHOP, "A product must not be deleted while it is in an order"),
    (SHOP, "Orders are final after 14 days"),
    (SHOP, "Orders are never shipped on Sundays"),
    (HOTEL, "A booking must be paid before arrival"),
    (HOTEL, "A booking can only be cancelled before it starts"),
    (HOTEL, "Bookings cannot be longer than 30 days"),
    (HOTEL, "A guest has at most two bookings at a time"),
    (LIBRARY, "The fee is at most 20 kg"),
    ("Vans, crates. A crate belongs to a van and has a weight. ", "Crates of a van together never exceed 900 grams"),
    ("A lab with samples and aliquots. ", "Samples can be divided into aliquots"),
    ("A railway with trains and stations. ", "Trains go from Berlin to Hamburg"),
]


def open_words(request: str) -> list[str]:
    return coverage_of(read_request(request)).words_of("not understood")


@pytest.mark.parametrize(("before", "sentence", "expected"), RULES, ids=[sentence for _, sentence, _ in RULES])
def test_a_sentence_states_this_rule(before: str, sentence: str, expected: dict[str, Any]) -> None:
    (rule,) = read_request(f"{before}{sentence}.").rules

    fields = rule.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"id", "words"})
    # the last day belongs to a period of days
    fields.pop("last_included", None)
    assert fields == expected
    assert rule.words == sentence


@pytest.mark.parametrize(("before", "sentence", "expected"), RULES, ids=[sentence for _, sentence, _ in RULES])
def test_a_sentence_that_states_a_rule_makes_no_table(before: str, sentence: str, expected: dict[str, Any]) -> None:
    usual = {entity.name for entity in read_request(before).entities}

    named = {entity.name for entity in read_request(f"{before}{sentence}.").entities}

    assert named == usual, expected["form"]


@pytest.mark.parametrize(("before", "sentence"), LEFT)
def test_an_exception_or_an_unknown_noun_leaves_the_clause(before: str, sentence: str) -> None:
    requirements = read_request(f"{before}{sentence}.")

    assert requirements.rules == ()
    assert any(words in sentence for words in coverage_of(requirements).words_of("not understood"))


def test_a_rule_stops_where_its_clause_stops() -> None:
    requirements = read_request(f"{SHOP}Invoices are never deleted, and payments vanish; orders are never deleted too")

    assert [rule.words for rule in requirements.rules] == ["Invoices are never deleted"]


def test_only_one_active_row_does_not_forbid_the_others() -> None:
    requirements = read_request("Customers, subscriptions. Only one active subscription per customer.")

    (rule,) = requirements.rules
    (link,) = requirements.relationships
    assert (rule.form, link.kind) == ("only-one", "many-to-one")


def test_the_unique_index_of_a_rule_replaces_that_of_the_reference() -> None:
    schema = design(read_request("Artists, albums, songs. Users can rate a song only once."))

    assert [index.columns for index in schema.table("reviews").indexes if "author_id" in index.columns[:1]] == []
    assert [finding for finding in find(schema) if finding.rule == "unindexed-foreign-key"] == []


def test_listed_values_are_exactly_those_of_the_request() -> None:
    requirements = read_request(
        "Loans and samples. A loan is requested, approved, active or returned. "
        "A sample has a type (blood, serum, plasma)."
    )

    loan, sample = requirements.entity("loan"), requirements.entity("sample")
    assert {a.name: a.choices for a in loan.attributes}["status"] == ("requested", "approved", "active", "returned")
    assert {a.name: a.choices for a in sample.attributes}["sample_type"] == ("blood", "serum", "plasma")


def test_only_one_way_leads_into_a_state() -> None:
    (rule,) = read_request("Loans. A loan is requested, approved or active. Only approved loans become active.").rules

    moves = rule.model_dump()["moves"]
    assert [state for state, following in moves.items() if "active" in following] == ["approved"]


@pytest.mark.parametrize(
    "sentence", ["Teams have two captains.", "Two players share a locker.", "It takes six minutes."]
)
def test_a_numeral_is_no_part_of_a_table(sentence: str) -> None:
    names = {entity.name for entity in read_request(f"Teams and players. {sentence}").entities}

    assert not {name for name in names if name.startswith(("two", "six"))}


def test_two_of_something_are_no_number_of_rows() -> None:
    rows = read_request(f"{HOTEL}No two bookings of the same room may overlap.").scale.rows

    assert rows["booking"] > 2


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("Orders are sent by post and are never deleted.", "are never deleted"),
        ("An invoice belongs to a customer, and must be kept for 7 years.", "must be kept for 7 years"),
        ("A project goes to a customer and has at least one order.", "has at least one order"),
    ],
)
def test_a_clause_without_a_subject_gets_that_of_the_clause_before(sentence: str, words: str) -> None:
    rules = read_request(
        f"A firm with projects, customers, invoices and orders. An order belongs to a project. {sentence}"
    ).rules

    assert [rule.words for rule in rules] == [words]


def test_the_subject_has_the_values_in_a_bracket() -> None:
    requirements = read_request(
        "Rooms, doctors and visits. A visit belongs to a doctor and a room and has a status (planned, held). "
        "Doctors have rooms with a status (open, closed)."
    )

    found = {(e.name, a.name): a.choices for e in requirements.entities for a in e.attributes if a.name == "status"}
    assert (found["visit", "status"], found["room", "status"]) == (("planned", "held"), ("open", "closed"))


def test_at_a_time_is_not_silently_a_relationship() -> None:
    clinic = "A clinic with patients, rooms and visits. A visit has a room and a patient. "

    assert open_words(f"{clinic}A room is for one patient at a time.") == ["A room is for one patient at a time"]


def test_two_bounds_are_two_rules_because_one_may_be_enforced_without_the_other() -> None:
    requirements = read_request("A club with teams and players. A team has between 2 and 5 players.")

    bounds = [rule.model_dump(include={"at_least", "at_most"}) for rule in requirements.rules]
    assert bounds == [{"at_least": None, "at_most": 5}, {"at_least": 2, "at_most": None}]
    assert {rule.words for rule in requirements.rules} == {"A team has between 2 and 5 players"}
    assert coverage_of(requirements).words_of("not understood") == []


def test_exactly_one_is_a_rule_or_a_required_reference() -> None:
    club = "A club with teams, players, coaches and grounds. A coach belongs to a team. A team has a ground. "
    requirements = read_request(f"{club}A team has at most 25 players, exactly one coach and exactly one ground.")

    words = [rule.words for rule in requirements.rules]
    assert words == ["A team has at most 25 players", "exactly one coach", "exactly one coach"]
    assert "exactly one ground" in coverage_of(requirements).words_of("modelled")


def test_states_that_a_sentence_does_not_name_are_reached_from_all_others() -> None:
    (rule,) = read_request(
        "Orders. An order has a status (new, paid, shipped, lost). Orders go from new to paid to shipped."
    ).rules

    assert rule.model_dump()["moves"] == {
        "new": ("paid", "lost"),
        "paid": ("shipped", "lost"),
        "shipped": ("lost",),
        "lost": (),
    }


@pytest.mark.parametrize(
    ("request_", "period"),
    [
        (
            "Planes and flights. A flight has a plane, a departure time and an arrival time.",
            ("departs_at", "arrives_at"),
        ),
        ("Berths and visits. A visit has a berth, an arrival time and a departure time.", ("arrives_at", "departs_at")),
    ],
)
def test_a_period_begins_with_the_moment_that_is_listed_first(request_: str, period: tuple[str, str]) -> None:
    event, target = ("Flights", "plane") if "flight" in request_ else ("Visits", "berth")

    (rule,) = read_request(f"{request_} {event} of the same {target} must not overlap.").rules

    assert rule.model_dump()["period"] == period


def test_an_amount_that_a_rule_bounds_is_a_number() -> None:
    account = read_request(f"{BANK}The balance can't be bigger than the credit limit.").entity("account")

    assert {one.name: one.type for one in account.attributes}["credit_limit"] == "money"


def test_the_unit_of_an_attribute_stands_in_its_name() -> None:
    requirements = read_request(
        "A harbour with berths. A berth has a code, a length in metres and a depth in centimetres."
    )

    names = [one.name for one in requirements.entity("berth").attributes]
    assert names == ["code", "length_m", "depth_cm"]
    assert "length in metres" in coverage_of(requirements).words_of("modelled")


def test_a_word_of_the_lexicon_that_is_an_attribute_makes_no_relationship() -> None:
    requirements = read_request("A shop sells products. A product has an SKU and a price. SKUs are unique.")

    assert requirements.relationships == ()


def test_a_range_is_no_number_of_rows() -> None:
    requirements = read_request("Teams and players. A team has between 2 and 5 players.")

    assert requirements.scale.rows["player"] > 5
    assert not [span for span in coverage_of(requirements).spans if span.form == "scale"]


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("Only doctors can read notes.", "Only doctors can read notes"),
        ("Notes may be read by two nurses.", "may be read by two nurses"),
        ("Patients can only see their own notes.", "can only see their own notes"),
    ],
)
def test_a_permission_is_not_enforced(sentence: str, words: str) -> None:
    requirements = read_request(f"A clinic with doctors, nurses, patients and notes. {sentence}")

    assert words in coverage_of(requirements).words_of("not enforced")


def test_a_sentence_that_repeats_the_design_has_a_span() -> None:
    coverage = coverage_of(read_request("Shops and owners. Each shop has an owner. Every shop needs an owner."))

    assert "shop needs an owner" in coverage.words_of("modelled")


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (
            (
                "Donors, donations, pledges. A donation has an amount. A pledge is paid by donations that "
                "together never "
                "exceed the pledge."
            ),
            "donations that together never exceed the pledge",
        ),
        (
            (
                "A biobank with donors. A donor has a pseudonym. The table that links the pseudonym to name "
                "and birth date "
                "is encrypted."
            ),
            "is encrypted",
        ),
        (
            "A biobank with donors. A donor has a pseudonym, and every look-up there is logged.",
            "every look-up there is logged",
        ),
        (
            "Works and museums. Every work has an inventory number, unique and never reused, even if the work is sold.",
            "Every work has an inventory number, unique and never reused",
        ),
        (
            "Clerks, plots. A plot has a code. Codes of plots are encrypted, only the clerk sees them.",
            "Codes of plots are encrypted",
        ),
    ],
)
def test_a_rule_quotes_only_its_own_words(request_: str, words: str) -> None:
    assert [rule.words for rule in read_request(request_).rules] == [words]


@pytest.mark.parametrize(
    "request_",
    [
        "Trips and boats. A trip belongs to a boat. A trip can't have more guests than the boat has seats.",
        "Boats and trips. A boat has a name and a number of seats.",
    ],
)
def test_a_number_of_places_makes_no_table(request_: str) -> None:
    assert {entity.name for entity in read_request(request_).entities} == {"trip", "boat"}


def test_the_subject_goes_on_after_a_comma() -> None:
    requirements = read_request("Plots, gardeners, leases. A lease belongs to a plot and a gardener, has a colour.")

    assert {(link.source, link.target) for link in requirements.relationships} == {
        ("lease", "plot"),
        ("lease", "gardener"),
    }
    assert "color" in {one.name for one in requirements.entity("lease").attributes}


@pytest.mark.parametrize(
    ("request_", "event"),
    [
        ("Cars and customers. No car may be rented twice for overlapping days.", "rental"),
        ("Cars, customers and hires. A hire belongs to a car. No car may be rented twice at the same time.", "hire"),
    ],
)
def test_a_rule_about_double_use_has_the_rows_that_it_needs(request_: str, event: str) -> None:
    requirements = read_request(request_)

    assert {entity.name for entity in requirements.entities} == {"car", "customer", event}
    assert [(rule.form, rule.model_dump()["of"]) for rule in requirements.rules] == [("no-overlap", event)]


def test_a_second_place_is_not_silently_the_first_one() -> None:
    request_ = "Cars, customers, branches. No car may be rented twice for overlapping days. "

    words = open_words(f"{request_}A car is picked up at one branch and may be returned at another.")
    assert [one for one in words if one.endswith("may be returned at another")]


@pytest.mark.parametrize(
    ("sentence", "values"),
    [
        ("Papers come in format A3, A4 or A5.", ("A3", "A4", "A5")),
        ("Format: either folio or quarto.", ("folio", "quarto")),
        ("Format is one of folio, quarto or octavo.", ("folio", "quarto", "octavo")),
    ],
)
def test_a_list_in_other_words_has_the_values(sentence: str, values: tuple[str, ...]) -> None:
    request_ = f"Papers and presses. A paper has a format and a press. {sentence}"

    found = {one.name: one.choices for one in read_request(request_).entity("paper").attributes}
    assert found["format"] == values
    assert open_words(request_) == []


def test_every_pattern_is_tried() -> None:
    modules = [import_module(f"{rules.__name__}.{one.name}") for one in iter_modules(rules.__path__)]
    defined = {
        id(value): name for module in modules for name, value in vars(module).items() if isinstance(value, Pattern)
    }

    assert [name for key, name in defined.items() if key not in {id(one) for one in PATTERNS}] == []
