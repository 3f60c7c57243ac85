"""Kill a run at every step and resume it in another process: `python kill_drill.py WHERE DURABILITY {each,chain,exit}`.

WHERE is the file of an SQLite database or the URL of a PostgreSQL one, with the checkpoints. This process
imports everything once and then forks: each run is its own process, killed by SIGKILL, and resumed by the next one.
Prints one JSON object per line for each kill:

    superstep   the step of the team's graph in which, or after which, it was killed; -1 and 0 take in the request
    runs        the agents that run in that step
    killed      the unfinished agent in which it was killed, or "" if directly after the step's checkpoint
    started     the runs that had started by then, as `agent/round`
    unfinished  of those, the runs whose work was not in the checkpoints of the killed process
    again       the runs that began a second time after the resume
    equal       whether the result equals that of a run without a kill; null if it was killed again first
"""

import json
import os
import secrets
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Literal, cast

from kill_drill_team import Ledger, Scripted
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

Saver = BaseCheckpointSaver[Any]
Durability = Literal["sync", "async", "exit"]
Rounds = Mapping[int, Sequence[str]]  # the runs in each superstep, as `agent/round`
_PATIENCE_S = 60
_NO_ONE = ""


@dataclass(frozen=True, slots=True)
class Point:
    """Where to kill: in `victim` after each of `mates` was saved as often as stated, or after the step's checkpoint."""

    superstep: int
    victim: str = _NO_ONE
    mates: Mapping[str, int] = field(default_factory=dict)


class Killer:
    """Watch one process's run, and kill it at the point."""

    def __init__(self, point: Point | None) -> None:
        self.point = point
        self._saved: list[str] = []
        self._changed = threading.Condition()

    def enter(self, who: str) -> None:
        if self.point and who == self.point.victim:
            with self._changed:
                self._changed.wait_for(self._mates_are_saved, _PATIENCE_S)
            _die()

    def watch(self, saver: Saver) -> Saver:
        put, put_writes = saver.put, saver.put_writes

        def watched_put(config: RunnableConfig, checkpoint: Any, metadata: Any, new_versions: Any) -> RunnableConfig:
            written = put(config, checkpoint, metadata, new_versions)
            if self._is_after(config, metadata["step"]):
                _die()
            return written

        def watched_put_writes(config: RunnableConfig, writes: Any, task_id: str, task_path: str = "") -> None:
            put_writes(config, writes, task_id, task_path)
            if not config["configurable"].get("checkpoint_ns"):
                with self._changed:
                    self._saved.append(task_path.rpartition(", ")[2])
                    self._changed.notify_all()

        patched = cast("Any", saver)
        patched.put, patched.put_writes = watched_put, watched_put_writes
        return saver

    def _is_after(self, config: RunnableConfig, step: int) -> bool:
        is_outer = not config["configurable"].get("checkpoint_ns")
        return bool(self.point and not self.point.victim and is_outer and step == self.point.superstep)

    def _mates_are_saved(self) -> bool:
        assert self.point is not None
        return all(self._saved.count(name) >= times for name, times in self.point.mates.items())


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Drill:
    """Runs of the scripted team, each with its own thread and ledger."""

    def __init__(self, where: str, durability: Durability, folder: Path) -> None:
        self.where, self.durability, self.folder = where, durability, folder
        self.count, self._mark = 0, secrets.token_hex(4)  # the database may have threads of an earlier drill
        first = self._forked(self._undisturbed)
        assert first is not None, "nobody kills it"
        self.expected, self.rounds = first["result"], dict(enumerate(first["rounds"], start=1))

    def points(self) -> Iterator[Point]:
        """Return each run of each step once as the victim, and the moment after each checkpoint."""
        for step in (-1, 0, *self.rounds):
            yield from (self._point(step, victim) for victim in self.rounds.get(step, ()))
            yield Point(step)

    def every_step(self) -> list[Point]:
        """Kill one run in every step, and twice in its first wave."""
        firsts = [self._point(step, who[0], resumed=True) for step, who in self.rounds.items()]
        firsts[0] = self._point(1, self.rounds[1][0])
        wave = next(place for place, point in enumerate(firsts) if point.mates)
        again = Point(firsts[wave].superstep, firsts[wave].victim)
        return [*firsts[: wave + 1], again, *firsts[wave + 1 :]]

    def run(self, points: Sequence[Point]) -> Iterator[dict[str, Any]]:
        """Kill one run at each of the points in turn, run it to its end, and return a report of each kill."""
        self.count += 1
        thread, ledger = f"{self._mark}/{self.count}", Ledger(self.folder / f"{self.count}.ledger")
        began, kept = list[list[str]](), list[dict[str, Any]]()
        for point in (*points, None):
            before = len(ledger.lines())
            ended = self._forked(partial(self._go_on, thread, ledger.path, point))
            assert (ended is None) == (point is not None), f"not killed: {point}"
            began.append(ledger.lines()[before:])
            kept.append(self._forked(partial(self._inspect, thread)) or {})
        for place, point in enumerate(points, start=1):
            row = self._row(point, list(chain(*began[:place])), kept[place - 1], began[place])
            yield row | {"equal": ended == self.expected if place == len(points) else None}

    def _row(self, point: Point, before: list[str], kept: Mapping[str, Any], after: list[str]) -> dict[str, Any]:
        # Later steps too: background writes may be behind by more than one step.
        later = {who for step, names in self.rounds.items() for who in names if step > kept["step"] + 1}
        open_ = later | {who for who in self.rounds.get(kept["step"] + 1, ()) if _task(who) in kept["open"]}
        return {
            "superstep": point.superstep,
            "runs": list(self.rounds.get(point.superstep, ())),
            "killed": point.victim,
            "started": sorted(set(before)),
            "unfinished": sorted(open_.intersection(before)),
            "again": sorted(who for who in after if who in before),
        }

    def _point(self, step: int, victim: str, *, resumed: bool = False) -> Point:
        mates = {_agent(who): _round(who) for who in self.rounds[step]}
        mates.pop(_agent(victim))
        return Point(step, victim, dict.fromkeys(mates, 1) if resumed else mates)

    def _undisturbed(self) -> dict[str, Any]:
        thread, ledger = f"{self._mark}/undisturbed", Ledger(self.folder / "undisturbed.ledger")
        result = self._go_on(thread, ledger.path, None, durability="sync")
        with self._opened(Killer(None)) as saver:
            history = list(Scripted(ledger).graph(saver).get_state_history(_config(thread)))
        lines = sorted(ledger.lines(), key=_round)  # stable: each name's rounds in order
        steps = [
            snapshot.next for snapshot in reversed(history) if snapshot.metadata and snapshot.metadata["step"] >= 0
        ]
        rounds = [[_take(lines, leaf) for name in names for leaf in _leaves(name)] for names in steps if names]
        assert not lines, f"nobody knows when {lines} ran"
        return {"result": result, "rounds": rounds}

    def _go_on(
        self, thread: str, ledger: Path, point: Point | None, durability: Durability | None = None
    ) -> dict[str, Any]:
        killer = Killer(point)
        with self._opened(killer) as saver:
            graph = Scripted(Ledger(ledger, killer.enter)).graph(saver)
            is_kept = saver.get_tuple(_config(thread)) is not None
            given = None if is_kept else {"request": "a shop"}
            return _plain(graph.invoke(given, _config(thread), durability=durability or self.durability))

    def _inspect(self, thread: str) -> dict[str, Any]:
        """Return the last step with a saved checkpoint, and the tasks of the next step without a saved result."""
        with self._opened(Killer(None)) as saver:
            state = Scripted(Ledger(Path(os.devnull))).graph(saver).get_state(_config(thread))
            waiting = [task for task in state.tasks if task.result is None]
            open_ = [
                leaf
                for task in waiting
                for leaf in (_open_in_member(saver, thread, task.id) if task.name == "c" else (task.name,))
            ]
        return {"step": (state.metadata or {"step": -1})["step"], "open": open_}

    @contextmanager
    def _opened(self, killer: Killer) -> Iterator[Saver]:
        if self.where.startswith("postgresql:"):
            from langgraph.checkpoint.postgres import PostgresSaver

            with PostgresSaver.from_conn_string(self.where) as kept:
                kept.serde = JsonPlusSerializer(allowed_msgpack_modules=())
                if not self.count:
                    kept.setup()
                yield killer.watch(kept)
        else:
            with SqliteSaver.from_conn_string(self.where) as file:
                file.serde = JsonPlusSerializer(allowed_msgpack_modules=())
                yield killer.watch(file)

    def _forked(self, work: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
        """Return the result of a forked process, or None if it was killed; it must not hang or fail."""
        assert threading.active_count() == 1, "a fork copies one thread only"
        answer = self.folder / "answer.json"
        pid = os.fork()
        if pid == 0:
            code = 1
            signal.alarm(2 * _PATIENCE_S)
            try:
                answer.write_text(json.dumps(work()))
                code = 0
            except BaseException:  # noqa: BLE001  the child must not continue as a second driver
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code)
        status = os.waitpid(pid, 0)[1]
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            return None
        assert status == 0, f"a run ended with status {status}"
        told: dict[str, Any] = json.loads(answer.read_text())
        return told


