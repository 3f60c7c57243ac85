"""Read `requirements.yaml` with the line of every problem, and write it with comments for the person who edits it."""

import errno
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path as FilePath
from typing import Any

import yaml

from langgraph_dba.database.requirements.consistency import all_problems
from langgraph_dba.database.requirements.invalid import (
    ErrorDetails,
    validate,
    validation_problems,
    without_invalid_parts,
)
from langgraph_dba.database.requirements.model import Requirements
from langgraph_dba.database.requirements.problems import located, path_of
from langgraph_dba.database.requirements.yaml_text import Document, read_yaml
from langgraph_dba.deadlines import Interrupted, interrupted_after
from langgraph_dba.errors import RequirementsError
from langgraph_dba.findings import FileLocation, Finding, problem
from langgraph_dba.input_file import PARSE_LIMIT_S, read_bytes

LARGEST_BYTES = 1024 * 1024
_TOO_LARGE = f"larger than {LARGEST_BYTES} bytes: split the system in two"
_LONG = 1e9  # whole numbers up to here are written without a decimal point
_SUFFIXES = (".yaml", ".yml", ".json")


def load_requirements(path_or_text: FilePath | str, *, file: str = "requirements.yaml") -> Requirements:
    """Read requirements from a file (a `Path`, or one line that ends in .yaml) or from text.

    `file` is the name of the text in messages. RequirementsError contains all problems with their lines.
    """
    if isinstance(path_or_text, FilePath) or _is_path(path_or_text):
        file = str(path_or_text)
        text = _content(FilePath(path_or_text))
    else:
        text = path_or_text
    if len(text.encode(errors="replace")) > LARGEST_BYTES:
        raise RequirementsError(problem(_TOO_LARGE, file))
    try:
        with interrupted_after(PARSE_LIMIT_S):
            return _read(read_yaml(text.removeprefix("\ufeff"), file))
    except Interrupted:
        message = f"takes more than {PARSE_LIMIT_S:g} s to read: correct its first lines, or split the system in two"
        raise RequirementsError(problem(message, file)) from None


def _is_path(text: str) -> bool:
    return "\n" not in text and text.endswith(_SUFFIXES) and ": " not in text


def _content(path: FilePath) -> str:
    try:
        content = read_bytes(path, LARGEST_BYTES)
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise RequirementsError(problem(_TOO_LARGE, str(path))) from None
        reason = error.strerror or str(error)
        raise RequirementsError(
            problem(f"cannot be read ({reason}): give the path of a YAML file", str(path))
        ) from error
    except ValueError as error:
        raise RequirementsError(f"{str(path)!r} is not a valid path: {error}") from error
    if b"\0" in content:
        raise RequirementsError(problem("contains binary data: use a YAML file in UTF-8", str(path)))
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise RequirementsError(problem("is not UTF-8: save it as UTF-8", str(path), line)) from error


def _read(document: Document) -> Requirements:
    if document.value is None and not document.problems:
        document.add_problem("is empty: start with `title:` and `entities:`", 1, "empty")
    elif document.value is not None and not isinstance(document.value, dict):
        document.add_problem("has no keys: start with `title:` and `entities:`", 1, "no-keys")
    if not isinstance(document.value, dict):
        raise RequirementsError(document.problems)
    requirements, errors = validate(document.value)
    problems_found = list(validation_problems(document.value, errors))
    problems_found += [
        one for one in _further(document.value, requirements, errors) if not _is_consequence(one, problems_found)
    ]
    problems = [*document.problems, *located(problems_found, document.file, document.line)]
    if requirements is None or problems:
        raise RequirementsError(sorted(problems, key=lambda one: one.line))
    return requirements


