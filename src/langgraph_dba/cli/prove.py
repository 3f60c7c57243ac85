"""`langgraph-dba prove DIR`: run the proofs again, from the folder alone."""

import json as json_
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from langgraph_dba.evidence import Evidence

_Key = tuple[str, str]


def prove(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A session's output folder.")],
    claim: Annotated[
        list[str] | None, typer.Option("--claim", help="Run only this proof (repeatable); see `proofs list`.")
    ] = None,
    engine: Annotated[list[str] | None, typer.Option("--engine", help="Only on this engine (repeatable).")] = None,
    budget: Annotated[
        float | None, typer.Option("--budget", min=0, help="Seconds in all; what has no time left is `not run`.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the evidence as JSON.")] = False,
) -> None:
    """Prove the statements in a folder against the schema they claim to make; exit code 1 if anything is refuted.

    Where the folder's evidence.json says otherwise, the line says what was found then.
    """
    from rich.console import Console

    from langgraph_dba.cli.progress import evidence_line
    from langgraph_dba.database.engines import engines_for
    from langgraph_dba.database.proofs import proofs_by_name
    from langgraph_dba.database.proofs import prove as run
    from langgraph_dba.database.session_files import read_folder

    schema, ddl = read_folder(folder, tuple(engine or ()))
    before, console = _recorded(folder), Console(highlight=False, soft_wrap=True)

    def tell(one: "Evidence") -> None:
        if not json:
            note = _changed(one, before.get((one.proof, one.engine)))
            # in one piece: proofs that run side by side tell at the same time
            console.print(evidence_line(one.model_dump(mode="json")) + (f"\n             {note}" if note else ""))

    proofs = proofs_by_name(tuple(claim or ()))
    found = run(schema, ddl, engines_for(tuple(ddl)), proofs=proofs, budget_s=budget, progress=tell)
    if json:
        typer.echo(json_.dumps([one.model_dump(mode="json") for one in found], indent=2, default=str))
    raise typer.Exit(int(any(one.state == "refuted" for one in found)))


def _recorded(folder: Path) -> dict[_Key, dict[str, Any]]:
    """Return the evidence of the folder as far as it can be read: a rerun must not depend on it."""
    from langgraph_dba.database.session_files import recorded_evidence

    # The panel's own checks come first and have a proof's name too; the later item of that name is the proof itself.
    return {(one.get("proof", ""), one.get("engine", "")): one for one in recorded_evidence(folder)}


def _changed(one: "Evidence", before: dict[str, Any] | None) -> str:
    if before is None or before.get("state") in {None, one.state}:
        return ""
    same = before.get("receipt", {}).get("subject", "") == one.receipt.subject
    since = "" if same or not one.receipt.subject else "; schema or statements were changed since"
    return f"was {before['state']} on {before.get('receipt', {}).get('version') or 'no engine'}{since}"
