"""The commands `review` and `prove` on databases that exist: a file, a folder, a live database."""

import json
import sqlite3
from pathlib import Path

import pytest
from command_line import run

from langgraph_dba.database.engines import Engine

SHOP = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, created_at TEXT NOT NULL);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers, price REAL NOT NULL);
"""
DUMP = """
\\restrict abc
SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.customers (id bigint NOT NULL, email text NOT NULL);
ALTER TABLE public.customers OWNER TO shop_admin;
COPY public.customers (id, email) FROM stdin;
1\ta@example.com
\\.
ALTER TABLE ONLY public.customers ADD CONSTRAINT customers_pkey PRIMARY KEY (id);
GRANT SELECT ON public.customers TO reporting;
\\unrestrict abc
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """An SQLite database with two rows."""
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as link:
        link.executescript(SHOP + "INSERT INTO customers VALUES (1, 'a', 'b'); INSERT INTO orders VALUES (1, 1, 2.5);")
    link.close()
    return path


def test_a_live_sqlite_database_is_reviewed_and_not_changed(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = shop.read_bytes()

    code = run(monkeypatch, "review", f"sqlite:///{shop}", "--json")

    document = json.loads(capsys.readouterr().out)
    assert code == 1
    assert shop.read_bytes() == before
    assert document["tables"] == ["customers", "orders"]
    assert {"money-as-float", "unindexed-foreign-key"} <= {one["rule"] for one in document["findings"]}
    states = {one["proof"]: one["state"] for one in document["evidence"]}
    assert (states["relationships"], states["foreign-keys-indexed"]) == ("supported", "refuted")
    assert document["lost"] == []


def test_rules_alone_run_no_proof(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "review", f"sqlite:///{shop}", "--no-prove")

    answer = capsys.readouterr().out
    assert "critical orders.price: money-as-float" in answer
    assert "supported" not in answer


@pytest.mark.server
def test_a_dump_is_reviewed_with_its_skipped_statements(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dump = tmp_path / "dump.sql"
    dump.write_text(DUMP)

    run(monkeypatch, "review", str(dump), "--json")

    document = json.loads(capsys.readouterr().out)
    assert document["engines"] == ["postgresql"]
    assert document["tables"] == ["customers"]
    assert document["data_statements"] == 1
    assert {2, 6} <= {one["line"] for one in document["skipped"]}
    assert {one["state"] for one in document["evidence"] if one["proof"] == "relationships"} == {"supported"}


def test_data_statements_are_counted_and_passwords_are_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dump = tmp_path / "dump.sql"
    dump.write_text(f"{SHOP}INSERT INTO customers VALUES (1, 'a', 'b');\nATTACH 'x?password=Zq9pass' AS x;\n")

    run(monkeypatch, "review", str(dump), "--engine", "sqlite", "--no-prove")

    printed = capsys.readouterr().out
    assert "Data       1, not run: statements that write rows or set sequences\n" in printed
    assert "ATTACH" in printed
    assert "Zq9" not in printed


@pytest.mark.server
def test_prove_reads_a_live_database_as_a_restricted_login_and_changes_nothing(
    postgresql: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    statements = "CREATE TABLE a (id bigint PRIMARY KEY, n text NOT NULL UNIQUE); GRANT SELECT ON a TO app_user;"
    with postgresql.scratch(statements) as scratch, scratch.connect("superuser") as superuser:
        superuser.run("INSERT INTO a VALUES (1, 'x')")
        before = superuser.catalogue(), superuser.run("SELECT * FROM a").rows

        code = run(monkeypatch, "prove", scratch.url("app"), "--claim", "relationships")

        assert (superuser.catalogue(), superuser.run("SELECT * FROM a").rows) == before
    answer = capsys.readouterr()
    assert code == 0
    assert "supported  relationships on postgresql" in answer.out


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("nowhere.sql", "nowhere.sql"),
        ("postgresql://u:secret-word@127.0.0.1:1/x", "127.0.0.1"),
        ("mysql://u:secret-word@127.0.0.1:1/x", "127.0.0.1"),
        ("sqlite:///nowhere.db", "nowhere.db"),
        ("oracle://u:secret-word@host/x", "oracle"),
    ],
)
def test_a_source_that_cannot_be_read_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], source: str, words: str
) -> None:
    for command in ("review", "prove"):
        code = run(monkeypatch, command, source)

        message = capsys.readouterr().err
        assert code == 2
        assert words in message
        assert message.count("\n") == 1
        assert "secret-word" not in message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PGDMP\x01\x0e\x00", "pg_restore"),
        (b"CREATE TABLE t (\nid INT\0", "binary"),
        (b"CREATE TABLE a (id serial);\nCOPY a FROM stdin;\n1\n", "COPY data"),
        pytest.param(
            b"CREATE TABLE a (id serial);\nCREATE TABLE b (a_id int REFERENCES missing);\n",
            "dump.sql:2",
            marks=pytest.mark.server,
        ),
    ],
)
def test_a_bad_file_is_one_line_with_its_place(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes, words: str
) -> None:
    file = tmp_path / "dump.sql"
    file.write_bytes(content)

    code = run(monkeypatch, "review", str(file))

    message = capsys.readouterr().err
    assert code == 2
    assert words in message
    assert message.count("\n") == 1


