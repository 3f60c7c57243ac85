"""`langgraph-dba review SOURCE`: rules and proofs about a database that exists."""

import json as json_  # `json` is the name of an option
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from langgraph_dba.errors import EngineError, InputError

if TYPE_CHECKING:
    from langgraph_dba.database.existing_database import ExistingDatabase
    from langgraph_dba.database.scripts import SkippedStatement
    from langgraph_dba.evidence import Evidence
    from langgraph_dba.findings import Finding

Source = Annotated[
    str,
    typer.Argument(
        metavar="URL|FILE.sql|DIR",
        help="A database URL (it is only read), a dump, a folder of migrations, or a session's output folder.",
    ),
]
TrustRole = Annotated[
    bool, typer.Option("--trust-role", help="Accept a login that may do more than read; only reads are sent.")
]
Engines = Annotated[
    list[str] | None, typer.Option("--engine", help="Only on this engine (repeatable); for a file: its dialect.")
]
Budget = Annotated[
    float | None, typer.Option("--budget", min=0, help="Seconds for all proofs; later ones are `not run`.")
]
Namespace = Annotated[
    str, typer.Option("--schema", help="A schema of PostgreSQL other than the first one: its rules, without proofs.")
]
_SHOWN = 10


def review(
    source: Source,
    *,
    engine: Engines = None,
    schema: Namespace = "",
    trust_role: TrustRole = False,
    no_prove: Annotated[bool, typer.Option("--no-prove", help="Apply the rules only, and run no proof.")] = False,
    budget: Budget = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 for any finding.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Apply every rule to a database, and prove on scratch copies what can be proved.

    Exit code 1 if a finding is critical or major, a claim is refuted, or proofs ran and none supports a claim.
    """
    from langgraph_dba.database.engines import engines_for
    from langgraph_dba.database.proofs import prove as run

    database = read_source(source, engine, trust_role=trust_role, namespace=schema)
    findings = database.findings()
    evidence: tuple[Evidence, ...] = ()
    if not no_prove and database.ddl:
        evidence = run(database.schema, database.ddl, engines_for(tuple(database.ddl)), budget_s=budget)
    if json:
        typer.echo(json_.dumps(_document(database, findings, evidence), indent=2, default=str))
    else:
        _print(database, findings, evidence)
    serious = any(finding.severity in ("critical", "major") for finding in findings)
    failed = serious or (strict and bool(findings)) or (bool(evidence) and exit_code(evidence))
    raise typer.Exit(int(failed))


def read_source(
    source: str, engines: Sequence[str] | None, *, trust_role: bool, namespace: str = ""
) -> "ExistingDatabase":
    """Read the source of a command; a database that cannot be opened or read is an invalid input."""
    from langgraph_dba.database.existing_database import read_existing

    try:
        return read_existing(source, engines=tuple(engines or ()), trust_role=trust_role, namespace=namespace)
    except EngineError as error:
        raise InputError(str(error)) from None


def exit_code(evidence: "Iterable[Evidence]") -> int:
    """Return 1 if a claim is refuted or none is supported, else 0."""
    states = {one.state for one in evidence}
    return int("refuted" in states or "supported" not in states)


def _document(
    database: "ExistingDatabase", findings: "Sequence[Finding]", evidence: "Sequence[Evidence]"
) -> dict[str, Any]:
    from langgraph_dba.findings import score
    from langgraph_dba.findings.renderers import records

    return {
        "source": database.source,
        "engines": list(database.ddl) or [database.schema.engine],
        "version": database.version,
        "tables": [table.name for table in database.schema.tables],
        "score": score(findings),
        "findings": records(findings),
        "evidence": [one.model_dump(mode="json") for one in evidence],
        "data_statements": database.data_statements,
        "skipped": [asdict(one) for one in database.skipped],
        "lost": list(database.lost),
        "unreadable": list(database.unreadable),
    }


def _print(database: "ExistingDatabase", findings: "Sequence[Finding]", evidence: "Sequence[Evidence]") -> None:
    from langgraph_dba.cli.progress import evidence_line
    from langgraph_dba.cli.terminal import console
    from langgraph_dba.findings import score, severity_counts

    printer = console(soft_wrap=True)
    engines = ", ".join(database.ddl or [database.schema.engine]) + (f" {database.version}" if database.version else "")
    printer.print(f"Database   {database.source} ({engines}), {len(database.schema.tables)} tables", markup=False)
    if database.data_statements:
        printer.print(f"Data       {database.data_statements}, not run: statements that write rows or set sequences")
    print_left_out(printer, database)
    _list(printer, "Not read", database.unreadable)
    printer.print(f"Findings   {severity_counts(findings) or 'none'}; score {score(findings)}/100")
    for finding in findings:
        printer.print(f"  {finding.severity:<8} {finding}", markup=False)
    for one in evidence:
        printer.print(evidence_line(one.model_dump(mode="json")))
    print_not_filled(printer, evidence)


def print_not_filled(printer: Any, evidence: "Sequence[Evidence]") -> None:
    """Print the tables that no check could fill, each once with the engine's reason; the evidence only names them."""
    from langgraph_dba.database.proofs import NOT_FILLED

    tables = (
        f"{table} on {one.engine}: {reason}"
        for one in evidence
        for table, reason in one.receipt.numbers.get(NOT_FILLED, {}).items()
    )
    _list(printer, "Not filled", tuple(dict.fromkeys(tables)))


def print_left_out(printer: Any, database: "ExistingDatabase") -> None:
    """Print which statements were not run, and what the copy lacks; nothing if nothing was left out."""
    _list(printer, "Skipped", tuple(_grouped(database.skipped)), len(database.skipped))
    _list(printer, "Lost", database.lost)


def _grouped(skipped: "Sequence[SkippedStatement]") -> Iterator[str]:
    """Yield one line for each reason: the number of statements and the first of them."""
    reasons = Counter(one.reason for one in skipped)
    first = {one.reason: one for one in reversed(skipped)}
    for reason, count in reasons.most_common():
        line = first[reason].line  # 0 is a whole file
        place = f"line {line}: {first[reason].text}" if line else f"file {first[reason].file}"
        yield f"{count} x {reason}, first {place}"


def _list(printer: Any, title: str, lines: Sequence[str], count: int | None = None) -> None:
    if not lines:
        return
    printer.print(f"{title:<10} {len(lines) if count is None else count}")
    for line in lines[:_SHOWN]:
        printer.print(f"  {line}", markup=False)
    if len(lines) > _SHOWN:
        printer.print(f"  and {len(lines) - _SHOWN} more (--json lists all)", markup=False)
