"""Values that PostgreSQL has and Python cannot hold, such as `infinity` as a date, are read as the server's text."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap, Loader, Transformer

CANNOT_HOLD = (psycopg.DataError, ValueError, ArithmeticError, RecursionError)
# of the interval, the connection itself has one
_TYPES = ("date", "timestamp", "timestamptz", "time", "timetz", "json", "jsonb")


class _OrText(Loader):
    """The driver's loader of a type, or the text if that fails."""

    # It calls that loader and does not inherit from it: the driver calls the C method of its own loaders' subclasses.
    kind: type[Any]

    def __init__(self, oid: int, context: Any = None) -> None:
        super().__init__(oid, context)
        self._load: Callable[[Buffer], object] = self.kind(oid, context).load

    def load(self, data: Buffer) -> object:
        try:
            return self._load(data)
        except CANNOT_HOLD:
            return bytes(data).decode(errors="replace")


class _IntervalOrText(_OrText):
    def load(self, data: Buffer) -> object:
        # the driver reads an infinite interval as one of zero seconds
        text = bytes(data)
        return text.decode() if text.endswith(b"infinity") else super().load(data)


@dataclass
class _Context:
    adapters: AdaptersMap
    connection: psycopg.Connection[Any] | None


def read_infinite_intervals(link: psycopg.Connection[Any]) -> None:
    """Let a connection read an infinite interval as text; for that value the driver reports no error."""
    _register(link.adapters, "interval", _IntervalOrText)


def text_decoder(link: psycopg.Connection[Any]) -> Any:
    """Return a decoder that is slower than the driver's, and reads what that cannot as text, also in arrays and ranges.

    For rows with which the driver's failed: ordinary rows take no longer then.
    """
    adapters = AdaptersMap(link.adapters)
    for name in _TYPES:
        _register(adapters, name, _OrText)
    return Transformer.from_context(_Context(adapters, link))


def _register(adapters: AdaptersMap, name: str, base: type[_OrText]) -> None:
    oid = adapters.types[name].oid
    driver_loader = psycopg.adapters.get_loader(oid, psycopg.pq.Format.TEXT)
    adapters.register_loader(oid, type(f"{name}OrText", (base,), {"kind": driver_loader}))