def test_a_file_that_is_skipped_whole_is_named_without_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "1.up.sql").write_text("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT);")
    (tmp_path / "1.down.sql").write_text("DROP TABLE t;")

    run(monkeypatch, "review", str(tmp_path), "--no-prove")

    assert f"1 x a down migration, first file {tmp_path / '1.down.sql'}\n" in capsys.readouterr().out


def test_a_folder_without_sql_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(monkeypatch, "review", str(tmp_path)) == 2
    assert "has no .sql file" in capsys.readouterr().err


@pytest.mark.server
def test_a_login_that_may_write_is_refused_with_the_remedy(
    postgresql: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with postgresql.scratch("CREATE TABLE a (id bigint PRIMARY KEY); GRANT ALL ON a TO app_user;") as scratch:
        refused = run(monkeypatch, "review", scratch.url("app"), "--no-prove")
        accepted = run(monkeypatch, "review", scratch.url("app"), "--no-prove", "--trust-role")

    assert refused == 2
    assert "could do more than read" in capsys.readouterr().err
    assert accepted in (0, 1)


def test_a_database_without_visible_tables_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "empty.db"
    with sqlite3.connect(path) as link:
        link.execute("PRAGMA user_version = 1")
    link.close()

    assert run(monkeypatch, "review", f"sqlite:///{path}") == 2
    assert "no table is visible" in capsys.readouterr().err


@pytest.mark.server
def test_a_live_database_with_grants_to_other_roles_is_copied(
    postgresql: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The copy's owner may not create roles: they are provided."""
    assert postgresql.provide_roles(["web_team"]) == ""
    statements = "CREATE TABLE a (id bigint PRIMARY KEY, n text NOT NULL); GRANT SELECT, INSERT ON a TO web_team;"
    statements += "GRANT SELECT ON a TO app_user;"
    with postgresql.scratch(statements) as scratch:
        run(monkeypatch, "review", scratch.url("app"), "--json")

    document = json.loads(capsys.readouterr().out)
    assert document["lost"] == []
    assert "supported" in {one["state"] for one in document["evidence"]}


@pytest.mark.server
def test_schemas_are_named_if_the_copy_needs_one_and_the_proofs_run_nevertheless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dump = tmp_path / "needs.sql"
    dump.write_text(
        "CREATE SCHEMA auth; CREATE TABLE auth.users (id bigint PRIMARY KEY);"
        "CREATE FUNCTION auth.uid() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT 1::bigint';"
        "CREATE TABLE notes (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES auth.users);"
        "CREATE POLICY own ON notes USING (user_id = auth.uid());"
    )

    run(monkeypatch, "review", str(dump), "--engine", "postgresql", "--json")
    document = json.loads(capsys.readouterr().out)

    schema, *_, comparison = document["lost"]
    assert schema.startswith("schema auth: its 1 tables are not read")
    assert comparison.startswith("only the comparison with a copy made from what was read was not possible")
    assert 'schema "auth" does not exist' in comparison
    assert comparison.endswith("the proofs use the statements of the file")
    assert "supported" in {one["state"] for one in document["evidence"]}


@pytest.mark.server
def test_another_schema_is_named_and_can_be_reviewed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dump = tmp_path / "two.sql"
    dump.write_text(
        "CREATE SCHEMA billing; CREATE TABLE a (id bigint PRIMARY KEY); CREATE TABLE billing.bad (price real);"
    )

    run(monkeypatch, "review", str(dump), "--engine", "postgresql", "--no-prove", "--json")
    first = json.loads(capsys.readouterr().out)
    run(monkeypatch, "review", str(dump), "--engine", "postgresql", "--schema", "billing", "--json")
    other = json.loads(capsys.readouterr().out)

    assert len(first["lost"]) == 1
    assert first["lost"][0].startswith("schema billing: its 1 tables are not read")
    assert (other["tables"], other["evidence"]) == (["bad"], [])
    assert "money-as-float" in {finding["rule"] for finding in other["findings"]}


@pytest.mark.server
def test_prove_says_what_was_left_out_and_which_keys_have_a_type_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dump = tmp_path / "dump.sql"
    dump.write_text("CREATE TABLE a (id serial PRIMARY KEY, word text);\nALTER TABLE a DISABLE TRIGGER ALL;\n")

    code = run(monkeypatch, "prove", str(dump), "--claim", "identity-room")

    printed = capsys.readouterr().out
    assert code == 1
    assert "does not enforce the foreign keys" in printed
    assert "a.id (serial)" in printed
