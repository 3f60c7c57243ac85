"""Output folders that somebody else prepared: each plant changes one thing in the folder of a session.

A plant is applied to a copy of a folder, with the file that its code would create (the marker) and a folder of
somebody else (outside), which no command may change. `refused` says that the command must end with an error that names
the file.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ormsgpack

ESCAPE = "\x1b]0;owned\x07\x1b[2J"
CHECKPOINTS = ".session/checkpoints.sqlite"
INPUTS = ".session/inputs.json"
# the extension types of LangGraph's serializer
_CALL, CALL_MANY, CALL_NAMED, METHOD, PYDANTIC_1, PYDANTIC_2 = range(6)


@dataclass(frozen=True, slots=True)
class Site:
    """The folder of the session, the file that planted code creates, and a folder with files of somebody else."""

    folder: Path
    marker: Path
    outside: Path

    @property
    def command(self) -> str:
        """The command that planted code runs."""
        return f"touch {self.marker}"


@dataclass(frozen=True, slots=True)
class Plant:
    """One change of a folder, and the command that meets it: `resume`, `prove`, `review` or `check`."""

    name: str
    command: str
    change: Callable[[Site], None]
    names: str = ""  # if not empty: the command must refuse, with a message that contains this
    needs: str = ""  # the engine of a server that the command starts
    needs_confinement: bool = False  # of that server
    state: str = ""  # of the session: `stopped` if it is resumed, else `ended`; `empty` for a team

    def __str__(self) -> str:
        return f"{self.command}: {self.name}"


# --- checkpoints ---


def _checkpoints(change: Callable[[sqlite3.Connection], Any]) -> Callable[[Site], None]:
    def apply(site: Site) -> None:
        with closing(sqlite3.connect(site.folder / CHECKPOINTS)) as link, link:
            change(link)

    return apply


def extension(code: int, *content: Any) -> bytes:
    return ormsgpack.packb(ormsgpack.Ext(code, ormsgpack.packb(content)))


def call(site: Site, code: int = _CALL) -> bytes:
    arguments: dict[int, Any] = {CALL_MANY: (site.command,), CALL_NAMED: {"command": site.command}}
    return extension(code, "os", "system", arguments.get(code, site.command))


def saved_as(
    make: Callable[[Site], bytes], table: str = "checkpoints", form: str = "msgpack"
) -> Callable[[Site], None]:
    column = {"checkpoints": "checkpoint", "writes": "value"}[table]

    def apply(site: Site) -> None:
        value = make(site)
        _checkpoints(lambda link: link.execute(f"UPDATE {table} SET type = ?, {column} = ?", (form, value)))(site)
        newest = "(SELECT max(checkpoint_id) FROM checkpoints WHERE checkpoint_ns = '')"  # others are not read
        _checkpoints(lambda link: link.execute(f"UPDATE writes SET checkpoint_id = {newest}"))(site)

    return apply


def pickled(site: Site) -> bytes:
    return b"cos\nsystem\n(S'" + site.command.encode() + b"'\ntR."


def json_constructor(site: Site) -> bytes:
    value = {
        "lc": 2,
        "type": "constructor",
        "id": ["subprocess", "Popen"],
        "kwargs": {"args": ["touch", str(site.marker)]},
    }
    return json.dumps({"v": 1, "channel_values": {"requirements": value}}).encode()


def saved_state(**values: Any) -> Callable[[Site], None]:
    """Set values of the graph's state in every checkpoint."""
    return _change_state(lambda state: {**state, **values})


def _change_state(edit: Callable[[Any], Any]) -> Callable[[Site], None]:

    def change(link: sqlite3.Connection) -> None:
        rows = link.execute("SELECT rowid, checkpoint FROM checkpoints WHERE checkpoint_ns = ''").fetchall()
        for row, blob in rows:
            saved = ormsgpack.unpackb(blob, ext_hook=ormsgpack.Ext, option=ormsgpack.OPT_NON_STR_KEYS)
            saved["channel_values"] = edit(saved["channel_values"])
            option = ormsgpack.OPT_NON_STR_KEYS
            link.execute(
                "UPDATE checkpoints SET checkpoint = ? WHERE rowid = ?", (ormsgpack.packb(saved, option=option), row)
            )

    return _checkpoints(change)


def code_in_saved_names(site: Site) -> None:
    """Put Python behind every name of a table in the saved state, from which code is generated."""
    code = f'customers"""\nimport os\nos.system({site.command!r})\n"""'

    def replaced(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: replaced(item) for name, item in value.items()}
        if isinstance(value, list):
            return [replaced(item) for item in value]
        return value.replace("customers", code) if isinstance(value, str) else value

    _change_state(replaced)(site)


# --- links ---


def _outside_file(site: Site, name: str = "victim.txt") -> Path:
    return site.outside / name


