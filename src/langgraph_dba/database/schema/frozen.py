"""What every part of a schema is made of: frozen models, and names that need no quotes."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

# Statements are put together from these names: nothing but a plain identifier may stand where one is expected.
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]*$", max_length=63)]
Columns = tuple[Identifier, ...]


class Frozen(BaseModel):
    """A value: never changed, and without fields nobody knows."""

    model_config = ConfigDict(extra="forbid", frozen=True)
