"""Variables of the environment that name a server of the user do not lead our own connections there."""

import datetime as dt
from pathlib import Path

import pytest

from langgraph_dba.database.engines import Engine
from langgraph_dba.database.engines.live.live_database import open_live

pytestmark = pytest.mark.server
MOMENT = dt.datetime(2026, 2, 1, 8, tzinfo=dt.UTC)
VALUES = (
    "SELECT timestamptz '2026-02-01 08:00+00', interval '1 day', current_setting('timezone'), current_setting('geqo')"
)
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
        ("PGCLIENTENCODING", "SQL_ASCII"),
        ("PGOPTIONS", "-c default_transaction_read_only=on"),
        ("PGDATESTYLE", "German,DMY"),
        ("PGTZ", "Pacific/Auckland"),
        ("PGGEQO", "off"),
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
            assert owner.run(VALUES).rows == ((MOMENT, dt.timedelta(days=1), "UTC", "on"),)


THEIRS = [
    ("PGCLIENTENCODING", "SQL_ASCII", ""),
    ("PGDATESTYLE", "German,DMY", ""),
    ("PGTZ", "Pacific/Auckland", ""),
    ("", "", "datestyle = 'SQL, DMY'"),
    ("", "", "intervalstyle = 'sql_standard'"),
    ("", "", "client_encoding = 'SQL_ASCII'"),
]


@pytest.mark.parametrize(("variable", "value", "setting"), THEIRS)
def test_values_of_a_users_database_are_read_in_the_forms_of_the_driver(
    postgresql: Engine, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, setting: str
) -> None:
    """The variables of the user, or settings of the database, choose other forms."""
    with postgresql.scratch("CREATE TABLE t (a text)") as scratch:
        if variable:
            monkeypatch.setenv(variable, value)
        with scratch.connect("superuser") as superuser:
            superuser.run("INSERT INTO t VALUES ('é')")
            name = superuser.run("SELECT current_database()").scalar
            if setting:
                superuser.run(f'ALTER DATABASE "{name}" SET {setting}')

        with open_live(scratch.url("owner"), trust_role=True) as database:
            reader = database.without_parsing()
            for _ in range(2):  # the session is reset behind each statement
                assert reader.run("SELECT a, timestamptz '2026-02-01 08:00+00', interval '1 day' FROM t").rows == (
                    ("é", MOMENT, dt.timedelta(days=1)),
                )
