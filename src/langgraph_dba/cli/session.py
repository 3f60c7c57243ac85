"""`langgraph-dba session`: design and prove a schema from a sentence or a requirements file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from langgraph_dba.errors import InputError

if TYPE_CHECKING:
    from langgraph_dba.graph.session.session_result import SessionResult


def session(
    request: Annotated[str | None, typer.Argument(help="A sentence that describes the database.")] = None,
    requirements: Annotated[
        Path | None,
        typer.Option("--requirements", help="A requirements.yaml instead of a sentence."),
    ] = None,
    resume: Annotated[Path | None, typer.Option("--resume", help="Resume the newest run in this folder.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="The folder for all files [default: dba-out].")] = None,
    engine: Annotated[
        list[str] | None,
        typer.Option("--engine", help="sqlite, postgresql, mariadb (repeatable) [default: the first two]."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print session.json; progress goes to stderr.")] = False,
) -> None:
    """Design a schema, prove it on real engines, and create tests, models and a review."""
    sources = [value for value in (request, requirements, resume) if value is not None]
    if len(sources) != 1:
        raise InputError("give exactly one of: a sentence, --requirements FILE, --resume DIR")
    if resume is not None and (out is not None or engine):
        raise InputError("--resume uses the session's own folder and engines: leave out --out and --engine")
    # Imported after the checks: a wrong option is then reported without loading LangGraph, which takes a second.
    from langgraph_dba.database.engines import DEFAULT_ENGINES
    from langgraph_dba.graph.session.session_inputs import session_inputs

    folder, inputs = session_inputs(
        requirements if requirements is not None else request,
        out=resume or out or _folder_of(requirements),
        engines=tuple(dict.fromkeys(engine or DEFAULT_ENGINES)),  # the option may be repeated
        resume=resume is not None,
    )
    from langgraph_dba.cli.progress import live
    from langgraph_dba.graph.session.session_run import run_inputs

    with live() as progress:
        result = run_inputs(folder, inputs, progress=progress)
    _show(result, as_json=json)
    raise typer.Exit(result.exit_code)


def _folder_of(requirements: Path | None) -> Path:
    """Return the folder of the session that wrote a requirements file, or the default folder."""
    from langgraph_dba.graph.session.session_folder import SessionFolder

    folder = SessionFolder.of_file(requirements) if requirements else None
    return folder.path if folder else Path("dba-out")


def _show(result: "SessionResult", *, as_json: bool) -> None:
    if as_json:
        from langgraph_dba.database import session_files

        typer.echo(result.artifacts[session_files.SESSION], nl=False)
        return
    from langgraph_dba.cli.ten_lines import ten_lines

    for line in ten_lines(result):
        typer.echo(line)
