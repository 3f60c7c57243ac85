"""The inputs of a session: its folder, requirements and engines; this module does not load LangGraph."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from langgraph_dba.agents.kit.fork_server import FORK_SERVER
from langgraph_dba.database.engines import start_in_background, traits_of
from langgraph_dba.database.request import read_request
from langgraph_dba.database.requirements import Requirements, load_requirements
from langgraph_dba.database.session_files import read_json
from langgraph_dba.extras import require_extra
from langgraph_dba.graph.session.session_folder import SessionFolder
from langgraph_dba.handoffs.plain import plain
from langgraph_dba.redaction import redact_data


def session_inputs(
    request: str | Path | Requirements | None,
    *,
    out: str | Path,
    engines: Sequence[str],
    threshold: int = 90,
    resume: bool = False,
) -> tuple[SessionFolder, Mapping[str, Any]]:
    """Return the folder of a new or resumed session and its stored inputs; the engines start in the background.

    With a file or `Requirements`, a folder that has a session gets a new run, `runs/2` and so on, and keeps all others;
    `resume` continues the newest. Raises RequirementsError, SessionError, or InputError for an unknown engine or
    without the extra `session`, before anything is written.
    """
    require_extra("session")
    folder = SessionFolder(Path(out))
    if resume:
        folder = folder.newest_run()
        inputs = _stored_inputs(folder)
    else:
        if not isinstance(request, Path | Requirements):
            folder.check_new()
        for name in engines:
            traits_of(name)  # raises InputError for an unknown engine before a folder is created
        inputs = {
            "requirements": redact_data(plain(_requirements(request))),
            "engines": list(engines),
            "threshold": threshold,
        }
        if isinstance(request, Path | Requirements):
            folder = folder.new_run()
        folder.create(inputs)
    # A server needs two seconds to start, the interpreter for generated code one: others load or run meanwhile.
    start_in_background(inputs["engines"])
    FORK_SERVER.start()
    return folder, inputs


class _StoredInputs(BaseModel):
    """The contents of `.session/inputs.json`."""

    model_config = ConfigDict(frozen=True)

    requirements: Requirements
    engines: list[str] = Field(min_length=1)
    threshold: int


def _stored_inputs(folder: SessionFolder) -> dict[str, Any]:
    folder.check()
    file = folder.inputs_file
    stored = read_json(file, _StoredInputs, "are no inputs of a session")
    return {**stored.model_dump(), "requirements": redact_data(plain(stored.requirements))}


def _requirements(request: str | Path | Requirements | None) -> Requirements:
    if isinstance(request, Requirements):
        return request
    return load_requirements(request) if isinstance(request, Path) else read_request(request or "")
