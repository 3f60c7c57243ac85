"""Variables of the environment that name a server of the user do not lead our own connections there."""

from pathlib import Path

import pytest

from langgraph_dba.database.engines import Engine

pytestmark = pytest.mark.server
SERVICE = "[theirs]\nhost=127.0.0.9\nhostaddr=127.0.0.9\nport=7777\nsslmode=require\nuser=joe\n"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PGHOST", "127.0.0.9"),
        ("PGHOSTADDR", "127.0.0.9"),
        ("PGPORT", "7777"),
        ("PGUSER", "joe"),
        ("PGDATABASE", "theirs"),
        ("PGSERVICE", "theirs"),
        ("PGSSLMODE", "require"),
        ("PGSSLCERTMODE", "require"),
        ("PGSSLNEGOTIATION", "direct"),
        ("PGGSSENCMODE", "require"),
        ("PGCHANNELBINDING", "require"),
        ("PGTARGETSESSIONATTRS", "standby"),
        ("PGREQUIREAUTH", "none"),
        ("PGREQUIREPEER", "joe"),
        ("PGCLIENTENCODING", "LATIN1"),
        ("PGOPTIONS", "-c default_transaction_read_only=on"),
        ("PGPASSFILE", "/nowhere"),
    ],
)
def test_a_variable_for_another_server_changes_nothing(
    postgresql: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, value: str
) -> None:
    (tmp_path / "services").write_text(SERVICE, encoding="utf-8")
    with postgresql.scratch("CREATE TABLE t (a text)") as scratch:
        with scratch.connect("superuser") as connection:
            own = connection.run("SHOW data_directory").scalar
        monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
        monkeypatch.setenv(variable, value)

        with scratch.connect("superuser") as superuser, scratch.connect("owner") as owner:
            owner.run("INSERT INTO t VALUES ('é')")

            assert superuser.run("SHOW data_directory").scalar == own
            assert owner.run("SELECT a FROM t").scalar == "é"
