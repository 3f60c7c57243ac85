"""Read requests in English from many kinds of business; the expected entities are labelled by hand."""

import pytest

from langgraph_dba.database.request import read_request
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.errors import RequirementsError

PROJECTS = (
    "I need to design a database schema for a multi-tenant project management application "
    "with teams, projects, tasks, and time tracking"
)
LIBRARY = "a library where members borrow copies of books written by several authors"
CLINICS = "a clinic with patients, doctors, appointments and prescriptions, several clinics share one system"

# request -> exactly these entities, and the tenant
EXACT: dict[str, tuple[str, str | None]] = {
    PROJECTS: ("tenant team user project task time_entry", "tenant"),
    LIBRARY: ("member copy book author loan", None),
    CLINICS: ("clinic patient doctor appointment prescription", "clinic"),
    "an online shop with customers, products, categories, orders and payments": (
        "customer product category order order_item payment", None),
    "shop: customers, orders, products": ("customer order order_item product", None),
    "We run a small hotel and need to manage rooms, guests, bookings and invoices": (
        "room guest booking invoice", None),
    "Restaurant reservation system with tables, reservations, customers, menus and dishes": (
        "table reservation customer menu dish", None),
    "A CRM to track leads, contacts, companies, deals and activities": ("lead contact company deal activity", None),
    "HR system with employees, departments, leave requests, payroll and performance reviews": (
        "employee department leave_request payroll performance_review", None),
    "a blog with posts, comments, tags and authors": ("post comment tag author", None),
    "SaaS for gyms where each gym has members, trainers and classes; data must be isolated between gyms": (
        "gym member trainer class", "gym"),
    "Each company has its own data. Employees submit expenses and managers approve them.": (
        "company employee expense", "company"),
    "Recruiting software with jobs, candidates, applications and interviews": (
        "job candidate application interview", None),
    "Event ticketing: events take place at venues, customers buy tickets for seats": (
        "event venue customer ticket seat", None),
    "Design a schema for a social network: users can follow other users, write posts, like posts "
    "and comment on posts": (
        "user follow post like comment", None),
    "IoT platform where devices have many sensors and sensors record measurements, 10 million measurements per day": (
        "device sensor measurement", None),
    "Veterinary clinic: owners, pets, appointments, vaccinations. Each pet belongs to one owner.": (
        "owner pet appointment vaccination", None),
    "Music streaming service: users create playlists containing songs; artists release albums": (
        "user playlist song artist album", None),
    "A forum where users start threads and post replies, with categories and moderators": (
        "user thread reply category moderator", None),
    "University: professors teach courses, students take courses, departments employ professors": (
        "professor course student enrollment department", None),
    "Football league with teams, players, matches, goals and referees": ("team player match goal referee", None),
    "Sensors in greenhouses measure temperature and humidity every minute. Alerts are sent to farmers.": (
        "sensor greenhouse measurement alert farmer", None),
    "Our SaaS lets agencies manage clients, campaigns and ads. Each agency only sees its own clients.": (
        "agency client campaign ad", "agency"),
    "multi-company accounting: accounts, journal entries, invoices, customers, suppliers; "
    "each company must only see its own data": (
        "company account journal_entry invoice customer supplier", "company"),
    "Property management software for landlords with buildings, units, tenants, leases, rent payments "
    "and maintenance requests": ("landlord building unit tenant lease rent_payment maintenance_request", None),
    "The app lets teachers create assignments, students submit homework and teachers grade submissions": (
        "teacher assignment student submission", None),
    "We need a database that stores widgets, gizmos and sprockets. Each widget has many gizmos.": (
        "widget gizmo sprocket", None),
    "Entities: User, Order, OrderItem, Product, Category": ("user order order_item product category", None),
    "Tables: users(id, name, email), posts(id, user_id, title, body), comments(id, post_id, body)": (
        "user post comment", None),
    "Entities:\n- customers\n- orders\n- products": ("customer order order_item product", None),
    "multi tenant saas for dental practices: patients, appointments, treatments, 500 tenants, 50 users per tenant": (
        "clinic patient appointment treatment user", "clinic"),
    "a todo app where a user has many lists and each list has many tasks. Tasks can have labels and due dates": (
        "user list task label", None),
}  # fmt: skip

