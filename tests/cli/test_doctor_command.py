"""`doctor` lists usable engines and extras, their origin, and how to install missing ones."""

import json

import pytest
from typer.testing import CliRunner

from langgraph_dba import confinement
from langgraph_dba.cli import app
from langgraph_dba.database import engines
from langgraph_dba.errors import EngineUnavailable

RUNNER = CliRunner()


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Make these engines unavailable."""
    missing: set[str] = set()
    real = engines.engines_for

    def some(names: list[str]) -> object:
        return {n: EngineUnavailable("install it") if n in missing else real([n])[n] for n in names}

    monkeypatch.setattr(engines, "engines_for", some)
    return missing


def test_every_engine_is_listed_with_origin_and_features() -> None:
    issues = json.loads(RUNNER.invoke(app, ["doctor", "--json"]).stdout)

    by_name = {one["name"]: one for one in issues["engines"]}
    assert [one["optional"] for one in issues["engines"]] == [False, False, True]
    assert all(one["origin"] and one["features"] for one in issues["engines"] if one["usable"])
    assert "pg_trgm" in by_name["postgresql"]["features"]["extensions"]
    assert "compiled with" in by_name["sqlite"]["features"]


def test_a_missing_optional_engine_is_no_error(without: set[str]) -> None:
    without.add("mariadb")

    done = RUNNER.invoke(app, ["doctor"])

    assert done.exit_code == 0
    assert "missing mariadb      install it (optional)" in done.stdout


def test_a_missing_default_engine_is_one(without: set[str]) -> None:
    without.add("postgresql")

    assert RUNNER.invoke(app, ["doctor"]).exit_code == 1


@pytest.mark.parametrize(("lacking", "usable"), [((), True), (("other sockets",), False)])
def test_it_says_what_the_machine_cannot_forbid(
    monkeypatch: pytest.MonkeyPatch, lacking: tuple[str, ...], *, usable: bool
) -> None:
    monkeypatch.setattr(confinement, "unenforced", lambda: lacking)

    done = json.loads(RUNNER.invoke(app, ["doctor", "--json"]).stdout)["confinement"]

    assert done["usable"] is usable
    assert all(one in done["detail"] for one in lacking)
