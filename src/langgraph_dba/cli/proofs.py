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
    from langgraph_dba.database.proofs import list_proofs

    found = list_proofs()
    if json:
        typer.echo(json_.dumps(found, indent=2))
        return
    width = max(len(one["name"]) for one in found)
    for one in found:
        typer.echo(f"{one['name']:<{width}}  {', '.join(one['engines'])}: {one['claim']}")


@app.command()
def check(
    proof: Annotated[list[str] | None, typer.Argument(metavar="[PROOF]...", help="Only these; all without.")] = None,
    engine: Annotated[list[str] | None, typer.Option("--engine", help="Only on this engine (repeatable).")] = None,
) -> None:
    """Prove the proofs: plant every defect in a sound schema; exit code 1 if a proof misses one or cries wolf."""
    from langgraph_dba.database.engines import ENGINES, engines_for
    from langgraph_dba.database.proofs import proofs_by_name
    from langgraph_dba.database.proofs.runner.proof_check import check_proofs
    from langgraph_dba.errors import EngineUnavailable

    chosen, wrong = proofs_by_name(tuple(proof or ())), 0
    for name, opened in engines_for(tuple(engine or ENGINES)).items():
        if isinstance(opened, EngineUnavailable):
            typer.echo(f"not run  {name}: {opened}")
            continue
        for one in check_proofs(chosen, opened):
            wrong += bool(one.wrong)
            what = f"refutes: {one.defect}" if one.defect else "supports the sound schema"
            typer.echo(f"{'WRONG  ' if one.wrong else 'ok     '}  {one.proof} on {name} {one.wrong or what}")
    raise typer.Exit(int(bool(wrong)))
