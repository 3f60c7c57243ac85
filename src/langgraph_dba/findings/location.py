"""The location of a finding: in a file or in a schema."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class FileLocation(BaseModel):
    """A range in a file. Lines and columns count from 1; 0 means unknown, line 0 also the whole file.

    `end_column` is exclusive: the column after the last character. `path` is the list of keys and
    positions that lead to a part of a structured file; it is known even if the line is not.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["file"] = "file"
    file: str = ""
    line: int = Field(0, ge=0)
    column: int = Field(0, ge=0)
    end_line: int = Field(0, ge=0)
    end_column: int = Field(0, ge=0)
    path: tuple[str | int, ...] = ()

    def identity(self) -> tuple[str, ...]:
        """Return the fields that identify the location."""
        return (self.file, str(self.line), str(self.column), *map(str, self.path))

    def fields(self) -> dict[str, Any]:
        """Return the location as fields of the flat JSON form of a finding."""
        return self.model_dump(mode="json", exclude={"kind"} if self.path else {"kind", "path"})

    def __str__(self) -> str:
        """Render as `file:line`, without unknown parts."""
        return f"{self.file}:{self.line}" if self.file and self.line else self.file


class SchemaLocation(BaseModel):
    """A part of a schema; empty texts mean the whole table, or the whole schema."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["schema"] = "schema"
    table: str = ""
    column: str = ""
    constraint: str = ""

    def identity(self) -> tuple[str, ...]:
        """Return the fields that identify the location."""
        return self.table, self.column, self.constraint

    def fields(self) -> dict[str, Any]:
        """Return the location as fields of the flat JSON form of a finding."""
        return self.model_dump(mode="json", exclude={"kind"})

    def __str__(self) -> str:
        """Render as `table.column`, `table` or `schema`."""
        return ".".join(filter(None, (self.table, self.column))) or "schema"


# `kind` distinguishes the two in nested JSON: a location with all defaults could be either.
Location = Annotated[FileLocation | SchemaLocation, Field(discriminator="kind")]
