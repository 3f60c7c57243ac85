"""The node of the test engineer."""

from collections.abc import Callable, Mapping
from typing import Any

from langgraph_dba.agents.agent import NodeSettings
from langgraph_dba.agents.kit.activity import Steps, report_activity
from langgraph_dba.agents.kit.contracts import TestRequest
from langgraph_dba.agents.kit.generated_code_run import check_on_engine
from langgraph_dba.agents.kit.payloads import newest
from langgraph_dba.agents.test_engineer.runs import CLAIM, SUITE_RUNS, red_then_green
from langgraph_dba.agents.test_engineer.suite import render_suite
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import traits_here
from langgraph_dba.database.parallel import in_parallel
from langgraph_dba.evidence import Evidence
from langgraph_dba.handoffs.plain import plain


def create_test_engineer(_: NodeSettings) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return the node of the test engineer; it has no settings."""
    return test_engineer


def test_engineer(turn: Mapping[str, Any]) -> dict[str, Any]:
    """Write the suite for the newest `TestRequest`, run it twice on each engine, and return files and evidence."""
    request: TestRequest | None = newest(turn, TestRequest)
    if request is None:
        return {"summary": "No schema to test was handed over.", "gotcha": "a TestRequest is needed"}
    report_activity("writes the test suites")
    suites = {name: render_suite(request.database_schema, traits_here(name)) for name in request.engines}
    steps = Steps(f"runs the tests on {', '.join(request.engines)}", len(request.engines) * SUITE_RUNS)
    evidence = in_parallel(lambda name: _run(request, name, suites[name], steps), request.engines)
    return {
        "artifacts": {f"tests/{path}": text for suite in suites.values() for path, text in suite.items()},
        "evidence": plain(evidence),
        "summary": "; ".join(f"{one.engine}: {one.reason}" for one in evidence),
    }


def _run(request: TestRequest, name: str, suite: dict[str, str], steps: Steps) -> Evidence:
    schema, ddl = request.database_schema, Ddl(request.ddl[name], "")
    return check_on_engine(CLAIM, name, lambda engine: red_then_green(schema, ddl, engine, suite, steps.finish_one))


test_engineer.__test__ = False  # type: ignore[attr-defined]  # pytest would collect it by its name
