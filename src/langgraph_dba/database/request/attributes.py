"""Map phrases to attributes: `due date` is the attribute `due_on`, an optional date."""

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
_NOTATION = re.compile(r"(?P<name>\w+)(?:\((?P<choices>[^)]*)\))?(?P<flags>[?!*]*)")


@cache
def _book() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("attributes.yaml").read_text(encoding="utf-8")
    book: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  safe
    return book


@cache
def _definitions() -> dict[str, dict[str, Any]]:
    entries = _book()["words"]
    return {
        name: {key: value for key, value in entry.items() if key != "names"}
        for entry in entries
        for name in entry["names"].split()
    }


@cache
def _names_by_phrase() -> dict[str, str]:
    """Return the attribute name of every normalised phrase."""
    ways = {normal_phrase(name.replace("_", " ")): name for name in _definitions()}
    for name, phrases in _book()["spoken"].items():
        ways |= {normal_phrase(phrase): name for phrase in phrases.split(",")}
    return ways


def normal_phrase(phrase: str) -> str:
    """Return a phrase in the form of tokens: lower case, without hyphens and possessives."""
    return " ".join(re.sub(r"'s?\b", "", phrase.lower().replace("-", " ").replace("_", " ")).split())


def known_attribute(phrase: str) -> str | None:
    """Return the name of the attribute that a phrase means, None if it is not in the list."""
    words = normal_phrase(phrase)
    # the phrase itself first: some attributes are plurals (`notes`, `details`)
    return _names_by_phrase().get(words) or _names_by_phrase().get(
        singular_of(words.replace(" ", "_")).replace("_", " ")
    )


def attribute(name: str, **changes: Any) -> Attribute:
    """Return the attribute of that name with some fields replaced; the last word of an unknown name gives its type."""
    return Attribute.model_validate({"name": name, **_definitions().get(name, _by_ending(name)), **changes})


def attribute_of_phrase(phrase: str, entity: str) -> Attribute:
    """Return the attribute of an entity that a phrase of the request means."""
    name = known_attribute(phrase)
    if name and not (name == "status" or is_confusing(name)):
        return attribute(name)
    words = normal_phrase(phrase).split()
    # "number of seats" is seat_count
    if words[:2] == ["number", "of"] and len(words) > 2:  # noqa: PLR2004
        words = [*words[2:-1], singular_of(words[-1]), "count"]
    name = "_".join(words)[-_LONGEST:].strip("_")
    if words[-1] in ("status", "state", "stage") and len(words) == 1:
        return Attribute(name=words[-1], type="choice", choices=("active", "inactive"), default="active")
    # a reserved word gets the name of the entity as a prefix: "order" of a task becomes task_order
    if is_confusing(name) or name == "id":
        name = f"{entity[:24]}_{name}" if name != "id" else f"{entity[:24]}_code"
    # "is paid", "has parking"
    if words[0] in ("is", "has") and len(words) > 1:
        return Attribute(name=name, type="boolean", default=False)
    spec = _definitions().get(name, _by_ending(name))
    return Attribute.model_validate({"name": name, **spec})


def _by_ending(name: str) -> dict[str, Any]:
    last = name.rpartition("_")[2]
    for ending in _book()["endings"]:
        if last in ending["ends"].split():
            spec: dict[str, Any] = ending["as"]
            return spec
    return {}


def parse_attributes(notation: str) -> tuple[Attribute, ...]:
    """Parse the lexicon's notation of attributes: `title, status(open|=done), due_on?, sku!, email*`."""
    attributes = []
    for part in filter(None, (part.strip() for part in notation.split(","))):
        match = _NOTATION.fullmatch(part)
        if match is None:
            raise ValueError(f"{part!r} is not in the notation of attributes")
        attributes.append(attribute(match["name"], **_changes(match)))
    return with_valid_order(attributes)


def with_valid_order(attributes: Sequence[Attribute]) -> tuple[Attribute, ...]:
    """Return the attributes without `after` if the attribute that it names is missing or of another type."""
    types = {a.name: a.type for a in attributes}
    return tuple(a if a.after is None or types.get(a.after) == a.type else without_order(a) for a in attributes)


def without_order(attribute: Attribute) -> Attribute:
    """Return the attribute without `after`."""
    return attribute.model_copy(update={"after": None})


def _changes(match: re.Match[str]) -> dict[str, Any]:
    flags = match["flags"]
    changes: dict[str, Any] = {"required": False} if "?" in flags else {}
    changes |= {"unique": True} if "!" in flags else {}
    changes |= {"personal": True} if "*" in flags else {}
    if match["choices"]:
        values = match["choices"].split("|")
        # the first value is the default unless another one is marked with `=`
        chosen = next((value[1:] for value in values if value.startswith("=")), values[0])
        changes |= {"type": "choice", "choices": tuple(value.lstrip("=") for value in values)}
        changes |= {} if "?" in flags else {"default": chosen}
    return changes