def _further(value: Any, requirements: Requirements | None, errors: Sequence[ErrorDetails]) -> Iterator[Finding]:
    """Yield the problems of the valid parts, at their places in the file."""
    if requirements:
        yield from all_problems(requirements)
        return
    rest, rules = without_invalid_parts(value, errors)
    for one in all_problems(rest) if rest else ():
        path = path_of(one)
        if path[:1] == ("rules",) and isinstance(path[1], int):
            yield one.model_copy(update={"location": FileLocation(path=("rules", rules[path[1]], *path[2:]))})
        else:
            yield one


def _is_consequence(finding: Finding, refused: list[Finding]) -> bool:
    """Return whether a problem is in the same item as an invalid value, and so probably its consequence."""
    items = [path_of(other)[:-1] for other in refused if other.rule == "literal-error" and len(path_of(other)) > 1]
    return any(path_of(finding)[: len(item)] == item for item in items)


_HEAD = """\
# Requirements of the database. Correct or complete them, then run again:
#
#     langgraph-dba session --requirements requirements.yaml --out DIR
#
# All keys are described in docs/requirements.schema.json.
"""
_COMMENTS = {
    "assumptions": "Assumptions where the request states nothing. Correct them below, then remove the line here.",
    "tenancy": "Do several customers share the system? none, auto (the panel decides), shared-schema,\n"
    "# schema-per-tenant or database-per-tenant.",
    "entities": "Each becomes a table. An attribute is required unless it has `required: false`.",
    "relationships": "`from` refers to `to`; on_delete is the action on `from` when `to` is deleted.",
    "rules": "What the business demands of the data. `words` quotes the request. The forms: docs/requirements.md.",
    "scale": "Rows are the total of all tenants.",
    "workload": "The most frequent accesses of the application; weight is their number per second.",
}


def dump_requirements(requirements: Requirements) -> str:
    """Return the text of `requirements.yaml`: with comments, in a stable order, without default values."""
    data = requirements.model_dump(by_alias=True, exclude_defaults=True)
    parts = [_HEAD]
    for key, value in data.items():
        comment = f"\n# {_COMMENTS[key]}\n" if key in _COMMENTS else ""
        parts.append(
            comment
            + yaml.dump({key: _yaml_value(value)}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
        )
    return "".join(parts)


_TAG_MAP, _TAG_SEQ = "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"


class _Line(dict[str, Any]):
    """A mapping that is written on one line."""


class _Row(list[Any]):
    """A list that is written on one line."""


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        super().increase_indent(flow, False)  # noqa: FBT003  items of a list are indented below its key

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  write repeated values in full, without anchors
        return True


def _text(dumper: yaml.SafeDumper, data: str) -> yaml.Node:
    # PyYAML breaks plain texts at these characters, and a reader converts the breaks to spaces
    style = '"' if any(mark in data for mark in "\r\x85\u2028\u2029") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(_Line, lambda dumper, data: dumper.represent_mapping(_TAG_MAP, data.items(), flow_style=True))
_Dumper.add_representer(_Row, lambda dumper, data: dumper.represent_sequence(_TAG_SEQ, data, flow_style=True))


def _yaml_value(value: Any, *, nested: bool = False) -> Any:
    """Convert values for the YAML writer: a mapping or list without nested mappings is written on one line."""
    if isinstance(value, dict):
        items = {key: _yaml_value(item, nested=True) for key, item in value.items()}
        return _Line(items) if nested and not any(_is_deep(item) for item in value.values()) else items
    if isinstance(value, list | tuple):
        items_ = [_yaml_value(item, nested=True) for item in value]
        return _Row(items_) if nested and not any(isinstance(item, dict) for item in value) else items_
    if isinstance(value, float) and value.is_integer() and abs(value) < _LONG:
        return int(value)
    return _number(value) if isinstance(value, Decimal) else value


def _is_deep(value: Any) -> bool:
    return isinstance(value, list | tuple) and any(isinstance(item, dict) for item in value)


def _number(value: Decimal) -> int | float | str:
    if value == value.to_integral_value():
        return int(value)
    return float(value) if Decimal(str(float(value))) == value else str(value)