def link_to_victim(name: str) -> Callable[[Site], None]:
    """Replace a file of the folder, or add one, by a link to a file of somebody else."""

    def apply(site: Site) -> None:
        path = site.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(_outside_file(site))

    return apply


def hard_link(name: str) -> Callable[[Site], None]:
    def apply(site: Site) -> None:
        path = site.folder / name
        content = path.read_bytes()
        path.unlink()
        other = site.outside / "linked"
        other.write_bytes(content)
        os.link(other, path)

    return apply


def folder_link(*names: str) -> Callable[[Site], None]:
    """Move folders of the session to somebody else's folder and leave links to them."""

    def apply(site: Site) -> None:
        for name in names:
            target = site.outside / name
            if (site.folder / name).exists():
                (site.folder / name).rename(target)
            else:
                target.mkdir()
            (site.folder / name).symlink_to(target, target_is_directory=True)

    return apply


def session_link(site: Site) -> None:
    target = site.outside / "session"
    site.folder.rename(target)
    site.folder.symlink_to(target, target_is_directory=True)


def _products(site: Site, prefix: str = "", suffix: str = "") -> Iterator[Path]:
    for name in (
        "requirements.yaml", "schema.json", "schema.sqlite.sql", "schema.sqlite.down.sql", "er.mmd", "decision.json",
        "decision.md", "review.json", "review.md", "evidence.json", "session.json", "WORKLOG.md", "report.md",
        "models/sqlite.py", "migrations/sqlite/env.py", "tests/conftest.py",
    ):  # fmt: skip
        path = site.folder / name
        yield path.with_name(f"{prefix}{path.name}{suffix}")


def all_links(prefix: str = "", suffix: str = "", *, dangling: bool = False) -> Callable[[Site], None]:
    def apply(site: Site) -> None:
        for path in _products(site, prefix, suffix):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            path.symlink_to(_outside_file(site, f"new-{path.name}" if dangling else "victim.txt"))

    return apply


# --- texts ---


def text_file(name: str, text: str | Callable[[Site], str]) -> Callable[[Site], None]:
    def apply(site: Site) -> None:
        path = site.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if isinstance(text, str) else text(site))

    return apply


def edited_json(name: str, change: Callable[[Any], Any]) -> Callable[[Site], None]:
    def apply(site: Site) -> None:
        path = site.folder / name
        path.write_text(json.dumps(change(json.loads(path.read_text()))))

    return apply


def appended(name: str, text: Callable[[Site], str]) -> Callable[[Site], None]:
    return text_file(name, lambda site: (site.folder / name).read_text() + text(site))


def statements_of(engine: str, text: Callable[[Site], str]) -> Callable[[Site], None]:
    """Replace the folder's statements by those of one engine."""

    def apply(site: Site) -> None:
        for path in site.folder.glob("schema.*.sql"):
            path.unlink()
        text_file(f"schema.{engine}.sql", text)(site)
        text_file(f"schema.{engine}.down.sql", "DROP TABLE t;\n")(site)

    return apply


def renamed_table(old: str, new: str) -> Callable[[Any], Any]:
    return lambda schema: json.loads(json.dumps(schema).replace(json.dumps(old), json.dumps(new)))


def each_item(**values: Any) -> Callable[[Any], Any]:
    return lambda items: [{**item, **values} for item in items]


def python_code(site: Site) -> str:
    return f"import os\nos.system({site.command!r})\n"


_SHADOWED = (
    "sitecustomize.py", "usercustomize.py", "conftest.py", "sqlalchemy/__init__.py", "langgraph_dba/__init__.py",
    "typer.py", "pydantic/__init__.py", "alembic/__init__.py", "pytest.py", "models.py", "env.py", "sqlite3.py",
)  # fmt: skip


def shadows(site: Site) -> None:
    """Plant modules that the commands import, and settings of the tools that they use."""
    for name in _SHADOWED:
        text_file(name, python_code)(site)
    run = "import os; os.system"
    text_file("pytest.ini", "[pytest]\naddopts = -p models\n")(site)
    text_file("pyproject.toml", '[tool.pytest.ini_options]\naddopts = "-p models"\npythonpath = "."\n')(site)
    text_file("alembic.ini", "[alembic]\nscript_location = .\n")(site)
    text_file(".env", f"PYTHONSTARTUP={site.folder}/models.py\nPYTHONPATH={site.folder}\nLANGGRAPH_STRICT_MSGPACK=0\n")(
        site
    )
    text_file("planted.pth", lambda at: f"{run}({at.command!r})\n")(site)


def edited_code(site: Site) -> None:
    """Change the generated code that stands in the folder."""
    for path in [*site.folder.rglob("*.py")]:
        path.write_text(python_code(site))


def agent_file(head: str | Callable[[Site], str]) -> Callable[[Site], None]:
    return text_file("agent.md", lambda site: f"---\n{head if isinstance(head, str) else head(site)}\n---\nWork.\n")
