"""`langgraph-dba prove SOURCE`: run the proofs on a session's folder, or on a database that exists."""

import json as json_  # `json` is the name of an option
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from langgraph_dba.cli.review import (
    Budget,
    Engines,
    Source,
    TrustRole,
    exit_code,
    print_left_out,
    print_not_filled,
    read_source,
)

if TYPE_CHECKING:
    from langgraph_dba.evidence import Evidence

_Key = tuple[str, str]


def prove(
    source: Source,
    claim: Annotated[
        list[str] | None, typer.Option("--claim", help="Run only this proof (repeatable); see `proofs list`.")
    ] = None,
    engine: Engines = None,
    trust_role: TrustRole = False,
    budget: Budget = None,
    json: Annotated[bool, typer.Option("--json", help="Print the evidence as JSON.")] = False,
) -> None:
    """Prove what the statements create; exit code 1 if a claim is refuted, none is supported, or one lost its proof.

    A database behind a URL is only read: the proofs run on a copy of its schema. If the state differs from the one in
    the evidence.json of a session's folder, the line also states the earlier one.
    """
    from langgraph_dba.cli.progress import evidence_line
    from langgraph_dba.cli.terminal import console
    from langgraph_dba.database.engines import engines_for
    from langgraph_dba.database.proofs import proofs_by_name
    from langgraph_dba.database.proofs import prove as run
    from langgraph_dba.database.session_files import statements_file

    database = read_source(source, engine, trust_role=trust_role)
    before, printer = _earlier_evidence(source), console(soft_wrap=True)

    if not json:
        print_left_out(printer, database)

    def show(one: "Evidence") -> None:
        if not json:
            note = _difference(one, before.get((one.proof, one.engine)))
            # In one call: proofs run in parallel and print from several threads.
            printer.print(evidence_line(one.model_dump(mode="json")) + (f"\n             {note}" if note else ""))

    # all that apply, unless some are named: a named one that does not apply is reported with the reason
    proofs = proofs_by_name(tuple(claim)) if claim else None
    engines = engines_for(tuple(database.ddl))
    evidence = run(database.schema, database.ddl, engines, proofs=proofs, budget_s=budget, progress=show)
    if json:
        typer.echo(json_.dumps([one.model_dump(mode="json") for one in evidence], indent=2, default=str))
    else:
        print_not_filled(printer, evidence)
    lacking = () if engine else sorted({name for _, name in before} - set(database.ddl))
    for name in lacking:
        typer.echo(f"langgraph-dba: {name} was proved here, but {statements_file(name)} is missing", err=True)
    lost = [one for one in evidence if _is_lost(one, before.get((one.proof, one.engine)))]
    for one in lost:
        changed = "was supported; the schema or its statements have changed since, and it is not run now"
        typer.echo(f"langgraph-dba: {one.proof} on {one.engine} {changed}", err=True)
    raise typer.Exit(1 if lacking or lost else exit_code(evidence))


def _earlier_evidence(source: str) -> dict[_Key, dict[str, Any]]:
    """Return the readable part of the folder's evidence by proof and engine; a rerun does not depend on it."""
    from langgraph_dba.database.session_files import recorded_evidence

    # The panel's checks come first and may have the name of a proof; the last item of that name is the proof itself.
    return {(one.get("proof", ""), one.get("engine", "")): one for one in recorded_evidence(Path(source))}


def _difference(one: "Evidence", before: dict[str, Any] | None) -> str:
    if before is None or before.get("state") in {None, one.state}:
        return ""
    since = "; schema or statements have changed since then" if _has_changed(one, before) else ""
    return f"was {before['state']} on {before.get('receipt', {}).get('version') or 'no engine'}{since}"


def _has_changed(one: "Evidence", before: dict[str, Any]) -> bool:
    subject = one.receipt.subject
    return bool(subject) and before.get("receipt", {}).get("subject", "") != subject


def _is_lost(one: "Evidence", before: dict[str, Any] | None) -> bool:
    """Return whether a change of the schema or its statements took a claim its proof."""
    if before is None or before.get("state") != "supported" or one.state != "not run":
        return False
    # an engine that cannot be used has no version: that is no change of the schema
    return bool(one.receipt.version) and _has_changed(one, before)
