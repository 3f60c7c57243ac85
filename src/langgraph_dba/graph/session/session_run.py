"""A session: the default team at work on one request, its files in one folder, always resumable."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph

from langgraph_dba.agents.agent import NodeSettings
from langgraph_dba.agents.agent_table import built_in_agents
from langgraph_dba.agents.panel.panel import Panel
from langgraph_dba.agents.team.agent_team import Team, default_team
from langgraph_dba.database import session_files
from langgraph_dba.database.engines import DEFAULT_ENGINES, traits_of
from langgraph_dba.database.request import read_request
from langgraph_dba.database.requirements import Requirements, dump_requirements, load_requirements
from langgraph_dba.extras import require_extra
from langgraph_dba.graph.session.session_folder import SessionFolder
from langgraph_dba.graph.session.session_result import SessionResult, result_of
from langgraph_dba.graph.team.team_graph import create_team
from langgraph_dba.handoffs.plain import plain
from langgraph_dba.redaction import redact_data

_CONFIG: RunnableConfig = {"configurable": {"thread_id": "session"}}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: an agent began or finished, a claim was decided, a file was written."""

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
    progress: Progress = lambda _: None,
) -> SessionResult:
    """Run a session and return what came of it; everything it makes lies in `out`.

    `request` is a sentence, a path to a `requirements.yaml`, or `Requirements`; with `resume` it is None, and the
    session in `out` goes on where it was ended, without running a finished agent again (a team or panel of your own
    must be given again; engines and threshold are remembered). Raises RequirementsError, SessionError, or InputError if
    the extra `session` is not installed, before anything is written.
    """
    require_extra("session")
    folder = SessionFolder(Path(out))
    if resume:
        inputs = folder.inputs()
    else:
        for name in engines:
            traits_of(name)
        requirements = _requirements(request)
        inputs = {
            "requirements": redact_data(plain(requirements)),
            "engines": list(engines),
            "threshold": threshold,
        }
        folder.create(inputs)
    with folder.held():
        graph = session_team(engines=inputs["engines"], team=team, panel=panel, threshold=inputs["threshold"])
        return _run(graph, inputs, folder, progress)


async def arun_session(request: str | Path | Requirements | None, *, out: str | Path, **options: Any) -> SessionResult:
    """Run a session without blocking the event loop; the keywords are those of `run_session`."""
    return await asyncio.to_thread(lambda: run_session(request, out=out, **options))


def session_team(
    *,
    engines: Sequence[str] = DEFAULT_ENGINES,
    team: Team | None = None,
    panel: Panel | None = None,
    threshold: int = 90,
) -> Any:
    """Build the session's graph, uncompiled, from the default team or from `team`.

    Agents of `team` that have the name of a built-in agent get its node, contract and place in the order. Chairs
    without a node stay empty, and the report says so.
    """
    chosen = team or default_team()
    if not chosen.agents:
        chosen = replace(chosen, agents=built_in_agents())
    settings = NodeSettings(engines=tuple(engines), panel=panel, threshold=threshold, escalation="return")
    return create_team(chosen, nodes=chosen.create_nodes(settings), missing="drop", report=chosen.load_report())


def _requirements(request: str | Path | Requirements | None) -> Requirements:
    if isinstance(request, Requirements):
        return request
    return load_requirements(request) if isinstance(request, Path) else read_request(request or "")


def _run(builder: Any, inputs: Mapping[str, Any], folder: SessionFolder, progress: Progress) -> SessionResult:
    from langgraph.checkpoint.sqlite import SqliteSaver  # of the extra `session`

    with SqliteSaver.from_conn_string(str(folder.checkpoints)) as saver:
        graph: CompiledStateGraph[Any, Any, Any, Any] = builder.compile(checkpointer=saver)
        requirements = Requirements.model_validate(inputs["requirements"])
        folder.write({session_files.REQUIREMENTS: dump_requirements(requirements)})
        before = graph.get_state(_CONFIG)
        if before.created_at is None:
            given: Any = {"requirements": inputs["requirements"], "request": inputs["requirements"].get("request", "")}
        else:
            given = None
        finished = before.created_at is not None and not before.next
        durations = {} if finished else _stream(graph, given, folder, progress)
        result = result_of(graph.get_state(_CONFIG).values, folder.path, durations)
    folder.write(result.files())
    return result


def _stream(graph: Any, given: Any, folder: SessionFolder, progress: Progress) -> dict[str, float]:
    """Run the graph and keep the folder in step with it; return the seconds that each agent took in this process."""
    durations: dict[str, float] = {}
    since = time.monotonic()
    modes = ["updates", "values", "custom"]
    # every step is on disk before the next begins: a killed session loses at most the step it was in
    for chunk in graph.stream(given, _CONFIG, stream_mode=modes, subgraphs=True, version="v2", durability="sync"):
        if chunk["type"] == "custom":
            progress(Event("evidence", "", chunk["data"].get("evidence", {})))
        elif chunk["ns"]:
            continue  # a step inside an agent: its files come with the agent's own result
        elif chunk["type"] == "values":
            for path in folder.write(chunk["data"].get("artifacts") or {}):
                progress(Event("file", path))
        else:
            since = _finished(list(chunk["data"]), durations, since, progress)
    return durations


def _finished(names: Sequence[str], durations: dict[str, float], since: float, progress: Progress) -> float:
    now = time.monotonic()
    for name in names:
        durations[name] = round(durations.get(name, 0.0) + now - since, 2)
        progress(Event("finished", name, {"seconds": durations[name]}))
    return now
