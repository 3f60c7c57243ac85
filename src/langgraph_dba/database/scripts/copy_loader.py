"""Load the rows of COPY … FROM stdin."""

import re
from itertools import chain

from langgraph_dba.database.engines import Connection
from langgraph_dba.database.scripts.cleaning.postgresql_roles import folded
from langgraph_dba.database.scripts.script import ScriptStatement
from langgraph_dba.database.scripts.words import Token, tokens_of

_COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = to_regclass(:table) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""
_ROW = re.compile(r"\(row (\d+) of COPY\)")


def load_copy(connection: Connection, statement: ScriptStatement) -> int:
    """Insert the rows of a COPY statement and return their number."""
    schema, table, columns = _target(statement.text)
    if not columns:
        columns = _all_columns(connection, schema, table)
    rows = statement.rows()
    first = next(rows, None)
    if first is None:
        return 0
    before = str(connection.run("SELECT current_setting('search_path')").scalar)
    # `load` takes the name of a table in the search path
    if schema:
        connection.run("SELECT set_config('search_path', :path, false)", {"path": _quoted(schema)})
    try:
        return connection.load(table, columns, chain([first], rows))
    finally:
        connection.run("SELECT set_config('search_path', :path, false)", {"path": before})


def line_of_row(statement: ScriptStatement, message: str) -> int:
    """Return the line of the file that an error of COPY names; the line of the statement if it names none."""
    found = _ROW.search(message)
    return statement.source.end_line + int(found[1]) if found and statement.source else statement.line


def _target(text: str) -> tuple[str, str, list[str]]:
    """Return the schema (may be empty), the table and the columns (empty: all) of a COPY statement."""
    tokens = list(tokens_of(text.removeprefix("\\")))[1:]
    end = next((at for at, token in enumerate(tokens) if token.is_word("FROM")), len(tokens))
    opening = next((at for at, token in enumerate(tokens[:end]) if token.text == "("), end)
    names, columns = _names(tokens[:opening]), _names(tokens[opening:end])
    return (names[-2] if len(names) > 1 else ""), names[-1], columns


def _names(tokens: list[Token]) -> list[str]:
    return [folded(token.text) for token in tokens if token.is_name]


def _all_columns(connection: Connection, schema: str, table: str) -> list[str]:
    name = f"{_quoted(schema)}.{_quoted(table)}" if schema else _quoted(table)
    return [str(column) for (column,) in connection.run(_COLUMNS, {"table": name}).rows]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
