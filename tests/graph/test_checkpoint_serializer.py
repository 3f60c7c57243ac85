"""A checkpoint builds what a graph's state has, and nothing else."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import ormsgpack
import pytest
from langchain_core.messages import AIMessage, HumanMessage, RemoveMessage, SystemMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.types import Command, Interrupt, Send

from langgraph_dba import ScriptedSeat, create_consensus, database_panel
from langgraph_dba.graph.session.checkpoint_serializer import CheckpointSerializer


@pytest.mark.parametrize(
    "value",
    [
        None, b"x", {"a": [1, 2.5, None, True, {"b": "c"}]}, {1, 2}, frozenset({"a"}), Decimal("1.5"), UUID(int=1),
        dt.datetime(2026, 1, 2, tzinfo=dt.UTC), dt.date(2026, 1, 2), dt.timedelta(seconds=3),
        [HumanMessage("a"), AIMessage("b", name="x"), SystemMessage("c"), ToolMessage("d", tool_call_id="1")],
        RemoveMessage(id="1"), Send("node", {"messages": [AIMessage("b")]}), Interrupt(value={"topic": "t"}, id="1"),
        Command(update={"a": 1}, goto="b"),
    ],
    ids=str,
)  # fmt: skip
def test_a_value_of_a_state_comes_back(value: object) -> None:
    serializer = CheckpointSerializer()

    assert serializer.loads_typed(serializer.dumps_typed(value)) == value


def _called(arguments: Any, code: int = 0) -> ormsgpack.Ext:
    return ormsgpack.Ext(code, ormsgpack.packb(("os", "system", arguments, "x")))


@pytest.mark.parametrize(
    "planted",
    [
        _called,
        lambda command: _called((command,), 1),
        lambda command: _called({"command": command}, 2),
        lambda command: _called(command, 3),
        lambda command: _called({"command": command}, 4),
        lambda command: _called({"command": command}, 5),
        lambda command: [{"deep": [_called(command)]}],
        lambda command: ormsgpack.Ext(0, ormsgpack.packb(("builtins", "set", [_called(command)]))),
        lambda command: ormsgpack.Ext(7, ormsgpack.packb(_called(command))),
    ],
)
def test_no_other_type_is_built(planted: Callable[[str], Any], tmp_path: Path) -> None:
    value = ormsgpack.packb(planted(f"touch {tmp_path / 'marker'}"))

    with pytest.raises(ValueError, match="is not built"):
        CheckpointSerializer().loads_typed(("msgpack", value))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["pickle", "json", "unknown"])
def test_no_other_format_is_read(form: str) -> None:
    with pytest.raises(ValueError, match=f"format '{form}', which is not read"):
        CheckpointSerializer().loads_typed((form, b"{}"))


@pytest.mark.parametrize("serde", [CheckpointSerializer, lambda: JsonPlusSerializer(allowed_msgpack_modules=None)])
def test_a_panel_that_asks_a_person_goes_on(
    serde: Callable[[], JsonPlusSerializer], caplog: pytest.LogCaptureFixture
) -> None:
    """With a serializer of plain types, and without a value that it left out."""
    veto = ScriptedSeat([{"option": "shared-schema", "stance": "block", "reason": "no"}] * 2)
    others = {name: ScriptedSeat([{"option": "shared-schema"}] * 2) for name in ("gemini", "codex")}
    panel = create_consensus(database_panel(claude=veto, **others))
    graph, thread = panel.compile(checkpointer=InMemorySaver(serde=serde())), _thread()
    question = {"topic": "tenancy", "text": "How are tenants isolated?"}

    graph.invoke({"question": question, "requirements": {}, "targets": []}, thread)
    final = graph.invoke(Command(resume={"option": "shared-schema", "reason": "yes", "by": "me"}), thread)

    assert final["verdict"]["option"] == "shared-schema"
    assert "eserializ" not in caplog.text


def _thread() -> RunnableConfig:
    return {"configurable": {"thread_id": "t"}}
