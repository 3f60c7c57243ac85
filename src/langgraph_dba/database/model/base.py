"""Base of all parts of a schema: frozen models, and identifiers that need no quotes."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, StringConstraints

# Statements are assembled from these names without escaping, so only a plain identifier is allowed.
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]*$", max_length=63)]
Columns = tuple[Identifier, ...]


class Frozen(BaseModel):
    """An immutable value without unknown fields.

    A subclass may have a `functools.cached_property` whose name starts with an underscore; copies and pickles leave the
    cached value out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    def __copy__(self) -> Self:
        """Copy only the fields: `model_copy(update=…)` calls this, and a cached value would describe the original."""
        duplicate = super().__copy__()
        self._drop_cached(duplicate.__dict__)
        return duplicate

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Copy only the fields, each of them deeply."""
        duplicate = super().__deepcopy__(memo)
        self._drop_cached(duplicate.__dict__)
        return duplicate

    def __getstate__(self) -> dict[Any, Any]:
        """Return only the fields: a pickle with cached values would hold every table twice."""
        state = super().__getstate__()
        state["__dict__"] = dict(state["__dict__"])
        self._drop_cached(state["__dict__"])
        return state

    def _drop_cached(self, values: dict[str, Any]) -> None:
        # pydantic stores cached properties beside the fields in `__dict__`; most values have none
        fields = self.__pydantic_fields__.keys()
        if not values.keys() <= fields:
            for name in values.keys() - fields:
                del values[name]
