"""The specialist with `database_url=`: it reviews a database that exists, and hands its findings on."""

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from langgraph_dba import create_database_specialist, create_team, load_team
from langgraph_dba.database.engines import LiveCondition, Traits, read_condition
from langgraph_dba.database.engines.condition import Unreadable
from langgraph_dba.database.engines.records import SelectRunner
from langgraph_dba.errors import EngineError

TEAM = {
    "project-manager.md": "coordination: {hands_off_to: [database-specialist]}",
    "database-specialist.md": "coordination: {hands_off_to: [code-reviewer]}",
    "code-reviewer.md": "coordination: {receives_from: [database-specialist]}",
}


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A shop with money in floats and a foreign key without index."""
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as link:
        link.executescript(
            "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL);"
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers,"
            "price REAL);"
        )
    link.close()
    return f"sqlite:///{path}"


def test_a_database_is_read_proved_and_described(url: str) -> None:
    graph = create_database_specialist(database_url=url).compile()

    result = graph.invoke({"request": "Review our shop's database."})

    assert result["status"] == "completed"
    assert result["messages"][-1].name == "database-specialist"
    assert "2 tables" in result["messages"][-1].text
    assert {"schema.json", "schema.sqlite.sql", "er.mmd", "findings.json"} == set(result["artifacts"])
    assert "money-as-float" in result["artifacts"]["findings.json"]
    assert {one["state"] for one in result["evidence"]} >= {"supported", "refuted"}


def test_what_could_not_be_read_is_among_the_notes(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    unread = (Unreadable("integrity", "the login may not read it", "orders"),)

    def read(connection: SelectRunner, traits: Traits) -> LiveCondition:
        return replace(read_condition(connection, traits), unreadable=unread)

    monkeypatch.setattr("langgraph_dba.database.existing_database.read_condition", read)

    result = create_database_specialist(database_url=url).compile().invoke({"request": "Review our database."})

    assert "1 parts were not read or not copied" in result["messages"][-1].text
    assert "integrity orders: the login may not read it" in str(result["artifacts"])


def test_its_findings_reach_the_reviewer_of_a_team(url: str, tmp_path: Path) -> None:
    folder = tmp_path / "agents"
    folder.mkdir()
    for name, coordination in TEAM.items():
        (folder / name).write_text(
            f"---\nname: {name[:-3]}\ndescription: An agent.\n{coordination}\n---\nYou work.\n", encoding="utf-8"
        )
    received: list[dict[str, Any]] = []

    def reviewer(turn: dict[str, Any]) -> dict[str, Any]:
        received.extend(turn["inbox"])
        return {}

    def manager(_: dict[str, Any]) -> dict[str, Any]:
        return {"handoffs": [{"to": "database-specialist", "brief": "Review the database."}]}

    team = create_team(
        load_team(folder),
        nodes={
            "project-manager": manager,
            "database-specialist": create_database_specialist(database_url=url),
            "code-reviewer": reviewer,
        },
    ).compile()

    result = team.invoke({"request": "Review our database."})

    assert result["status"] == "completed"
    (item,) = received
    assert "findings: 1 critical" in item["brief"]["context"]
    assert "money-as-float" in {finding["rule"] for finding in item["payload"]["findings"]}


def test_a_database_that_cannot_be_read_raises_in_a_program_and_is_an_answer_in_a_conversation(tmp_path: Path) -> None:
    graph = create_database_specialist(database_url=f"sqlite:///{tmp_path}/missing.db").compile()

    answer = graph.invoke({"messages": [("user", "Is our database sound?")]})

    assert answer["status"] == "stopped"
    assert answer["messages"][-1].text.startswith("I cannot read that database: ")
    with pytest.raises(EngineError, match=r"missing\.db"):
        graph.invoke({"request": "Review it."})
