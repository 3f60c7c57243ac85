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


def test_a_folder_without_evidence_has_none(tmp_path: Path) -> None:
    assert session_files.recorded_evidence(tmp_path) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("no JSON", "Invalid JSON"),
        ('{"proof": "p"}', "valid array"),
        ("[1, null]", "0: Input should be an object"),
        ('[{"proof": "p", "engine": [], "state": "supported"}]', r"0\.engine: Input should be a valid string"),
        ('[{"proof": "p", "engine": "e", "state": "x"}]', r"0\.state: Input should be 'supported'"),
        ('[{"proof": "p", "engine": "e", "state": "refuted", "receipt": null}]', r"0\.receipt: "),
        ("[" * 50_000, "recursion limit"),
    ],
)
def test_the_error_of_invalid_evidence_names_file_and_field(tmp_path: Path, text: str, place: str) -> None:
    (tmp_path / session_files.EVIDENCE).write_text(text)

    with pytest.raises(InputError, match=rf"evidence\.json: is no valid evidence: .*{place}"):
        session_files.recorded_evidence(tmp_path)


def test_recorded_evidence_is_plain_data(tmp_path: Path) -> None:
    """Also if another version has written more."""
    receipt = {"version": "3.45", "subject": "abc"}
    item = {"proof": "p", "engine": "sqlite", "state": "supported", "receipt": receipt}
    (tmp_path / session_files.EVIDENCE).write_text(json.dumps([{**item, "claim": "c", "newer": 1}]))

    assert session_files.recorded_evidence(tmp_path) == [item]
