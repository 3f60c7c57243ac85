"""Rules that cry wolf are switched off: a design of sensible requirements must give them nothing to say."""

import pytest

from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.request import read_request
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.database.requirements.consistency import check_consistency
from langgraph_dba.database.rules import find
from langgraph_dba.database.schema_design.design_schema import Choices, design
from langgraph_dba.database.schema_design.index_choice import IndexChoice
from langgraph_dba.findings import score


@pytest.mark.parametrize("indexes", ["foreign-keys", "workload", "workload-covering"])
def test_sensible_requirements_give_a_design_without_fault(sensible: Requirements, indexes: IndexChoice) -> None:
    assert not check_consistency(sensible)

    found = find(design(sensible, Choices(indexes=indexes)))

    assert score(found) >= 95, found


def test_tenants_kept_apart_otherwise_need_no_tenant_column(sensible: Requirements) -> None:
    found = find(design(sensible, Choices(tenancy="schema-per-tenant")))

    assert score(found) >= 95, found


def test_every_kind_of_rule_in_one_schema(schema: Schema) -> None:
    assert score(find(schema)) >= 95, find(schema)


SENTENCES = (
    "A multi-tenant SaaS for project management with teams, projects, tasks and time tracking",
    "An online shop with customers, products and orders. Products have a name, a price and a stock quantity.",
    "A clinic manages patients, doctors and appointments. Patients have a name, date of birth, email and phone number.",
    "Inventory for several warehouses: products with SKU and price, suppliers with phone and email, purchase orders.",
)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_what_is_read_from_a_sentence_gives_a_design_without_fault(sentence: str) -> None:
    found = find(design(read_request(sentence)))

    assert score(found) >= 95, found
