"""What a proof is about: a declared schema, the SQL that claims to make it, and the engine that decides."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from langgraph_dba.database.data.sample import Sample, load
from langgraph_dba.database.ddl.rendering import Ddl
from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Connection, Engine, Scratch, Traits
from langgraph_dba.database.model.schema import Schema


@dataclass(frozen=True, slots=True)
class Subject:
    """The schema as declared, and the statements as they stand (perhaps edited since)."""

    schema: Schema
    ddl: Ddl
    engine: Engine

    @property
    def traits(self) -> Traits:
        """What the engine can do."""
        return self.engine.traits

    @property
    def names(self) -> Names:
        """How the engine takes the names of tables and columns in a statement."""
        return Names(self.traits)

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that change with the declared schema or the statements."""
        parts = (self.schema.model_dump_json(), self.ddl.up, self.ddl.down)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]

    @contextmanager
    def scratch(self, ddl: str | None = None) -> Iterator[Scratch]:
        """Make a disposable database from the subject's statements (or others)."""
        with self.engine.scratch(self.ddl.up if ddl is None else ddl, app_role=self.schema.app_role) as scratch:
            yield scratch

    @contextmanager
    def loaded(self, sample: Sample) -> Iterator[tuple[Scratch, Connection]]:
        """Make one that holds a sample, with a connection that no policy stops; Rejected if a rule refuses a row."""
        with self.scratch() as scratch, scratch.connect("superuser") as connection:
            load(connection, sample, self.traits)
            yield scratch, connection
