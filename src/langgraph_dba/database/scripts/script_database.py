"""Create a scratch database from a script."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from langgraph_dba.database.engines import Connection, Engine, Rejected, Scratch
from langgraph_dba.database.scripts.extensions import ExtensionPlan, plan_extensions
from langgraph_dba.database.scripts.left_out import LeftOut
from langgraph_dba.database.scripts.script import Script
from langgraph_dba.database.scripts.script_run import ScriptRun
from langgraph_dba.errors import InputError, ScriptError


@dataclass(frozen=True, slots=True)
class ScriptDatabase:
    """A scratch database and the script that was run in it, with the statements that were left out in `skipped`.

    `rows` is the number of rows that the data statements wrote.
    """

    scratch: Scratch
    script: Script
    rows: int = 0


@contextmanager
def database_of(script: Script, engine: Engine, *, with_data: bool = False) -> Iterator[ScriptDatabase]:
    """Create a scratch database from a script as its owner, and drop it at the end.

    The `ddl` of the returned script creates the same objects as one script. ScriptError if the engine refuses a
    statement, InputError if the script is for another engine.
    """
    if engine.traits.name != script.dialect:
        raise InputError(
            f"{script.file}:1: the file is for {script.dialect}: use that engine instead of {engine.traits.name}"
        )
    plan = plan_extensions(script, engine)
    left_out = LeftOut(plan.missing, engine.provide_roles(script.roles) if script.roles else "")
    left_out.objects |= {one.creates: one.reason for one in script.skipped if one.creates}
    with engine.scratch(_first_statements(script, plan)) as scratch:
        with scratch.connect() as connection:
            run = ScriptRun(connection, script.dialect, left_out)
            _run_all(script, connection, run, with_data=with_data)
        complete = replace(script, statements=tuple(run.kept), skipped=(*script.skipped, *run.skipped))
        if with_data:
            with _as_one_script(complete, engine):
                pass
            yield ScriptDatabase(scratch, complete, run.rows)
            return
    with _as_one_script(complete, engine) as again:
        yield ScriptDatabase(again, complete)


def _first_statements(script: Script, plan: ExtensionPlan) -> str:
    """Return the extensions that the engine creates as superuser."""
    texts = (one.text for one in script.statements if one.text[:6].upper() == "CREATE")
    wanted = [text for text in texts if _extension_name(text) in plan.by_superuser]
    return "".join(f"{text};\n" for text in wanted)


def _extension_name(text: str) -> str:
    words = text.split(None, 6)
    is_extension = len(words) > 5 and words[1].upper() == "EXTENSION"  # noqa: PLR2004  IF NOT EXISTS and the name
    return words[5].strip('";') if is_extension else ""


def _run_all(script: Script, connection: Connection, run: ScriptRun, *, with_data: bool) -> None:
    if script.preamble:
        connection.run(script.preamble)
    if script.dialect == "sqlite":
        connection.run("PRAGMA foreign_keys = OFF")  # the default of the sqlite3 shell
    data = {one.position for one in script.data} if with_data else set()
    everything = sorted((*script.statements, *(script.data if with_data else ())), key=lambda one: one.position)
    for one in everything:
        if one.position in data:
            run.load(one)
        else:
            run.run(one)


@contextmanager
def _as_one_script(script: Script, engine: Engine) -> Iterator[Scratch]:
    """Create the database from `ddl`: a script in one transaction can fail where single statements do not."""
    with ExitStack() as stack:
        try:
            scratch = stack.enter_context(engine.scratch(script.ddl))
        except Rejected as error:
            problem = f"the statements run one by one, but not in one transaction: {error}"
            raise ScriptError(f"{script.file}:1: {problem}: split the file") from None
        yield scratch
