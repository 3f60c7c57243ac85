"""The corpus of attempts to damage a database, the databases they run on (worlds), and the traces they may leave.

An attempt *leaks* if anything changes: contents, catalogue, roles, settings, locks, files, sequences, other sessions.
Traces are read through a separate connection, never through the attacked one.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import pytest
import yaml

from langgraph_dba.database import LiveDatabase, open_live
from langgraph_dba.database.engines import Rejected, open_engine
from langgraph_dba.database.engines.live.reader_protocol import AllowedStatement
from langgraph_dba.database.engines.live.statement_limits import Limits
from langgraph_dba.database.engines.servers import private_server
from langgraph_dba.errors import DbaError, Forbidden, OverLimit

FOLDER = Path(__file__).parents[1] / "database" / "escapes"
MARK = "dba_escape"  # in the name of every file, table and lock that an attempt would create
# Enough for each read of the corpus; small, so that endless statements are cancelled soon.
LIMITS = Limits(rows=5_000, size_bytes=4_000_000, time_s=0.4, lock_wait_s=0.2, memory_bytes=64_000_000)
Who = Literal["plain", "powerful"]
Ending = Literal["parse", "engine", "limit", "answered"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """Statements that run one after another; each must be refused (or, with `limit`, cancelled)."""

    engine: str
    name: str
    kind: str
    steps: tuple[str, ...]
    limit: bool
    only: str
    leaks_alone: bool  # the engine allows it: only the allow-list refuses it


@dataclass(frozen=True, slots=True)
class Corpus:
    """Attempts and allowed reads for one engine, and the SQL that creates the database for both.

    `reads_with` are reads that need an extension, by its name: not every server has it.
    """

    attempts: tuple[Attempt, ...]
    reads: tuple[str, ...]
    setup: str
    reads_with: Mapping[str, tuple[str, ...]]


def corpus(engine: str) -> Corpus:
    data, shared = (
        yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8")) for name in (engine, "every_engine")
    )
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
    return Corpus(
        tuple(attempts),
        (*data["reads"], *shared["reads"]),
        (FOLDER / f"{engine}.sql").read_text(encoding="utf-8"),
        {name: tuple(reads) for name, reads in data.get("reads_with", {}).items()},
    )


class World(Protocol):
    """A database to attack in two roles: a read-only one and a superuser."""

    def url(self, who: Who) -> str: ...

    def traces(self, live: LiveDatabase) -> Mapping[str, object]: ...


@contextmanager
def world_of(name: str, folder: Path) -> Iterator[World]:
    """Open the world on a server of its own that is not confined, as those of users are not."""
    from importlib import import_module

    with pytest.MonkeyPatch.context() as patch, closing(open_engine(name)) as engine:
        patch.setattr(private_server, "started_confined", lambda start, **_: start())
        engine.version()
        patch.undo()
        with import_module(f"escapes_{name}").world(engine, folder) as world:
            yield world


def open_world(world: World, who: Who) -> LiveDatabase:
    return open_live(world.url(who), trust_role=who == "powerful", limits=LIMITS)


def run_attempt(live: LiveDatabase, attempt: Attempt) -> list[tuple[Ending, str]]:
    """Return how each step ended, with its message."""
    return [_ending(lambda sql=sql: live.read(sql)) for sql in attempt.steps]


def run_without_parser(live: LiveDatabase, attempt: Attempt) -> list[tuple[Ending, str]]:
    """Run the statements without the allow-list, in the mode of the reader that accepts most statements."""
    return [_ending(lambda sql=sql: live._reader.read(_unparsed(sql), {}, LIMITS)) for sql in attempt.steps]


def _unparsed(sql: str) -> AllowedStatement:
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
    """Return files that an attempt created in folders that the engine or this process can write to."""
    parents = {Path("/tmp"), Path.cwd(), *folders}
    return tuple(sorted(str(path) for parent in parents for path in parent.glob(f"*{MARK}*")))


def digest(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:16]
