"""Print live progress on stderr: the agents at work and what they do, and claims that were decided."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from rich.columns import Columns
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn
from rich.text import Text

from langgraph_dba.cancellation import check_cancelled
from langgraph_dba.cli.terminal import console

if TYPE_CHECKING:
    from langgraph_dba.graph.session.session_run import Event
    from langgraph_dba.graph.session.session_run import Progress as Send

_COLOURS = {"supported": "green", "refuted": "bold red", "not run": "yellow"}


@contextmanager
def live() -> "Iterator[Send]":
    """Yield a function that prints events; a terminal also shows a line for each agent at work."""
    # On stderr, so that `--json` leaves stdout to the document.
    with _Lines(console(stderr=True)) as lines:
        yield lines.show


class _Lines:
    def __init__(self, output: Any) -> None:
        self._console = output
        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), _Amount())
        self._live = Progress(*columns, console=output, transient=True)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:  # a display that was not started would print an empty line
            self._live.stop()

    def show(self, event: "Event") -> None:
        check_cancelled()  # what the end of this process causes is not shown
        if event.kind == "began":
            self._begin(event)
        if event.kind == "finished" and event.what in self._tasks:
            self._live.remove_task(self._tasks.pop(event.what))
        line = _line(event)
        if line is not None:
            self._console.print(line, no_wrap=True, overflow="ellipsis")

    def _begin(self, event: "Event") -> None:
        text = f"{event.what}: {event.detail['doing']}"
        done, total = event.detail.get("done", 0), event.detail.get("total")
        if event.what in self._tasks:  # a new one: a total cannot be taken back
            self._live.remove_task(self._tasks[event.what])
        elif not self._console.is_terminal:
            self._console.print(Text(text), no_wrap=True, overflow="ellipsis")
        self._tasks[event.what] = self._live.add_task(text, total=total, completed=done)


class _Amount(ProgressColumn):
    """A bar with two numbers, if the number of steps is known."""

    def __init__(self) -> None:
        super().__init__()
        self._bar = BarColumn(bar_width=20)

    def render(self, task: Task) -> "Text | Columns":
        if task.total is None:
            return Text("")
        return Columns((self._bar.render(task), Text(f"{task.completed:.0f}/{task.total:.0f}")))


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
