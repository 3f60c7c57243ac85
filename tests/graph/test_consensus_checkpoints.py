"""The consensus in checkpoints: plain data, no seat asked twice after a kill, several questions on one thread."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from langgraph_dba.agents.database_specialist.database_panel import database_panel
from langgraph_dba.agents.panel import ScriptedSeat
from langgraph_dba.graph.consensus.consensus_graph import create_consensus

THREAD: RunnableConfig = {"configurable": {"thread_id": "1"}}
A = {"option": "shared-schema", "parameters": {"n": 1.5}, "claims": [{"sentence": "x", "check": "catalogue-size"}]}


def strict() -> InMemorySaver:
    return InMemorySaver(serde=JsonPlusSerializer(allowed_msgpack_modules=()))


def plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(plain(item) for item in value)
    return type(value) in {str, int, float, bool, type(None)}


def test_every_checkpoint_holds_plain_data_under_a_strict_serializer() -> None:
    seats = [ScriptedSeat([A]), ScriptedSeat([OSError("x"), A]), ScriptedSeat([None])]
    panel = database_panel(claude=seats[0], gemini=seats[1], codex=seats[2])
    graph = create_consensus(panel).compile(checkpointer=strict())

    graph.invoke({"question": {"topic": "tenancy"}, "requirements": {}, "targets": ["sqlite"]}, THREAD)

    history = list(graph.get_state_history(THREAD))
    assert len(history) >= 4
    assert all(plain(snapshot.values) for snapshot in history)


def test_a_second_question_on_the_thread_sees_nothing_of_the_first() -> None:
    gemini, codex = ScriptedSeat({"tenancy": A}), ScriptedSeat([A, {"option": "range"}])
    panel = database_panel(claude=ScriptedSeat([A, {"option": "range"}]), gemini=gemini, codex=codex)
    graph = create_consensus(panel).compile(checkpointer=strict())
    first = {"question": {"topic": "tenancy"}, "requirements": {"title": "one"}, "context": {"secret": "first"}}

    one = graph.invoke(first, THREAD)
    two = graph.invoke({"question": {"topic": "partitioning"}}, THREAD)

    assert one["verdict"]["level"] == "unanimous"
    assert [ballot["state"] for ballot in two["ballots"]] == ["answered", "absent", "answered"]
    assert (two["verdict"]["topic"], two["verdict"]["option"], two["evidence"]) == ("partitioning", "range", [])
    assert set(codex.seen[1]) == {"question"}


def test_a_question_after_an_abandoned_escalation_sees_nothing_of_it() -> None:
    block = {"option": "shared-schema", "stance": "block", "reason": "no"}
    claude = ScriptedSeat([block, A])
    panel = database_panel(claude=claude, gemini=ScriptedSeat([A]), codex=ScriptedSeat([A]))
    graph = create_consensus(panel).compile(checkpointer=strict())

    asked = graph.invoke({"question": {"topic": "tenancy"}, "context": {"secret": "first"}}, THREAD)
    result = graph.invoke({"question": {"topic": "tenancy"}}, THREAD)

    assert "__interrupt__" in asked
    assert (result["verdict"]["status"], set(claude.seen[1])) == ("proceed", {"question"})


PROGRAM = """
    import asyncio, os, sqlite3, sys
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
    from langgraph_dba.agents.database_specialist.database_panel import database_panel
    from langgraph_dba.graph.consensus.consensus_graph import create_consensus

    folder, dies, way = sys.argv[1], sys.argv[2] == "die", sys.argv[3]

    def occupant(name):
        def answer(view):
            with open(f"{folder}/asked", "a") as file:
                file.write(name + "\\n")
            if name == "codex":
                times = open(f"{folder}/asked").read().split().count("codex")
                if times == 1:
                    raise OSError("the first asking fails: its failure must not be asked for again either")
                if dies:
                    while open(f"{folder}/asked").read().count("g") < 1:
                        pass
                    import time; time.sleep(0.5)
                    os._exit(9)
            return {"option": "shared-schema"}
        return answer

    panel = database_panel(claude=occupant("claude"), gemini=occupant("gemini"), codex=occupant("codex"))
    given = {"question": {"topic": "tenancy"}} if dies else None
    thread = {"configurable": {"thread_id": "1"}}

    async def main():
        async with AsyncSqliteSaver.from_conn_string(f"{folder}/c.db") as saver:
            graph = create_consensus(panel).compile(checkpointer=saver)
            return await graph.ainvoke(given, thread, durability="sync")

    if way == "ainvoke":
        result = asyncio.run(main())
    else:
        saver = SqliteSaver(sqlite3.connect(f"{folder}/c.db", check_same_thread=False))
        result = create_consensus(panel).compile(checkpointer=saver).invoke(given, thread, durability="sync")
    print(result["verdict"]["level"], result["ballots"][2]["attempts"])
"""


@pytest.mark.parametrize("way", [pytest.param("invoke", marks=pytest.mark.heavy), "ainvoke"])
def test_a_killed_run_goes_on_without_asking_an_answered_seat_again(way: str, tmp_path: Path) -> None:
    environment = {**os.environ, "LANGGRAPH_STRICT_MSGPACK": "true"}
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(PROGRAM), str(tmp_path)]

    killed = subprocess.run([*command, "die", way], env=environment, capture_output=True, text=True, check=False)
    resumed = subprocess.run([*command, "live", way], env=environment, capture_output=True, text=True, check=False)

    assert (killed.returncode, resumed.returncode) == (9, 0), killed.stderr + resumed.stderr
    assert resumed.stdout == "unanimous 2\n"
    asked = (tmp_path / "asked").read_text().split()
    assert sorted(asked) == ["claude", "codex", "codex", "codex", "gemini"]
