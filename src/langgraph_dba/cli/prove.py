"""`langgraph-dba prove DIR`: run the proofs again, from the folder alone."""

import json as json_
from pathlib import Path
from typing import Annotated

import typer


def prove(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A session's output folder.")],
    claim: Annotated[
        list[str] | None, typer.Option("--claim", help="Run only this proof (repeatable); see `proofs list`.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the evidence as JSON.")] = False,
) -> None:
    """Prove the statements in a folder against the schema they claim to make; exit code 1 if anything is refuted."""
    from langgraph_dba.cli.progress import evidence_line
    from langgraph_dba.database.engines import engines_for
    from langgraph_dba.database.proofs import named
    from langgraph_dba.database.proofs import prove as run
    from langgraph_dba.database.schema.folder import read_folder

    schema, ddl = read_folder(folder)
    proofs = named(tuple(claim or ()))
    if json:
        found = run(schema, ddl, engines_for(tuple(ddl)), proofs=proofs)
        typer.echo(json_.dumps([one.model_dump(mode="json") for one in found], indent=2, default=str))
    else:
        from rich.console import Console

        console = Console(highlight=False, soft_wrap=True)
        found = run(
            schema,
            ddl,
            engines_for(tuple(ddl)),
            proofs=proofs,
            progress=lambda one: console.print(evidence_line(one.model_dump(mode="json"))),
        )
    raise typer.Exit(int(any(one.state == "refuted" for one in found)))
