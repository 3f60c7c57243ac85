"""Open a user's database by its URL, refuse a login that could do more than read, and read."""

import re
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from langgraph_dba.database.engines import Plan, Result, Traits, all_engines, open_reader
from langgraph_dba.database.engines.live.allow_list import vet
from langgraph_dba.database.engines.live.reader_protocol import Reader, Reading
from langgraph_dba.database.engines.live.statement_limits import Limits
from langgraph_dba.errors import DbaError, InputError, UnsafeRole
from langgraph_dba.redaction import secrets_of, without

_SCHEME = re.compile(r"([a-z0-9]+)(?:\+\w+)?://", re.IGNORECASE)
_PART = r"[\w.~%!$&'()*+,;=-]*"
_HOSTS = r"[\w.%~:,-]*|\[[\da-fA-F:.]*\](?::\d+)?"
_AUTHORITY = re.compile(rf"(?:{_PART}(?::{_PART})?@)?(?:{_HOSTS})")
_OTHER_SCHEMES = {"postgres": "postgresql", "mysql": "mariadb"}  # the rest are called like their engines


class LiveDatabase:
    """A user's database, which can be read and never changed. For one thread at a time."""

    def __init__(self, reader: Reader, *, limits: Limits) -> None:
        """Read through an open reader; `open_live` makes one."""
        self._reader, self.limits = reader, limits

    @property
    def traits(self) -> Traits:
        """What the engine can do."""
        return self._reader.traits

    def version(self) -> str:
        """Return the version that answers, such as `18.6`."""
        return self._reader.version()

    def read(self, sql: str, params: Mapping[str, Any] | None = None) -> Result:
        """Run one read and return all of its rows; parameters are written `:name`.

        Forbidden if it is no read, Rejected if the engine refuses it, OverLimit at the row, byte or second that is too
        much: half a result is never returned as if it were whole.
        """
        return self._reader.read(vet(sql, self._reader.grammar, tuple(params or ())), params or {}, self.limits)

    def explain(self, sql: str, params: Mapping[str, Any] | None = None, *, run: bool = False) -> Plan:
        """Return the plan of one query; run, it has actual rows and times. Errors as `read`."""
        reading = vet(sql, self._reader.grammar, tuple(params or ()))
        return self._reader.explain(reading, params or {}, self.limits, run=run)

    def trusted(self) -> "TrustedReads":
        """Return a face with `run`, for the catalogue queries of this project: no parse, the same transaction."""
        return TrustedReads(self._reader, self.limits)

    def close(self) -> None:
        """Close the link."""
        self._reader.close()

    def __enter__(self) -> Self:
        """Close at the end of a `with`."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the link."""
        self.close()


class TrustedReads:
    """Runs statements that this project wrote itself: the parser's wall is left out, the engine's is not."""

    def __init__(self, reader: Reader, limits: Limits) -> None:
        """Read through an open reader."""
        self._reader, self._limits = reader, limits

    def run(self, sql: str, params: Mapping[str, Any] | None = None) -> Result:
        """Run one statement in a read-only transaction of its own."""
        marks = tuple((m.start(), m.end(), m[1]) for m in re.finditer(r"(?<![:\w]):([a-z_]\w*)", sql) if params)
        return self._reader.read(Reading(sql.strip().rstrip(";"), marks=marks), params or {}, self._limits)


def open_live(url: str, *, trust_role: bool = False, limits: Limits | None = None) -> LiveDatabase:
    """Open `sqlite:///FILE`, a bare file, `postgresql://…`, `mysql://…` or `mariadb://…` for reading only.

    UnsafeRole if the login could do more than read (`trust_role=True` lets it pass; every statement is still held to
    reading), EngineError if the database cannot be opened, InputError for another kind of URL.
    """
    _refuse_unreadable(url)
    found = _SCHEME.match(url)
    name = found.group(1).lower() if found else "sqlite"
    engine = _OTHER_SCHEMES.get(name, name)
    if engine not in all_engines():
        known = ", ".join(sorted({*_OTHER_SCHEMES, *all_engines()}))
        raise InputError(f"databases of {name} cannot be read: give a URL of {known}, or a file")
    try:
        return LiveDatabase(_reader(engine, url, trust_role=trust_role), limits=limits or Limits())
    except DbaError as error:
        told = _without_secrets(error, url)
    raise told  # out here it has no context, which would still hold the driver's words


def _refuse_unreadable(url: str) -> None:
    """Refuse what a driver would take apart elsewhere than one means, so that pieces of a password become a host."""
    _, found, rest = url.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if (found and not _AUTHORITY.fullmatch(authority)) or (not found and "@" in url):
        raise InputError(
            "the database's URL cannot be read: write scheme://user:password@host:port/database, with every special "
            "letter of the password as % and two digits (urllib.parse.quote does it)"
        )


def _reader(engine: str, url: str, *, trust_role: bool) -> Reader:
    reader = open_reader(engine, url)
    try:
        if not trust_role:
            _refuse_more_than_reading(reader)
    except BaseException:
        reader.close()
        raise
    return reader


def _without_secrets(error: DbaError, url: str) -> DbaError:
    """A driver may repeat parts of what it was given: the password, as it is written or meant, goes from the text."""
    told = without(secrets_of(url), str(error))
    return error if told == str(error) else type(error)(told)


def _refuse_more_than_reading(reader: Reader) -> None:
    excess = reader.excess()
    if excess:
        raise UnsafeRole(
            f"this login could do more than read: it {'; it '.join(excess)}. "
            f"An administrator can make one that cannot:\n{reader.remedy()}\n"
            "(or say that you trust this one: trust_role=True; it will still only read)"
        )
