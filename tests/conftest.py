"""Engines that every test shares, and a set of requirements that touches every kind of rule."""

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import fake_distribution
import pytest
from usable_engines import usable

from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import ENGINES, Engine, traits_of
from langgraph_dba.database.engines.servers.private_server import PrivateServer
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.proofs.kit.specimen import specimen, specimen_requirements
from langgraph_dba.database.requirements import Requirements

_SERVERS = ("postgresql", "mariadb")
# Whole sessions, processes, documents, and properties with a thousand examples.
_SLOW = frozenset({
    "tests/agents/test_confinement.py", "tests/agents/test_fork_server.py", "tests/cli/test_doctor_command.py",
    "tests/cli/test_hostile_folders.py", "tests/cli/test_session_command.py", "tests/cli/test_unreadable_files.py",
    "tests/database/test_growth.py", "tests/database/test_live_sqlite_connection.py",
    "tests/graph/test_built_in_team.py", "tests/graph/test_consensus_checkpoints.py",
    "tests/graph/test_consensus_seats.py",
    "tests/graph/test_session.py", "tests/graph/test_specialist.py", "tests/graph/test_stopped_sessions.py",
    "tests/graph/test_team_graph_kills.py",
    "tests/graph/test_team_graph_properties.py", "tests/handoffs/test_scheduler_properties.py",
    "tests/test_benchmarks.py", "tests/test_docs.py", "tests/test_embedding_examples.py", "tests/test_examples.py",
    "tests/test_packaging.py", "tests/test_readme.py", "tests/test_server_example.py",
})  # fmt: skip


# Kinds of existing databases and business rules in depth: each test on a server creates and proves whole databases.
_DEEP = frozenset({
    "tests/database/rules/test_date_as_text.py", "tests/database/rules/test_policy_for_staff.py",
    "tests/database/rules/test_tables_filled_by_triggers.py", "tests/database/rules/test_unique_across_tenants.py",
    "tests/database/test_circular_references.py", "tests/database/test_client_run.py",
    "tests/database/test_bound_rules.py", "tests/database/test_no_overlap.py", "tests/database/test_state_rules.py",
    "tests/database/test_rules_over_paths.py", "tests/database/test_scopes_over_paths.py",
    "tests/database/test_deletes_of_tenants.py", "tests/database/test_disabled_keys.py",
    "tests/database/test_existing_indexes.py", "tests/database/test_identity_room.py",
    "tests/database/test_keys_to_other_schemas.py", "tests/database/test_live_limits.py",
    "tests/database/test_numbers_from_a_state.py",
    "tests/database/test_not_enforced.py", "tests/database/test_partitioned_tables.py",
    "tests/database/test_tenants_of_other_schemas.py", "tests/database/test_unmodelled_schemas.py",
    "tests/database/test_written_requirements.py",
})  # fmt: skip
_CASES = 2  # of a test that is slow or needs a server, with each server


@pytest.hookimpl(tryfirst=True)  # before `-m` deselects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark `server` by parameters and fixtures, `slow` by the file, and `many` what the default suite leaves out."""
    cases: defaultdict[tuple[str, str], list[pytest.Item]] = defaultdict(list)
    for item in items:
        file = item.nodeid.partition("::")[0]
        is_slow = file in _SLOW
        if is_slow:
            item.add_marker("slow")
        if isinstance(item, pytest.Function):
            chosen = str(item.callspec.params) if hasattr(item, "callspec") else ""
            servers = [server for server in _SERVERS if server in item.fixturenames or server in chosen]
            if servers:
                item.add_marker("server")
            if servers and file in _DEEP:
                item.add_marker("many")
            if (servers or is_slow) and chosen and not item.get_closest_marker("heavy"):
                cases[item.nodeid.partition("[")[0], "".join(servers[:1])].append(item)
    for group in cases.values():
        # spread over the list, because neighbours in it are alike
        kept = {round(n * (len(group) - 1) / (_CASES - 1)) for n in range(_CASES)}
        for n, item in enumerate(group):
            if n not in kept:
                item.add_marker("many")


@pytest.fixture(autouse=True)
def _no_server_unmarked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test that starts a server although the quick tests were asked for and it is not marked."""
    if "not server" in request.config.getoption("-m"):
        reason = "this test starts a server: mark it `server`"
        monkeypatch.setattr(PrivateServer, "__init__", lambda *_: pytest.fail(reason))


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return usable(request.param)


@pytest.fixture
def postgresql() -> Engine:
    return usable("postgresql")


@pytest.fixture
def mariadb() -> Engine:
    return usable("mariadb")


@pytest.fixture
def sqlite() -> Engine:
    return usable("sqlite")


@pytest.fixture(scope="session")
def projects() -> Requirements:
    """Tenants, every cardinality, a reference to itself, a transitive dependency, every kind of check."""
    return specimen_requirements()


@pytest.fixture(scope="session")
def schema() -> Schema:
    return specimen()


@pytest.fixture(scope="session")
def ddl(schema: Schema) -> dict[str, Ddl]:
    return {name: render(schema, traits_of(name)) for name in ENGINES}


@pytest.fixture
def fresh_plugins() -> Iterator[None]:
    """Forget fake distributions before and after a test."""
    fake_distribution.forget()
    yield
    fake_distribution.forget()


@pytest.fixture
def own_parent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A parent of private folders that no other process reaps in."""
    parent = Path(tempfile.mkdtemp(dir="/tmp"))
    parent.chmod(0o711)
    monkeypatch.setenv("LANGGRAPH_DBA_TMPDIR", str(parent))
    yield
    shutil.rmtree(parent)
