"""The subject of a proof: the declared schema, the SQL statements that create it, and the engine."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from langgraph_dba.database.data.parent_rows import fill_of
from langgraph_dba.database.data.sample import Sample, load
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Connection, Engine, Scratch, Traits, read_catalogue
from langgraph_dba.database.engines.records import Records
from langgraph_dba.database.model.schema import Schema


@dataclass(frozen=True, slots=True)
class Subject:
    """A schema and its statements, which may have been edited since they were rendered.

    `schema` is what the proofs use; if `declared` is set, it is the declared schema with what only the statements
    create, with values that the engine accepts, and without the tables of `left_out` (table to reason), which the
    engine refuses to fill. `setup` are statements for each copy: they insert the rows of other schemas that it needs.
    `ddl` runs in scratch databases; `source` has the statements about roles too, if they were taken out of it.
    """

    schema: Schema
    ddl: Ddl
    engine: Engine
    declared: Schema | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)
    setup: tuple[str, ...] = ()
    source: Ddl | None = None
    _catalogues: dict[str, Records] = field(default_factory=dict, repr=False, compare=False)

    @property
    def traits(self) -> Traits:
        """The capabilities of the engine."""
        return self.engine.traits

    @property
    def is_designed(self) -> bool:
        """Whether the schema was designed: a database that exists has no statements that drop it."""
        return bool(self.ddl.down.strip())

    @property
    def text(self) -> Ddl:
        """The statements as they stand in the files."""
        return self.source or self.ddl

    @property
    def names(self) -> Names:
        """The names of tables and columns as they are written in statements of the engine, quoted if necessary."""
        return Names(self.traits)

    @property
    def digest(self) -> str:
        """A digest of 16 hexadecimal digits of the declared schema and the statements."""
        parts = ((self.declared or self.schema).model_dump_json(), self.text.up, self.text.down)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]

    @contextmanager
    def scratch(self, ddl: str | None = None) -> Iterator[Scratch]:
        """Create a scratch database with the statements of the subject, or with `ddl`, and drop it at the end.

        That of the subject has the rows of other schemas.
        """
        up, fill = (self.ddl.up, fill_of(self.setup)) if ddl is None else (ddl, None)
        with self.engine.scratch(up, app_role=self.schema.app_role, fill=fill) as scratch:
            yield scratch

    def catalogue(self, ddl: str | None = None) -> Records:
        """Return the catalogue that the statements of the subject create, or `ddl`; it is read once for all proofs."""
        statements = self.ddl.up if ddl is None else ddl
        if statements not in self._catalogues:
            with self.scratch(statements) as scratch, scratch.connect("superuser") as connection:
                self._catalogues[statements] = read_catalogue(connection, self.traits)
        return self._catalogues[statements]

    @contextmanager
    def loaded(self, sample: Sample) -> Iterator[tuple[Scratch, Connection]]:
        """Create a scratch database with a sample, and a superuser connection, which no policy restricts.

        Rejected if a constraint refuses a row of the sample.
        """
        with self.scratch() as scratch, scratch.connect("superuser") as connection:
            load(connection, sample, self.traits)
            yield scratch, connection
