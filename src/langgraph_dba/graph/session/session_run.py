"""Run a session: the default team works on one request, writes its files to one folder, and can always be resumed."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph

from langgraph_dba.agents.agent import NodeSettings
from langgraph_dba.agents.agent_table import built_in_agents
from langgraph_dba.agents.kit.activity import activities_sent_to
from langgraph_dba.agents.panel.panel import Panel
from langgraph_dba.agents.team.agent_team import Team, default_team
from langgraph_dba.cancellation import Cancellation
from langgraph_dba.database import session_files
from langgraph_dba.database.engines import DEFAULT_ENGINES
from langgraph_dba.database.requirements import Requirements, dump_requirements
from langgraph_dba.errors import DbaError, SessionError
from langgraph_dba.graph.session.isolated_run import run_isolated
from langgraph_dba.graph.session.session_folder import SessionFolder
from langgraph_dba.graph.session.session_inputs import session_inputs
from langgraph_dba.graph.session.session_result import SessionResult, result_of
from langgraph_dba.graph.session.supervised_run import CANCEL_LIMIT_S, supervised
from langgraph_dba.graph.team.team_graph import create_team
from langgraph_dba.graph.team.wiring import LEAVE, REPORT

_REASON_CHARS = 300
_RUN_SESSION = f"{__name__}:run_session"
_CONFIG: RunnableConfig = {"configurable": {"thread_id": "session"}}


@dataclass(frozen=True, slots=True)
class Event:
    """A progress event: `kind` is `began`, `evidence` (a claim was decided), `file` (written) or `finished` (an agent).

    `began` is sent when an agent begins, and again for each thing that it does: `doing` says what, and `done` and
    `total` count its steps if their number is known.
    """

    kind: str
    what: str
    detail: dict[str, Any] = field(default_factory=dict)


Progress = Callable[[Event], None]


def run_session(
    request: str | Path | Requirements | None,
    *,
    out: str | Path,
    engines: Sequence[str] = DEFAULT_ENGINES,
    team: Team | None = None,
    panel: Panel | None = None,
    threshold: int = 90,
    resume: bool = False,
    isolated: bool = False,
    progress: Progress = lambda _: None,
) -> SessionResult:
    """Run a session and return its result; all of its files are written to the folder `out`.

    `request` is a sentence, a path to a `requirements.yaml`, or `Requirements`. With `resume` it is None: the session
    in `out` continues from its last checkpoint, without running a finished agent again. A custom team or panel must be
    passed again; engines and threshold are stored. If `out` has a session already, a file or `Requirements` make a new
    run in it, `runs/2` and so on, and `resume` continues the newest. A file that was edited is never overwritten.
    `isolated` runs it in a process of its own, whose group ends with it; team and panel are pickled for it. Ctrl-C ends
    the session within two seconds.

    Raises RequirementsError, SessionError, or InputError if the extra `session` is not installed, before anything is
    written.
    """
    if isolated:
        arguments: dict[str, Any] = {"request": request, "out": out, "engines": tuple(engines), "team": team}
        arguments |= {"panel": panel, "threshold": threshold, "resume": resume}
        result: SessionResult = supervised(lambda send: run_isolated(_RUN_SESSION, arguments, send), progress)
        return result
    folder, inputs = session_inputs(request, out=out, engines=engines, threshold=threshold, resume=resume)
    return run_inputs(folder, inputs, team=team, panel=panel, progress=progress)


def run_inputs(
    folder: SessionFolder,
    inputs: Mapping[str, Any],
    *,
    team: Team | None = None,
    panel: Panel | None = None,
    progress: Progress = lambda _: None,
) -> SessionResult:
    """Run the session whose folder and inputs `session_inputs` returned."""

    def run(send: Progress) -> SessionResult:
        with folder.locked():
            graph = session_team(engines=inputs["engines"], team=team, panel=panel, threshold=inputs["threshold"])
            return _run(graph, inputs, folder, send)

    return supervised(run, progress)


async def arun_session(request: str | Path | Requirements | None, *, out: str | Path, **options: Any) -> SessionResult:
    """Run a session without blocking the event loop; the keywords are those of `run_session`.

    Cancelling the task ends the session within two seconds: nothing more is written, and `resume` continues it.
    """
    cancellation = Cancellation()
    with cancellation.active():
        running = asyncio.ensure_future(asyncio.to_thread(lambda: run_session(request, out=out, **options)))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        cancellation.request()
        await asyncio.wait({running}, timeout=CANCEL_LIMIT_S)
        running.add_done_callback(lambda done: done.cancelled() or done.exception())  # seen: asyncio need not report it
        raise


def session_team(
    *,
    engines: Sequence[str] = DEFAULT_ENGINES,
    team: Team | None = None,
    panel: Panel | None = None,
    threshold: int = 90,
) -> Any:
    """Build the session's uncompiled graph from the default team or from `team`.

    Agents of `team` that have the name of a built-in agent get its node, contract and position in the order. Chairs
    without a node stay empty, and the report lists them.
    """
    used_team = team or default_team()
    if not used_team.agents:
        used_team = replace(used_team, agents=built_in_agents())
    # A session cannot answer an interrupt: open escalations are returned and set the exit code.
    settings = NodeSettings(engines=tuple(engines), panel=panel, threshold=threshold, escalation="return")
    return create_team(
        used_team, nodes=used_team.create_nodes(settings), missing="drop", report=used_team.load_report()
    )


def _run(builder: Any, inputs: Mapping[str, Any], folder: SessionFolder, progress: Progress) -> SessionResult:
    from langgraph_dba.graph.session.session_saver import session_saver  # needs the extra `session`

    requirements = Requirements.model_validate(inputs["requirements"])
    folder.write({session_files.REQUIREMENTS: dump_requirements(requirements)})
    has_saved_state = folder.checkpoints.exists()
    with _saved_state(folder, progress) if has_saved_state else nullcontext(progress) as send:
        with _checkpoint_errors(folder), session_saver(folder.checkpoints) as saver:
            graph: CompiledStateGraph[Any, Any, Any, Any] = builder.compile(checkpointer=saver)
            durations = _go_on(graph, inputs, folder, send)
            result = result_of(graph.get_state(_CONFIG).values, folder.path, durations)
            _save_artifacts(graph, result)
        folder.write(result.artifacts)
    return result


def _save_artifacts(graph: "CompiledStateGraph[Any, Any, Any, Any]", result: SessionResult) -> None:
    """Save every file in the graph's state too, which other programs read, if the run has ended."""
    state = graph.get_state(_CONFIG)
    ended = REPORT in graph.nodes and LEAVE not in graph.nodes and not state.tasks
    if ended and state.values.get("artifacts") != result.artifacts:
        graph.update_state(_CONFIG, {"artifacts": result.artifacts}, as_node=REPORT)


