"""False positives: the rules find almost nothing in designs of flawless requirements."""

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
def test_a_design_of_flawless_requirements_scores_95(sensible: Requirements, indexes: IndexChoice) -> None:
    assert not check_consistency(sensible)

    findings = find(design(sensible, Choices(indexes=indexes)))

    assert score(findings) >= 95, findings


def test_a_schema_per_tenant_needs_no_tenant_column(sensible: Requirements) -> None:
    findings = find(design(sensible, Choices(tenancy="schema-per-tenant")))

    assert score(findings) >= 95, findings


def test_the_sound_specimen_scores_95(schema: Schema) -> None:
    assert score(find(schema)) >= 95, find(schema)


SENTENCES = (
    "A multi-tenant SaaS for project management with teams, projects, tasks and time tracking",
    "An online shop with customers, products and orders. Products have a name, a price and a stock quantity.",
    "A clinic manages patients, doctors and appointments. Patients have a name, date of birth, email and phone number.",
    "Inventory for several warehouses: products with SKU and price, suppliers with phone and email, purchase orders.",
)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_design_of_a_sentence_scores_95(sentence: str) -> None:
    findings = find(design(read_request(sentence)))

    assert score(findings) >= 95, findings
