"""Import sqlacodegen without the run-time type checks of inflect, which it imports and which is not used here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def _without_type_checks() -> Iterator[None]:
    """Make `typeguard.typechecked` change nothing while a package is imported.

    It parses and compiles each function that it decorates again: 2.1 s of CPU for inflect 7, which takes 0.1 s without.
    """
    try:
        import typeguard
    except ImportError:  # an inflect without it
        yield
        return
    original = typeguard.typechecked
    typeguard.typechecked = _unchanged
    try:
        yield
    finally:
        typeguard.typechecked = original


def _unchanged(target: Callable[..., Any] | None = None, **_: object) -> Any:
    return _unchanged if target is None else target


with _without_type_checks():
    from sqlacodegen.generators import DeclarativeGenerator
    from sqlacodegen.models import Model, ModelClass

__all__ = ["DeclarativeGenerator", "Model", "ModelClass"]
