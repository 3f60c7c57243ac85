"""Open a user's database by URL for reading; a login with more privileges than reading is refused."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from types import TracebackType
from typing import Any, Self

from langgraph_dba.database.engines import Plan, QueryResult, Traits, all_engines, open_reader
from langgraph_dba.database.engines.live.reader_protocol import AllowedStatement, Reader
from langgraph_dba.database.engines.live.statement_limits import Limits
from langgraph_dba.database.engines.unsendable import refuse_unsendable
from langgraph_dba.deadlines import Interrupted, interrupted_after
from langgraph_dba.errors import DbaError, EngineError, InputError, OverLimit, UnsafeRole
from langgraph_dba.redaction import remove_secrets, secrets_of

# URLs of SQLAlchemy name a driver, such as postgresql+psycopg://
_SCHEME = re.compile(r"([a-z0-9]+)(?:\+\w+)?://", re.IGNORECASE)
_PART = r"[\w.~%!$&'()*+,;=-]*"
_HOSTS = r"[\w.%~:,-]*|\[[\da-fA-F:.]*\](?::\d+)?"
_AUTHORITY = re.compile(rf"(?:{_PART}(?::{_PART})?@)?(?:{_HOSTS})")
_LONGEST_REASON = 300
_NAME = r'(?:"(?:[^"]|"")+"|`(?:[^`]|``)+`|[\w$]+)'
_FUNCTION = re.compile(rf"{_NAME}(?:\.{_NAME})?\s*(?:\((?:\"(?:[^\"]|\"\")*\"|[^()\";])*\))?")
_MOST_PARSED = 200  # statements of one connection
_SPENT_ON_LOOKING_UP_S = 0.001
_OTHER_SCHEMES = {"postgres": "postgresql", "mysql": "mariadb"}  # other schemes are names of engines


class LiveDatabase:
    """A read-only connection to a user's database. Use it in one thread at a time."""

    def __init__(self, reader: Reader, *, limits: Limits) -> None:
        """Use an open reader; call `open_live` to create a LiveDatabase."""
        self._reader, self.limits = reader, limits
        self._parsed = lru_cache(maxsize=_MOST_PARSED)(self._parse)

    @property
    def traits(self) -> Traits:
        """The traits of the engine in this version."""
        return self._reader.traits

    def version(self) -> str:
        """Return the version of the engine, such as `18.6`."""
        return self._reader.version()

    def read(self, sql: str, params: Mapping[str, Any] | None = None) -> QueryResult:
        """Run one read and return all of its rows; parameters are written `:name`.

        Forbidden if it is not a read, Rejected if the engine refuses it, OverLimit if it exceeds a limit: a truncated
        result is never returned.
        """
        statement, limits = self._allowed(sql, params)
        with _values_converted():
            return self._reader.read(statement, params or {}, limits)

    def explain(self, sql: str, params: Mapping[str, Any] | None = None, *, run: bool = False) -> Plan:
        """Return the plan of one query; `run` executes it and adds actual rows and times. Errors as for `read`."""
        statement, limits = self._allowed(sql, params)
        with _values_converted():
            return self._reader.explain(statement, params or {}, limits, run=run)

    def _allowed(self, sql: str, params: Mapping[str, Any] | None) -> tuple[AllowedStatement, Limits]:
        """Return the parsed statement and the limits that are left for it."""
        refuse_unsendable(sql, params)
        began = time.monotonic()
        statement = self._parsed(sql, tuple(params or ()))
        spent_s = time.monotonic() - began
        return statement, self.limits if spent_s < _SPENT_ON_LOOKING_UP_S else self.limits.after(spent_s)

    def _parse(self, sql: str, parameters: tuple[str, ...]) -> AllowedStatement:
        try:
            with interrupted_after(self.limits.left_s):
                return self._reader.allowed(sql, parameters)
        except Interrupted:
            raise self.limits.over("time") from None

    def without_parsing(self) -> "UnparsedReader":
        """Return an adapter with `run` for this project's own queries: not parsed, same read-only transaction."""
        return UnparsedReader(self._reader, self.limits)

    def close(self) -> None:
        """Close the connection."""
        self._reader.close()

    def __enter__(self) -> Self:
        """Return this object; `with` closes it at the end."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self.close()


class UnparsedReader:
    """Runs the catalogue queries of this project without the allow-list; the engine still refuses writes."""

    def __init__(self, reader: Reader, limits: Limits) -> None:
        """Use an open reader."""
        self._reader, self._limits = reader, limits

    def run(self, sql: str, params: Mapping[str, Any] | None = None) -> QueryResult:
        """Run one statement in a read-only transaction of its own."""
        # without what is cut off before it is sent: the positions of placeholders count from the first character
        text = sql.strip().rstrip(";")
        placeholders = tuple((m.start(), m.end(), m[1]) for m in re.finditer(r"(?<![:\w]):([a-z_]\w*)", text) if params)
        with _values_converted():
            return self._reader.read(AllowedStatement(text, placeholders=placeholders), params or {}, self._limits)


@contextmanager
def _values_converted() -> Iterator[None]:
    """Raise EngineError for a value that a driver cannot convert, of the result or of a parameter."""
    try:
        yield
    except (ValueError, ArithmeticError, RecursionError) as error:
        reason = " ".join(str(error).split())[:_LONGEST_REASON]
        raise EngineError(f"a value cannot be converted ({reason}): cast it to text in the statement") from None


def open_live(
    url: str, *, trust_role: bool = False, trusted_functions: Sequence[str] = (), limits: Limits | None = None
) -> LiveDatabase:
    """Open `sqlite:///FILE`, a bare file, `postgresql://…`, `mysql://…` or `mariadb://…` for reading.

    Statements may call `trusted_functions` of the database, such as `public.f(integer)`, whatever they do.
    UnsafeRole if the login has other privileges than reading (`trust_role=True` accepts it; every statement is still
    restricted to reading), EngineError if the database cannot be opened within the limit of time, InputError for
    another kind of URL.
    """
    _refuse_ambiguous(url)
    _refuse_no_functions(trusted_functions)
    scheme = _SCHEME.match(url)
    if "://" in url and not scheme:  # such as jdbc:postgresql://
        raise InputError("a database URL must begin with postgresql://, mysql://, mariadb:// or sqlite://")
    name = scheme.group(1).lower() if scheme else "sqlite"
    engine = _OTHER_SCHEMES.get(name, name)
    if engine not in all_engines():
        schemes = ", ".join(sorted({*_OTHER_SCHEMES, *all_engines()}))
        raise InputError(f"databases of {name} cannot be read: use a URL of {schemes}, or a file")
    limits = limits or Limits()
    try:
        reader = open_reader(engine, url, trusted_functions, limit_s=limits.time_s)
        return LiveDatabase(_checked(reader, trust_role=trust_role, limit_s=limits.time_s), limits=limits)
    except DbaError as error:
        redacted_error = _without_secrets(error, url)
    # raised outside of `except`: its context would be the driver's error, whose text may contain the password
    raise redacted_error


def _refuse_no_functions(names: Sequence[str]) -> None:
    for name in names:
        if not _FUNCTION.fullmatch(name.strip()):
            raise InputError(
                f"{name[:200]!r} is not the name of a function: write a name or a signature, such as public.f or "
                "public.f(integer)"
            )


def _refuse_ambiguous(url: str) -> None:
    if not url.strip():
        raise InputError("the database's URL is empty: write a URL or the path of an SQLite file")
    # with an unescaped `@` or `/` in a password a driver takes a part of the password for the host, and reports it
    _, separator, rest = url.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if (separator and not _AUTHORITY.fullmatch(authority)) or (not separator and "@" in url):
        raise InputError(
            "the database's URL cannot be parsed: write scheme://user:password@host:port/database, with every special "
            "character of the password percent-encoded (urllib.parse.quote does it)"
        )


def _checked(reader: Reader, *, trust_role: bool, limit_s: float) -> Reader:
    try:
        if not trust_role:
            _refuse_more_than_reading(reader, Limits(time_s=limit_s))
    except BaseException:
        reader.close()
        raise
    return reader


def _without_secrets(error: DbaError, url: str) -> DbaError:
    # a driver may repeat the password from the URL, encoded or decoded
    message = remove_secrets(secrets_of(url), str(error))
    return error if message == str(error) else type(error)(message)


def _refuse_more_than_reading(reader: Reader, limits: Limits) -> None:
    try:
        excess = reader.excess(limits)
    except OverLimit as over:
        raise OverLimit(f"while the rights of the login were read: {over}") from None
    if excess:
        raise UnsafeRole(
            f"this login could do more than read: it {'; it '.join(excess)}. "
            f"An administrator can create one that cannot:\n{reader.remedy()}\n"
            "(or accept this login with trust_role=True, on the command line --trust-role: its statements are "
            "still restricted to reading)"
        )
