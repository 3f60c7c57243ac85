"""Sentences that state rules: the rule with its exact words, and what is left as not understood."""

from typing import Any

import pytest

from langgraph_dba.database.request import read_request
from langgraph_dba.database.request.coverage import coverage_of
from langgraph_dba.database.rules import find
from langgraph_dba.database.schema_design.design_schema import design

HOTEL = "A hotel with rooms, guests and bookings. "
SHOP = "A shop with customers, products, suppliers, invoices, orders and payments. "
PROJECTS = "Projects and tasks. "
LAW = "Documents, owners and visits. "

# request, sentence -> the fields of the rule, without its id
RULES: list[tuple[str, str, dict[str, Any]]] = [
    (HOTEL, "No two bookings of the same room may overlap", {
        "form": "no-overlap", "of": "booking", "per": ["room"], "period": ["starts_at", "ends_at"]}),
    (HOTEL, "Bookings of the same room must not overlap", {
        "form": "no-overlap", "of": "booking", "per": ["room"], "period": ["starts_at", "ends_at"]}),
    (HOTEL, "No two bookings of a room may overlap unless one is cancelled", {
        "form": "no-overlap", "of": "booking", "per": ["room"], "period": ["starts_at", "ends_at"],
        "where": [{"left": "status", "op": "is-not", "right": "cancelled"}]}),
    (HOTEL, "Bookings of one room must not overlap, unless they are cancelled", {
        "form": "no-overlap", "of": "booking", "per": ["room"], "period": ["starts_at", "ends_at"],
        "where": [{"left": "status", "op": "is-not", "right": "cancelled"}]}),
    (SHOP, "An invoice number is unique per customer, ignoring case", {
        "form": "only-one", "of": "invoice", "per": ["invoice_number", "customer"], "ignore_case": ["invoice_number"]}),
    (SHOP, "Orders start as draft, then confirmed, then shipped", {
        "form": "states", "of": "order.status", "start": ["draft"],
        "moves": {"draft": ["confirmed"], "confirmed": ["shipped"]}}),
    (HOTEL, "No room may be booked twice at the same time", {
        "form": "no-overlap", "of": "booking", "per": ["room"], "period": ["starts_at", "ends_at"]}),
    (HOTEL, "A room can never be double-booked", {
        "form": "no-overlap", "of": "booking", "per": ["room"], "period": ["starts_at", "ends_at"]}),
    (PROJECTS, "A project has at most 20 tasks", {"form": "count", "of": "task", "per": ["project"], "at_most": 20}),
    (PROJECTS, "At most twelve tasks per project", {"form": "count", "of": "task", "per": ["project"], "at_most": 12}),
    (PROJECTS, "A project must have at least one task", {
        "form": "count", "of": "task", "per": ["project"], "at_least": 1}),
    (PROJECTS, "A project has one or more tasks", {"form": "count", "of": "task", "per": ["project"], "at_least": 1}),
    (SHOP, "Emails of customers are unique", {"form": "only-one", "of": "customer", "per": ["email"]}),
    (SHOP, "Emails of customers are unique, case-insensitive", {
        "form": "only-one", "of": "customer", "per": ["email"], "ignore_case": ["email"]}),
    (SHOP, "No two customers may have the same phone", {"form": "only-one", "of": "customer", "per": ["phone"]}),
    (SHOP, "Emails of customers are not unique", {"form": "free", "what": "customer.email", "may": "repeat"}),
    (SHOP, "Customers may share a phone", {"form": "free", "what": "customer.phone", "may": "repeat"}),
    (SHOP, "Invoices are never changed", {"form": "frozen", "what": "invoice"}),
    (SHOP, "Payments are never deleted", {"form": "frozen", "what": "payment", "change": "update-only"}),
    (SHOP, "Once sent, an invoice cannot be changed", {
        "form": "frozen", "what": "invoice", "except": ["status"],
        "once": [{"attribute": "status", "in": ["sent", "paid", "overdue", "void"]}]}),
    (SHOP, "Sent invoices can no longer be changed", {
        "form": "frozen", "what": "invoice", "except": ["status"],
        "once": [{"attribute": "status", "in": ["sent", "paid", "overdue", "void"]}]}),
    (SHOP, "An order starts as draft, then confirmed or cancelled", {
        "form": "states", "of": "order.status", "start": ["draft"], "moves": {"draft": ["confirmed", "cancelled"]}}),
    (SHOP, "Invoices are numbered consecutively per year", {
        "form": "numbered", "of": "invoice.invoice_number", "per": ["invoice_year"]}),
    (SHOP, "Invoices are numbered without gaps", {"form": "numbered", "of": "invoice.invoice_number"}),
    (SHOP, "Invoice numbers must have no gaps per year", {
        "form": "numbered", "of": "invoice.invoice_number", "per": ["invoice_year"]}),
    (SHOP, "Customers' emails must be unique case-insensitively", {
        "form": "only-one", "of": "customer", "per": ["email"], "ignore_case": ["email"]}),
    (SHOP, "Payments are append-only", {"form": "frozen", "what": "payment"}),
    (SHOP, "Invoices are kept for 7 years", {"form": "keep", "what": "invoice", "at_least": "7 years"}),
    (SHOP, "Orders must be deleted after six months", {"form": "keep", "what": "order", "at_most": "6 months"}),
    (SHOP, "Log every change to orders", {"form": "history", "of": "order"}),
    (SHOP, "The amount of a payment is never negative", {
        "form": "holds", "of": "payment", "that": [{"left": "amount", "op": "at-least", "right": 0}]}),
    (SHOP, "Emails of customers must be encrypted", {"form": "secret", "attributes": ["customer.email"]}),
    (SHOP, "Two clerks editing the same order must not overwrite each other", {"form": "versioned", "what": "order"}),
    (LAW, "A document belongs to an owner or to a visit, but not both", {
        "form": "choose", "of": "document", "number": "exactly-one", "among": ["owner", "visit"]}),
    (LAW, "A visit ends after it starts", {
        "form": "holds", "of": "visit", "that": [{"left": "ends_at", "op": "after", "right": "starts_at"}]}),
    ("Customers have subscriptions with a status (trial, active, cancelled). ",
     "Only one active subscription per customer", {
        "form": "only-one", "of": "subscription", "per": ["customer"],
        "where": [{"attribute": "status", "in": ["active"]}]}),
    ("Matches between two teams. ", "The two teams must be different", {
        "form": "holds", "of": "match", "that": [{"left": "home_team", "op": "is-not", "right": "away_team"}]}),
]  # fmt: skip
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
]


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
