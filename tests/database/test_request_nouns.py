"""Tables have the user's nouns, and only what the text makes rows of becomes a table; what is no design is refused."""

import pytest

from langgraph_dba.database.request import read_request
from langgraph_dba.database.request.purpose import other_purpose
from langgraph_dba.errors import RequirementsError


def _entities(request: str) -> set[str]:
    return {one.name for one in read_request(request).entities}


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ("A driving school has instructors, pupils, lessons and vehicles.", "instructor pupil lesson vehicle"),
        ("Bug tracker with issues, labels and comments. An issue has labels.", "issue label comment"),
        ("An app where clients book appointments with stylists at salons", "client appointment stylist salon"),
        ("donors, campaigns, donations and pledges. A pledge belongs to a donor.", "donor campaign donation pledge"),
        ("A museum: Every work has a title. A loan covers one or more works.", "work loan"),
        ("Parking garage: levels, bays and season tickets", "level bay ticket"),
    ],
)
def test_the_nouns_of_the_request_stay(request_: str, expected: str) -> None:
    assert _entities(request_) == set(expected.split())


def test_an_entity_by_another_word_has_the_usual_attributes_and_relations() -> None:
    requirements = read_request("An online shop with clients and purchases")

    assert {"name", "email"} <= {one.name for one in requirements.entity("client").attributes}
    assert ("purchase", "client") in {(link.source, link.target) for link in requirements.relationships}
    assert any(access.filter == ("client",) for access in requirements.workload if access.entity == "purchase")


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (("City bike sharing. Stations have docks, a dock holds at most one bike. Riders start a trip at a station "
         "and end it at another one."), "station dock bike rider trip"),
        (("A zoo keeps animals in enclosures. Keepers feed the animals according to a feeding plan. No animal may be "
         "in two enclosures at once."), "animal enclosure keeper feeding_plan"),
        ("Beekeeping log: apiaries, hives, inspections, honey harvests. Each hive stands in one apiary.",
         "apiary hive inspection harvest"),
        (("Our bakery ships bread to cafes. Cafes place standing orders for weekdays. Each order has lines with a "
         "quantity."), "cafe order line"),
        (("Translation memory: segments in a source language, translations per target language, translators and "
         "reviewers. A reviewer must not be the translator of the same segment."),
         "segment translation language translator reviewer"),
        ("We have members and courses. Do you know someone who can fix a coffee machine?", "member course"),
        ("A restaurant with a menu and dishes. The menu changes with the season.", "menu dish"),
        ("Parcels and depots. A parcel starts as registered, then in transit, then delivered.", "parcel depot"),
        ("Invoices and payments. Amounts are in EUR or USD.", "invoice payment"),
        ("Donors and donations. Every correction of a donation keeps the old amount.", "donor donation"),
        ("Patients and beds. A bed must not hold two patients. Every patient has a hospital number.", "patient bed"),
        ("[10:02] Mia: courses and rooms [10:03] Jo: email once per teacher, Ana@x.com = ana@x.com",
         "course room teacher"),
    ],
)  # fmt: skip
def test_only_what_the_text_makes_rows_of_becomes_a_table(request_: str, expected: str) -> None:
    assert _entities(request_) == set(expected.split())


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (("Since last week SELECT * FROM orders WHERE customer_id = 42 ORDER BY created_at DESC LIMIT 20 takes 4 "
         "seconds on PostgreSQL 15 with 30 million rows. There is an index on created_at. What should I do?"),
         "a statement"),
        ("Why is our import slow since Monday", "too slowly"),
        (("Is it safe to run our nightly price import at READ COMMITTED while customers are ordering, or do we need "
         "SERIALIZABLE? We use MariaDB."), "a question"),
        ("PostgreSQL or MongoDB?", "a question"),
        ("How do I add an index on orders.created_at?", "a question"),
        ("Write a LinkedIn post about our new product", "another task"),
        ("Fix the job of our deadlocks", "works too slowly or not at all"),
        ("Please translate this text into French: The cat sits on the table.", "another task"),
        ("Book me a table for two at eight.", "another task"),
        ("Can you rename the column user_name to username in my users table?", "a database that exists"),
        ("Delete all users older than 90 days from the database.", "a database that exists"),
        ("The invoices page shows a 500 error since yesterday's deployment.", "not at all"),
        ("Our nightly backup of the PostgreSQL server failed with error 53100.", "not at all"),
    ],
)  # fmt: skip
def test_what_is_no_request_for_a_design_is_refused(request_: str, words: str) -> None:
    with pytest.raises(RequirementsError, match="no request for a design") as refusal:
        read_request(request_)

    assert words in str(refusal.value)


@pytest.mark.parametrize(
    "request_",
    [
        "Can you design a database for a gym?",
        "What tables do we need for a library with members and books?",
        "How would you model a shop with customers and orders?",
        "A service desk: tickets that take more than 3 days are slow and get escalated. Agents, customers.",
        "We store deadlocks of our customers: incidents with a time",
        "Select committees of a parliament: members, meetings and reports from each session",
        "customers, orders. is that enough?",
    ],
)
def test_a_design_in_the_words_of_a_question_or_of_trouble_is_read(request_: str) -> None:
    assert other_purpose(request_) == ""
    assert _entities(request_)
