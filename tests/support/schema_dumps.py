"""Statements of a database by the engine's own dump program, in a form in which two databases can be compared."""

import re
from collections.abc import Callable, Iterable, Sequence

import sqlalchemy as sa
from dump_tools import mariadb_dump, pg_dump, sqlite_shell

from langgraph_dba.database.engines import Engine, Scratch
from langgraph_dba.database.model.schema import Loss


def dump(scratch: Scratch, engine: Engine) -> list[str]:
    """Return the statements that create a database, sorted."""
    return sorted(_DUMPS[engine.traits.name](scratch))


def pg_statements(scratch: Scratch) -> list[str]:
    """Return the statements of pg_dump, sorted."""
    text = pg_dump(scratch, "--schema-only", "--no-owner")
    text = re.sub(r"^(--.*|\\(un)?restrict .*)$", "", text, flags=re.MULTILINE)
    return sorted(filter(None, (part.strip() for part in re.split(r"\n\n+", text))))


def _mariadb_dump(scratch: Scratch) -> Iterable[str]:
    text = mariadb_dump(scratch, "--no-data", "--routines", "--triggers", "--skip-comments", "--compact")
    text = text.replace(str(sa.make_url(scratch.url()).database), "scratch")  # part of the owner's name too
    text = re.sub(r"/\*!(40101|50003) SET.*?;|/\*M!999999.*?\*/", "", text)
    # a check in a column definition has the name of the column
    text = re.sub(r"^ *(`\w+`)(.*?) (CHECK .*?),?$", r"\1\2\nCONSTRAINT \1 \3", text, flags=re.MULTILINE)
    # the catalogue adds the display width of parameters; checks and indexes are in the order of their creation
    text = re.sub(r"\bint\(11\)", "int", text, flags=re.IGNORECASE)
    return filter(None, map(_sorted_lines, text.split(";\n")))


def _sorted_lines(statement: str) -> str:
    return "\n".join(sorted(line.strip().rstrip(",").lower() for line in statement.splitlines() if line.strip(" ;")))


def _sqlite_schema(scratch: Scratch) -> Iterable[str]:
    """Return the words of each statement in the output of `.schema`, sorted and without quotes."""
    version = "SELECT 'user_version', user_version FROM pragma_user_version"
    text = sqlite_shell(scratch, ".schema --nosys", version)
    return (" ".join(sorted(set(_words(part)))) for part in re.split(r";\n", text))


def _words(statement: str) -> list[str]:
    """Return the words of a statement without those that a name or a default clause adds."""
    words = re.findall(r"\w+", re.sub(r"on (delete|update) no action", "", statement.lower()))
    return [word for word in words if not re.search(r"_(pkey|key|fkey|\d+_check)$", word) and word not in _IMPLIED]


# clauses that say the default (VIRTUAL), and words of the form in which constraints are written
_IMPLIED = frozenset({"generated", "always", "virtual", "constraint", "foreign", "key", "if", "exists", "not", "null"})


_DUMPS: dict[str, Callable[[Scratch], Iterable[str]]] = {
    "postgresql": pg_statements,
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
