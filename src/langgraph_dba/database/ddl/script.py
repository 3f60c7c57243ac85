"""The scripts of a schema as text: a module of its own, because rendering them loads SQLAlchemy."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ddl:
    """`up` creates the schema in an empty database; `down` drops it with all rows."""

    up: str
    down: str