# request -> at least these entities
AMONG = {
    "A gym needs a database for members, trainers, classes and memberships. Members book classes.":
        "member trainer class membership booking",
    "Warehouse management with products, suppliers, purchase orders, stock levels per warehouse":
        "product supplier purchase_order purchase_order_item stock_level warehouse",
    "Insurance system: customers have policies, policies have claims, agents sell policies": "policy claim agent",
    "Law firm: clients, cases, lawyers, documents, hearings, time tracking and invoices":
        "client case lawyer document hearing time_entry invoice",
    "Airline booking database: flights, airports, passengers, bookings, aircraft and crew members":
        "flight airport passenger booking aircraft crew_member",
    "Tutoring marketplace: tutors offer subjects, students book lessons, students pay per lesson":
        "tutor subject student lesson booking payment",
    "Charity donation tracking: donors make donations to campaigns; volunteers work on events":
        "donor donation campaign volunteer event",
    "Food delivery app: customers place orders at restaurants, couriers deliver orders":
        "customer order restaurant courier",
    "Need DB for car dealership tracking cars, salespeople, customers and sales": "car salesperson customer sale",
    "Translation agency with projects, translators, languages and documents": "project translator language document",
    "I want a database for my bakery to store customers, orders, products and ingredients": "ingredient order_item",
    "Nursery school: children, parents, groups, staff and attendance": "child parent group staff attendance",
    "A wiki with pages, revisions, users and comments": "page revision user comment",
}  # fmt: skip

# only a kind of business -> some of its usual entities
DOMAINS = {
    "Build a to-do list app": "task user",
    "Database for a dentist": "patient appointment",
    "Spotify clone": "song playlist",
    "Order management for a coffee shop": "order product",
    "A photo sharing app like Instagram": "photo user",
    "I need a CRM": "contact deal",
    "Amazon-like store": "order product customer",
}


def entities(requirements: Requirements) -> set[str]:
    return {entity.name for entity in requirements.entities}


def link(requirements: Requirements, source: str, target: str) -> tuple[str, str, bool, str | None]:
    """Return kind, role, `required` and delete action of the only relationship between two entities."""
    (found,) = [r for r in requirements.relationships if (r.source, r.target) == (source, target)]
    return found.kind, found.role, found.required, found.on_delete


@pytest.mark.parametrize(("request_", "expected"), EXACT.items())
def test_reads_exactly_these_entities(request_: str, expected: tuple[str, str | None]) -> None:
    requirements = read_request(request_)

    assert entities(requirements) == set(expected[0].split())
    assert requirements.tenancy.entity == expected[1]
    assert requirements.tenancy.model == ("auto" if expected[1] else "none")


@pytest.mark.parametrize(("request_", "expected"), [*AMONG.items(), *DOMAINS.items()])
def test_reads_these_entities_among_others(request_: str, expected: str) -> None:
    requirements = read_request(request_)

    assert set(expected.split()) <= entities(requirements)
    assert requirements.tenancy.model == "none"


