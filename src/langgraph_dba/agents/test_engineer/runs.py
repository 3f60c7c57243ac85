"""Run a suite twice: every test must fail on the bare schema, for its own rule, and pass on the real one."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from langgraph_dba.agents.kit.generated_code_run import code_run, not_confined
from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.parallel import in_parallel
from langgraph_dba.evidence import CheckResult, Claim, Evidence

CLAIM = Claim(
    "each test fails for its own rule against the bare schema and passes against the real one", "tests-red-then-green"
)


@dataclass(frozen=True, slots=True)
class SuiteRun:
    """The outcome of each test by name: the message of its failure, or an empty text if it passed."""

    outcomes: dict[str, str]
    output: str


SUITE_RUNS = 2  # of each engine


def red_then_green(
    schema: Schema, ddl: Ddl, engine: Engine, files: dict[str, str], ran: Callable[[], None] = lambda: None
) -> Evidence:
    """Run the suite on both schemas of one engine and compare, test by test; EngineError if the engine fails.

    `ran` is called after each of the two runs, possibly from another thread.
    """
    bare = render(schema, engine.traits, enforced=False)
    # side by side: each has a database and a process of its own

    def run(statements: Ddl) -> SuiteRun:
        outcome = _run(statements, engine, files, schema.app_role)
        ran()
        return outcome

    red, green = in_parallel(run, (bare, ddl))
    failures = [f"the suite did not run: {run.output[-300:]}" for run in (red, green) if not run.outcomes]
    failures += [f"{name} passes against the bare schema" for name, message in red.outcomes.items() if not message]
    failures += [
        f"{name} fails there for another reason: {m}"
        for name, m in red.outcomes.items()
        if m and "not enforced:" not in m
    ]
    failures += [
        f"{name} fails against the real schema: {message}" for name, message in green.outcomes.items() if message
    ]
    numbers = {
        "tests": len(green.outcomes),
        "red against the bare schema": sum("not enforced:" in message for message in red.outcomes.values()),
        "green against the real schema": sum(not message for message in green.outcomes.values()),
    }
    summary = "{} tests: {} red, then {} green".format(*numbers.values())
    result = CheckResult(tuple(failures), summary, {**numbers, **not_confined()})
    return CLAIM.evidence(engine.traits.name, result, version=engine.version())


def _run(ddl: Ddl, engine: Engine, files: dict[str, str], role: str) -> SuiteRun:
    suite = {f"tests/{path}": text for path, text in files.items()}
    with code_run(engine, suite | {"schema.sql": ddl.up, "none.ini": ""}, ddl.up, app_role=role) as code:
        variables = {"SCHEMA_SQL": str(code.folder / "schema.sql"), "SCHEMA_OWNER_URL": code.scratch.url()}
        variables |= {"SCHEMA_APP_URL": code.scratch.url("app")} if engine.traits.roles else {}
        report = code.folder / "report.xml"
        # without the user's pytest settings and plug-ins, which could change what these tests show
        alone = ["-c", "none.ini", "--rootdir=.", "-p", "no:cacheprovider"]
        selected = [f"--junitxml={report}", f"tests/test_schema_{engine.traits.name}.py"]
        run = code.run(
            ["-m", "pytest", "-q", "--tb=line", *alone, *selected], variables | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        )
        outcomes = _outcomes(report)
    return SuiteRun(outcomes, run.output)


def _outcomes(report: Path) -> dict[str, str]:
    try:
        tree = ET.parse(report)  # noqa: S314  written by our own process a moment ago
    except (FileNotFoundError, ET.ParseError):  # not written, or truncated
        return {}
    return {str(case.get("name")): _message(case) for case in tree.iter("testcase")}


def _message(case: ET.Element) -> str:
    spoken = [child.get("message") or child.tag for child in case if child.tag in ("failure", "error", "skipped")]
    return "; ".join(spoken)
