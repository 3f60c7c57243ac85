"""`langgraph-dba proofs`: list the proofs, and check them with planted defects."""

import json as json_  # `json` is the name of an option
from typing import Annotated

import typer

app = typer.Typer(name="proofs", help="List and check the proofs.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """List and check the proofs."""


@app.command("list")
def list_(
    json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
) -> None:
    """List the proofs: name, engines, claim."""
    from langgraph_dba.database.proofs import list_proofs

    proofs = list_proofs()
    if json:
        typer.echo(json_.dumps(proofs, indent=2))
        return
    width = max(len(one["name"]) for one in proofs)
    for one in proofs:
        typer.echo(f"{one['name']:<{width}}  {', '.join(one['engines'])}: {one['claim']}")


@app.command()
def check(
    proof: Annotated[list[str] | None, typer.Argument(metavar="[PROOF]...", help="Only these. Default: all.")] = None,
    engine: Annotated[list[str] | None, typer.Option("--engine", help="Only on this engine (repeatable).")] = None,
) -> None:
    """Check the proofs with every planted defect; exit code 1 if one misses a defect or refutes the sound schema."""
    from langgraph_dba.database.engines import ENGINES, engines_for
    from langgraph_dba.database.proofs import proofs_by_name
    from langgraph_dba.database.proofs.runner.proof_check import check_proofs
    from langgraph_dba.errors import EngineUnavailable

    proofs, errors = proofs_by_name(tuple(proof or ())), 0
    for name, usable in engines_for(tuple(engine or ENGINES)).items():
        if isinstance(usable, EngineUnavailable):
            typer.echo(f"not run  {name}: {usable}")
            continue
        for one in check_proofs(proofs, usable):
            errors += bool(one.wrong)
            result = f"refutes: {one.defect}" if one.defect else "supports the sound schema"
            typer.echo(f"{'WRONG  ' if one.wrong else 'ok     '}  {one.proof} on {name} {one.wrong or result}")
    raise typer.Exit(int(bool(errors)))
