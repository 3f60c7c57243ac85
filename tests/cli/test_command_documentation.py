"""The page about the commands is generated, and lists every one."""

from pathlib import Path

import typer.main

from langgraph_dba.cli import app
from langgraph_dba.cli.documentation import render_commands

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"


def test_the_page_is_what_the_commands_say() -> None:
    """`python -m langgraph_dba.cli.documentation > docs/commands.md` writes it."""
    assert PAGE.read_text(encoding="utf-8") == render_commands()


def test_every_command_has_a_section_and_help() -> None:
    sections = set(render_commands().split("## ")[1:])

    names = {section.partition("\n")[0] for section in sections}
    assert {f"langgraph-dba {name}" for name in typer.main.get_group(app).commands} <= {
        name if name.count(" ") == 1 else name.rpartition(" ")[0] for name in names
    }
    assert all(len(section.splitlines()) > 4 for section in sections), "a command without help"
