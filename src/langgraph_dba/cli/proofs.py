"""`langgraph-dba proofs list`: what can be proved, and on which engines."""

import json as json_
from typing import Annotated

import typer

app = typer.Typer(name="proofs", help="What can be proved.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """What can be proved."""


@app.command("list")
def list_(
    json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
) -> None:
    """List the proofs: name, engines, claim."""
    from langgraph_dba.database.proofs import catalogue

    found = catalogue()
    if json:
        typer.echo(json_.dumps(found, indent=2))
        return
    width = max(len(one["name"]) for one in found)
    for one in found:
        typer.echo(f"{one['name']:<{width}}  {', '.join(one['engines'])}: {one['claim']}")
