"""The corpus of attempts to harm a database, the worlds they are tried in, and what a world shows of any trace.

An attempt *leaks* if anything is different afterwards: contents, catalogue, roles, settings, locks, files, sequences,
other sessions. The traces are taken through a connection of the test's own, never through the one that was attacked.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import yaml

from langgraph_dba.database import LiveDatabase, open_live
from langgraph_dba.database.engines import Engine, Rejected
from langgraph_dba.database.engines.live.reader_protocol import AllowedStatement
from langgraph_dba.database.engines.live.statement_limits import Limits
from langgraph_dba.errors import DbaError, Forbidden, OverLimit

FOLDER = Path(__file__).parents[1] / "database" / "escapes"
MARK = "dba_escape"  # in the name of every file, table or lock that an attempt would leave
# Enough for any read of the corpus, and little enough that what never ends is ended soon.
LIMITS = Limits(rows=5_000, size_bytes=4_000_000, time_s=0.4, lock_wait_s=0.2, memory_bytes=64_000_000)
Who = Literal["plain", "powerful"]
Ending = Literal["parse", "engine", "limit", "answered"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: its statements, run one after another, each of which must be refused (or, with `limit`, ended)."""

    engine: str
    name: str
    kind: str
    steps: tuple[str, ...]
    limit: bool
    only: str
    leaks_alone: bool  # the engine alone lets it through: only the first wall stops it


@dataclass(frozen=True, slots=True)
class Corpus:
    """What is tried on one engine, what must work on it, and the world both need."""

    attempts: tuple[Attempt, ...]
    reads: tuple[str, ...]
    setup: str


def corpus(engine: str) -> Corpus:
    data = yaml.safe_load((FOLDER / f"{engine}.yaml").read_text(encoding="utf-8"))
    attempts = [
        Attempt(
            engine,
            one["name"],
            one["class"],
            tuple([one["sql"]] if isinstance(one["sql"], str) else one["sql"]),
            one.get("limit", False),
            one.get("only", ""),
            one.get("leaks_alone", False),
        )
        for one in data["attempts"]
    ]
    return Corpus(tuple(attempts), tuple(data["reads"]), (FOLDER / f"{engine}.sql").read_text(encoding="utf-8"))


class World(Protocol):
    """A database to attack, in two roles: one that may only read, and the most powerful there is."""

    def url(self, who: Who) -> str: ...

    def traces(self, live: LiveDatabase) -> Mapping[str, object]: ...


@contextmanager
def world_of(name: str, engine: Engine, folder: Path) -> Iterator[World]:
    from importlib import import_module

    with import_module(f"escapes_{name}").world(engine, folder) as world:
        yield world


def opened(world: World, who: Who) -> LiveDatabase:
    return open_live(world.url(who), trust_role=who == "powerful", limits=LIMITS)


def tried(live: LiveDatabase, attempt: Attempt) -> list[tuple[Ending, str]]:
    """How each step ended, and what was said."""
    return [_ending(lambda sql=sql: live.read(sql)) for sql in attempt.steps]


def tried_without_parser(live: LiveDatabase, attempt: Attempt) -> list[tuple[Ending, str]]:
    """The same with the first wall left out: the statement goes to the driver by the way that takes the most."""
    return [_ending(lambda sql=sql: live._reader.read(_unread(sql), {}, LIMITS)) for sql in attempt.steps]


def _unread(sql: str) -> AllowedStatement:
    is_query = re.match(r"[\s(]*(SELECT|WITH|VALUES|TABLE)\b", sql, re.IGNORECASE)
    return AllowedStatement(sql, kind="query" if is_query else "show")


def _ending(run: Any) -> tuple[Ending, str]:
    try:
        run()
    except Forbidden as error:
        return ("parse" if str(error).startswith("refused:") else "engine"), str(error)
    except OverLimit as error:
        return "limit", str(error)
    except (Rejected, DbaError) as error:
        return "engine", str(error)
    return "answered", ""


def files_left(*folders: Path) -> tuple[str, ...]:
    """Files that an attempt made, wherever the engine or this process could write."""
    places = {Path("/tmp"), Path.cwd(), *folders}
    return tuple(sorted(str(found) for place in places for found in place.glob(f"*{MARK}*")))


def digest(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:16]
