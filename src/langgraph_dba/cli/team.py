"""`langgraph-dba team check` and `team draw`: lint a folder of agent files, and draw its team."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel, ConfigDict

from langgraph_dba.agents.team.agent_team import Team, default_team, load_team
from langgraph_dba.agents.team.edges import Pair
from langgraph_dba.agents.team.lint import apply_strict
from langgraph_dba.agents.team.lint_rules import TEAM_RULES
from langgraph_dba.agents.team.team_diagram import PICTURE_SUFFIXES, save_picture
from langgraph_dba.errors import InputError, TeamError
from langgraph_dba.findings import Finding, Level, findings_of
from langgraph_dba.findings.renderers import render_github, render_sarif, render_text
from langgraph_dba.findings.settings import Settings, load_settings, select_findings
from langgraph_dba.findings.source import SourceFiles

app = typer.Typer(name="team", help="Check and draw a team of agent files.", no_args_is_help=True)

FINDINGS, UNUSABLE = 1, 2  # exit codes

_Path = Annotated[
    Path | None, typer.Argument(help="Folder of agent files, a project, or one file. Default: the built-in team.")
]
_External = Annotated[list[str] | None, typer.Option(help="An agent outside the team (repeatable).")]


class _EdgeMode(StrEnum):
    union = "union"
    declared = "declared"
    agreed = "agreed"


class _ParallelMode(StrEnum):
    either = "either"
    mutual = "mutual"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class DefinitionSummary(_Model):
    """One agent, as `team check --json` lists it."""

    name: str
    description: str
    model: str | None
    file: str


class EdgeLists(_Model):
    """The (from, to) pairs by edge mode."""

    declared: tuple[Pair, ...] = ()
    union: tuple[Pair, ...] = ()
    agreed: tuple[Pair, ...] = ()


class ParallelLists(_Model):
    """The unordered pairs that may share a wave, by mode: listed by either side or by both."""

    either: tuple[Pair, ...] = ()
    mutual: tuple[Pair, ...] = ()


class IssueSummary(_Model):
    """One finding, as `team check --json` lists it; `line` counts from 1, 0 means the whole file."""

    code: str
    severity: Level
    file: str
    line: int
    message: str


class TeamReport(_Model):
    """The document of `team check --json`; a team that does not load has issues only."""

    definitions: tuple[DefinitionSummary, ...] = ()
    edges: EdgeLists = EdgeLists()
    parallel: ParallelLists = ParallelLists()
    issues: tuple[IssueSummary, ...] = ()


class _Format(StrEnum):
    text = "text"
    json = "json"
    sarif = "sarif"
    github = "github"


@app.command()
def check(
    path: _Path = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document: --format json.")] = False,
    format: Annotated[  # noqa: A002  the flag's name
        _Format | None, typer.Option(help="Default: a line per finding; text adds the source lines.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Dangling names are errors; any issue: exit code 1.")
    ] = False,
    select: Annotated[list[str] | None, typer.Option(help="Report only this rule (repeatable).")] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="Do not report this rule (repeatable).")] = None,
    external: _External = None,
) -> None:
    """Report the issues of a team: one line per issue, then the counts. Exit code 2 if it does not load.

    Settings: [tool.langgraph-dba] in pyproject.toml. A comment `# noqa: RULE` suppresses a rule on its line.
    """
    form, sources = _Format.json if json else format, SourceFiles()
    try:
        settings = _settings(path, select or (), ignore or ())
        team = _team(path, external)
    except InputError as error:
        problems = findings_of(error)
        typer.echo(render_text(problems, sources) if form is _Format.text else error, err=True)
        # A tool that reads stdout needs a valid document in this case too.
        if isinstance(error, TeamError) and form not in (None, _Format.text):
            typer.echo(_document(None, problems, form))
        raise typer.Exit(UNUSABLE) from error
    selection = select_findings(team.issues, settings, sources)
    # Not by `load_team(strict=True)`, which raises with the errors only: the warnings would be missing.
    issues = tuple(apply_strict(issue, strict=strict) for issue in selection.findings)
    if form in (None, _Format.text):
        text = render_text(issues, sources) if form else "\n".join(map(str, issues))
        typer.echo("\n".join(filter(None, (text, _summary(team, issues, selection.suppressed)))))
    else:
        typer.echo(_document(team, issues, form), nl=form != _Format.github or bool(issues))
    if strict and issues:
        raise typer.Exit(FINDINGS)


@app.command()
def draw(
    path: _Path = None,
    *,
    out: Annotated[Path | None, typer.Option(help="A .mmd, .svg or .png file; else Mermaid is printed.")] = None,
    edges: Annotated[_EdgeMode, typer.Option(help="Which side must list a handoff.")] = _EdgeMode.union,
    parallel: Annotated[_ParallelMode, typer.Option(help="Which side must list a pair.")] = _ParallelMode.either,
    returns: Annotated[bool, typer.Option("--returns", help="Also draw the return of each handoff.")] = False,
    external: _External = None,
) -> None:
    """Draw a team: arrows are handoffs, dotted lines join parallel agents, dashed arrows are returns."""
    try:
        source = _team(path, external).to_mermaid(edges.value, parallel.value, returns=returns)
        if out is None:
            typer.echo(source, nl=False)
        else:
            _write(source, out)
    except InputError as error:
        typer.echo(error, err=True)
        raise typer.Exit(UNUSABLE) from error


def _team(path: Path | None, external: Sequence[str] | None = None) -> Team:
    return default_team() if path is None else load_team(path, external=external or ())


def _settings(path: Path | None, select: Sequence[str], ignore: Sequence[str]) -> Settings:
    settings = Settings() if path is None else load_settings(path if path.is_dir() else path.parent, _known_rules)
    return settings.with_flags(select, ignore, _known_rules)


def _known_rules() -> frozenset[str]:
    # settings are shared with the database's rules, so their names are valid too; importing them takes time
    from langgraph_dba.database.rules import LIVE_REGISTRY, REGISTRY

    return frozenset((*TEAM_RULES, *(rule.name for rule in (*REGISTRY.infos(), *LIVE_REGISTRY.infos()))))


def _document(team: Team | None, issues: Sequence[Finding], form: _Format | None) -> str:
    """Return the findings in a machine-readable form; `team` is None if it does not load."""
    if form is _Format.sarif:
        return render_sarif(issues, TEAM_RULES.values())
    if form is _Format.github:
        return render_github(issues)
    report = _report(team, issues) if team else TeamReport(issues=_summaries(issues))
    return report.model_dump_json(indent=2)


def _summaries(findings: Sequence[Finding]) -> tuple[IssueSummary, ...]:
    return tuple(
        IssueSummary(code=one.rule, severity=one.level, file=one.file, line=one.line, message=one.text)
        for one in findings
    )


def _report(team: Team, issues: Sequence[Finding]) -> TeamReport:
    return TeamReport(
        definitions=tuple(
            DefinitionSummary(name=d.name, description=d.description, model=d.model, file=d.file)
            for d in team.definitions
        ),
        edges=EdgeLists(declared=team.edges("declared"), union=team.edges("union"), agreed=team.edges("agreed")),
        parallel=ParallelLists(either=team.parallel("either"), mutual=team.parallel("mutual")),
        issues=_summaries(issues),
    )


def _summary(team: Team, issues: Sequence[Finding], suppressed: int) -> str:
    errors = sum(issue.level == "error" for issue in issues)
    graph = (
        _count(len(team.definitions), "agent"),
        _count(len(team.edges()), "handoff edge"),
        _count(len(team.parallel()), "parallel pair"),
    )
    hidden = f" ({suppressed} suppressed)" if suppressed else ""
    return f"{', '.join(graph)}: {_count(errors, 'error')}, {_count(len(issues) - errors, 'warning')}{hidden}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _write(source: str, out: Path) -> None:
    try:
        if out.suffix in PICTURE_SUFFIXES:
            save_picture(source, out)
        elif out.suffix == ".mmd":
            out.write_text(source, encoding="utf-8")
        else:
            raise InputError(f"{out}: the file name must end with .mmd, .svg or .png")
    except OSError as error:
        raise InputError(f"{out}: cannot write the file ({error.strerror})") from error
