"""A connection to a MariaDB (or MySQL) database. Nothing of PyMySQL is returned to callers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import pymysql
from pymysql.constants import SERVER_STATUS

from langgraph_dba.database.engines.base import Catalogue, QueryResult, Rejected, with_driver_placeholders
from langgraph_dba.database.engines.mariadb import plan as plans
from langgraph_dba.database.engines.mariadb.catalogue import normalise_expression, read
from langgraph_dba.database.engines.mariadb.driver import STATEMENT_LIMIT_S, Address, connect
from langgraph_dba.database.engines.mariadb.error_mapping import refusal
from langgraph_dba.database.engines.plan import Plan, named_tables
from langgraph_dba.database.engines.records import to_catalogue
from langgraph_dba.database.engines.servers.watchdog import Watchdog
from langgraph_dba.database.engines.time_limit import out_of_time, time_left
from langgraph_dba.database.engines.unsendable import refuse_unsendable
from langgraph_dba.database.statements import split
from langgraph_dba.deadlines import on_timeout
from langgraph_dba.errors import EngineError, EngineFailed, OverLimit

_READS = "SHOW SESSION STATUS LIKE 'Handler\\_read%'"


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


class MariadbConnection:
    """A connection in one role; a second connection enforces the time limit with `KILL QUERY`."""

    def __init__(self, address: Address, *, sql_mode: str, watchdog: Watchdog | None = None) -> None:
        """Connect; `watchdog` returns the reason if it terminated this connection."""
        self._watchdog = watchdog
        self._address, self._sql_mode = address, sql_mode
        # Any: the driver's type stubs lack `server_status` and `thread_id`
        self._link: Any = connect(address, sql_mode=sql_mode)
        self._id = int(self._link.thread_id())  # type: ignore[no-untyped-call]

    def run(self, sql: str, params: Mapping[str, Any] | None = None) -> QueryResult:
        refuse_unsendable(sql, params)
        # CLIENT_MULTI_STATEMENTS is not set: the server refuses a second statement in the message
        statement = with_driver_placeholders(sql, "%({})s") if params else sql
        try:
            with on_timeout(time_left(STATEMENT_LIMIT_S), self._kill), self._link.cursor() as cursor:
                cursor.execute(statement, dict(params) if params else None)
                names = tuple([column[0] for column in cursor.description or ()])
                return QueryResult(tuple(cursor.fetchall()) if names else (), names, max(cursor.rowcount, 0))
        except pymysql.MySQLError as error:
            raise self._explained(error, sql) from None

    def script(self, sql: str) -> None:
        """Run a script; if a statement is refused, others are rolled back, but not DDL (`transactional_ddl`)."""
        refuse_unsendable(sql)
        with self.transaction():
            for statement in split(sql, "mariadb"):
                if statement.kind == "sql":  # DELIMITER is a command of the client
                    self.run(statement.text)

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
        names, values = ", ".join(map(_quoted, columns)), ", ".join(["%s"] * len(columns))
        insert = f"INSERT INTO {_quoted(table)} ({names}) VALUES ({values})"
        with self.transaction(), self._limited(insert), self._link.cursor() as cursor:
            # the driver combines rows to statements of up to a megabyte
            return int(cursor.executemany(insert, list(rows)) or 0)

    def attempt(self, *steps: tuple[str, Mapping[str, Any]]) -> QueryResult | Rejected:
        result: QueryResult | Rejected = QueryResult((), (), 0)
        nested = self._in_transaction
        self.run("SAVEPOINT attempt" if nested else "START TRANSACTION")
        try:
            for sql, params in steps:
                result = self.run(sql, params)
        except Rejected as refused:
            result = refused
        finally:
            was_rolled_back = self._roll_back(nested=nested)
        if not was_rolled_back and isinstance(result, QueryResult):
            raise EngineError("an attempt cannot contain DDL, which MariaDB commits and cannot roll back")
        return result

    def _roll_back(self, *, nested: bool) -> bool:
        """Roll back and return whether the transaction was still open; True for a lost connection."""
        if not self._link.open:  # the server has rolled it back
            return True
        is_open = self._in_transaction
        if is_open:
            self.run("ROLLBACK TO SAVEPOINT attempt" if nested else "ROLLBACK")
        return is_open

    @contextmanager
    def transaction(self, settings: Mapping[str, str] | None = None) -> Iterator[None]:
        if settings:
            raise EngineError("MariaDB has no transaction-local settings")
        self.run("START TRANSACTION")
        try:
            yield
        except BaseException:
            with suppress(EngineError):  # the first error is the cause
                self.run("ROLLBACK")
            raise
        self.run("COMMIT")

    def explain(
        self, sql: str, params: Mapping[str, Any] | None = None, *, run: bool = False, few_rows: bool = False
    ) -> Plan:
        # max_seeks_for_key caps the estimated cost of an index lookup: with 1 it is cheaper than a scan of a few rows
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
        """Return the Handler_read counters of a statement plus the pages of InnoDB, if the server counts them."""
        # both: InnoDB checks referencing rows itself, which the handler counters do not show
        overhead = -self._reads() + self._reads()  # SHOW STATUS increases the counters too
        before = self._reads()
        if self._is_mariadb:
            pages = self.explain(sql, params, run=True).buffers or 0
        else:
            with self._newest_versions():
                answer, pages = self.attempt((sql, params or {})), 0
            if isinstance(answer, Rejected):
                raise answer
        return self._reads() - before - overhead + pages

    @contextmanager
    def _newest_versions(self) -> Iterator[None]:
        """Read uncommitted rows in the block, so that page counts do not depend on other transactions."""
        # While a transaction is open that began before an index was written, InnoDB looks up each row of the index in
        # the table to check its visibility, and reads more pages.
        self.run("SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED")
        try:
            yield
        finally:
            if self._link.open:
                self.run("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")

    def scans(self, table: str) -> tuple[int, int]:
        raise EngineError(f"MariaDB counts rows and pages, but not scans of {table}")

    def analyze(self, table: str = "") -> None:
        all_names = "SELECT table_name FROM information_schema.tables WHERE table_schema = database()"
        for name in [table] if table else [row[0] for row in self.run(all_names).rows]:
            self.run(f"ANALYZE TABLE {_quoted(name)}")

    def set_time_zone(self, zone: str) -> None:
        self.run("SET SESSION time_zone = :zone", {"zone": zone})

    def catalogue(self) -> Catalogue:
        return to_catalogue(read(self), normalise_expression)

    def close(self) -> None:
        with suppress(pymysql.MySQLError):
            self._link.close()

    @property
    def _in_transaction(self) -> bool:
        return bool(self._link.server_status & SERVER_STATUS.SERVER_STATUS_IN_TRANS)

    @property
    def _is_mariadb(self) -> bool:
        return "mariadb" in str(self._link.get_server_info()).lower()

    def _reads(self) -> int:
        return sum(int(value) for _, value in self.run(_READS).rows)

    @contextmanager
    def _limited(self, sql: str) -> Iterator[None]:
        try:
            with on_timeout(time_left(STATEMENT_LIMIT_S), self._kill):
                yield
        except pymysql.MySQLError as error:
            raise self._explained(error, sql) from None

    def _explained(self, error: pymysql.MySQLError, sql: str) -> EngineError:
        """Return the error of a statement; raise OverBudget if the time budget of the caller is used up."""
        refused = refusal(error, sql)
        if isinstance(refused, Rejected) and refused.kind == "time-limit":
            out_of_time()
        reason = self._watchdog.reason(self._id) if self._watchdog and isinstance(refused, EngineFailed) else ""
        return OverLimit(f"{reason}: the connection was terminated") if reason else refused

    def _kill(self) -> None:
        """Cancel the running statement from a second connection of the same login."""
        with suppress(EngineError, pymysql.MySQLError):
            other = connect(self._address, sql_mode=self._sql_mode)
            with other.cursor() as cursor:
                cursor.execute(f"KILL QUERY {self._link.thread_id()}")
            other.close()
