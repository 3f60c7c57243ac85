"""Statements of an application that a schema must accept or refuse."""

from collections.abc import Callable, Iterable

from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.engines import Engine, Rejected
from langgraph_dba.database.model.schema import Schema


def wrong_answers(
    engine: Engine,
    schema: Schema,
    rows: str,
    statements: tuple[Iterable[str], Iterable[str]],
    in_engine: Callable[[str, Engine], str],
) -> list[str]:
    """Return the statements that are answered wrongly, of those that the schema accepts and those that it refuses.

    `rows` are statements that insert what they need; `in_engine` returns a statement in the engine's form.
    """
    accepted, refused = statements
    wrong: list[str] = []
    with engine.scratch(render(schema, engine.traits).up) as scratch, scratch.connect() as connection:
        for sql in filter(None, map(str.strip, rows.split(";"))):
            connection.run(in_engine(sql, engine))
        for sql in accepted:
            answer = connection.attempt((in_engine(sql, engine), {}))
            wrong += [f"{sql}: {answer}"] if isinstance(answer, Rejected) else []
        for sql in refused:
            answer = connection.attempt((in_engine(sql, engine), {}))
            wrong += [] if isinstance(answer, Rejected) else [f"{sql}: accepted"]
    return wrong
