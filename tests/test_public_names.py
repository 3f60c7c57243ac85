import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import walk_packages
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
    "Bounds", "Choices", "Column", "ColumnProfile", "ColumnType", "Ddl", "ENGINES", "Engine", "ExistingDatabase",
    "Limits", "LiveCondition", "LiveDatabase", "Loss", "OtherObject", "Plan", "Profile", "ROUND_TRIP_LOSSES",
    "ReferenceProfile", "Rejected", "Requirements", "Schema", "Spread", "Table", "TableProfile", "Traits",
    "all_proofs", "as_stored_by", "design", "dump_requirements", "engines_for", "equal_catalogues", "find",
    "find_live", "fix_all", "generate", "learn", "load_requirements", "open_live", "proofs_by_name", "prove",
    "read_condition", "read_existing", "read_request", "reflect", "render", "schema_from_sql", "scratch", "traits_of",
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


def _packages() -> list[str]:
    packages = walk_packages(langgraph_dba.__path__, "langgraph_dba.")
    return ["langgraph_dba", *(module.name for module in packages if module.ispkg)]


@pytest.mark.parametrize("package", _packages())
def test_no_package_exports_a_name_that_a_module_of_it_has(package: str) -> None:
    """Importing the module sets the package's attribute of that name: which of the two it is depends on the order."""
    exported = {name: getattr(import_module(package), name) for name in getattr(import_module(package), "__all__", ())}
    specs = {name: find_spec(f"{package}.{name}") for name in exported}

    modules = {name for name, spec in specs.items() if spec is not None and spec.origin is not None}
    assert {name for name in modules if not isinstance(exported[name], ModuleType)} == set()
