"""The names of entities, attributes, relationships and rules in `requirements.yaml`."""

from typing import Annotated

from pydantic import AfterValidator


def _snake_case(name: str) -> str:
    if not name or not all(part.isalnum() for part in name.split("_")) or name != name.lower() or name[0].isdigit():
        raise ValueError(f"{name!r} is not a name: use lower-case words joined by underscores, such as 'time_entry'")
    if not name.isascii():
        raise ValueError(f"{name!r} contains letters outside a-z: use an ASCII name, such as 'time_entry'")
    if len(name) > 48:  # noqa: PLR2004  PostgreSQL cuts identifiers at 63 bytes; suffixes need room
        raise ValueError(f"{name!r} has {len(name)} characters: use at most 48, because index names must fit in 63")
    return name


Name = Annotated[str, AfterValidator(_snake_case)]