@contextmanager
def _checkpoint_errors(folder: SessionFolder) -> Iterator[None]:
    """Turn an error of the checkpoints' database, such as a full disk, into a SessionError."""
    try:
        yield
    except Exception as error:
        if type(error).__module__ != "sqlite3":  # only the engines import the driver
            raise
        raise SessionError(f"{folder.checkpoints} cannot be written: {error}") from None


@contextmanager
def _saved_state(folder: SessionFolder, progress: Progress) -> Iterator[Progress]:
    """Turn what a saved state of unknown origin leads to into a SessionError; errors of `progress` stay as they are."""
    own: list[Exception] = []

    def send(event: Event) -> None:
        try:
            progress(event)
        except Exception as error:
            own.append(error)
            raise

    try:
        yield send
    except DbaError:
        raise
    except Exception as error:
        if error in own:
            raise
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:_REASON_CHARS]
        raise SessionError(
            f"{folder.checkpoints}: the saved state cannot be used ({reason}): start a new session with "
            f"--requirements {folder.path / session_files.REQUIREMENTS}"
        ) from error


def _go_on(graph: Any, inputs: Mapping[str, Any], folder: SessionFolder, progress: Progress) -> dict[str, float]:
    """Run the graph from its last checkpoint, or from the start; return the seconds by agent in this process."""
    last = graph.get_state(_CONFIG)
    if last.created_at is None:
        requirements = inputs["requirements"]
        return _stream(
            graph, {"requirements": requirements, "request": requirements.get("request", "")}, folder, progress
        )
    # `tasks` and not `next`, which leaves out the agents that had finished when the run was stopped within a step
    return _stream(graph, None, folder, progress) if last.tasks else {}


class _Activities:
    """Sends what agents report while they work. Their threads must not see an error of `progress` as their own."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._errors = progress, list[Exception]()

    def send(self, activity: Mapping[str, Any]) -> None:
        detail = {key: value for key, value in activity.items() if key != "agent"}
        try:
            self._progress(Event("began", str(activity["agent"]), detail))
        except Exception as error:  # noqa: BLE001  raised by `check`
            self._errors.append(error)

    def check(self) -> None:
        """Raise an error of `progress` in the thread of the run."""
        if self._errors:
            raise self._errors[0]


def _stream(graph: Any, graph_input: Any, folder: SessionFolder, progress: Progress) -> dict[str, float]:
    """Run the graph, write its files after every step, and return the seconds by agent in this process."""
    activities = _Activities(progress)
    with activities_sent_to(activities.send):
        return _streamed(graph, graph_input, folder, progress, activities)


def _streamed(
    graph: Any, graph_input: Any, folder: SessionFolder, progress: Progress, activities: _Activities
) -> dict[str, float]:
    durations: dict[str, float] = {}
    since = time.monotonic()
    modes = ["updates", "values", "custom"]
    # `sync` saves every step before the next begins: a killed session loses at most the step that was running.
    options: dict[str, Any] = {"subgraphs": True, "version": "v2", "durability": "sync"}
    for chunk in graph.stream(graph_input, _CONFIG, stream_mode=modes, **options):
        activities.check()
        if chunk["type"] == "custom":
            progress(Event("evidence", "", chunk["data"].get("evidence", {})))
        elif chunk["ns"]:
            continue  # a step inside an agent's own graph: its files are part of the agent's result
        elif chunk["type"] == "values":
            for path in folder.write(chunk["data"].get("artifacts") or {}):
                progress(Event("file", path))
        else:
            since = _record_finished(list(chunk["data"]), durations, since, progress)
    return durations


def _record_finished(names: Sequence[str], durations: dict[str, float], since: float, progress: Progress) -> float:
    now = time.monotonic()
    for name in names:
        durations[name] = round(durations.get(name, 0.0) + now - since, 2)
        progress(Event("finished", name, {"seconds": durations[name]}))
    return now
