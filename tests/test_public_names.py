import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import langgraph_dba
from langgraph_dba import database

ROOT = Path(__file__).parent.parent

PUBLIC = [
    "AgentDefinition", "Brief", "DbaError", "EngineUnavailable", "Evidence", "Panel", "Requirements",
    "ReviewRequest", "Schema", "SchemaPackage", "ScriptedModel", "ScriptedSeat", "SessionResult", "Team",
    "TeamOutput", "TestRequest", "UnsafeRole", "add_agents", "arun_session", "create_consensus",
    "create_database_specialist", "create_handoff_tool", "create_team", "database_panel", "default_team",
    "load_requirements", "load_team", "read_request", "redact", "render_worklog", "run_session",
]  # fmt: skip


DATABASE = [
    "ENGINES", "LOST", "Bounds", "Choices", "Column", "ColumnProfile", "ColumnType", "Ddl", "Engine", "Limits",
    "LiveDatabase", "Plan", "Profile", "ReferenceProfile", "Rejected", "Requirements", "Schema", "Spread",
    "Table", "TableProfile", "Traits", "all_proofs", "design", "dump_requirements", "engines_for", "find",
    "fix_all", "generate", "kept", "learn", "load_requirements", "open_live", "proofs_by_name", "prove",
    "read_request", "reflect", "render", "schema_from_sql", "scratch", "traits_of",
]  # fmt: skip


def test_the_public_names_are_these_and_sorted() -> None:
    assert langgraph_dba.__all__ == sorted(PUBLIC)
    assert dir(langgraph_dba) == langgraph_dba.__all__


def test_the_public_names_of_the_database_package_are_these_and_sorted() -> None:
    assert sorted(database.__all__) == sorted(DATABASE) == dir(database)


@pytest.mark.parametrize("name", DATABASE)
def test_every_public_name_of_the_database_package_is_no_module(name: str) -> None:
    """A sub-package of the same name would replace the function as soon as it is imported."""
    import_module("langgraph_dba.graph.session.session_run")  # loads nearly everything

    assert not isinstance(getattr(database, name), ModuleType)


def test_documents_and_examples_import_public_names_only() -> None:
    texts = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.py")]
    imports = [
        (path.name, line.strip())
        for path in texts
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip().startswith("from langgraph_dba.")
        and not line.strip().startswith("from langgraph_dba.database import ")
    ]

    assert imports == []


@pytest.mark.parametrize("name", ["agents", "graph", "handoffs"])
def test_importing_a_folder_through_its_link_names_the_package(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import {name}"], capture_output=True, text=True, check=False, cwd=ROOT
    )

    assert f"ImportError: import langgraph_dba.{name}, not {name}" in done.stderr


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