def _config(thread: str) -> RunnableConfig:
    return {"configurable": {"thread_id": thread}}


def _task(who: str) -> str:
    return who.partition("/")[0]


def _agent(who: str) -> str:
    return _task(who).partition(".")[0]


def _round(who: str) -> int:
    return int(who.partition("/")[2])


def _leaves(name: str) -> tuple[str, ...]:
    return ("c.draft", "c.finish") if name == "c" else (name,)


def _take(lines: list[str], name: str) -> str:
    found = next(line for line in lines if _task(line) == name)
    lines.remove(found)
    return found


def _open_in_member(saver: Saver, thread: str, task_id: str) -> tuple[str, ...]:
    """Return the unsaved steps of agent `c`, whose graph has its own checkpoint namespace."""
    inside: RunnableConfig = {"configurable": {"thread_id": thread, "checkpoint_ns": f"c:{task_id}"}}
    found = saver.get_tuple(inside)
    if found is None:
        return _leaves("c")
    written = {channel for _, channel, _ in found.pending_writes or ()}
    is_drafted = {"branch:to:finish"} & (written | set(found.checkpoint["channel_values"]))
    is_finished = "handoffs" in written or "handoffs" in found.checkpoint["channel_values"]
    return () if is_finished else _leaves("c")[1:] if is_drafted else _leaves("c")


def _plain(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result without the ids, which differ between runs."""
    return {**result, "messages": [[message.name, message.text] for message in result["messages"]]}


def main(where: str, durability: Durability, what: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        drill = Drill(where, durability, Path(folder))
        victims = {"chain": [drill.every_step()], "exit": [[Point(4, "gate/1")]]}
        for points in victims.get(what) or ([point] for point in drill.points()):
            for row in drill.run(points):
                sys.stdout.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], cast("Durability", sys.argv[2]), sys.argv[3])
