"""What a word for a fact means: `due date` is the attribute `due_on`, a date that may be missing."""

import re
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

import yaml

from langgraph_dba.database.requirements.model import Attribute
from langgraph_dba.database.requirements.plural import singular_of
from langgraph_dba.database.requirements.reserved import is_confusing

_LONGEST = 40
_NOTED = re.compile(r"(?P<name>\w+)(?:\((?P<choices>[^)]*)\))?(?P<flags>[?!*]*)")


@cache
def _book() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("attributes.yaml").read_text(encoding="utf-8")
    book: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  safe
    return book


@cache
def _known() -> dict[str, dict[str, Any]]:
    entries = _book()["words"]
    return {
        name: {key: value for key, value in entry.items() if key != "names"}
        for entry in entries
        for name in entry["names"].split()
    }


@cache
def _spoken() -> dict[str, str]:
    """Every way to say an attribute, normalised, with the attribute's name."""
    ways = {normal(name.replace("_", " ")): name for name in _known()}
    for name, phrases in _book()["spoken"].items():
        ways |= {normal(phrase): name for phrase in phrases.split(",")}
    return ways


def normal(phrase: str) -> str:
    """Return a phrase as tokens would spell it: lower case, no hyphens, no possessive."""
    return " ".join(re.sub(r"'s?\b", "", phrase.lower().replace("-", " ").replace("_", " ")).split())


def known_attribute(phrase: str) -> str | None:
    """Return the attribute a phrase is known to mean; None for a phrase nobody knows."""
    words = normal(phrase)
    return _spoken().get(words) or _spoken().get(singular_of(words.replace(" ", "_")).replace("_", " "))


def attribute(name: str, **changes: Any) -> Attribute:
    """Return the known attribute of that name with some fields replaced; an unknown name is guessed by its ending."""
    return Attribute.model_validate({"name": name, **_known().get(name, _by_ending(name)), **changes})


def understood(phrase: str, entity: str) -> Attribute:
    """Return the attribute that a person's words mean, said of an entity."""
    name = known_attribute(phrase)
    if name and not (name == "status" or is_confusing(name)):
        return attribute(name)
    words = normal(phrase).split()
    if words[:2] == ["number", "of"] and len(words) > 2:  # noqa: PLR2004
        words = [*words[2:-1], singular_of(words[-1]), "count"]
    name = "_".join(words)[-_LONGEST:].strip("_")
    if words[-1] in ("status", "state", "stage") and len(words) == 1:
        return Attribute(name=words[-1], type="choice", choices=("active", "inactive"), default="active")
    if is_confusing(name) or name == "id":
        name = f"{entity[:24]}_{name}" if name != "id" else f"{entity[:24]}_code"
    if words[0] in ("is", "has") and len(words) > 1:
        return Attribute(name=name, type="boolean", default=False)
    spec = _known().get(name, _by_ending(name))
    return Attribute.model_validate({"name": name, **spec})


def _by_ending(name: str) -> dict[str, Any]:
    last = name.rpartition("_")[2]
    for ending in _book()["endings"]:
        if last in ending["ends"].split():
            spec: dict[str, Any] = ending["as"]
            return spec
    return {}


def noted(notation: str) -> tuple[Attribute, ...]:
    """Return the attributes of the lexicon's notation: `title, status(open|=done), due_on?, sku!, email*`."""
    found = []
    for part in filter(None, (part.strip() for part in notation.split(","))):
        match = _NOTED.fullmatch(part)
        if match is None:
            raise ValueError(f"{part!r} is no attribute of the lexicon")
        found.append(attribute(match["name"], **_changes(match)))
    return in_order(found)


def in_order(attributes: Sequence[Attribute]) -> tuple[Attribute, ...]:
    """Return the attributes; one that comes after another which is not among them comes after none."""
    types = {found.name: found.type for found in attributes}
    return tuple(a if a.after is None or types.get(a.after) == a.type else without_order(a) for a in attributes)


def without_order(attribute: Attribute) -> Attribute:
    return attribute.model_copy(update={"after": None})


def _changes(match: re.Match[str]) -> dict[str, Any]:
    flags = match["flags"]
    changes: dict[str, Any] = {"required": False} if "?" in flags else {}
    changes |= {"unique": True} if "!" in flags else {}
    changes |= {"personal": True} if "*" in flags else {}
    if match["choices"]:
        values = match["choices"].split("|")
        chosen = next((value[1:] for value in values if value.startswith("=")), values[0])
        changes |= {"type": "choice", "choices": tuple(value.lstrip("=") for value in values)}
        changes |= {} if "?" in flags else {"default": chosen}
    return changes