@pytest.mark.parametrize(
    ("request_", "source", "target", "expected"),
    [
        (PROJECTS, "task", "project", ("many-to-one", "project", True, "cascade")),
        (PROJECTS, "task", "user", ("many-to-one", "assignee", False, "set-null")),
        (PROJECTS, "team", "user", ("many-to-many", "user", True, None)),
        (LIBRARY, "book", "author", ("many-to-many", "author", True, None)),
        (LIBRARY, "copy", "book", ("many-to-one", "book", True, "cascade")),
        (CLINICS, "appointment", "patient", ("many-to-one", "patient", True, "restrict")),
        ("customers place orders", "order", "customer", ("many-to-one", "customer", True, "restrict")),
        ("users can have several roles", "user", "role", ("many-to-many", "role", True, None)),
        ("students can be in many clubs", "student", "club", ("many-to-many", "club", True, None)),
        ("each widget belongs to one gizmo", "widget", "gizmo", ("many-to-one", "gizmo", True, "restrict")),
        ("each widget has one gizmo", "widget", "gizmo", ("many-to-one", "gizmo", True, "restrict")),
        ("each widget has many gizmos", "gizmo", "widget", ("many-to-one", "widget", True, "restrict")),
        ("a box contains many widgets", "widget", "box", ("many-to-one", "box", True, "restrict")),
        ("machines consist of widgets", "widget", "machine", ("many-to-one", "machine", True, "restrict")),
        ("widgets reference gizmos", "widget", "gizmo", ("many-to-one", "gizmo", True, "restrict")),
        ("many widgets per machine", "widget", "machine", ("many-to-one", "machine", True, "restrict")),
        ("one widget per machine", "widget", "machine", ("one-to-one", "machine", True, "restrict")),
        ("one user has one profile", "profile", "user", ("one-to-one", "user", True, "cascade")),
        ("each order may have a coupon", "order", "coupon", ("many-to-one", "coupon", False, "set-null")),
        ("orders have an optional coupon", "order", "coupon", ("many-to-one", "coupon", False, "set-null")),
        ("an employee reports to a manager", "employee", "employee", ("many-to-one", "manager", False, "set-null")),
        (
            "categories can have subcategories",
            "category",
            "category",
            ("many-to-one", "parent_category", False, "set-null"),
        ),
        ("employees are assigned to projects", "employee", "project", ("many-to-many", "project", True, None)),
        ("customers write reviews of books", "review", "customer", ("many-to-one", "author", True, "restrict")),
    ],
)
def test_reads_relationships(request_: str, source: str, target: str, expected: tuple[str, str, bool, str]) -> None:
    assert link(read_request(request_), source, target) == expected


def test_an_order_holds_products_through_its_items() -> None:
    requirements = read_request("orders contain several products")

    item = requirements.entity("order_item")
    assert {attribute.name for attribute in item.attributes} == {"quantity", "unit_price"}
    assert not any({r.source, r.target} == {"order", "product"} for r in requirements.relationships)


@pytest.mark.parametrize(
    "request_",
    [
        "customers with name, email and phone",
        "customers (name, email, phone)",
        "each customer has a name, an email and a phone number",
        "- Customer: phone, name, email",
        "Customer: email, name, phone",
        "For each customer we store the name, email and phone number",
    ],
)
def test_reads_the_attributes_in_a_request(request_: str) -> None:
    attributes = {a.name: a.type for a in read_request(request_).entity("customer").attributes}

    assert attributes == {"name": "string", "email": "email", "phone": "phone"}


def test_attributes_have_matching_types_and_names() -> None:
    request = "events (title, start date, end date, ticket price, number of seats, date, order, is public, notes)"

    attributes = {a.name: a for a in read_request(request).entity("event").attributes}

    assert attributes["ends_on"].after == "starts_on"
    assert attributes["ticket_price"].type == "money"
    assert attributes["capacity"].type == "integer"
    assert attributes["is_public"].type == "boolean"
    assert not attributes["notes"].required
    assert {"date", "order"}.isdisjoint(attributes)


def test_personal_attributes_are_marked() -> None:
    patient = read_request(CLINICS).entity("patient")

    assert {a.name for a in patient.attributes if a.personal} >= {"first_name", "last_name", "born_on"}


