import subprocess
import sys

import pytest

import langgraph_dba

PUBLIC = [
    "AgentDefinition", "Brief", "DbaError", "EngineUnavailable", "Evidence", "Panel", "Requirements", "ReviewRequest", "Schema",
    "SchemaPackage", "ScriptedModel", "ScriptedSeat", "SessionResult", "Team", "TeamOutput", "TestRequest", "UnsafeRole",
    "add_agents", "arun_session", "create_consensus", "create_database_specialist", "create_handoff_tool",
    "create_team", "database_panel", "default_team", "load_requirements", "load_team", "read_request", "redact",
    "render_worklog", "run_session",
]  # fmt: skip


def test_the_public_names_are_these_and_sorted() -> None:
    assert langgraph_dba.__all__ == sorted(PUBLIC)
    assert dir(langgraph_dba) == langgraph_dba.__all__


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_can_be_had_and_is_documented(name: str) -> None:
    assert getattr(langgraph_dba, name).__doc__


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = langgraph_dba.nothing


@pytest.mark.parametrize(
    "arguments", [["--help"], ["team", "check"], ["team", "draw"], ["--version"], ["proofs", "list"]]
)
def test_instant_commands_import_no_langgraph(arguments: list[str]) -> None:
    script = (
        "import sys; sys.argv = ['langgraph-dba', *sys.argv[1:]]\n"
        "from langgraph_dba.cli import app\n"
        "try: app()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "assert not {'langgraph', 'langchain_core', 'sqlalchemy'} & set(sys.modules) - ALLOWED\n"
    ).replace("ALLOWED", "{'sqlalchemy'}" if arguments[0] == "proofs" else "set()")

    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
