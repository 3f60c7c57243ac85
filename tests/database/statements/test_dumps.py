"""Dumps as pg_dump 15 and 18, mariadb-dump 10.11 and sqlite3 3.40 wrote them."""

import sqlite3
from pathlib import Path

import pytest

from langgraph_dba.database.statements import Statement, split
from langgraph_dba.database.statements import postgres_grammar as grammar

DUMPS = Path(__file__).parent / "dumps"


def statements(name: str, dialect: str) -> list[Statement]:
    script = (DUMPS / name).read_text(encoding="utf-8")
    found = list(split(script, dialect))
    assert all(script[part.start : part.end] == part.text and not part.unterminated for part in found)
    return found


@pytest.mark.parametrize("name", ["pg_dump_15.sql", "pg_dump_18.sql"])
def test_each_statement_of_pg_dump_parses_alone(name: str) -> None:
    found = statements(name, "postgresql")

    assert [part.text for part in found if part.kind == "meta"] == [r"\restrict TOKEN", r"\unrestrict TOKEN"]
    trees = [grammar.parse(part.text) for part in found if part.kind != "meta"]
    assert [1 if isinstance(tree, grammar.GrammarError) else len(tree) for tree in trees] == [1] * len(trees)
    assert not any(isinstance(tree, grammar.GrammarError) for tree in trees)


@pytest.mark.parametrize("name", ["pg_dump_15.sql", "pg_dump_18.sql"])
def test_the_rows_of_pg_dump_belong_to_their_copy(name: str) -> None:
    empty, filled = [part for part in statements(name, "postgresql") if part.kind == "copy"]

    assert empty.data == ""
    assert [line.split("\t")[0] for line in filled.data.splitlines()] == ["1", "2", "3", "4"]


def test_mariadb_dump_keeps_its_bodies_whole() -> None:
    texts = [part.text for part in statements("mariadb_dump.sql", "mariadb") if part.kind == "sql"]

    bodies = [text for text in texts if "BEGIN" in text]
    assert [text.split()[-2:] for text in bodies] == [["END", "*/"], ["END", "*/"], ["CASE;", "END"]]
    assert len(texts) == 91  # as many lines of the file end with the delimiter in force
    assert not any(text.endswith(";") for text in texts)


def test_the_statements_of_a_sqlite_dump_make_the_same_database_one_by_one() -> None:
    script = (DUMPS / "sqlite_dump.sql").read_text(encoding="utf-8")
    whole, single = sqlite3.connect(":memory:"), sqlite3.connect(":memory:", isolation_level=None)

    whole.executescript(script)
    for part in statements("sqlite_dump.sql", "sqlite"):
        single.execute(part.text)

    assert list(whole.iterdump()) == list(single.iterdump())
    whole.close()
    single.close()
