"""A schema as it lies in a folder: the declared one in `schema.json`, and the statements that claim to make it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from langgraph_dba.database.engines import ENGINES, traits_of
from langgraph_dba.database.schema.ddl import Ddl
from langgraph_dba.database.schema.model import Schema
from langgraph_dba.errors import InputError
from langgraph_dba.findings import problem

DECLARED = "schema.json"


def read_folder(folder: Path, engines: Sequence[str] = ()) -> tuple[Schema, Mapping[str, Ddl]]:
    """Return the declared schema and the statements of each engine, or of those named.

    InputError for what is missing or unreadable.
    """
    schema, wanted = _declared(folder / DECLARED), [traits_of(name).name for name in engines] or ENGINES
    ddl = {name: _statements(folder, name) for name in wanted if (folder / f"schema.{name}.sql").is_file()}
    if not ddl:
        names = " or ".join(f"schema.{name}.sql" for name in wanted)
        raise InputError(problem(f"holds no {names}: there is nothing to prove", str(folder)))
    return schema, ddl


def _declared(path: Path) -> Schema:
    try:
        return Schema.model_validate_json(_text(path))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(problem(f"is no schema: {where}: {first['msg']}", str(path))) from None


def _statements(folder: Path, engine: str) -> Ddl:
    return Ddl(_text(folder / f"schema.{engine}.sql"), _text(folder / f"schema.{engine}.down.sql"))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        hint = "name a session's output folder, made by `langgraph-dba session`"
        raise InputError(problem(f"is not there: {hint}", str(path))) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(problem(f"cannot be read: {error}", str(path))) from None
