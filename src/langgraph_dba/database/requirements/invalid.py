"""Convert pydantic's errors to problems of the file, and remove invalid parts so that the rest can be checked too."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from langgraph_dba.database.requirements.business_rules import FORMS, TAGS_OF_TESTS
from langgraph_dba.database.requirements.model import Requirements
from langgraph_dba.database.requirements.problems import problem_at
from langgraph_dba.database.requirements.yaml_text import Path
from langgraph_dba.findings import Finding, did_you_mean, nearest, suggestion

ErrorDetails = dict[str, Any]
_TAGGED: dict[str, type[BaseModel]] = {**FORMS, **TAGS_OF_TESTS}


def validate(value: Any) -> tuple[Requirements | None, list[ErrorDetails]]:
    """Return (requirements or None, the errors of pydantic)."""
    try:
        return Requirements.model_validate(value), []
    except ValidationError as error:
        errors = [dict(error) for error in error.errors(include_url=False)]
        # pydantic reports a list of invalid items as too short as well: that is no problem of its own
        return None, [r for r in errors if r["type"] != "too_short" or not r["input"]]


def validation_problems(value: Any, errors: Sequence[ErrorDetails]) -> Iterator[Finding]:
    """Yield one problem for each invalid part (pydantic reports a union once for every member)."""
    reported = set(_misspelt_keys(value, errors))
    for error in errors:
        path = _existing_path(value, error["loc"])
        part = path if error["type"] != "missing" else (*path, error["loc"][-1])
        if part not in reported:
            reported.add(part)
            yield problem_at(path, error["type"].replace("_", "-"), f"{_dotted_path(value, path)}{_explanation(error)}")


def _misspelt_keys(value: Any, errors: Sequence[ErrorDetails]) -> Iterator[Path]:
    """Yield the paths of missing keys that are misspelt in the same mapping: one problem instead of two."""
    for error in errors:
        if error["type"] == "extra_forbidden":
            *path, key = error["loc"]
            close = nearest(str(key), known_keys(path))
            if close:
                yield (*_existing_path(value, path), close)


def _existing_path(value: Any, loc: Sequence[Any]) -> Path:
    """Return the longest prefix of pydantic's path that exists in the file."""
    path: list[str | int] = []
    for step in loc:
        if step in _TAGGED and not (isinstance(value, dict) and step in value):
            continue  # the kind of a rule or of a test, which is no step in the file
        known = step in value if isinstance(value, dict) else isinstance(value, list) and step in range(len(value))
        if not known:
            break
        value = value[step]
        path.append(step)
    return tuple(path)


def _dotted_path(value: Any, path: Path) -> str:
    """Return the path for a message, with names instead of positions: `task.attributes.title: `."""
    words = []
    for step in path:
        value = value[step]
        name = value.get("name") if isinstance(value, dict) else None
        if isinstance(step, int):
            words.append(name if isinstance(name, str) else str(step + 1))
        else:
            words.append(str(step))
    return f"{'.'.join(words)}: " if words else ""


def _explanation(error: ErrorDetails) -> str:
    value = error.get("input")
    context = error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            key, known = str(error["loc"][-1]), known_keys(error["loc"][:-1])
            return f"unknown key '{key}': {suggestion(key, known)}"
        case "missing":
            return f"'{error['loc'][-1]}' is missing: add it"
        case "literal_error":
            # pydantic has the allowed values only as text: "'a', 'b' or 'c'"
            known = [word.strip("'") for word in context["expected"].replace(" or ", ", ").split(", ")]
            hint = did_you_mean(str(value), known)
            return f"'{value}' is not known: {hint}{' ' if hint else ''}use {', '.join(known)}"
        case "value_error":
            return str(context["error"])
        case "union_tag_invalid" | "union_tag_not_found":
            return f"{_form_problem(value)}: use {', '.join(FORMS)}"
        case "model_type" | "dict_type":
            return "expected keys and values, such as `name: task`"
        case "tuple_type":
            return "expected a list: start each item with '- '"
        case "string_type":
            return f"expected a text, not {value!r}: put it in quotes"
        case _:
            return f"{str(error['msg'])[:1].lower()}{str(error['msg'])[1:]}, not {_short(value)}"


def _form_problem(rule: Any) -> str:
    form = rule.get("form") if isinstance(rule, dict) else None
    if form is None:
        return "a rule needs a `form`"
    hint = did_you_mean(str(form), list(FORMS))
    return f"'{form}' is no form of a rule{f': {hint}' if hint else ''}".rstrip(" :?")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."  # noqa: PLR2004


def known_keys(loc: Sequence[Any]) -> list[str]:
    """Return the keys that are allowed at a path."""
    model: type[BaseModel] = Requirements
    for step in loc:
        if isinstance(step, str):
            field = next((f for n, f in model.model_fields.items() if step in (n, f.alias)), None)
            model = _TAGGED.get(step) or (_model_in(field.annotation) if field else None) or model
    # the file has aliases: `from` and `to`, not `source` and `target`
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _model_in(part))), None)


def without_invalid_parts(value: Any, errors: Sequence[ErrorDetails]) -> tuple[Requirements | None, list[int]]:
    """Return the requirements without their invalid parts, None if the rest is invalid, and the numbers of its rules.

    Only for finding more problems in one run: a misspelt key is replaced by the most similar one, an invalid name is
    normalised, a rule with an invalid part and any other invalid value is removed.
    """
    rest = _deep_copy(value)
    parts = {_existing_path(value, r["loc"]): r["type"] for r in errors}
    broken = {path[1] for path in parts if len(path) > 1 and path[0] == "rules"}
    if isinstance(rest.get("rules"), list):
        kept = [number for number in range(len(rest["rules"])) if number not in broken]
        rest["rules"] = [rest["rules"][number] for number in kept]
    else:
        kept = []
    for path, kind in parts.items():
        if path[:1] == ("rules",) and len(path) > 1:
            continue
        if kind != "missing" and (not path or not _correct(rest, path, kind)):
            return None, kept
    return validate(rest)[0], kept


def _correct(value: Any, path: Path, kind: str) -> bool:
    for step in path[:-1]:
        value = value[step]
    wrong = value[path[-1]]
    if kind == "value_error" and isinstance(wrong, str):
        value[path[-1]] = re.sub(r"[^a-z0-9]+", "_", wrong.lower()).strip("_")
        return True
    if not isinstance(value, dict):
        return False
    del value[path[-1]]
    close = nearest(str(path[-1]), known_keys(path[:-1])) if kind == "extra_forbidden" else None
    if close:
        value.setdefault(close, wrong)
    return True


def _deep_copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _deep_copy(item) for key, item in value.items()}
    return [_deep_copy(item) for item in value] if isinstance(value, list) else value
