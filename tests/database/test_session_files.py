"""The files of a session's folder, which one module names, writes and reads."""

import json
from pathlib import Path

import pytest

from langgraph_dba.database import session_files
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.errors import InputError


def test_a_written_folder_is_read_unchanged(tmp_path: Path, schema: Schema, ddl: dict[str, Ddl]) -> None:
    files = {session_files.SCHEMA: session_files.schema_text(schema), **session_files.statement_files(ddl)}
    for path, text in files.items():
        (tmp_path / path).write_text(text)

    assert session_files.read_folder(tmp_path) == (schema, ddl)
    assert session_files.read_folder(tmp_path, ("sqlite",)) == (schema, {"sqlite": ddl["sqlite"]})


def test_the_error_of_an_invalid_schema_names_file_and_field() -> None:
    with pytest.raises(InputError, match=r"schema\.json: is no valid schema: name: Field required"):
        session_files.read_schema("{}")


def test_the_error_of_a_folder_without_statements_names_the_expected_files(tmp_path: Path, schema: Schema) -> None:
    (tmp_path / session_files.SCHEMA).write_text(session_files.schema_text(schema))

    with pytest.raises(InputError, match=r"contains no schema\.sqlite\.sql: there is nothing to prove"):
        session_files.read_folder(tmp_path, ("sqlite",))


@pytest.mark.parametrize("text", [None, "no JSON", '{"proof": "p"}', "[1, null]"])
def test_unreadable_evidence_is_an_empty_list(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / session_files.EVIDENCE).write_text(text)

    assert session_files.recorded_evidence(tmp_path) == []


def test_recorded_evidence_is_plain_data(tmp_path: Path) -> None:
    items = [{"claim": "c", "proof": "p", "engine": "sqlite", "state": "supported"}]
    (tmp_path / session_files.EVIDENCE).write_text(json.dumps(items))

    assert session_files.recorded_evidence(tmp_path) == items
