"""A file that cannot be read: one line with the place, the problem and the fix."""

import gzip
import os
from pathlib import Path

import pytest
from usable_engines import usable

from langgraph_dba.database.engines import Engine
from langgraph_dba.database.existing_database import read_existing
from langgraph_dba.database.scripts import ScriptError, database_of, read_script, source_text
from langgraph_dba.database.session_files import read_schema
from langgraph_dba.errors import InputError

BAD = {
    "custom format": (b"PGDMP\x01\x0e\x00", 1, "pg_restore -f dump.sql"),
    "tar format": (b"toc.dat\0\0\0", 1, "pg_restore -f dump.sql"),
    "database": (b"SQLite format 3\0\x10\0", 1, "give it as a URL, sqlite:///"),
    "zip": (b"PK\x03\x04\0\0", 1, "unpack it"),
    "binary": (b"CREATE TABLE t (\nid INT\0\x01\x02", 2, "binary file"),
    "empty": (b"", 1, "the file is empty"),
    "blanks": (b"\xef\xbb\xbf \n\n", 1, "the file is empty"),
    "settings": (b"SET search_path = a;\n", 1, "no statement that creates an object"),
    "rows only": (b"SET search_path = a;\nINSERT INTO t VALUES ('x'::text);\n", 1, "only rows"),
    "damaged gzip": (b"\x1f\x8b\x08\0\0\0\0\0", 1, "the gzip data is damaged"),
    "latin1": (b"CREATE TABLE t (n TEXT);\n-- caf\xe9\n", 2, "iconv"),
    "literal": (b"CREATE TABLE a (id serial);\n\nINSERT INTO a VALUES ('x", 3, "the literal that begins in this"),
    "copy": (b"CREATE TABLE a (id serial);\nCOPY a FROM stdin;\n1\n2\n", 2, "the COPY data that begins in this"),
    "body": (b"CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN", 1, "dollar quote $$"),
    "parenthesis": (b"CREATE TABLE a (id serial, n jsonb", 1, "parenthesis"),
    "unclear and cut": (b"CREATE TABLE t (id INT);\n\nINSERT INTO t VALUES ('x", 3, "the literal that begins in this"),
    "unclear and open": (b"CREATE TABLE t (id INT);\nCREATE TABLE u (id INT,\n", 2, "the parenthesis that begins"),
    "unclear": (
        b"CREATE TABLE t (id INT, name VARCHAR(10));",
        1,
        "set `dialect` to one of sqlite, postgresql, mariadb (on the command line: --engine)",
    ),
    "T-SQL": (b"CREATE TABLE [dbo].[t] (\n[id] INT IDENTITY(1,1) NOT NULL,\n[n] NVARCHAR(MAX))\nGO\n", 1, "T-SQL"),
    "Oracle": (b"CREATE TABLE t (id NUMBER(10), n VARCHAR2(20), d DATE DEFAULT SYSDATE);\n/\n", 1, "Oracle"),
    "include": (b"CREATE TABLE t (id serial);\n\\i other.sql\n", 2, "replace the command by the text of other.sql"),
    "shell include": (b"CREATE TABLE t (id INTEGER PRIMARY KEY);\n.read o.sql\n", 2, "by the text of o.sql"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_line_with_its_place(tmp_path: Path, name: str) -> None:
    content, line, words = BAD[name]
    file = tmp_path / "dump.sql"
    file.write_bytes(content)

    with pytest.raises(InputError) as caught:
        read_script(file)

    message = str(caught.value)
    assert message.startswith(f"{file}:{line}: ")
    assert words in message
    assert "\n" not in message


@pytest.mark.parametrize(("name", "words"), [("nothing.sql", "no such file"), (".", "has no .sql file")])
def test_a_missing_file_and_a_folder_without_sql(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_script(tmp_path / name)


def test_a_dump_in_directory_format_needs_pg_restore(tmp_path: Path) -> None:
    (tmp_path / "toc.dat").write_bytes(b"PGDMP")

    with pytest.raises(InputError, match="directory format: use `pg_restore"):
        read_script(tmp_path)


def test_a_file_that_vanishes_while_a_folder_is_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def vanished(_: Path, __: str) -> None:
        raise FileNotFoundError(2, "No such file or directory", "/proc/1/task")

    monkeypatch.setattr(Path, "rglob", vanished)

    with pytest.raises(InputError, match=r"the folder cannot be read: No such file or directory \(/proc/1/task\)"):
        read_script(tmp_path)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "the source is empty"),
        (" ", "the source is empty"),
        ("jdbc:postgresql://host/db", "must begin with postgresql://, mysql://, mariadb:// or sqlite://"),
        ("x" * 5000, "File name too long: give the path of a SQL file"),
    ],
)
def test_a_source_that_is_none_is_refused_with_the_fix(source: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read_existing(source)

    assert "\n" not in str(caught.value)


def test_a_folder_with_the_statements_of_a_session_needs_its_schema(tmp_path: Path) -> None:
    for name in ("sqlite", "postgresql"):
        (tmp_path / f"schema.{name}.sql").write_text("CREATE TABLE t (id INTEGER);")

    with pytest.raises(InputError, match=r"schema\.json is missing: .* schema\.sqlite\.sql, schema\.postgresql\.sql"):
        read_existing(tmp_path)


def test_a_schema_that_is_no_json_has_no_empty_field() -> None:
    with pytest.raises(InputError, match="is no valid schema: Invalid JSON"):
        read_schema("{")


def test_an_unknown_dialect_lists_the_three(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no dialect 'oracle': set `dialect` to one of sqlite, .*--engine"):
        read_script(tmp_path, "oracle")


@pytest.mark.parametrize("is_packed", [False, True])
def test_a_large_file_is_refused_before_it_fills_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_packed: bool
) -> None:
    monkeypatch.setattr(source_text, "LARGEST_BYTES", 1_000_000)
    file = tmp_path / "dump.sql"
    content = b"-" * 2_000_000
    file.write_bytes(gzip.compress(content) if is_packed else content)

    with pytest.raises(InputError, match="more than 1 MB: dump the schema only"):
        read_script(file)


SQL = "-- ÄÖ\nCREATE TABLE tür (id serial, n text DEFAULT 'é');\n"


@pytest.mark.parametrize(
    "content",
    [
        SQL.encode(),
        SQL.encode("utf-8-sig"),
        SQL.encode("utf-16"),
        b"SET client_encoding = 'LATIN1';\n" + SQL.encode("latin-1"),
        b"SET client_encoding TO 'WIN1252';\n" + SQL.encode("cp1252"),
        gzip.compress(SQL.encode()),
    ],
    ids=["utf-8", "bom", "utf-16", "latin-1", "cp1252", "gzip"],
)
def test_encodings_are_decoded(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "dump.sql"
    file.write_bytes(content)

    assert "CREATE TABLE tür (id serial, n text DEFAULT 'é')" in read_script(file).ddl


def test_a_refused_statement_names_file_line_and_message(sqlite: Engine, tmp_path: Path) -> None:
    file = tmp_path / "s.sql"
    file.write_text("CREATE TABLE a (id INTEGER PRIMARY KEY);\n\nCREATE INDEX i ON missing (id);\n", encoding="utf-8")

    with pytest.raises(ScriptError) as caught, database_of(read_script(file, "sqlite"), sqlite):
        pass

    assert str(caught.value) == (
        f"{file}:3: no such table: main.missing: create what it names in an earlier statement"
        " (CREATE INDEX i ON missing (id))"
    )


@pytest.mark.parametrize(("dialect", "is_named"), [(None, True), ("sqlite", False)])
def test_a_refused_statement_names_the_dialect_that_was_guessed(
    sqlite: Engine, tmp_path: Path, dialect: str | None, *, is_named: bool
) -> None:
    file = tmp_path / "s.sql"
    file.write_text("CREATE TABLE a (id INTEGER PRIMARY KEY);\nCREATE INDEX i ON missing (id);\n", encoding="utf-8")

    with pytest.raises(ScriptError) as caught, database_of(read_script(file, dialect), sqlite):
        pass

    guess = "the dialect sqlite was guessed, set `dialect` if it is another (on the command line: --engine)"
    assert str(caught.value).endswith(guess) == is_named


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        (
            "CREATE TABLE a (id integer PRIMARY KEY,\n  del tinyint DEFAULT '0',\n  \"type\" integer NOT NULL\n);",
            "sqlite",
        ),
        ("CREATE TABLE a (id integer PRIMARY KEY,\n  del tinyint DEFAULT '0',\n  type integer NOT NULL\n);", "mariadb"),
        ('CREATE TABLE a (id uuid PRIMARY KEY,\n  datetime timestamp,\n  "type" integer NOT NULL\n);', "postgresql"),
    ],
)
def test_what_a_dialect_does_not_have_counts_against_it(tmp_path: Path, text: str, dialect: str) -> None:
    file = tmp_path / "s.sql"
    file.write_text(text, encoding="utf-8")

    assert read_script(file).dialect == dialect


