"""The files of a session's output folder: their names, and functions that write and read them.

Paths are relative to the folder, with `/`. Agents add files in `models/`, `migrations/` and `tests/`.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import ENGINES, traits_of
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.errors import InputError
from langgraph_dba.evidence import EvidenceSet, State
from langgraph_dba.findings import problem
from langgraph_dba.input_file import read_bytes

_LARGEST_BYTES = 20_000_000  # of one file; a session writes less than 1 MB

T = TypeVar("T")

REQUIREMENTS = "requirements.yaml"
SCHEMA = "schema.json"
DIAGRAM = "er.mmd"
PICTURE = "er.svg"
DECISIONS = "decision.json"
DECISIONS_TEXT = "decision.md"
REVIEW = "review.json"
REVIEW_TEXT = "review.md"
EVIDENCE = "evidence.json"
FINDINGS = "findings.json"
SESSION = "session.json"
WORKLOG = "WORKLOG.md"
REPORT = "report.md"


def statements_file(engine: str) -> str:
    """Return the file of the statements that create the schema on an engine."""
    return f"schema.{engine}.sql"


def reverse_statements_file(engine: str) -> str:
    """Return the file of the statements that drop the schema."""
    return f"schema.{engine}.down.sql"


def statement_files(ddl: Mapping[str, Ddl]) -> dict[str, str]:
    """Return the statements of all engines by file name."""
    files: dict[str, str] = {}
    for engine, statements in ddl.items():
        # without the second file nobody could repeat `up-down-up` from the folder alone
        files |= {statements_file(engine): statements.up, reverse_statements_file(engine): statements.down}
    return files


def either_statements_file(engines: Sequence[str]) -> str:
    """Return the names of the engines' files, joined with "or", for messages."""
    return " or ".join(statements_file(engine) for engine in engines)


def json_text(data: Any) -> str:
    """Return the text of a JSON file."""
    # default=str: evidence can contain dates and decimals
    return json.dumps(data, indent=2, default=str) + "\n"


def evidence_text(evidence: EvidenceSet) -> str:
    """Return the text of the evidence's file."""
    return json_text(evidence.to_plain())


def schema_text(schema: Schema) -> str:
    """Return the text of the schema's file."""
    return schema.model_dump_json(indent=2) + "\n"


def read_schema(text: str, file: str = SCHEMA) -> Schema:
    """Parse the text of a schema file; InputError names the first invalid field."""
    return _parsed(text, TypeAdapter(Schema), file, "is no valid schema")


def read_json(path: Path, type_: type[T], problem_text: str) -> T:
    """Read and validate a JSON file; InputError names the file and its first invalid field, such as `tables.0.name`."""
    return _parsed(_text(path), TypeAdapter(type_), str(path), problem_text)


def _parsed(text: str, adapter: TypeAdapter[T], file: str, problem_text: str) -> T:
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])  # empty if the text is no JSON
        place = f"{field}: " if field else ""
        raise InputError(problem(f"{problem_text}: {place}{first['msg']}", file)) from None


def read_folder(folder: Path, engines: Sequence[str] = ()) -> tuple[Schema, Mapping[str, Ddl]]:
    """Return the schema and the statements of each engine in `engines` (default: all) whose file exists.

    InputError if the schema or all statements are missing, or a file is unreadable.
    """
    # traits_of: an unknown name is an error here, with a suggestion, instead of a missing file
    schema, requested = _declared(folder / SCHEMA), [traits_of(name).name for name in engines] or ENGINES
    ddl = {name: _statements(folder, name) for name in requested if os.path.lexists(folder / statements_file(name))}
    if not ddl:
        raise InputError(
            problem(f"contains no {either_statements_file(requested)}: there is nothing to prove", str(folder))
        )
    return schema, ddl


class _RecordedReceipt(BaseModel):
    version: str = ""
    subject: str = ""


class _RecordedEvidence(BaseModel):
    """What is read of one item of `evidence.json`; other versions may write more."""

    proof: str
    engine: str
    state: State
    receipt: _RecordedReceipt = Field(default_factory=_RecordedReceipt)


def recorded_evidence(folder: Path) -> list[dict[str, Any]]:
    """Return proof, engine, state and receipt of each item of the evidence file; an empty list without the file.

    InputError names the first invalid field.
    """
    path = folder / EVIDENCE
    if not os.path.lexists(path):
        return []
    items = read_json(path, list[_RecordedEvidence], "is no valid evidence")
    return [item.model_dump() for item in items]


def _declared(path: Path) -> Schema:
    return read_schema(_text(path), str(path))


def _statements(folder: Path, engine: str) -> Ddl:
    return Ddl(_text(folder / statements_file(engine)), _text(folder / reverse_statements_file(engine)))


def _text(path: Path) -> str:
    try:
        return read_bytes(path, _LARGEST_BYTES).decode("utf-8-sig")  # clients skip the mark that some editors write
    except FileNotFoundError:
        hint = "use the output folder of `langgraph-dba session`"
        raise InputError(problem(f"does not exist: {hint}", str(path))) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        hint = "use the output folder of `langgraph-dba session`"
        raise InputError(problem(f"cannot be read ({reason}): {hint}", str(path))) from None
