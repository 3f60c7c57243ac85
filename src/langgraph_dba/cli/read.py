"""`langgraph-dba read URL SQL`: one read of a database through the wall of `open_live`."""

import json as json_  # `json` is the name of an option
import math
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from langgraph_dba.cli.review import TrustRole
from langgraph_dba.errors import EngineError, InputError

if TYPE_CHECKING:
    from langgraph_dba.database.engines import QueryResult

_ROWS, _SECONDS, _MOST_SECONDS = 1_000, 30.0, 86_400
_WIDEST = 10_000  # characters of a line in a file or pipe: nothing is wrapped there


def _not_nan(seconds: float) -> float:
    if math.isnan(seconds):  # for some versions of typer it is neither below the least nor above the most
        raise typer.BadParameter("nan is not a number of seconds.")
    return seconds


def read(
    url: Annotated[str, typer.Argument(metavar="URL", help="A database URL, or an SQLite file; it is only read.")],
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One statement that reads.")],
    *,
    trust_role: TrustRole = False,
    trust_function: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Let the statement call this function of the database, such as `public.f(integer)`, whatever it does "
            "(repeatable).",
        ),
    ] = None,
    rows: Annotated[int, typer.Option(min=1, help="The most rows; a longer result is an error, not cut off.")] = _ROWS,
    seconds: Annotated[
        float,
        typer.Option(min=0.001, max=_MOST_SECONDS, callback=_not_nan, help="The time after which it is cancelled."),
    ] = _SECONDS,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Run one read on a database and print its rows; exit code 2 if it is refused or exceeds a limit.

    What is no read is refused before it is sent, with what would have been called and the option that permits it.
    """
    from langgraph_dba.database import Limits, open_live

    limits = Limits(rows=rows, time_s=seconds)
    try:
        with open_live(
            url, trust_role=trust_role, trusted_functions=tuple(trust_function or ()), limits=limits
        ) as database:
            result = database.read(sql)
    except EngineError as error:
        raise InputError(str(error)) from None
    _print_rows(result, as_json=json)


def _print_rows(result: "QueryResult", *, as_json: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    from langgraph_dba.cli.terminal import console, visible

    if as_json:
        try:
            document = {"columns": result.columns, "rows": [[_strict(value) for value in row] for row in result.rows]}
            text = json_.dumps(document, indent=2, default=str, allow_nan=False)
        except RecursionError:
            raise InputError("a value is nested too deeply for JSON: select a part of it, or cast it to text") from None
        typer.echo(text)
        return
    table = Table(box=None, pad_edge=False)
    for name in result.columns:
        table.add_column(Text(_on_one_line(visible(name))))
    for row in result.rows:
        # escaped here: the table measures a control character as nothing
        table.add_row(*(Text(_on_one_line(visible(_text(value)))) for value in row))
    printer = console(width=None if sys.stdout.isatty() else _WIDEST)
    printer.print(table)
    printer.print(f"{len(result.rows)} row{'' if len(result.rows) == 1 else 's'}")


def _text(value: object) -> str:
    if value is None:
        return "NULL"
    return _hexadecimal(value) if isinstance(value, bytes | bytearray | memoryview) else str(value)


def _on_one_line(text: str) -> str:
    return text.translate({ord("\n"): "\\n", 0x2028: "\\u2028", 0x2029: "\\u2029"})


def _hexadecimal(value: bytes | bytearray | memoryview) -> str:
    return "\\x" + value.hex()


def _strict(value: object) -> object:
    """Return a value that strict JSON has: it has no infinite numbers and no bytes."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, bytes | bytearray | memoryview):
        return _hexadecimal(value)
    if isinstance(value, list | tuple):
        return [_strict(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _strict(one) for key, one in value.items()}
    return value
