"""`langgraph-dba session`: from a sentence or a requirements file to a proved schema in a folder."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from langgraph_dba.errors import InputError

if TYPE_CHECKING:
    from langgraph_dba.graph.session.session_result import SessionResult


def session(
    request: Annotated[str | None, typer.Argument(help="What the database is for, in a sentence.")] = None,
    requirements: Annotated[
        Path | None, typer.Option("--requirements", help="A requirements.yaml instead of a sentence.")
    ] = None,
    resume: Annotated[Path | None, typer.Option("--resume", help="Go on with the session in this folder.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Where everything is written [default: dba-out].")] = None,
    engine: Annotated[
        list[str] | None,
        typer.Option("--engine", help="sqlite, postgresql, mariadb (repeatable) [default: the first two]."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print session.json; progress goes to stderr.")] = False,
) -> None:
    """Design a schema, prove it on real engines, and hand it to tests, models and review."""
    given = [value for value in (request, requirements, resume) if value is not None]
    if len(given) != 1:
        raise InputError("say what to do in one way: a sentence, or --requirements FILE, or --resume DIR")
    if resume is not None and (out is not None or engine):
        raise InputError("--resume goes on in its own folder and with its own engines: leave out --out and --engine")
    from langgraph_dba.cli.progress import live
    from langgraph_dba.database.engines import DEFAULT_ENGINES
    from langgraph_dba.graph.session.session_run import run_session

    with live() as progress:
        result = run_session(
            requirements if requirements is not None else request,
            out=resume or out or Path("dba-out"),
            engines=tuple(dict.fromkeys(engine or DEFAULT_ENGINES)),
            resume=resume is not None,
            progress=progress,
        )
    _draw(result)
    _show(result, as_json=json)
    raise typer.Exit(result.exit_code)


def _draw(result: "SessionResult") -> None:
    """Leave a picture beside the diagram's text where there is something to draw it with."""
    from langgraph_dba.database import session_files

    if find_spec("mmdr") and session_files.DIAGRAM in result.artifacts:
        from langgraph_dba.agents.team.team_diagram import save_picture

        save_picture(result.artifacts[session_files.DIAGRAM], result.out / session_files.PICTURE)


def _show(result: "SessionResult", *, as_json: bool) -> None:
    if as_json:
        from langgraph_dba.database import session_files

        typer.echo(result.files()[session_files.SESSION], nl=False)
        return
    from langgraph_dba.cli.ten_lines import ten_lines

    for line in ten_lines(result):
        typer.echo(line)
