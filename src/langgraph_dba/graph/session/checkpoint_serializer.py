"""The serializer of every checkpointer that this package opens: it builds only the types that a graph's state has.

A checkpoint is data of unknown origin: LangGraph's own default imports and calls whatever function a value names.
"""

from typing import Any

import ormsgpack
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

_FORMATS = (
    "null",
    "empty",
    "bytes",
    "bytearray",
    "msgpack",
)  # not pickle, nor JSON, whose constructors are another way
_MESSAGES = ("human", "ai", "system", "tool", "chat", "function")
_TYPES = frozenset({
    *(("builtins", name) for name in ("set", "frozenset")),
    *(("datetime", name) for name in ("datetime", "date", "time", "timedelta", "timezone")),
    ("decimal", "Decimal"),
    ("uuid", "UUID"),
    ("collections", "deque"),
    *((f"langchain_core.messages.{name}", f"{_class}Message{end}")
      for name, _class in zip(_MESSAGES, ("Human", "AI", "System", "Tool", "Chat", "Function"), strict=True)
      for end in ("", "Chunk")),
    ("langchain_core.messages.modifier", "RemoveMessage"),
    *(("langgraph.types", name) for name in ("Send", "Interrupt", "Command", "Overwrite")),
})  # fmt: skip


class CheckpointSerializer(JsonPlusSerializer):
    """LangGraph's serializer with an allow-list; ValueError for a value of any other type, before it is built."""

    def __init__(self) -> None:
        """Use LangGraph's strict mode too, which leaves a type that is not on its own list as plain data."""
        super().__init__(allowed_msgpack_modules=None)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """Return the value; ValueError for a format or a type that is not on the list."""
        form, content = data
        if form not in _FORMATS:
            raise ValueError(f"a saved value has the format {form!r}, which is not read")
        if form == "msgpack" and (refused := _types_in(content) - _TYPES):
            names = ", ".join(sorted(".".join(map(str, name)) for name in refused))
            raise ValueError(f"a saved value has the type {names}, which is not built")
        return super().loads_typed(data)


def _types_in(content: bytes) -> set[tuple[Any, ...]]:
    """Return module and name of every type that a value names, at any depth; nothing is built."""
    names: set[tuple[Any, ...]] = set()

    def note(code: int, inner: bytes) -> Any:
        value = ormsgpack.unpackb(inner, ext_hook=note, option=ormsgpack.OPT_NON_STR_KEYS)
        names.add((str(value[0]), str(value[1])) if isinstance(value, list) and len(value) > 1 else (str(code),))
        return None

    ormsgpack.unpackb(content, ext_hook=note, option=ormsgpack.OPT_NON_STR_KEYS)
    return names
