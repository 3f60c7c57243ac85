"""Rules that read column names: names that mean something to a rule, and names that only look similar."""

import pytest

from langgraph_dba.database.model.schema import Column, ColumnType, Schema, Table, TypeName
from langgraph_dba.database.rules import SchemaRule
from langgraph_dba.database.rules.schema import (
    delimiter_packed_column,
    free_text_status,
    instant_without_zone,
    missing_created_at,
    missing_foreign_key,
    money_as_float,
    personal_data_unmarked,
    repeating_group,
    stored_secret,
    unchecked_amount,
)

KEY = Column(name="id", type=ColumnType(name="identity"))


def columns_reported(rule: SchemaRule, names: str, type_: TypeName, *, table: str = "things") -> list[object]:
    columns = [Column(name=name, type=ColumnType(name=type_)) for name in names.split()]
    schema = Schema(name="words", tables=(Table(name=table, columns=(KEY, *columns), primary_key=("id",)),))
    return [finding.location.column for finding in rule.check(schema)]


MONEY = "price unit_price total_amount hourly_rate net_salary energy_cost budget balance_due share_price cost_per_km"
CURRENCIES = "eur amount_usd price_eur eur_per_kwh wage_rate nightly_rate rate_per_night"
MEASURES = (
    "weight_kg tax_percent heart_rate sample_rate total_distance price_id discount_ratio growth_rate temperature "
    "rate_limit price_sensitivity price_elasticity cost_ratio fee_probability tax_rate exchange_rate interest_rate "
    "vat_rate cost_share share_of_revenue rate_of_tax_2020 price_index rate eur_usd_rate eur_usd eur_per_usd usd_volume"
)
STATUSES = "status order_status state ticket_type priority lifecycle_stage"
OPEN_TEXTS = "mime_type content_type stateful typed title kindness"
LISTS = "tags tag_ids photo_urls mailing_lists_csv color_list phone_numbers skills"
NO_LISTS = "address status notes price_list canvas list news series business_class"
MOMENTS = "created_at starts_at last_login_at event_timestamp deleted createtime createdat lastwritten lastlogin"
PAST_EVENTS = (
    "created updated modified paid sent published happened date_joined created_on date_created modified_date paid_utc "
    "create_date write_date date_order order_date payment_date transaction_time login_time last_login last_seen "
    "last_update last_activity_date first_seen previous_login lastupdated last_run email_confirmed"
)
NO_MOMENTS = "local_starts_at opening_hour flat format departure starttime mandate lastname lasting update_of"
APPOINTMENTS = (
    "starts_on opens_at closes_at departure_time arrival departed scheduled scheduled_date planned expected_delivery "
    "delivery_date due_date next_run booked reserved start_time end_date event_date birth_date hire_date return_date "
    "invoice_date valid_from expire_date blocked_until to_be_sent last_name last_stop last_day_of_sale date time "
    "datetime speed need based_on dated local_created last_date post_date release_date visit_date first_payment_date "
    "order payment"
)
CONTACTS = "email work_email phone mobile phone_number date_of_birth ssn last_name"
NEVER_NEGATIVE = "price quantity stock capacity unit_cost reserved_stock monthly_fee"
SOMETIMES_NEGATIVE = "balance amount total stock_change price_difference profit price_id"
RATIOS = "price_elasticity cost_ratio fee_probability price_index cost_share price_growth fee_rate"


@pytest.mark.parametrize(
    ("rule", "names", "type_"),
    [
        (money_as_float, MONEY, "float"),
        (money_as_float, CURRENCIES, "float"),
        (free_text_status, STATUSES, "string"),
        (delimiter_packed_column, LISTS, "string"),
        (instant_without_zone, MOMENTS, "local-datetime"),
        (instant_without_zone, PAST_EVENTS, "local-datetime"),
        (personal_data_unmarked, CONTACTS, "string"),
        (unchecked_amount, NEVER_NEGATIVE, "decimal"),
    ],
)
def test_names_with_the_meaning_are_reported(rule: SchemaRule, names: str, type_: TypeName) -> None:
    assert columns_reported(rule, names, type_) == names.split()


