"""Turn the errors of pydantic into problems of the file, and return the rest of the file, so that it is checked too."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from langgraph_dba.database.requirements.model import Requirements
from langgraph_dba.database.requirements.problems import problem_at
from langgraph_dba.database.requirements.yaml_text import Path
from langgraph_dba.findings import Finding, did_you_mean, nearest, suggestion

Refusal = dict[str, Any]


def refusals(value: Any) -> tuple[Requirements | None, list[Refusal]]:
    """Return the requirements, or every refusal of pydantic."""
    try:
        return Requirements.model_validate(value), []
    except ValidationError as error:
        found = [dict(refusal) for refusal in error.errors(include_url=False)]
        # a list of refused items counts as empty: that is no problem of its own
        return None, [r for r in found if r["type"] != "too_short" or not r["input"]]


def refusal_flaws(value: Any, found: Sequence[Refusal]) -> Iterator[Finding]:
    """Yield one problem for each part that pydantic refused (a union refuses once for every member)."""
    seen = set(_misspelt(found))
    for refusal in found:
        path = _existing(value, refusal["loc"])
        place = path if refusal["type"] != "missing" else (*path, refusal["loc"][-1])
        if place not in seen:
            seen.add(place)
            yield problem_at(
                path, refusal["type"].replace("_", "-"), f"{_dotted_path(value, path)}{_explanation(refusal)}"
            )


def _misspelt(found: Sequence[Refusal]) -> Iterator[Path]:
    """Yield the paths of keys that are missing because they are misspelt beside: one problem, not two."""
    for refusal in found:
        if refusal["type"] == "extra_forbidden":
            *path, key = refusal["loc"]
            close = nearest(str(key), known_keys(path))
            if close:
                yield (*path, close)


def _existing(value: Any, loc: Sequence[Any]) -> Path:
    """Return the longest beginning of pydantic's path that the file has."""
    path: list[str | int] = []
    for step in loc:
        known = step in value if isinstance(value, dict) else isinstance(value, list) and step in range(len(value))
        if not known:
            break
        value = value[step]
        path.append(step)
    return tuple(path)


def _dotted_path(value: Any, path: Path) -> str:
    """Return the path as a person would say it: `task.attributes.title: `, with names in place of positions."""
    words = []
    for step in path:
        value = value[step]
        name = value.get("name") if isinstance(value, dict) else None
        if isinstance(step, int):
            words.append(name if isinstance(name, str) else str(step + 1))
        else:
            words.append(str(step))
    return f"{'.'.join(words)}: " if words else ""


def _explanation(refusal: Refusal) -> str:
    given = refusal.get("input")
    context = refusal.get("ctx", {})
    match refusal["type"]:
        case "extra_forbidden":
            key, known = str(refusal["loc"][-1]), known_keys(refusal["loc"][:-1])
            return f"unknown key '{key}': {suggestion(key, known)}"
        case "missing":
            return f"'{refusal['loc'][-1]}' is missing: add it"
        case "literal_error":
            known = [word.strip("'") for word in context["expected"].replace(" or ", ", ").split(", ")]
            hint = did_you_mean(str(given), known)
            return f"'{given}' is not known: {hint}{' ' if hint else ''}use {', '.join(known)}"
        case "value_error":
            return str(context["error"])
        case "model_type" | "dict_type":
            return "keys and values belong here, such as `name: task`"
        case "tuple_type":
            return "a list belongs here: begin each item with '- '"
        case "string_type":
            return f"a text belongs here, not {given!r}: put it in quotes"
        case _:
            return f"{str(refusal['msg'])[:1].lower()}{str(refusal['msg'])[1:]}, not {_short(given)}"


def _short(given: Any) -> str:
    text = repr(given)
    return text if len(text) <= 40 else f"{text[:37]}..."  # noqa: PLR2004


def known_keys(loc: Sequence[Any]) -> list[str]:
    """Return the keys that may stand at a path."""
    model: type[BaseModel] = Requirements
    for step in loc:
        if isinstance(step, str):
            field = next((f for n, f in model.model_fields.items() if step in (n, f.alias)), None)
            model = (_model_in(field.annotation) if field else None) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


def corrected(value: Any, found: Sequence[Refusal]) -> Requirements | None:
    """Return the requirements without what pydantic refused, or None where nothing sensible is left.

    Only for finding further problems: a misspelt key counts as the one it resembles, a wrong name as its nearest
    right spelling, any other wrong value as absent.
    """
    rest = _copied(value)
    for path, kind in {_existing(value, r["loc"]): r["type"] for r in found if r["type"] != "missing"}.items():
        if not path or not _correct(rest, path, kind):
            return None
    return refusals(rest)[0]


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


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value
