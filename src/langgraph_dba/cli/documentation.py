"""The page about the commands, made from their help: `python -m langgraph_dba.cli.documentation`."""

import sys
from collections.abc import Iterator
from typing import Any

import typer.main

from langgraph_dba.cli import app

_HEAD = """# Commands

Each command prints its help with `--help`. With `--json` a command prints one JSON document on stdout; progress goes to
stderr.
Exit codes: 0 success, 1 something was refuted, stopped or escalated, 2 the input cannot be used.
"""


def render_commands() -> str:
    """Return the page in Markdown: each command with its arguments and options."""
    group = typer.main.get_group(app)
    return "\n".join([_HEAD, *_sections(group, str(app.info.name))])


def _sections(group: Any, path: str) -> Iterator[str]:
    for name, command in group.commands.items():
        whole = f"{path} {name}"
        if hasattr(command, "commands"):
            yield from _sections(command, whole)
        else:
            yield _section(command, whole)


def _section(command: Any, path: str) -> str:
    words = [_argument(one) for one in command.params if one.param_type_name == "argument"]
    lines = [f"## {path}", "", f"`{' '.join([path, *words])}`", "", *str(command.help or "").splitlines(), ""]
    rows = [f"| {_spelling(one)} | {one.help or ''} |" for one in command.params if one.name != "help"]
    return "\n".join([*lines, *(["| argument or option | meaning |", "|---|---|", *rows, ""] if rows else [])])


def _argument(parameter: Any) -> str:
    name = parameter.metavar or str(parameter.name).upper()
    return name if parameter.required or name.startswith("[") else f"[{name}]"


def _spelling(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{_argument(parameter)}`"
    value = "" if parameter.is_flag else f" {parameter.metavar or str(parameter.name).upper()}"
    return f"`{', '.join(parameter.opts)}{value}`"


if __name__ == "__main__":
    sys.stdout.write(render_commands())
