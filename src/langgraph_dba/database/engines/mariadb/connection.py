"""One link to a MariaDB (or MySQL) database; PyMySQL speaks, and nothing of it leaves this file."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import pymysql
from pymysql.constants import SERVER_STATUS

from langgraph_dba.database.engines.base import Catalogue, Rejected, Result, with_markers
from langgraph_dba.database.engines.mariadb import plan as plans
from langgraph_dba.database.engines.mariadb.catalogue import read, spelled
from langgraph_dba.database.engines.mariadb.driver import STATEMENT_LIMIT_S, Address, connect
from langgraph_dba.database.engines.mariadb.errors import refusal
from langgraph_dba.database.engines.mariadb.statements import statements
from langgraph_dba.database.engines.plan import Plan, named_tables
from langgraph_dba.database.engines.records import flat
from langgraph_dba.database.engines.servers.watchdog import Watchdog
from langgraph_dba.database.engines.time_limit import out_of_time, time_left, unless_done
from langgraph_dba.errors import EngineError, EngineFailed, OverLimit

_READS = "SHOW SESSION STATUS LIKE 'Handler\\_read%'"


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


class MariadbConnection:
    """One link in one role; every statement has a time limit that a second link keeps by `KILL QUERY`."""

    def __init__(self, address: Address, *, sql_mode: str, watchdog: Watchdog | None = None) -> None:
        """Connect; a watchdog knows why it ended a connection."""
        self._watchdog = watchdog
        self._address, self._sql_mode = address, sql_mode
        # the driver's type stubs know neither its status nor its thread
        self._link: Any = connect(address, sql_mode=sql_mode)
        self._id = int(self._link.thread_id())  # type: ignore[no-untyped-call]

    def run(self, sql: str, params: Mapping[str, Any] | None = None) -> Result:
        # one statement a message: the driver was not told to allow more, so the server refuses a second one
        statement = with_markers(sql, "%({})s") if params else sql
        try:
            with unless_done(time_left(STATEMENT_LIMIT_S), self._kill), self._link.cursor() as cursor:
                cursor.execute(statement, dict(params) if params else None)
                names = tuple([column[0] for column in cursor.description or ()])
                return Result(tuple(cursor.fetchall()) if names else (), names, max(cursor.rowcount, 0))
        except pymysql.MySQLError as error:
            raise self._explained(error, sql) from None

    def script(self, sql: str) -> None:
        """Run many statements; what is no DDL is undone if one is refused, DDL stays (`transactional_ddl`)."""
        with self.transaction():
            for statement in statements(sql):
                self.run(statement)

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
        names, marks = ", ".join(map(_quoted, columns)), ", ".join(["%s"] * len(columns))
        insert = f"INSERT INTO {_quoted(table)} ({names}) VALUES ({marks})"
        with self.transaction(), self._limited(insert), self._link.cursor() as cursor:
            # the driver joins rows to statements of a megabyte
            return int(cursor.executemany(insert, list(rows)) or 0)

    def attempt(self, *steps: tuple[str, Mapping[str, Any]]) -> Result | Rejected:
        result: Result | Rejected = Result((), (), 0)
        nested = self._in_transaction
        self.run("SAVEPOINT attempt" if nested else "START TRANSACTION")
        try:
            for sql, params in steps:
                result = self.run(sql, params)
        except Rejected as spoken:
            result = spoken
        finally:
            undone = self._undo(nested=nested)
        if not undone and isinstance(result, Result):
            raise EngineError("a statement of this attempt cannot be undone: the engine commits before and after DDL")
        return result

    def _undo(self, *, nested: bool) -> bool:
        """Roll back; whether there still was a transaction. A link that broke has nothing to undo."""
        if not self._link.open:
            return True
        inside = self._in_transaction
        if inside:
            self.run("ROLLBACK TO SAVEPOINT attempt" if nested else "ROLLBACK")
        return inside

    @contextmanager
    def transaction(self, settings: Mapping[str, str] | None = None) -> Iterator[None]:
        if settings:
            raise EngineError("MariaDB has no settings that last for a transaction")
        self.run("START TRANSACTION")
        try:
            yield
        except BaseException:
            with suppress(EngineError):  # the first error is the one that tells
                self.run("ROLLBACK")
            raise
        self.run("COMMIT")

    def explain(
        self, sql: str, params: Mapping[str, Any] | None = None, *, run: bool = False, few_rows: bool = False
    ) -> Plan:
        # the fewer seeks a lookup is believed to take, the sooner it is chosen before reading all
        self.run(f"SET SESSION max_seeks_for_key = {1 if few_rows else 'DEFAULT'}")
        try:
            with self._newest_versions():
                answer = self.attempt((f"{'ANALYZE' if run else 'EXPLAIN'} FORMAT=JSON {sql}", params or {}))
        finally:
            if few_rows and self._link.open:
                self.run("SET SESSION max_seeks_for_key = DEFAULT")
        if isinstance(answer, Rejected):
            raise answer
        return plans.read(answer.scalar, named_tables(sql, "mysql"))

    def work(self, sql: str, params: Mapping[str, Any] | None = None) -> int:
        """Rows that the server asked its storage for, and pages that InnoDB touched for them where it counts these.

        InnoDB looks for rows that refer to a deleted one by itself: only its pages tell of that.
        """
        own = -self._reads() + self._reads()  # what counting itself counts
        before = self._reads()
        if self._tells_actual:
            pages = self.explain(sql, params, run=True).buffers or 0
        else:
            with self._newest_versions():
                answer, pages = self.attempt((sql, params or {})), 0
            if isinstance(answer, Rejected):
                raise answer
        return self._reads() - before - own + pages

    @contextmanager
    def _newest_versions(self) -> Iterator[None]:
        """Read what is there, whoever wrote it: the count of pages is then the same beside other transactions.

        While one is open that began before the rows of an index were written, InnoDB looks up each row of that index in
        the table, to see whether it may be seen.
        """
        self.run("SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED")
        try:
            yield
        finally:
            if self._link.open:
                self.run("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")

    def scans(self, table: str) -> tuple[int, int]:
        raise EngineError(f"MariaDB counts rows and pages, not how often {table} is read")

    def analyze(self, table: str = "") -> None:
        all_names = "SELECT table_name FROM information_schema.tables WHERE table_schema = database()"
        for name in [table] if table else [row[0] for row in self.run(all_names).rows]:
            self.run(f"ANALYZE TABLE {_quoted(name)}")

    def set_time_zone(self, zone: str) -> None:
        self.run("SET SESSION time_zone = :zone", {"zone": zone})

    def catalogue(self) -> Catalogue:
        return flat(read(self), spelled)

    def close(self) -> None:
        with suppress(pymysql.MySQLError):
            self._link.close()

    @property
    def _in_transaction(self) -> bool:
        return bool(self._link.server_status & SERVER_STATUS.SERVER_STATUS_IN_TRANS)

    @property
    def _tells_actual(self) -> bool:
        return "mariadb" in str(self._link.get_server_info()).lower()

    def _reads(self) -> int:
        return sum(int(value) for _, value in self.run(_READS).rows)

    @contextmanager
    def _limited(self, sql: str) -> Iterator[None]:
        try:
            with unless_done(time_left(STATEMENT_LIMIT_S), self._kill):
                yield
        except pymysql.MySQLError as error:
            raise self._explained(error, sql) from None

    def _explained(self, error: pymysql.MySQLError, sql: str) -> EngineError:
        """Return the error of a statement; OverBudget instead if it was ended because the caller's time is over."""
        refused = refusal(error, sql)
        if isinstance(refused, Rejected) and refused.kind == "time-limit":
            out_of_time()
        over = self._watchdog.verdict(self._id) if self._watchdog and isinstance(refused, EngineFailed) else ""
        return OverLimit(f"{over}: the connection was ended") if over else refused

    def _kill(self) -> None:
        """Let a second link of the same login end what the first one runs."""
        with suppress(EngineError, pymysql.MySQLError):
            other = connect(self._address, sql_mode=self._sql_mode)
            with other.cursor() as cursor:
                cursor.execute(f"KILL QUERY {self._link.thread_id()}")
            other.close()
