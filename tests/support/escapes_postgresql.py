"""The PostgreSQL database for the attempts of the corpus, and the traces they could leave."""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from escapes import MARK, Who, corpus, files_left

from langgraph_dba.database import LiveDatabase
from langgraph_dba.database.engines import Engine

_PASSWORD = "only-to-read"
_CATALOGUES = (
    "pg_attribute", "pg_proc", "pg_namespace", "pg_constraint", "pg_rewrite", "pg_trigger", "pg_policy", "pg_type",
    "pg_extension", "pg_foreign_server", "pg_db_role_setting", "pg_authid", "pg_auth_members",
    "pg_largeobject_metadata", "pg_subscription", "pg_description", "pg_default_acl", "pg_cast", "pg_operator",
)  # fmt: skip
# Autovacuum workers also take locks, at moments of their own; only sessions of clients count.
_LOCKS = """
SELECT string_agg(locktype || mode, ' ') FROM pg_locks l JOIN pg_database d ON d.oid = l.database
JOIN pg_stat_activity a USING (pid)
WHERE d.datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_LINGER_S = 5.0
_STATE = f"""
SELECT
  ({" || ".join(f"(SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {name} t)" for name in ("account", "entry", "audit", "guarded", "totals"))}),
  (SELECT last_value || ' ' || is_called FROM ticket),
  (SELECT coalesce(md5(string_agg(l::text, '|' ORDER BY l::text)), '') FROM pg_largeobject l),
  (SELECT string_agg(d::text, '|' ORDER BY oid) FROM (SELECT oid, datname, datdba, datacl, datconnlimit FROM pg_database) d),
  (SELECT string_agg(slot_name, ' ') FROM pg_replication_slots),
  ({_LOCKS}),
  (SELECT stats_reset::text FROM pg_stat_database WHERE datname = current_database()),
  pg_conf_load_time()::text,
  (SELECT count(*) FROM pg_stat_activity WHERE application_name = 'bystander'),
  -- VACUUM and ANALYZE update these rows in place; any other change creates a row with its transaction id
  (SELECT md5(string_agg(c::text, '|' ORDER BY oid)) FROM pg_class c),
  (SELECT md5(string_agg(s::text, '|' ORDER BY s::text)) FROM pg_statistic s),
  concat_ws('|', {", ".join(f"(SELECT count(*) || ' ' || max(xmin::text::bigint) FROM {name})" for name in _CATALOGUES)}),
  -- the next transaction id: if it is unchanged, nothing was written on the server
  pg_snapshot_xmax(pg_current_snapshot())::text
"""  # noqa: E501
_OF_THE_LINK = """
SELECT (SELECT md5(string_agg(name || '=' || setting, ' ' ORDER BY name)) FROM pg_settings
        WHERE name NOT LIKE '%.%' OR source <> 'default'),
       (SELECT count(*) FROM pg_prepared_statements),
       (SELECT string_agg(name, ' ') FROM pg_cursors WHERE name <> 'live_read'),
       (SELECT string_agg(c, ' ') FROM pg_listening_channels() c),
       (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'),
       current_user, session_user, pg_my_temp_schema()::text
"""


class PostgresWorld:
    def __init__(self, url: str) -> None:
        self._url = re.sub(r"^\w+\+psycopg", "postgresql", url)
        self._observer = psycopg.connect(self._url, autocommit=True, application_name="observer")
        self._observer.execute(f"LISTEN {MARK}")
        self.bystander = psycopg.connect(self._url, autocommit=True, application_name="bystander")
        row = self._observer.execute("SHOW data_directory").fetchone()
        assert row
        self._data = Path(str(row[0]))

    def url(self, who: Who) -> str:
        return self._url if who == "powerful" else re.sub(r"//[^@]*@", f"//reader:{_PASSWORD}@", self._url)

    def traces(self, live: LiveDatabase) -> Mapping[str, object]:
        # a server process whose client closed the connection holds its locks until it has ended: what stays counts
        end = time.monotonic() + _LINGER_S
        while self._observer.execute(_LOCKS).fetchone() != (None,) and time.monotonic() < end:
            time.sleep(0.02)
        row = self._observer.execute(_STATE).fetchone()
        assert row
        names = (
            "rows",
            "sequence",
            "large objects",
            "databases",
            "slots",
            "locks",
            "statistics",
            "settings",
            "others",
            "relations",
            "planner",
            "catalogue",
            "transactions",
        )
        return {
            **dict(zip(names, row, strict=True)),
            "notifications": [note.payload for note in self._observer.notifies(timeout=0)],
            "the link": live.without_parsing().run(_OF_THE_LINK).rows,
            "files": files_left(self._data, self._data.parent),
            "settings file": (self._data / "postgresql.auto.conf").read_text(),
        }

    def close(self) -> None:
        self._observer.close()
        self.bystander.close()


@contextmanager
def world(engine: Engine, folder: Path) -> Iterator[PostgresWorld]:
    del folder
    with engine.scratch() as scratch:
        with scratch.connect("superuser") as superuser:
            superuser.run(f"""
              DO $$ BEGIN
                IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'reader') THEN
                  CREATE ROLE reader LOGIN PASSWORD '{_PASSWORD}';
                END IF;
                EXECUTE format('GRANT CONNECT ON DATABASE %I TO reader', current_database());
              END $$""")
            superuser.script(corpus("postgresql").setup)
        world = PostgresWorld(scratch.url("superuser"))
        try:
            yield world
        finally:
            world.close()
