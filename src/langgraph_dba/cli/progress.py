"""Print live progress on stderr: agents that finished, and claims that were decided."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.text import Text

from langgraph_dba.cancellation import check_cancelled
from langgraph_dba.cli.terminal import console

if TYPE_CHECKING:
    from langgraph_dba.graph.session.session_run import Event, Progress

_COLOURS = {"supported": "green", "refuted": "bold red", "not run": "yellow"}


@contextmanager
def live() -> "Iterator[Progress]":
    """Yield a function that prints events; in a terminal with a spinner."""
    # On stderr, so that `--json` leaves stdout to the document.
    progress = console(stderr=True)
    with progress.status("running"):

        def show(event: "Event") -> None:
            check_cancelled()  # what the end of this process causes is not shown
            line = _line(event)
            if line is not None:
                progress.print(line, no_wrap=True, overflow="ellipsis")

        yield show


def _line(event: "Event") -> Text | None:
    if event.kind == "finished":
        return Text.assemble((f"{event.what:<22}", "bold"), f"finished after {event.detail['seconds']:.1f} s")
    if event.kind == "evidence" and event.detail:
        return evidence_line(event.detail)
    return None


def evidence_line(one: dict[str, str]) -> Text:
    """Return the line of one claim: state, proof, engine and reason."""
    state = one["state"]
    return Text.assemble(
        "  ", (f"{state:<10} ", _COLOURS[state]), f"{one['proof']} on {one['engine']}: ", (one["reason"], "dim")
    )