def test_another_engine_is_refused(sqlite: Engine, tmp_path: Path) -> None:
    file = tmp_path / "s.sql"
    file.write_text("CREATE TABLE a (id serial);", encoding="utf-8")

    with pytest.raises(InputError, match="the file is for postgresql: use that engine instead of sqlite"):
        with database_of(read_script(file), sqlite):
            pass


DUMPS = Path(__file__).parents[1] / "statements" / "dumps"


@pytest.mark.parametrize("name", ["pg_dump_15.sql", "pg_dump_18.sql", "mariadb_dump.sql", "sqlite_dump.sql"])
def test_a_dump_that_is_cut_between_two_statements_is_refused(tmp_path: Path, name: str) -> None:
    """Every table would seem to lack the keys and indexes that stand at the end."""
    file = tmp_path / name
    start, marker, _ = (DUMPS / name).read_text(encoding="utf-8").partition(";\n")
    file.write_text(f"{start}{marker}CREATE TABLE last_one (id integer);\n", encoding="utf-8")
    if name == "sqlite_dump.sql":
        file.write_text(f"PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n{marker}", encoding="utf-8")

    with pytest.raises(InputError, match=rf"{name}:\d+: the file ends here, without the last line of \w+") as caught:
        read_script(file)

    assert "\n" not in str(caught.value)


