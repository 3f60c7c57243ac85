"""What a run writes into its checkpointer: the bytes that leave the serializer, by superstep."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import by_hand
import ours
import peers
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

GRAPHS: dict[str, Callable[[int, BaseCheckpointSaver[Any]], Any]] = {
    "by hand": lambda handoffs, saver: by_hand.chain(handoffs, saver=saver),
    "team": ours.chain,
    "by hand, agents with a model": by_hand.chain_of_agents,
    "langgraph-swarm": peers.swarm_chain,
    "team, the same agents": ours.chain_of_agents,
    "by hand, a star": lambda handoffs, saver: by_hand.star_of_agents(handoffs // 2, saver),
    "langgraph-supervisor, a star": lambda handoffs, saver: peers.supervisor_star(handoffs // 2, saver),
    "team, the same star": lambda handoffs, saver: ours.star_of_agents(handoffs // 2, saver),
}


class CountingSerializer(JsonPlusSerializer):
    """Counts the bytes that it hands to the checkpointer."""

    written = 0

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """Serialize, and count."""
        kind, data = super().dumps_typed(obj)
        self.written += len(data)
        return kind, data


def checkpoint_sizes(few: int = 10, many: int = 50) -> list[dict[str, Any]]:
    """Return the bytes that few and many handoffs write, with both checkpointers."""
    return [_row(kind, name, few, many) for kind in ("InMemorySaver", "SqliteSaver") for name in GRAPHS]


def _row(kind: str, name: str, few: int, many: int) -> dict[str, Any]:
    short, long = _written(kind, name, few), _written(kind, name, many)
    return {
        "checkpointer": kind,
        "graph": name,
        f"{few} handoffs, bytes": short["bytes"],
        "checkpoints": short["checkpoints"],
        "bytes a checkpoint": short["bytes"] // short["checkpoints"],
        f"{many} handoffs, bytes": long["bytes"],
        "growth of a handoff's bytes": long["bytes"] / many / (short["bytes"] / few),
    }


def _written(kind: str, name: str, handoffs: int) -> dict[str, int]:
    serializer = CountingSerializer()
    with closing(sqlite3.connect(":memory:", check_same_thread=False)) as connection:
        saver: BaseCheckpointSaver[Any] = (
            InMemorySaver(serde=serializer) if kind == "InMemorySaver" else SqliteSaver(connection, serde=serializer)
        )
        GRAPHS[name](handoffs, saver).invoke({"messages": [("user", "go")]}, {"configurable": {"thread_id": "1"}})
        checkpoints = sum(1 for _ in saver.list({"configurable": {"thread_id": "1"}}))
    return {"bytes": serializer.written, "checkpoints": checkpoints}
