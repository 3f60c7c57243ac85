"""What a proof is about: a declared schema, the SQL that claims to make it, and the engine that decides."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from langgraph_dba.database.engines import Connection, Engine, Scratch, Traits
from langgraph_dba.database.evidence import Evidence, Receipt, State, Strength
from langgraph_dba.database.schema.ddl import Ddl
from langgraph_dba.database.schema.model import Schema
from langgraph_dba.database.schema.sample import Sample, load


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


@dataclass(frozen=True, slots=True)
class Result:
    """What a proof found: the failures (none: supported), what speaks for it, and the numbers behind it."""

    failures: tuple[str, ...]
    summary: str
    numbers: dict[str, Any]
    sql: tuple[str, ...] = ()
    strength: Strength = "tested"


_SHOWN = 3


def evidence(claim: str, proof: str, subject: Subject, result: Result) -> Evidence:
    """Turn a proof's result into evidence; the reason shows the first failures and counts the rest."""
    state: State = "refuted" if result.failures else "supported"
    shown = "; ".join(result.failures[:_SHOWN])
    more = len(result.failures) - _SHOWN
    reason = shown + (f"; and {more} more" if more > 0 else "") if result.failures else result.summary
    return Evidence(
        claim=claim,
        proof=proof,
        engine=subject.engine.traits.name,
        state=state,
        strength=result.strength,
        reason=reason,
        receipt=Receipt(version=subject.engine.version(), sql=result.sql, numbers=result.numbers),
    )
