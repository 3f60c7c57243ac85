"""Prefix lengths of indexed texts, for engines that limit the size of an index key (`Traits.key_bytes`)."""

from collections.abc import Mapping, Sequence

from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.schema import Column

_BYTES_PER_CHARACTER = 4  # the most that UTF-8 needs
_BYTES_PER_OTHER = 16  # a generous estimate for any type that is no text
_LONGEST_PREFIX = 255  # characters: two texts hardly ever differ only after them


def prefix_lengths(columns: Sequence[Column], traits: Traits) -> Mapping[str, int]:
    """Return the number of characters of each text column that a plain index holds; empty if all fit in full."""
    if not traits.key_bytes:
        return {}
    lengths = {column.name: length for column in columns if (length := _text_length(column)) is not None}
    room = traits.key_bytes - _BYTES_PER_OTHER * sum(column.name not in lengths for column in columns)
    if all(lengths.values()) and _BYTES_PER_CHARACTER * sum(lengths.values()) <= room:
        return {}
    share = room // (_BYTES_PER_CHARACTER * max(len(lengths), 1))
    return {name: min(length or _LONGEST_PREFIX, _LONGEST_PREFIX, share) for name, length in lengths.items()}


def _text_length(column: Column) -> int | None:
    """Return the declared length of a text in characters, 0 if it is unlimited, None if the column is no text."""
    type_ = column.type
    if type_.name in ("string", "char", "choice"):
        return type_.length or max(map(len, type_.choices), default=0)
    return type_.length or 0 if type_.name in ("text", "json", "binary") else None
