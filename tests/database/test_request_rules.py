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
CLUB = (
    "A club has teams, players, seasons and contracts. "
    "A contract belongs to a player, a team and a season and has a fee. "
)
LIBRARY = (
    "A library with members, books and loans. A member has a birth date. "
    "A loan belongs to a member and a book and has a start date, a due date and a fee. "
)
BANK = (
    "A bank with accounts and transfers. An account has a currency, a balance and a credit limit. "
    "A transfer goes from a source account to a target account. "
)
COURSES = (
    "Courses, students, enrolments and exams. A course has a capacity. An exam belongs to a course and has a date. "
)
CHARITY = (
    "Campaigns and donations. A donation belongs to a campaign and has an amount. A campaign has a name and an "
    "end date. "
)
STOCK = "A wholesaler with orders and items. An item has a quantity, a unit price and an amount. "
BILLING = "A firm with invoices and payments. A payment belongs to an invoice. "

# request, sentence -> the fields of the rule, without its id
RULES: list[tuple[str, str, dict[str, Any]]] = [
    (
        HOTEL,
        "No two bookings of the same room may overlap",
        {"form": "no-overlap", "of": "booking", "per": ["room"], "period": ["starts_at", "ends_at"]},
    ),
    (
        HOTEL,
        "Bookings of the same room must not overlap",
        {"form": "no-overlap", "of": "booking", "per": ["room"], "period": ["starts_at", "ends_at"]},
    ),
    (
        HOTEL,
        "No two bookings of a room may overlap unless one is cancelled",
        {
            "form": "no-overlap",
            "of": "booking",
            "per": ["room"],
            "period": ["starts_at", "ends_at"],
            "where": [{"left": "status", "op": "is-not", "right": "cancelled"}],
        },
    ),
    (
        HOTEL,
        "Bookings of one room must not overlap, unless they are cancelled",
        {
            "form": "no-overlap",
            "of": "booking",
            "per": ["room"],
            "period": ["starts_at", "ends_at"],
            "where": [{"left": "status", "op": "is-not", "right": "cancelled"}],
        },
    ),
    (
        SHOP,
        "An invoice number is unique per customer, ignoring case",
        {"form": "only-one", "of": "invoice", "per": ["invoice_number", "customer"], "ignore_case": ["invoice_number"]},
    ),
    (
        SHOP,
        "Orders start as draft, then confirmed, then shipped",
        {
            "form": "states",
            "of": "order.status",
            "start": ["draft"],
            "moves": {"draft": ["confirmed"], "confirmed": ["shipped"]},
        },
    ),
    (
        HOTEL,
        "No room may be booked twice at the same time",
        {"form": "no-overlap", "of": "booking", "per": ["room"], "period": ["starts_at", "ends_at"]},
    ),
    (
        HOTEL,
        "A room can never be double-booked",
        {"form": "no-overlap", "of": "booking", "per": ["room"], "period": ["starts_at", "ends_at"]},
    ),
    (PROJECTS, "A project has at most 20 tasks", {"form": "count", "of": "task", "per": ["project"], "at_most": 20}),
    (PROJECTS, "At most twelve tasks per project", {"form": "count", "of": "task", "per": ["project"], "at_most": 12}),
    (
        PROJECTS,
        "A project must have at least one task",
        {"form": "count", "of": "task", "per": ["project"], "at_least": 1},
    ),
    (PROJECTS, "A project has one or more tasks", {"form": "count", "of": "task", "per": ["project"], "at_least": 1}),
    (SHOP, "Emails of customers are unique", {"form": "only-one", "of": "customer", "per": ["email"]}),
    (
        SHOP,
        "Emails of customers are unique, case-insensitive",
        {"form": "only-one", "of": "customer", "per": ["email"], "ignore_case": ["email"]},
    ),
    (SHOP, "No two customers may have the same phone", {"form": "only-one", "of": "customer", "per": ["phone"]}),
    (SHOP, "Emails of customers are not unique", {"form": "free", "what": "customer.email", "may": "repeat"}),
    (SHOP, "Customers may share a phone", {"form": "free", "what": "customer.phone", "may": "repeat"}),
    (SHOP, "Invoices are never changed", {"form": "frozen", "what": "invoice"}),
    (SHOP, "Payments are never deleted", {"form": "frozen", "what": "payment", "change": "update-only"}),
    (
        SHOP,
        "Once sent, an invoice cannot be changed",
        {
            "form": "frozen",
            "what": "invoice",
            "except": ["status"],
            "once": [{"attribute": "status", "in": ["sent", "paid", "overdue", "void"]}],
        },
    ),
    (
        SHOP,
        "Sent invoices can no longer be changed",
        {
            "form": "frozen",
            "what": "invoice",
            "except": ["status"],
            "once": [{"attribute": "status", "in": ["sent", "paid", "overdue", "void"]}],
        },
    ),
    (
        SHOP,
        "An order starts as draft, then confirmed or cancelled",
        {"form": "states", "of": "order.status", "start": ["draft"], "moves": {"draft": ["confirmed", "cancelled"]}},
    ),
    (
        SHOP,
        "Invoices are numbered consecutively per year",
        {"form": "numbered", "of": "invoice.invoice_number", "per": ["invoice_year"]},
    ),
    (SHOP, "Invoices are numbered without gaps", {"form": "numbered", "of": "invoice.invoice_number"}),
    (
        SHOP,
        "Invoice numbers must have no gaps per year",
        {"form": "numbered", "of": "invoice.invoice_number", "per": ["invoice_year"]},
    ),
    (
        SHOP,
        "Customers' emails must be unique case-insensitively",
        {"form": "only-one", "of": "customer", "per": ["email"], "ignore_case": ["email"]},
    ),
    (SHOP, "Payments are append-only", {"form": "frozen", "what": "payment"}),
    (SHOP, "Invoices are kept for 7 years", {"form": "keep", "what": "invoice", "at_least": "7 years"}),
    (SHOP, "Orders must be deleted after six months", {"form": "keep", "what": "order", "at_most": "6 months"}),
    (SHOP, "Log every change to orders", {"form": "history", "of": "order"}),
    (
        SHOP,
        "The amount of a payment is never negative",
        {"form": "holds", "of": "payment", "that": [{"left": "amount", "op": "at-least", "right": 0}]},
    ),
    (SHOP, "Emails of customers must be encrypted", {"form": "secret", "attributes": ["customer.email"]}),
    (SHOP, "Two clerks editing the same order must not overwrite each other", {"form": "versioned", "what": "order"}),
    (
        LAW,
        "A document belongs to an owner or to a visit, but not both",
        {"form": "choose", "of": "document", "number": "exactly-one", "among": ["owner", "visit"]},
    ),
    (
        LAW,
        "A visit ends after it starts",
        {"form": "holds", "of": "visit", "that": [{"left": "ends_at", "op": "after", "right": "starts_at"}]},
    ),
    (
        "Customers have subscriptions with a status (trial, active, cancelled). ",
        "Only one active subscription per customer",
        {
            "form": "only-one",
            "of": "subscription",
            "per": ["customer"],
            "where": [{"attribute": "status", "in": ["active"]}],
        },
    ),
    (
        "Matches between two teams. ",
        "The two teams must be different",
        {"form": "holds", "of": "match", "that": [{"left": "home_team", "op": "is-not", "right": "away_team"}]},
    ),
    (
        HOTEL,
        "No overlapping bookings for the same room",
        {"form": "no-overlap", "of": "booking", "per": ["room"], "period": ["starts_at", "ends_at"]},
    ),
    (
        HOTEL,
        "A room can be booked by only one guest per night",
        {"form": "no-overlap", "of": "booking", "per": ["room"], "period": ["starts_at", "ends_at"]},
    ),
    (
        HOTEL,
        "No room is given to two guests at the same time",
        {"form": "no-overlap", "of": "booking", "per": ["room"], "period": ["starts_at", "ends_at"]},
    ),
    (
        HOTEL,
        "A guest can\N{RIGHT SINGLE QUOTATION MARK}t have two bookings at the same time",
        {"form": "no-overlap", "of": "booking", "per": ["guest"], "period": ["starts_at", "ends_at"]},
    ),
    (SHOP, "SKUs are unique", {"form": "only-one", "of": "product", "per": ["sku"]}),
    (SHOP, "Every product has an SKU, unique", {"form": "only-one", "of": "product", "per": ["sku"]}),
    (SHOP, "No two customers share an email", {"form": "only-one", "of": "customer", "per": ["email"]}),
    (
        SHOP,
        "Emails of customers are unique, no matter the case",
        {"form": "only-one", "of": "customer", "per": ["email"], "ignore_case": ["email"]},
    ),
    (SHOP, "Order numbers must not repeat", {"form": "only-one", "of": "order", "per": ["order_number"]}),
    (
        SHOP,
        "A product appears at most once in an order",
        {"form": "only-one", "of": "order_item", "per": ["product", "order"]},
    ),
    (
        CLUB,
        "A player plays for one team per season",
        {"form": "only-one", "of": "contract", "per": ["player", "season"]},
    ),
    (
        CLUB,
        "A team has between 2 and 5 players",
        {"form": "count", "of": "player", "per": ["team"], "at_least": 2, "at_most": 5},
    ),
    (
        CLUB,
        "Shirt numbers from 1 to 99",
        {
            "form": "holds",
            "of": "player",
            "that": [
                {"left": "shirt_number", "op": "at-least", "right": 1},
                {"left": "shirt_number", "op": "at-most", "right": 99},
            ],
        },
    ),
    (COURSES, "Max 16 ppl per course", {"form": "count", "of": "enrollment", "per": ["course"], "at_most": 16}),
    (
        COURSES,
        "A course never has more enrolments than its capacity",
        {"form": "count", "of": "enrollment", "per": ["course"], "at_most": "course.capacity"},
    ),
    (
        COURSES,
        "A student takes a course only once",
        {"form": "only-one", "of": "enrollment", "per": ["student", "course"]},
    ),
    (COURSES, "No more than 3 exams per course", {"form": "count", "of": "exam", "per": ["course"], "at_most": 3}),
    (
        LIBRARY,
        "A member can have at most 3 loans at a time",
        {
            "form": "count",
            "of": "loan",
            "per": ["member"],
            "at_most": 3,
            "where": [{"attribute": "returned_at", "is": "absent"}],
        },
    ),
    (
        LIBRARY,
        "A book may have only one open loan",
        {"form": "only-one", "of": "loan", "per": ["book"], "where": [{"attribute": "returned_at", "is": "absent"}]},
    ),
    (
        LIBRARY,
        "A loan's due date must be after its start date",
        {"form": "holds", "of": "loan", "that": [{"left": "due_on", "op": "after", "right": "starts_on"}]},
    ),
    (
        LIBRARY,
        "The due date of a loan can't be before the start date",
        {"form": "holds", "of": "loan", "that": [{"left": "due_on", "op": "not-before", "right": "starts_on"}]},
    ),
    (
        LIBRARY,
        "Members must be at least 16 years old",
        {
            "form": "holds",
            "of": "member",
            "that": [{"left": "now", "op": "not-before", "right": "born_on", "plus": "16 years"}],
            "when": "on-insert",
        },
    ),
    (
        LIBRARY,
        "The fee may not go below 0",
        {"form": "holds", "of": "loan", "that": [{"left": "fee", "op": "at-least", "right": 0}]},
    ),
    (
        SHOP,
        "The quantity of an order item is at least 1 and at most 99",
        {
            "form": "holds",
            "of": "order_item",
            "that": [
                {"left": "quantity", "op": "at-least", "right": 1},
                {"left": "quantity", "op": "at-most", "right": 99},
            ],
        },
    ),
    (
        SHOP,
        "Payments of an invoice may not exceed its total",
        {"form": "total", "of": "payment.amount", "per": ["invoice"], "op": "at-most", "than": "invoice.total_amount"},
    ),
    (
        SHOP,
        "The total of an invoice must not exceed the total of its order",
        {
            "form": "holds",
            "of": "invoice",
            "that": [{"left": "total_amount", "op": "at-most", "right": "order.total_amount"}],
        },
    ),
    (
        BANK,
        "Both accounts of a transfer have the same currency",
        {
            "form": "holds",
            "of": "transfer",
            "that": [{"left": "source_account.currency_code", "op": "is", "right": "target_account.currency_code"}],
        },
    ),
    (
        BANK,
        "Source account and target account must differ",
        {
            "form": "holds",
            "of": "transfer",
            "that": [{"left": "source_account", "op": "is-not", "right": "target_account"}],
        },
    ),
    (
        BANK,
        "The balance can't be bigger than the credit limit",
        {"form": "holds", "of": "account", "that": [{"left": "balance", "op": "at-most", "right": "credit_limit"}]},
    ),
    (
        SHOP,
        "An order goes from new to paid to shipped",
        {"form": "states", "of": "order.status", "start": ["new"], "moves": {"new": ["paid"], "paid": ["shipped"]}},
    ),
    (
        SHOP,
        "An order is placed, then paid or cancelled, then shipped",
        {
            "form": "states",
            "of": "order.status",
            "start": ["placed"],
            "moves": {"placed": ["paid", "cancelled"], "paid": ["shipped"]},
        },
    ),
    (
        SHOP,
        "Paid invoices are read-only",
        {
            "form": "frozen",
            "what": "invoice",
            "once": [{"attribute": "status", "in": ["paid", "overdue", "void"]}],
            "except": ["status"],
        },
    ),
    (
        SHOP,
        "Invoices are immutable once sent",
        {
            "form": "frozen",
            "what": "invoice",
            "once": [{"attribute": "status", "in": ["sent", "paid", "overdue", "void"]}],
            "except": ["status"],
        },
    ),
    (SHOP, "Nobody may delete an invoice", {"form": "frozen", "what": "invoice", "change": "update-only"}),
    (
        SHOP,
        "The number of an invoice never changes",
        {
            "form": "frozen",
            "what": "invoice",
            "except": ["status", "issued_on", "due_on", "total_amount", "order", "customer"],
            "change": "delete-only",
        },
    ),
    (
        SHOP,
        "Sold products must have a supplier",
        {
            "form": "holds",
            "of": "product",
            "that": [{"attribute": "supplier", "is": "present"}],
            "if": [{"attribute": "sold_at", "is": "present"}],
        },
    ),
    (
        SHOP,
        "Invoices are numbered per customer, starting at 1",
        {"form": "numbered", "of": "invoice.invoice_number", "per": ["customer"], "gaps": "allowed"},
    ),
    (PROJECTS, "A task cannot be its own parent", {"form": "tree", "of": "task.parent_task"}),
    (
        SHOP,
        "Every change of a price is recorded with who and when",
        {"form": "history", "of": "product", "attributes": ["price"]},
    ),
    (SHOP, "Prices change over time", {"form": "history", "of": "product", "attributes": ["price"]}),
    (SHOP, "Orders older than two years are deleted", {"form": "keep", "what": "order", "at_most": "2 years"}),
    (SHOP, "Nobody edits the same order twice at once", {"form": "versioned", "what": "order"}),
    (
        SHOP,
        "Emails of customers are unique, no matter the case",
        {"form": "only-one", "of": "customer", "per": ["email"], "ignore_case": ["email"]},
    ),
    (PROJECTS, "A task cannot be its own parent", {"form": "tree", "of": "task.parent_task"}),
    (PROJECTS, "Tasks may be nested at most three levels", {"form": "tree", "of": "task.parent_task", "levels": 3}),
    (
        CHARITY,
        "Donations after the end date of the campaign are refused",
        {
            "form": "holds",
            "of": "donation",
            "that": [{"left": "now", "op": "not-after", "right": "campaign.ends_on"}],
            "when": "on-insert",
        },
    ),
    (
        CHARITY,
        "No donations are accepted after the end date",
        {
            "form": "holds",
            "of": "donation",
            "that": [{"left": "now", "op": "not-after", "right": "campaign.ends_on"}],
            "when": "on-insert",
        },
    ),
    (
        STOCK,
        "The amount of an item is its quantity times its unit price",
        {"form": "derived", "attribute": "product.amount", "is": "quantity * unit_price"},
    ),
    (
        COURSES,
        "Two exams can't be on the same date in the same course",
        {"form": "only-one", "of": "exam", "per": ["held_on", "course"]},
    ),
    (LIBRARY, "Loans are kept for at least ten years", {"form": "keep", "what": "loan", "at_least": "10 years"}),
    (LIBRARY, "We keep a history of fee changes", {"form": "history", "of": "loan", "attributes": ["fee"]}),
    (
        BILLING,
        "The sum of the payments of an invoice must be equal to its total",
        {"form": "total", "of": "payment.amount", "per": ["invoice"], "op": "is", "than": "invoice.total_amount"},
    ),
    (
        HOTEL,
        "A booking never ends before it starts",
        {"form": "holds", "of": "booking", "that": [{"left": "ends_at", "op": "not-before", "right": "starts_at"}]},
    ),
    (
        COURSES,
        "A course must not have fewer than 2 exams",
        {"form": "count", "of": "exam", "per": ["course"], "at_least": 2},
    ),
    (COURSES, "Each course needs at least one exam", {"form": "count", "of": "exam", "per": ["course"], "at_least": 1}),
    (
        CLUB,
        "A contract's fee must be positive",
        {"form": "holds", "of": "contract", "that": [{"left": "fee", "op": "more-than", "right": 0}]},
    ),
    (
        LIBRARY,
        "The fee must be 0 or more",
        {"form": "holds", "of": "loan", "that": [{"left": "fee", "op": "at-least", "right": 0}]},
    ),
    (
        LIBRARY,
        "No book may be lent twice at the same time",
        {"form": "no-overlap", "of": "loan", "per": ["book"], "period": ["borrowed_at", "returned_at"]},
    ),
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
    ("A lab with samples and aliquots. ", "Samples can be divided into aliquots"),
    ("A railway with trains and stations. ", "Trains go from Berlin to Hamburg"),
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


def test_exactly_one_is_a_rule_or_a_required_reference() -> None:
    club = "A club with teams, players, coaches and grounds. A coach belongs to a team. A team has a ground. "
    requirements = read_request(f"{club}A team has at most 25 players, exactly one coach and exactly one ground.")

    assert [rule.words for rule in requirements.rules] == ["A team has at most 25 players", "exactly one coach"]
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
