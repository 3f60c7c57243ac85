"""The MariaDB database for the attempts of the corpus, and the traces they could leave."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import pymysql
from escapes import MARK, Who, corpus, digest, files_left

from langgraph_dba.database import LiveDatabase
from langgraph_dba.database.engines import Engine

_PASSWORD = "only-to-read"
_STATE = {
    "rows": "CHECKSUM TABLE account, entry, audit",
    "sequence": "SELECT next_not_cached_value FROM ticket",
    "tables": "SELECT table_name, table_type, engine, create_time, table_comment FROM information_schema.tables"
    " WHERE table_schema = DATABASE() ORDER BY 1",
    "columns": "SELECT table_name, column_name, column_type FROM information_schema.columns"
    " WHERE table_schema = DATABASE() ORDER BY 1, 2",
    "routines": "SELECT routine_name, routine_definition FROM information_schema.routines ORDER BY 1, 2",
    "triggers": "SELECT trigger_name, action_statement FROM information_schema.triggers ORDER BY 1, 2",
    "events": "SELECT event_name FROM information_schema.events",
    "databases": "SELECT schema_name FROM information_schema.schemata ORDER BY 1",
    "accounts": "SELECT user, host, priv FROM mysql.global_priv ORDER BY 1, 2",
    "rights": "SELECT * FROM mysql.db ORDER BY 1, 2, 3",
    "servers": "SELECT * FROM mysql.servers",
    "native functions": "SELECT * FROM mysql.func",
    "plugins": "SELECT name FROM mysql.plugin",
    "statistics": "SELECT * FROM mysql.table_stats",
    "settings": "SELECT variable_name, variable_value FROM information_schema.global_variables"
    " WHERE variable_name NOT LIKE 'gtid%' ORDER BY 1",
    "named lock": f"SELECT IS_USED_LOCK('{MARK}')",
    "transactions": "SELECT COUNT(*) FROM information_schema.innodb_trx",
    "open tables": "SHOW OPEN TABLES WHERE In_use > 0",
    "prepared": "SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'",
    "prepared XA": "XA RECOVER",
    "bystander": "SELECT COUNT(*) FROM information_schema.processlist WHERE id = {bystander}",
}
_OF_THE_LINK = """
SELECT MD5(GROUP_CONCAT(variable_name, '=', variable_value ORDER BY variable_name SEPARATOR ' ')), DATABASE(),
       CURRENT_USER(), CURRENT_ROLE(), IS_USED_LOCK('dba_escape'), @dba_escape
FROM information_schema.session_variables
WHERE variable_name NOT IN ('TIMESTAMP', 'RAND_SEED1', 'RAND_SEED2', 'PSEUDO_THREAD_ID', 'LAST_GTID')
  AND variable_name NOT LIKE 'GTID%'
"""


class MariadbWorld:
    def __init__(self, url: str, user: str) -> None:
        self._url, self._user = url, user
        self._observer, bystander = self._connect(), self._connect()
        self._bystander, self._bystander_id = bystander, bystander.thread_id()  # type: ignore[no-untyped-call]
        self._data = Path(str(self._ask("SELECT @@datadir")[0][0]))

    def url(self, who: Who) -> str:
        return self._url if who == "powerful" else re.sub(r"//[^@]*@", f"//{self._user}:{_PASSWORD}@", self._url)

    def traces(self, live: LiveDatabase) -> Mapping[str, object]:
        traces: dict[str, object] = {
            name: digest(self._ask(sql.format(bystander=self._bystander_id))) for name, sql in _STATE.items()
        }
        traces["the link"] = live.without_parsing().run(_OF_THE_LINK).rows
        traces["files"] = files_left(self._data, self._data.parent)
        # each table of each database has a file
        traces["folders"] = digest(sorted(str(path) for path in self._data.rglob("*.frm")))
        return traces

    def close(self) -> None:
        self._observer.close()
        self._bystander.close()

    def _connect(self) -> "pymysql.Connection[pymysql.cursors.Cursor]":
        parts = urlsplit(self._url)
        return pymysql.connect(
            user=parts.username,
            password=unquote(parts.password or ""),
            database=parts.path.lstrip("/"),
            unix_socket=dict(parse_qsl(parts.query))["unix_socket"],
            autocommit=True,
            ssl_disabled=True,
        )

    def _ask(self, sql: str) -> list[tuple[object, ...]]:
        with self._observer.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())


@contextmanager
def world(engine: Engine, folder: Path) -> Iterator[MariadbWorld]:
    del folder
    with engine.scratch() as scratch, scratch.connect("superuser") as root:
        root.script(corpus("mariadb").setup)
        database = str(root.run("SELECT DATABASE()").scalar)
        user = f"reader_{database}"
        root.run(f"CREATE USER {user}@localhost IDENTIFIED BY '{_PASSWORD}'")
        root.run(f"GRANT SELECT, SHOW VIEW ON `{database}`.* TO {user}@localhost")
        root.run(f"GRANT SELECT, SHOW VIEW ON dba_other.* TO {user}@localhost")
        world = MariadbWorld(scratch.url("superuser"), user)
        try:
            yield world
        finally:
            world.close()
            root.run(f"DROP USER {user}@localhost")
            root.run("DROP DATABASE dba_other")
