"""What no driver can send is refused with a reason, in scratch databases and in a user's own."""

from collections.abc import Mapping
from typing import Any

import pytest

from langgraph_dba.database import open_live
from langgraph_dba.database.engines import Engine, Rejected

CASES: dict[str, tuple[Any, Mapping[str, Any]]] = {
    "a surrogate in SQL": ("SELECT '\ud800'", {}),
    "a surrogate in a parameter": ("SELECT :a", {"a": "\ud800"}),
    "a dict": ("SELECT :a", {"a": {"x": 1}}),
    "a set": ("SELECT :a", {"a": {1}}),
    "None": (None, {}),
    "bytes": (b"SELECT 1", {}),
}


@pytest.mark.parametrize("case", CASES)
def test_a_statement_that_cannot_be_sent_is_rejected_and_the_connection_goes_on(engine: Engine, case: str) -> None:
    sql, params = CASES[case]
    with engine.scratch("CREATE TABLE n (id INTEGER PRIMARY KEY)") as database:
        with database.connect() as connection:
            with pytest.raises(Rejected):
                connection.run(sql, params)
            with pytest.raises(Rejected):
                connection.script(sql if case in ("a surrogate in SQL", "None") else "\ud800")
            assert connection.run("SELECT 1").scalar == 1
        with open_live(database.url(), trust_role=True) as live:
            with pytest.raises(Rejected):
                live.read(sql, params)
            assert live.read("SELECT count(*) FROM n").rows == ((0,),)


def test_names_of_300_letters_are_a_table_or_a_refusal(engine: Engine) -> None:
    name = "a" * 300
    with engine.scratch() as database, database.connect() as connection:
        outcome = connection.attempt((f"CREATE TABLE {name} (id INTEGER)", {}))

        assert isinstance(outcome, Rejected) == (engine.traits.name == "mariadb")


def test_a_number_of_more_than_64_bits_is_a_value_or_a_refusal(engine: Engine) -> None:
    with engine.scratch() as database, database.connect() as connection:
        outcome = connection.attempt(("SELECT :a", {"a": 10**30}))

        assert isinstance(outcome, Rejected) == (engine.traits.name == "sqlite")
