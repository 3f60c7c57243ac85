"""Create a scratch database from a script."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from langgraph_dba.database.engines import Connection, Engine, Rejected, Scratch
from langgraph_dba.database.scripts.extensions import ExtensionPlan, plan_extensions
from langgraph_dba.database.scripts.left_out import LeftOut
from langgraph_dba.database.scripts.script import Script
from langgraph_dba.database.scripts.script_run import ScriptRun
from langgraph_dba.database.scripts.words import created_extension, head_of
from langgraph_dba.errors import InputError, ScriptError


@dataclass(frozen=True, slots=True)
class ScriptDatabase:
    """A scratch database and the script that was run in it, with the statements that were left out in `skipped`."""

    scratch: Scratch
    script: Script


@contextmanager
def database_of(script: Script, engine: Engine) -> Iterator[ScriptDatabase]:
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
            run = ScriptRun(connection, left_out, script.dialect if script.is_dialect_guessed else "")
            _run_all(script, connection, run)
        complete = replace(script, statements=tuple(run.kept), skipped=(*script.skipped, *run.skipped))
    with _as_one_script(complete, engine) as again:
        yield ScriptDatabase(again, complete)


def _first_statements(script: Script, plan: ExtensionPlan) -> str:
    """Return the extensions that the engine creates as superuser."""
    texts = (one.text for one in script.statements if created_extension(head_of(one.text)) in plan.by_superuser)
    return "".join(f"{text};\n" for text in texts)


def _run_all(script: Script, connection: Connection, run: ScriptRun) -> None:
    if script.preamble:
        connection.run(script.preamble)
    if script.dialect == "sqlite":
        connection.run("PRAGMA foreign_keys = OFF")  # the default of the sqlite3 shell
    for one in script.statements:
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
