"""A disposable database that holds a schema and generated rows: `with scratch(schema, rows=10_000) as database:`."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from langgraph_dba.database.data.generator import Profile, generate
from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.engines import Connection, Engine, Fill, Scratch, engines_for
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.errors import EngineUnavailable


@contextmanager
def scratch(
    schema: Schema,
    *,
    engine: str | Engine = "postgresql",
    rows: int | None = None,
    scale: float = 1.0,
    profile: Profile | None = None,
) -> Iterator[Scratch]:
    """Open a disposable database in which `schema` was made and filled; it is gone at the end, also after a crash.

    `rows` a table (over all tenants; 0: none), times `scale`; a `profile` says more, or was learned from a live one.
    Opened again with the same arguments it is copied from a template where the engine can copy. EngineUnavailable if
    the engine cannot be used here, InputError if the generated rows break a rule of the schema.
    """
    opened = _opened(engine)
    asked = profile or Profile(rows=1000 if rows is None else rows)
    said = {"rows": asked.rows if rows is None else rows, "scale": asked.scale * scale}
    whole = asked.model_copy(update=said)
    shape = hashlib.sha256((schema.model_dump_json() + whole.model_dump_json()).encode()).hexdigest()

    def load(connection: Connection) -> None:
        generate(connection, schema, opened.traits, whole)
        connection.analyze()

    fill = Fill(shape, load) if whole.rows or whole.tables else None
    with opened.scratch(render(schema, opened.traits).up, app_role=schema.app_role, fill=fill) as database:
        yield database


def _opened(engine: str | Engine) -> Engine:
    found = engines_for([engine])[engine] if isinstance(engine, str) else engine
    if isinstance(found, EngineUnavailable):
        raise found
    return found
