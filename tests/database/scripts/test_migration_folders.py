"""Folders of migrations: which files are read, and in which order."""

from pathlib import Path

import pytest

from langgraph_dba.database.engines import Engine
from langgraph_dba.database.scripts import Script, database_of, read_script
from langgraph_dba.errors import InputError

FOLDERS: dict[str, tuple[list[str], list[str]]] = {
    "Flyway": (
        ["V1__a.sql", "V2__b.sql", "V10__c.sql", "V2.1__d.sql", "R__views.sql", "U2__b.sql"],
        ["V1__a.sql", "V2__b.sql", "V2.1__d.sql", "V10__c.sql", "R__views.sql"],
    ),
    "Flyway with a baseline": (["V1__a.sql", "V2__b.sql", "B2__all.sql", "V3__c.sql"], ["B2__all.sql", "V3__c.sql"]),
    "numbers": (["10_c.sql", "2_b.sql", "001_a.sql"], ["001_a.sql", "2_b.sql", "10_c.sql"]),
    "timestamps": (["20240201_b.sql", "20240101_a.sql"], ["20240101_a.sql", "20240201_b.sql"]),
    "golang-migrate": (
        ["1_a.up.sql", "1_a.down.sql", "2_b.up.sql", "2_b.down.sql"],
        ["1_a.up.sql", "2_b.up.sql"],
    ),
    "diesel": (
        ["2024-02_b/up.sql", "2024-02_b/down.sql", "2024-01_a/up.sql", "2024-01_a/down.sql"],
        ["2024-01_a/up.sql", "2024-02_b/up.sql"],
    ),
    "Prisma": (["2_b/migration.sql", "1_a/migration.sql"], ["1_a/migration.sql", "2_b/migration.sql"]),
}


def read(folder: Path, files: dict[str, str], dialect: str = "sqlite") -> Script:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return read_script(folder, dialect)


@pytest.mark.parametrize("name", FOLDERS)
def test_the_order_of_the_files(tmp_path: Path, name: str) -> None:
    present, order = FOLDERS[name]

    script = read(tmp_path, {file: f"CREATE TABLE t{number} (id INTEGER);" for number, file in enumerate(present)})

    assert [str(Path(file).relative_to(tmp_path)) for file in script.files] == order
    assert sorted(Path(one.file) for one in script.skipped) == sorted(tmp_path / one for one in {*present} - {*order})


@pytest.mark.parametrize(
    ("up", "down"),
    [
        ("-- +goose Up", "-- +goose Down"),
        ("-- migrate:up", "-- migrate:down"),
        ("-- +migrate Up", "-- +migrate Down"),
        ("-- Up Migration", "-- Down Migration"),
        ("-- rambler up", "-- rambler down"),
    ],
)
def test_down_parts_are_skipped_and_lines_stay(tmp_path: Path, up: str, down: str) -> None:
    first = f"{up}\nCREATE TABLE a (id INTEGER);\n{down}\nDROP TABLE a;\n"
    second = f"{down}\nDROP TABLE b;\n\n{up}\nCREATE TABLE b (id INTEGER);\n"

    script = read(tmp_path, {"1.sql": first, "2.sql": second})

    assert [(one.line, one.text) for one in script.statements] == [
        (2, "CREATE TABLE a (id INTEGER)"),
        (5, "CREATE TABLE b (id INTEGER)"),
    ]
    assert [(one.line, one.text, one.reason) for one in script.skipped] == [
        (3, down, "it migrates down"),
        (1, down, "it migrates down"),
    ]


def test_two_files_of_one_version_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"same version as V1__a\.sql"):
        read(tmp_path, {"V1__a.sql": "CREATE TABLE a (id INTEGER)", "V1.0__b.sql": "", "V1__b.sql": "SELECT 1"})


def test_later_migrations_change_what_earlier_ones_create(engine: Engine, tmp_path: Path) -> None:
    files = {
        "1.sql": "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (id INTEGER PRIMARY KEY);",
        "2.sql": "ALTER TABLE a ADD COLUMN n INTEGER; INSERT INTO a VALUES (1, 2); UPDATE a SET n = 3;",
        "3.sql": "DROP TABLE b; ALTER TABLE a RENAME TO c; CREATE INDEX i ON c (n);",
    }
    script = read(tmp_path, files, engine.traits.name)

    with database_of(script, engine) as database, database.scratch.connect() as connection:
        assert connection.run("SELECT id, n FROM c").rows == ()
        assert list(connection.catalogue()["table"]) == ["c"]


def test_a_value_added_to_an_enum_can_be_used(postgresql: Engine, tmp_path: Path) -> None:
    """In one transaction, PostgreSQL before version 17 refuses that."""
    files = {
        "1.sql": "CREATE TYPE mood AS ENUM ('a');",
        "2.sql": "ALTER TYPE mood ADD VALUE 'b';",
        "3.sql": "CREATE TABLE t (m mood DEFAULT 'b' CHECK (m <> 'b'));",
    }

    with database_of(read(tmp_path, files, "postgresql"), postgresql) as database:
        assert len(database.script.statements) == 2  # the value stands in CREATE TYPE


def test_added_values_stand_at_their_place(tmp_path: Path) -> None:
    statements = [
        "CREATE TYPE public.mood AS ENUM ('a', 'c')", "ALTER TYPE mood ADD VALUE 'b' BEFORE 'c'",
        "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'a'", "ALTER TYPE mood ADD VALUE 'd'", "ALTER TYPE x ADD VALUE 'e'",
        "ALTER TYPE mood RENAME TO feeling", "ALTER TYPE mood ADD VALUE 'f'",
    ]  # fmt: skip

    script = read(tmp_path, {"1.sql": ";\n".join(statements)}, "postgresql")

    assert [one.text for one in script.statements] == [
        "CREATE TYPE public.mood AS ENUM ('a', 'b', 'c', 'd')",
        *statements[4:],
    ]
    assert [one.line for one in script.skipped] == [2, 3, 4]
