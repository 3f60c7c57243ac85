"""Hand-written schemas: a database that is created from the reflected schema is the same, by our reader and by others.

The other readers (pg_dump, SHOW CREATE, PRAGMAs with another parser) share no query with ours.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlglot
from schema_dumps import pg_statements
from shared_databases import SharedDatabases
from sqlglot import exp

from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.engines import ENGINES, Connection, Scratch, traits_of
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.reflection.engine_round_trip import as_stored_by
from langgraph_dba.database.reflection.read_schema import reflect

FOLDER = Path(__file__).parent / "schemas"
FILES = sorted(FOLDER.glob("*/*.sql"))
Dump = list[str] | dict[str, object]


def _show_create(scratch: Scratch) -> Dump:
    """Return the output of SHOW CREATE for every table."""
    with scratch.connect() as link:
        names = [row[0] for row in link.run("SHOW FULL TABLES WHERE table_type = 'BASE TABLE'").rows]
        return {name: _lines(str(link.run(f"SHOW CREATE TABLE `{name}`").rows[0][1])) for name in names}


def _lines(statement: str) -> list[str]:
    """Return the sorted lines of a statement: the order of indexes and checks depends on the order of creation."""
    statement = re.sub(r" AUTO_INCREMENT=\d+| ON DELETE (NO ACTION|RESTRICT)", "", statement)  # both are the default
    # a check in a column definition has the name of the column
    statement = re.sub(r"^ *(`\w+`)(.*?) (CHECK .*?),?$", r"\1\2\nCONSTRAINT \1 \3", statement, flags=re.MULTILINE)
    return sorted(line.strip().rstrip(",").lower() for line in statement.splitlines())


_PRAGMAS = (
    "SELECT name, type, nullif(dflt_value, 'NULL'), pk, hidden FROM pragma_table_xinfo('{t}')",
    """SELECT k."table", k."from", k.on_update, k.on_delete,
         coalesce(k."to", (SELECT name FROM pragma_table_info(k."table") WHERE pk = k.seq + 1))
       FROM pragma_foreign_key_list('{t}') k ORDER BY 2, 1""",
    "SELECT strict, wr FROM pragma_table_list WHERE name = '{t}'",
)
_INDEXES = "SELECT name, \"unique\", origin, partial FROM pragma_index_list('{t}')"


def _pragmas(scratch: Scratch) -> Dump:
    """Return the results of PRAGMAs and of another parser, without generated names."""
    with scratch.connect() as link:
        names = [row[0] for row in link.run("SELECT name FROM sqlite_schema WHERE type = 'table'").rows]
        others = link.run("SELECT name, sql FROM sqlite_schema WHERE type IN ('view', 'trigger') ORDER BY name").rows
        dump: dict[str, object] = {name: list(_table(link, name)) for name in names if not name.startswith("sqlite_")}
        return dump | {name: re.sub(r"\W+", "", sql) for name, sql in others}


def _table(link: Connection, name: str) -> Iterator[object]:
    yield from (_plain(link.run(pragma.format(t=name)).rows) for pragma in _PRAGMAS)
    indexes = []
    for index, *more in link.run(_INDEXES.format(t=name)).rows:
        parts = link.run(f"SELECT name, \"desc\", coll FROM pragma_index_xinfo('{index}') WHERE key").rows
        indexes.append((*more, parts, index if more[1] == "c" else "", _where(link, index)))
    yield sorted(indexes, key=repr)
    sql = str(link.run("SELECT sql FROM sqlite_schema WHERE name = :n", {"n": name}).scalar)
    tree = sqlglot.parse_one(sql, dialect="sqlite")
    checks = [check.this.sql(comments=False) for check in tree.find_all(exp.CheckColumnConstraint)]
    yield (
        sorted(checks),
        sorted(str(one.this).strip('"') for one in tree.find_all(exp.CollateColumnConstraint)),
        "AUTOINC" in sql,
    )


def _plain(rows: tuple[tuple[object, ...], ...]) -> list[tuple[object, ...]]:
    return [tuple(value.upper() if isinstance(value, str) else value for value in row) for row in rows]


def _where(link: Connection, index: str) -> str:
    sql = str(link.run("SELECT sql FROM sqlite_schema WHERE name = :n", {"n": index}).scalar)
    return re.sub(r'[\s"]+', "", sql.partition(" ON ")[2])


INDEPENDENT_READERS: dict[str, Callable[[Scratch], Dump]] = {
    "postgresql": pg_statements,
    "mariadb": _show_create,
    "sqlite": _pragmas,
}


@pytest.fixture(scope="module")
def databases() -> Iterator[SharedDatabases]:
    shared = SharedDatabases()
    yield shared
    shared.close()


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_schema_is_created_again_from_its_reflection(file: Path, databases: SharedDatabases) -> None:
    """Reflect, drop without leftovers, create from the reflected schema, and reflect again."""
    name, traits, text = file.parent.name, traits_of(file.parent.name), file.read_text()
    since = re.match(r"-- .*, from version (\d+) on\.", text)
    with databases.empty(name, int(since[1]) if since else 0) as (scratch, connection):
        connection.script(text)
        first, dump = reflect(connection, traits, name=file.stem), INDEPENDENT_READERS[name](scratch)
        ddl = render(first, traits)
        connection.script(ddl.down)
        leftovers = {kind: names for kind, names in connection.catalogue().items() if names and kind != "extension"}
        connection.script(ddl.up)
        second, dump_again = reflect(connection, traits, name=file.stem), INDEPENDENT_READERS[name](scratch)
        connection.script(ddl.down)

    assert leftovers == {}
    assert first == Schema.model_validate_json(first.model_dump_json())
    assert first.lost == () or file.stem == "quoted"
    assert second == first.model_copy(update={"lost": ()})
    assert as_stored_by(first, traits) == _without_estimates(second)
    # constraints and indexes whose names need quotes get other names, which every dump shows
    assert file.stem == "quoted" or dump_again == dump


def _without_estimates(schema: Schema) -> Schema:
    tables = tuple(table.with_(estimated_rows=None) for table in schema.tables)
    return schema.model_copy(update={"tables": tables})


@pytest.mark.parametrize("name", ENGINES)
def test_there_are_a_dozen_hand_written_schemas(name: str) -> None:
    assert sum(file.parent.name == name for file in FILES) >= 12
