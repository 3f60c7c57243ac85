"""What the progress of a session shows."""

import io

from rich.console import Console

from langgraph_dba.cli.progress import _Lines
from langgraph_dba.graph.session.session_run import Event


def _shown(*events: Event, terminal: bool) -> str:
    output = io.StringIO()
    with _Lines(Console(file=output, force_terminal=terminal, width=100, highlight=False)) as lines:
        for event in events:
            lines.show(event)
            if terminal:
                lines._live.refresh()
    return output.getvalue()


def test_a_terminal_shows_the_agent_at_work_and_a_bar_if_the_amount_is_known() -> None:
    begins = Event("began", "test-engineer", {"doing": "writes the test suites"})
    counts = Event("began", "test-engineer", {"doing": "runs the tests on sqlite", "done": 1, "total": 2})

    assert "test-engineer: writes the test suites" in (first := _shown(begins, terminal=True))
    assert "━" not in first
    assert "1/2" in (second := _shown(begins, counts, terminal=True))
    assert "━" in second


def test_a_log_has_one_line_for_each_agent_that_begins() -> None:
    events = [Event("began", "test-engineer", {"doing": "runs", "done": n, "total": 9}) for n in range(9)]

    assert _shown(*events, terminal=False) == "test-engineer: runs\n"
