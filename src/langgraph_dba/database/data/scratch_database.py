"""Open a disposable database with a schema and generated rows: `with scratch(schema, rows=10_000) as database:`."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from langgraph_dba.database.data.generator import Profile, generate
from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.engines import Connection, Engine, Fill, Scratch, engines_for
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.errors import EngineUnavailable, InputError


@contextmanager
def scratch(
    schema: Schema,
    *,
    engine: str | Engine = "postgresql",
    rows: int | None = None,
    scale: float = 1.0,
    profile: Profile | None = None,
) -> Iterator[Scratch]:
    """Open a disposable database with `schema` and generated rows; it is dropped at the end, after a crash too.

    `rows` is the number of rows per table (over all tenants; 0: none), multiplied by `scale`. A `profile` describes the
    rows in detail. With the same arguments again, the database is copied from a template if the engine supports it.
    EngineUnavailable if the engine cannot be used here, InputError if the rows violate a constraint of the schema.
    """
    target = _usable_engine(engine)
    base = profile or Profile(rows=1000 if rows is None else rows)
    complete = base.model_copy(update={"rows": base.rows if rows is None else rows, "scale": base.scale * scale})
    # schema and profile determine every row, so their digest identifies the template
    digest = hashlib.sha256((schema.model_dump_json() + complete.model_dump_json()).encode()).hexdigest()

    def load(connection: Connection) -> None:
        try:
            generate(connection, schema, target.traits, complete)
        except InputError as error:
            raise InputError(f"{error}: describe the columns in `profile`, or set 0 rows for the table in it") from None
        connection.analyze()  # without statistics, plans would be those of empty tables

    fill = Fill(digest, load) if complete.rows or complete.tables else None
    with target.scratch(render(schema, target.traits).up, app_role=schema.app_role, fill=fill) as database:
        yield database


def _usable_engine(engine: str | Engine) -> Engine:
    target = engines_for([engine])[engine] if isinstance(engine, str) else engine
    if isinstance(target, EngineUnavailable):
        raise target
    return target
