"""Contracts: one per receiver; an invalid payload is rejected with contract, field and sender."""

import json
from decimal import Decimal

import pytest
from pydantic import BaseModel, ValidationError

from langgraph_dba.agents.kit.contracts import ReviewRequest, SchemaPackage, TestRequest
from langgraph_dba.database.model.schema import Column, ColumnType, Range, Schema, Table
from langgraph_dba.errors import HandoffError
from langgraph_dba.evidence import Evidence, Receipt
from langgraph_dba.handoffs import contract_schemas, validate_payload
from langgraph_dba.handoffs.contracts import Contracts

CONTRACTS: Contracts = {"builder": SchemaPackage, "tester": TestRequest, "reviewer": ReviewRequest}
ITEM = Table(
    name="item",
    columns=(
        Column(name="id", type=ColumnType(name="identity")),
        Column(name="price", type=ColumnType(name="decimal")),
    ),
    primary_key=("id",),
    checks=(Range(name="item_price_range", column="price", low=Decimal("0.01")),),
)
SHOP = Schema(name="shop", tables=(ITEM,))
PACKAGE = {
    "schema": SHOP,
    "engines": ["sqlite"],
    "ddl": {"sqlite": "CREATE TABLE item (id INTEGER PRIMARY KEY, price NUMERIC)"},
    "evidence": [
        Evidence(claim="c", proof="p", engine="sqlite", state="supported", receipt=Receipt(sql=("SELECT 1",)))
    ],
}


def test_a_package_becomes_plain_data_and_comes_back_whole() -> None:
    plain = validate_payload("builder", PACKAGE, sender="database-specialist", contracts=CONTRACTS)

    package = SchemaPackage.model_validate(json.loads(json.dumps(plain)))

    assert package.database_schema == SHOP
    assert package.evidence == PACKAGE["evidence"]


def test_a_contract_instance_is_taken_as_it_is() -> None:
    package = SchemaPackage(database_schema=SHOP, engines=["sqlite"], ddl={})

    assert validate_payload("builder", package, sender="a", contracts=CONTRACTS)["schema"]["name"] == "shop"


def test_a_refusal_names_contract_field_and_sender() -> None:
    broken = {key: value for key, value in PACKAGE.items() if key != "engines"}

    with pytest.raises(HandoffError, match=r"database-specialist → builder.*SchemaPackage.*'engines'"):
        validate_payload("builder", broken, sender="database-specialist", contracts=CONTRACTS)


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(HandoffError, match=r"'schema'.*'ddl'.*'colour'"):
        validate_payload("tester", {"engines": ["sqlite"], "colour": "red"}, sender="a", contracts=CONTRACTS)


def test_a_receiver_without_contract_takes_any_object() -> None:
    assert validate_payload("technical-writer", {"pages": (1, 2)}, sender="a") == {"pages": [1, 2]}


@pytest.mark.parametrize("payload", ["text", [1], {"f": object()}])
def test_a_payload_that_is_no_plain_object_is_rejected(payload: object) -> None:
    with pytest.raises(HandoffError, match="a → technical-writer"):
        validate_payload("technical-writer", payload, sender="a")


def test_users_add_contracts_of_their_own() -> None:
    class Page(BaseModel):
        title: str

    with pytest.raises(HandoffError, match="Page: field 'title'"):
        validate_payload("technical-writer", {}, sender="a", contracts={"technical-writer": Page})


def test_every_contract_is_exported_as_json_schema() -> None:
    schemas = contract_schemas(CONTRACTS)

    assert set(schemas) == {"builder", "tester", "reviewer"}
    assert {"schema", "engines", "ddl"} <= set(schemas["builder"]["required"])
    assert "round" in schemas["reviewer"]["properties"]
    json.dumps(schemas)


def test_contracts_are_frozen() -> None:
    package = SchemaPackage(database_schema=SHOP, engines=["sqlite"], ddl={})

    with pytest.raises(ValidationError, match="frozen"):
        package.engines = []  # type: ignore[misc]