@pytest.mark.parametrize(
    ("request_", "rows"),
    [
        ("projects with 100,000 tasks", {"task": 100_000}),
        ("a log of 10 million events and 5k users", {"event": 10_000_000, "user": 5_000}),
        ("customers place 1,000 orders per day", {"order": 365_000}),
        ("200 projects and 50 tasks per project", {"project": 200, "task": 10_000}),
    ],
)
def test_reads_numbers_of_rows(request_: str, rows: dict[str, int]) -> None:
    scale = read_request(request_).scale

    assert {name: scale.rows[name] for name in rows} == rows


def test_reads_the_number_of_tenants() -> None:
    scale = read_request("multi-tenant app with projects for 500 tenants, 50 users per tenant").scale

    assert (scale.tenants, scale.rows["user"]) == (500, 25_000)


def test_a_limit_is_no_number_of_rows() -> None:
    assert read_request("Members may borrow up to 5 books").scale.rows["book"] != 5


def test_reads_compliance() -> None:
    request = "patients and payments; GDPR, HIPAA, PCI and SOC 2 apply, with an audit trail"

    assert read_request(request).compliance == ("gdpr", "hipaa", "pci-dss", "soc2", "audit")


def test_tenants_of_apartments_are_no_tenants_of_the_software() -> None:
    requirements = read_request("landlords rent apartments to tenants who sign leases")

    assert "tenant" in entities(requirements)
    assert requirements.tenancy.model == "none"


def test_every_assumption_is_a_sentence() -> None:
    sentences = read_request(f"{PROJECTS}, widgets and clients").assumptions

    for words in (
        "'widget' is not in the lexicon: it has only a name; add its attributes.",
        "Added user (time_entry needs one)",
        "The attributes of client are assumed",
        "Tenants share the system and see only their own rows",
        "'scale' assumes 100",
        "The workload is an assumption",
        "Each task has at most one user as its assignee (assumed); a user can be deleted, which clears the reference.",
    ):
        assert any(words in sentence for sentence in sentences), words


def test_the_workload_contains_usual_reads_of_an_entity() -> None:
    accesses = {access.name: access for access in read_request(PROJECTS).workload}

    assert accesses["list_tasks_of_project_and_status"].sort == ("due_on",)
    assert accesses["add_task"].kind == "insert"
    assert all(access.service_level_ms for access in accesses.values())


@pytest.mark.parametrize(
    "request_",
    [
        "Ich brauche eine Datenbank für einen Shop mit Kunden und Bestellungen",
        "une boutique avec des clients, des produits et des commandes",
        "Una tienda con clientes y pedidos",
        "Нужна база данных для магазина",
        "我需要一个数据库",
        "データベースが必要です",
        "ho bisogno di un database per i miei clienti e gli ordini",
        "preciso de um banco de dados para clientes e pedidos",
        "ik heb een database nodig voor klanten en bestellingen",
        "potrzebuję bazy danych dla sklepu",
    ],
)
def test_other_languages_are_refused(request_: str) -> None:
    with pytest.raises(RequirementsError, match=r"only English requests can be read.*requirements\.yaml"):
        read_request(request_)


@pytest.mark.parametrize(
    "request_", ["shop: customers, orders, products", "orders", "café menus, naïve résumés and jobs"]
)
def test_a_few_english_words_are_enough(request_: str) -> None:
    assert read_request(request_).entities


@pytest.mark.parametrize("request_", ["", "  \n\t "])
def test_an_empty_request_is_refused(request_: str) -> None:
    with pytest.raises(RequirementsError, match="the request is empty"):
        read_request(request_)


def test_a_huge_request_is_refused_with_the_limit() -> None:
    with pytest.raises(RequirementsError, match=r"1,000,000 characters, the limit is 20,000.*--requirements"):
        read_request("x" * 1_000_000)


@pytest.mark.parametrize(
    "request_",
    [
        "please help me",
        "hello",
        "I need a database",
        "make it fast and secure",
        "asdf qwer",
        "42",
        "?!",
    ],
)
def test_a_request_without_an_entity_is_refused(request_: str) -> None:
    with pytest.raises(RequirementsError, match="the request names nothing to store"):
        read_request(request_)
