"""How much of a text an index holds, on engines whose keys have a greatest length."""

from collections.abc import Mapping, Sequence

from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.schema import Column

_LETTER = 4  # bytes at most
_OTHER = 16  # bytes of anything that is no text, generously
_ENOUGH = 255  # letters: what comes after them hardly tells two texts apart


def prefix_lengths(columns: Sequence[Column], traits: Traits) -> Mapping[str, int]:
    """Return how many letters of each text column a plain index holds; nothing where all fit whole."""
    if not traits.key_bytes:
        return {}
    lengths = {column.name: letters for column in columns if (letters := _letters(column)) is not None}
    room = traits.key_bytes - _OTHER * sum(column.name not in lengths for column in columns)
    if all(lengths.values()) and _LETTER * sum(lengths.values()) <= room:
        return {}
    share = room // (_LETTER * max(len(lengths), 1))
    return {name: min(length or _ENOUGH, _ENOUGH, share) for name, length in lengths.items()}


def _letters(column: Column) -> int | None:
    """The greatest length of a text, 0 where it has none, None for what is no text."""
    type_ = column.type
    if type_.name in ("string", "char", "choice"):
        return type_.length or max(map(len, type_.choices), default=0)
    return 0 if type_.name in ("text", "json", "binary") else None
