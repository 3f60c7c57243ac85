"""What every part of a schema is made of: frozen models, and names that need no quotes."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, StringConstraints

# Statements are put together from these names: nothing but a plain identifier may stand where one is expected.
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]*$", max_length=63)]
Columns = tuple[Identifier, ...]


class Frozen(BaseModel):
    """A value: never changed, and without unknown fields.

    A subclass may hold a `functools.cached_property` whose name begins with an underscore: no copy and no pickle
    carries it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    def __copy__(self) -> Self:
        """Copy the fields alone: `model_copy(update=…)` starts here, and a cached value would describe the original."""
        copied = super().__copy__()
        self._keep_fields(copied.__dict__)
        return copied

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Copy the fields alone, each of them deeply."""
        copied = super().__deepcopy__(memo)
        self._keep_fields(copied.__dict__)
        return copied

    def __getstate__(self) -> dict[Any, Any]:
        """Return the fields alone: a pickle with cached values would hold every table twice."""
        state = super().__getstate__()
        state["__dict__"] = dict(state["__dict__"])
        self._keep_fields(state["__dict__"])
        return state

    def _keep_fields(self, values: dict[str, Any]) -> None:
        fields = self.__pydantic_fields__.keys()
        if not values.keys() <= fields:
            for name in values.keys() - fields:
                del values[name]
