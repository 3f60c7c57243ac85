"""Columns whose type is a domain: rules read the base type and the constraints of the domain."""

from collections.abc import Callable

import pytest

from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.engines import traits_of
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.rules import find, fix_all

Read = Callable[[str], Schema]
DOMAINS = """
CREATE DOMAIN ts AS timestamp;
CREATE DOMAIN amt AS real;
CREATE DOMAIN "Net Amount" AS amt CHECK (VALUE >= 0);
CREATE DOMAIN zoned AS timestamptz NOT NULL DEFAULT now();
CREATE DOMAIN exact AS numeric(12, 2) CONSTRAINT "not below" CHECK (VALUE >= 0 AND VALUE < 100000);
CREATE DOMAIN word AS varchar(40);
CREATE DOMAIN state_of AS varchar(20) CHECK (VALUE IN ('open', 'VALUE', 'closed'));
CREATE DOMAIN day AS varchar(10) CHECK (VALUE ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$');
CREATE DOMAIN key_of AS bigint CHECK (VALUE > 0);
"""


def _reported(schema: Schema) -> set[tuple[str, str]]:
    return {(one.rule, str(one.location)) for one in find(schema)}


@pytest.mark.parametrize(
    ("column", "rule"),
    [
        ("total amt", "money-as-float"),
        ('price "Net Amount"', "money-as-float"),
        ("created_at ts", "instant-without-zone"),
        ("password word", "stored-secret"),
        ("status word", "free-text-status"),
        ("birth_date word", "date-as-text"),
        ("email word", "personal-data-unmarked"),
        ("customer_id key_of", "missing-foreign-key"),
        ("price amt", "unchecked-amount"),
    ],
)
def test_a_rule_sees_the_base_type_of_a_domain(column: str, rule: str, from_sql: Read) -> None:
    sql = (
        f"{DOMAINS} CREATE TABLE customers (id bigint PRIMARY KEY); CREATE TABLE rows (n key_of PRIMARY KEY, {column})"
    )

    assert (rule, f"rows.{column.split(maxsplit=1)[0]}") in _reported(from_sql(sql))


def test_sound_columns_of_domains_are_not_reported(from_sql: Read) -> None:
    sql = f"""{DOMAINS}
        CREATE TABLE customers (id key_of PRIMARY KEY, code varchar(20) UNIQUE);
        CREATE TABLE orders (id bigint PRIMARY KEY, total exact, price exact, tax_rate amt, status state_of,
          birth_date day, created_at zoned, local_opening ts, customer_id bigint NOT NULL REFERENCES customers,
          code state_of REFERENCES customers (code), prices amt[]);
        CREATE INDEX ON orders (customer_id);
        CREATE INDEX ON orders (code);"""

    assert _reported(from_sql(sql)) <= {("personal-data-unmarked", "orders.birth_date")}


def test_a_domain_that_is_not_null_makes_the_column_required(from_sql: Read) -> None:
    sql = f"""{DOMAINS} CREATE DOMAIN required AS key_of NOT NULL;
        CREATE TABLE customers (id bigint PRIMARY KEY);
        CREATE TABLE orders (id bigint PRIMARY KEY, customer_id required REFERENCES customers ON DELETE SET NULL)"""

    assert ("set-null-on-required-column", "orders.customer_id") in _reported(from_sql(sql))


def test_a_fix_replaces_no_domain_and_adds_what_the_domain_lacks(from_sql: Read) -> None:
    schema = from_sql(f"{DOMAINS} CREATE TABLE sales (id bigint PRIMARY KEY, price amt NOT NULL, created_at ts)")

    fixed, changes = fix_all(schema, find(schema))

    assert [change.partition(":")[0] for change in changes] == ["unchecked-amount"]
    assert [column.type for column in fixed.tables[0].columns] == [column.type for column in schema.tables[0].columns]
    assert "price amt NOT NULL" in render(fixed, traits_of("postgresql")).up
