"""The command line."""

import errno
import gc
import resource
import sys
import threading
from typing import Annotated

import typer

from langgraph_dba.cli.doctor import doctor
from langgraph_dba.cli.proofs import app as proofs
from langgraph_dba.cli.prove import prove
from langgraph_dba.cli.read import read
from langgraph_dba.cli.review import review
from langgraph_dba.cli.session import session
from langgraph_dba.cli.team import app as team
from langgraph_dba.cli.terminal import filtered_output
from langgraph_dba.end_signals import ended_by_signals
from langgraph_dba.errors import DbaError, InputError

__all__ = ["app", "main"]

# Exit codes: a claim was refuted or an error occurred; the input is invalid.
REFUTED, UNUSABLE = 1, 2
# Importing LangGraph creates a quarter of a million objects that live as long as the process, and each full collection
# looks at all of them: with Python's own threshold of 700 new objects a session spends 0.7 s on that.
_NEW_OBJECTS = 50_000
# The commands import engines and graphs only when they run: loading LangGraph takes a second, and `--help` and `team`
# do not need it.

app = typer.Typer(
    name="langgraph-dba",
    help="A database team for LangGraph: it designs a schema, proves it on real engines, and hands it to other agents.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # it reads `[tool.langgraph-dba]` and `[default: …]` in a help text as markup
    add_completion=False,
)
app.command()(session)
app.command()(prove)
app.command()(review)
app.command()(read)
app.command()(doctor)
app.add_typer(proofs, name="proofs")
app.add_typer(team, name="team")


def _version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(f"langgraph-dba {version('langgraph-dba')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    del version  # handled by its callback


def _is_out_of_memory(error: Exception) -> bool:
    """Return whether an error comes from too little memory: with `ulimit -v`, an import can end with other errors."""
    is_limited = resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY
    is_other = isinstance(error, SystemError | ImportError) or getattr(error, "errno", 0) == errno.ENOMEM
    is_other = is_other or str(error) == "can't start new thread"
    return isinstance(error, MemoryError) or (is_limited and is_other)


def _on_thread_error(arguments: threading.ExceptHookArgs) -> None:
    """Print the error of a thread, except one of too little memory: the main thread then ends with that message."""
    if not (isinstance(arguments.exc_value, Exception) and _is_out_of_memory(arguments.exc_value)):
        threading.__excepthook__(arguments)


def main() -> None:
    """Run the command line; an error of the package is printed as one message on stderr, with an exit code."""
    threading.excepthook = _on_thread_error
    gc.set_threshold(_NEW_OBJECTS)
    with ended_by_signals(), filtered_output():
        try:
            try:
                app()
            except SystemExit:
                sys.stdout.flush()  # at the interpreter's exit an error would be a traceback
                raise
        except InputError as error:
            print(f"langgraph-dba: {error}", file=sys.stderr)
            sys.exit(UNUSABLE)
        except DbaError as error:
            print(f"langgraph-dba: {error}", file=sys.stderr)
            sys.exit(REFUTED)
        except Exception as error:
            if not _is_out_of_memory(error):
                raise
            print("langgraph-dba: not enough memory", file=sys.stderr)
            sys.exit(REFUTED)
