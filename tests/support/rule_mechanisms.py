"""Read files of mechanisms of business rules: their statements, rows, and the cases that are allowed or refused."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from langgraph_dba.database.engines import Connection, Engine, Fill, Scratch
from langgraph_dba.database.proofs.kit.interleavings import Race, Transaction
from langgraph_dba.database.proofs.kit.rule_trial import RuleCases
from langgraph_dba.database.statements import split

FOLDER = Path(__file__).parents[1] / "database" / "rule_mechanisms"
_TITLES = "rows to start|legal: each line|each must be refused|two connections: |must be 0 at the end"
_PARTS = re.compile(rf"^-- ((?:{_TITLES}).*)$", re.MULTILINE)
_GIST = "CREATE EXTENSION btree_gist;"  # keys of integers in exclusions


@dataclass(frozen=True)
class Mechanism:
    """One file: its statements, the rows to start with, and the cases."""

    name: str
    engine: str
    ddl: str
    rows: str
    cases: RuleCases

    def fresh(self, engine: Engine) -> AbstractContextManager[Scratch]:
        def load(connection: Connection) -> None:
            connection.script(self.rows)

        return engine.scratch(self.ddl, fill=Fill(self.rows, load))


def mechanisms(engine: str) -> Iterator[Mechanism]:
    """Yield the mechanisms of an engine."""
    for path in sorted(FOLDER.glob(f"*.{engine}*.sql")):
        yield read(path)


def read(path: Path) -> Mechanism:
    """Read one file."""
    kind, server, mechanism = path.name.removesuffix(".sql").split(".")
    engine = "postgresql" if server.startswith("postgresql") else server
    ddl, *parts = _PARTS.split(path.read_text())
    ddl = _GIST + ddl if engine == "postgresql" else ddl
    titled = list(zip(parts[::2], parts[1::2], strict=True))
    rows = next(text for title, text in titled if title.startswith("rows"))
    allowed = next(text for title, text in titled if title.startswith("legal"))
    violations = next(text for title, text in titled if title.startswith("each"))
    broken = next((_uncommented(text)[0] for title, text in titled if title.startswith("must")), "")
    # of a hold that one of two takes over, no count of rows says whether both took it: its races are left out
    two = [(title, text) for title, text in titled if broken and title.startswith("two")]
    races = tuple(_race(title.partition(": ")[2], text) for title, text in two)
    return Mechanism(
        f"{kind}.{server}.{mechanism}",
        engine,
        ddl,
        rows,
        RuleCases(
            tuple(_transaction(line, engine) for line in allowed.splitlines() if line.strip()),
            tuple(_transaction(line, engine) for line in _uncommented(violations)),
            races,
            broken.rstrip(";"),
        ),
    )


def _uncommented(text: str) -> list[str]:
    return [line.removeprefix("-- ") for line in text.splitlines() if line.strip()]


def _transaction(line: str, engine: str) -> Transaction:
    texts = [one.text.strip().rstrip(";") for one in split(line, engine)]
    return tuple(text for text in texts if text and text.upper() not in ("BEGIN", "COMMIT"))


def _race(label: str, text: str) -> Race:
    first, second = (line.partition(": ")[2] for line in _uncommented(text))
    one, other = (tuple(one.strip() for one in side.split(";;") if one.strip()) for side in (first, second))
    return Race(label, one, other)