@pytest.mark.parametrize(
    ("rule", "names", "type_"),
    [
        (money_as_float, MEASURES, "float"),
        (money_as_float, MONEY, "decimal"),
        (money_as_float, "amount unit", "float"),
        (money_as_float, "discount", "float"),
        (free_text_status, OPEN_TEXTS, "string"),
        (free_text_status, "street city state zip", "string"),
        (free_text_status, "billing_city billing_state", "string"),
        (delimiter_packed_column, NO_LISTS, "string"),
        (delimiter_packed_column, "ingredients allergies skills", "text"),
        (delimiter_packed_column, LISTS, "json"),
        (instant_without_zone, NO_MOMENTS, "local-datetime"),
        (instant_without_zone, APPOINTMENTS, "local-datetime"),
        (instant_without_zone, PAST_EVENTS, "instant"),
        (instant_without_zone, PAST_EVENTS, "date"),
        (instant_without_zone, MOMENTS, "instant"),
        (repeating_group, "address_line1 address_line2 ipv4 ipv6 sha256 co2 utf8 area51", "string"),
        (unchecked_amount, SOMETIMES_NEGATIVE, "decimal"),
        (unchecked_amount, RATIOS, "float"),
        (unchecked_amount, NEVER_NEGATIVE, "string"),
    ],
)
def test_similar_names_are_not_reported(rule: SchemaRule, names: str, type_: TypeName) -> None:
    assert columns_reported(rule, names, type_) == []


@pytest.mark.parametrize(("table", "expected"), [("room_rates", ["rate"]), ("exchange_rates", []), ("taxes", [])])
def test_a_rate_alone_takes_its_meaning_from_the_table(table: str, expected: list[str]) -> None:
    assert columns_reported(money_as_float, "rate", "float", table=table) == expected


SECRETS = "pin api_secret client_secret totp_secret webhook_secret secret_key private_key"


@pytest.mark.parametrize(("table", "names"), [("members", SECRETS), ("webhooks", "secret"), ("things", "login_pin")])
def test_a_secret_in_clear_text_is_reported(table: str, names: str) -> None:
    assert columns_reported(stored_secret, names, "text", table=table) == names.split()


@pytest.mark.parametrize(("table", "expected"), [("orders", ["pin"]), ("sensors", []), ("boards", [])])
def test_a_short_pin_is_a_secret_except_among_parts(table: str, expected: list[str]) -> None:
    pin = Column(name="pin", type=ColumnType(name="string", length=4))
    schema = Schema(name="words", tables=(Table(name=table, columns=(KEY, pin), primary_key=("id",)),))

    assert [finding.location.column for finding in stored_secret.check(schema)] == expected


NO_SECRETS = "pin_count pinned pinned_at api_secret_hash secret_id secret_name secret_arn encrypted_secret_key key"


@pytest.mark.parametrize(
    ("table", "names"),
    [("members", NO_SECRETS), ("boards", "pin gpio_pin"), ("members", "street city pin"), ("games", "secret")],
)
def test_a_name_that_only_contains_the_word_of_a_secret_is_not_reported(table: str, names: str) -> None:
    assert columns_reported(stored_secret, names, "text", table=table) == []


@pytest.mark.parametrize("table", ["suppliers", "branches", "partner_companies", "hotels"])
def test_the_address_of_an_organisation_is_not_personal(table: str) -> None:
    assert columns_reported(personal_data_unmarked, "email phone", "string", table=table) == []


def test_the_phone_of_a_business_customer_is_not_personal_unless_a_person_is_named() -> None:
    assert columns_reported(personal_data_unmarked, "company_name phone", "string") == []
    assert columns_reported(personal_data_unmarked, "company_name last_name phone", "string") == ["last_name", "phone"]


@pytest.mark.parametrize("names", ["phone1 phone2", "phone_1 phone_2 phone_3", "phone phone2", "phone phone_2 phone_3"])
def test_a_group_is_found_once_however_it_is_numbered(names: str) -> None:
    assert columns_reported(repeating_group, names, "string") == [names.split(maxsplit=1)[0]]


def test_a_table_may_name_its_own_key_after_itself() -> None:
    reference = Column(name="customer_id", type=ColumnType(name="reference"))
    customer = Table(
        name="customer",
        columns=(reference.model_copy(update={"type": ColumnType(name="identity")}),),
        primary_key=("customer_id",),
    )
    account = Table(name="account", columns=(reference,), primary_key=("customer_id",))
    orders = Table(name="orders", columns=(reference, KEY), primary_key=("customer_id", "id"))
    schema = Schema(name="words", tables=(customer, account, orders))

    reported = {finding.location.table for finding in missing_foreign_key.check(schema)}  # type: ignore[union-attr]

    assert reported == {"account", "orders"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("created_on", []), ("create_date", []), ("rental_date", []), ("return_date", [""]), ("updated_at", [""])],
)
def test_a_creation_time_has_many_names(name: str, expected: list[str]) -> None:
    assert columns_reported(missing_created_at, name, "local-datetime", table="rentals") == expected