def test_a_line_behind_the_last_one_of_a_dump_is_allowed(tmp_path: Path) -> None:
    file = tmp_path / "schema.sql"
    migrations = "INSERT INTO schema_migrations VALUES ('x');\n" * 100
    file.write_text((DUMPS / "pg_dump_18.sql").read_text(encoding="utf-8") + migrations, encoding="utf-8")

    assert read_script(file).data_statements == 103


def test_of_two_dumps_in_one_file_both_need_their_last_line(tmp_path: Path) -> None:
    file = tmp_path / "all.sql"
    begin = "--\n-- PostgreSQL database dump\n--\nCREATE TABLE t (id serial);\n"
    end = "-- PostgreSQL database dump complete\n"
    file.write_text(begin + end + begin, encoding="utf-8")

    with pytest.raises(InputError, match=r"all\.sql:9: the file ends here"):
        read_script(file)


def test_a_text_that_one_dialect_closes_is_not_called_cut(tmp_path: Path) -> None:
    file = tmp_path / "s.sql"
    file.write_text("CREATE TABLE t (id INT);\nCREATE VIEW v AS SELECT 'it\\'s (ok)';\n", encoding="utf-8")

    with pytest.raises(InputError, match="the dialect is not clear"):
        read_script(file)


@pytest.mark.server
@pytest.mark.parametrize(
    ("engine", "end", "words"),
    [
        ("postgresql", "COMMIT;", ""),
        ("postgresql", "SAVEPOINT a; RELEASE a; COMMIT;", ""),
        ("postgresql", "", ":2: the transaction that begins here is not committed"),
        ("sqlite", "", ":2: the transaction that begins here is not committed"),
        ("postgresql", "ROLLBACK;", ":4: rollback undoes other statements"),
        ("postgresql", "SAVEPOINT a; CREATE INDEX i ON a (id); ROLLBACK TO a; COMMIT;", "undoes the statements since"),
        ("postgresql", "CREATE INDEX CONCURRENTLY i ON a (id); COMMIT;", "because a transaction is open"),
    ],
)
def test_statements_that_a_client_loses_are_not_proved(engine: str, end: str, words: str, tmp_path: Path) -> None:
    assert usable(engine).version()
    file = tmp_path / "theirs.sql"
    file.write_text(f"-- a file\nBEGIN;\nCREATE TABLE a (id integer PRIMARY KEY);\n{end}\n", encoding="utf-8")

    if not words:
        assert read_existing(file, engines=[engine]).schema.tables
        return
    with pytest.raises(InputError) as refused:
        read_existing(file, engines=[engine])
    assert words in str(refused.value)


@pytest.mark.parametrize("kind", ["pipe", "link"])
def test_a_migration_that_is_no_file_is_named(kind: str, tmp_path: Path) -> None:
    (tmp_path / "1_a.sql").write_text("CREATE TABLE a (id integer PRIMARY KEY) STRICT;", encoding="utf-8")
    other = tmp_path / "2_b.sql"
    if kind == "pipe":
        os.mkfifo(other)
    else:
        other.symlink_to(tmp_path / "gone.sql")

    with pytest.raises(InputError, match=r"2_b\.sql:1: "):
        read_script(tmp_path)
