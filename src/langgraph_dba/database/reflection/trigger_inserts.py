"""The tables into which triggers insert rows (logs, histories, queues, totals), and those that they read.

The statements of a trigger are in its definition, or in the routines that it calls: on PostgreSQL always.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from langgraph_dba.database.engines import traits_of
from langgraph_dba.database.model.schema import Routine, Schema, Table, Trigger
from langgraph_dba.database.scripts.words import plain

_WORD = r'(?:[A-Za-z_]\w*|"[^"]+"|`[^`]+`|\[[^\]]+\])'
_SKIPPED = re.compile(r"('(?:[^']|'')*')|--[^\n]*|/\*(?!M?!).*?\*/", re.DOTALL)
_EVENTS = re.compile(
    rf"\bTRIGGER\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:{_WORD}\s*\.\s*)?{_WORD}\s+(?P<events>.+?)\s+ON\b",
    re.IGNORECASE | re.DOTALL,
)
# a name that is made of the trigger's table: format('INSERT INTO %I.%I_log', tg_table_schema, tg_table_name)
_FORMAT = re.compile(r"(?:%[0-9$]*[Is]\s*\.\s*)?%[0-9$]*[Is](?=_\w)")
_OWN_NAME = re.compile(r"\b(?:tg_table_name|tg_relname)(?:::\w+)?\s*\|\|\s*'(\w+)'", re.IGNORECASE)
_INSERT = re.compile(
    r"\b(?P<verb>INSERT(?:\s+(?:LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE|OR\s+\w+))*|REPLACE|MERGE)\s+INTO\s+"
    rf"(?:(?P<space>{_WORD})\s*\.\s*)?(?P<name>{_WORD})(?P<rest>[^;]*)",
    re.IGNORECASE,
)
_READ = re.compile(rf"(?<!\bDELETE )\b(?:FROM|JOIN)\s+(?:{_WORD}\s*\.\s*)?(?P<name>{_WORD})", re.IGNORECASE)
_MERGES = re.compile(r"\bDO\s+UPDATE\b|\bON\s+DUPLICATE\s+KEY\b", re.IGNORECASE)
_CALL = re.compile(rf"(?:\bCALL\s+({_WORD})|({_WORD})\s*\()", re.IGNORECASE)
_ARGUMENTS = re.compile(r"\bEXECUTE\s+(?:FUNCTION|PROCEDURE)\s+([^(]+)\((.*)\)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class TriggerInsert:
    """A trigger of the table or view `source` inserts into the table `target` when one of `events` happens.

    Both are names in the schema, `source` that in the database for a view. With `merges`, a row that exists already is
    changed: the rows are totals or a last state, not a log. `events` are among `insert`, `update` and `delete`.
    """

    source: str
    target: str
    events: frozenset[str]
    merges: bool


def inserts_of_triggers(schema: Schema) -> tuple[TriggerInsert, ...]:
    """Return what the triggers of a schema that fire insert into its tables; without other statements of theirs."""
    spaces = {"", "public", schema.namespace.lower()}
    has_namespaces = bool(schema.engine) and "namespaces" in traits_of(schema.engine).keeps
    names = {table.sql_name.lower(): table.name for table in schema.tables}
    return tuple(
        replace(one, source=names.get(one.source.lower(), one.source), target=names[one.target])
        for space, one in _texts(schema.triggers, schema.routines)
        # MariaDB's qualifier is the name of the database, which a schema does not have
        if one.target in names and (space in spaces or not has_namespaces)
    )


def reads_of_triggers(schema: Schema, table: Table) -> tuple[str, ...]:
    """Return the other tables of a schema that the triggers of a table read."""
    names = {one.sql_name.lower(): one.name for one in schema.tables if one.name != table.name}
    bodies = _bodies(schema.routines)
    own = (one.definition for one in schema.triggers if one.on == table.sql_name)
    texts = (_with_called(_without_comments(text), bodies) for text in own)
    found = (names.get(plain(read["name"]).lower(), "") for text in texts for read in _READ.finditer(text))
    return tuple(dict.fromkeys(name for name in found if name))


@lru_cache(maxsize=8)  # a rule asks for each table, and fixes leave triggers as they are
def _texts(triggers: tuple[Trigger, ...], routines: tuple[Routine, ...]) -> tuple[tuple[str, TriggerInsert], ...]:
    """Return (qualifier of the target or empty, insertion); the names are those in the database."""
    bodies = _bodies(routines)
    # a trigger that is disabled, or that only a replica runs, writes nothing
    fires = (one for one in triggers if one.fires in ("", "ENABLE ALWAYS"))
    return tuple(found for trigger in fires for found in dict.fromkeys(_inserts(trigger, bodies)))


def _bodies(routines: tuple[Routine, ...]) -> dict[str, str]:
    """Return the definition of each routine by its plain name."""
    return {plain(one.name.partition("(")[0]): _without_comments(one.definition) for one in routines}


def _inserts(trigger: Trigger, bodies: dict[str, str]) -> Iterator[tuple[str, TriggerInsert]]:
    text = _without_comments(trigger.definition)
    head = _EVENTS.search(text)
    events = frozenset(re.findall(r"\b(insert|update|delete)\b", head["events"].lower())) if head else frozenset()
    own, called = plain(trigger.on), _with_called(text, bodies)
    for found in _INSERT.finditer(_FORMAT.sub(own, called)):
        merges = found["verb"].upper() != "INSERT" and not re.search(r"\bIGNORE\b", found["verb"], re.IGNORECASE)
        merges |= bool(_MERGES.search(found["rest"]))
        yield plain(found["space"] or ""), TriggerInsert(trigger.on, plain(found["name"]), events, merges)
    for name in (*(own + suffix for suffix in _OWN_NAME.findall(called)), *_named_in_arguments(text, called, bodies)):
        yield "", TriggerInsert(trigger.on, name.lower(), events, merges=False)


def _named_in_arguments(text: str, called: str, bodies: dict[str, str]) -> list[str]:
    """Return the texts that a trigger gives its function: versioning('sys_period', 'orders_history', true)."""
    found = _ARGUMENTS.search(text)
    # a function of an extension has no text here
    is_read = found and (plain(found[1]) not in bodies or "tg_argv" in called.lower())
    return [plain(name) for name in re.findall(r"'([^']+)'", found[2])] if found and is_read else []


def _without_comments(text: str) -> str:
    return _SKIPPED.sub(lambda found: found[1] or " ", text)


def _with_called(text: str, bodies: dict[str, str]) -> str:
    """Return a text with the bodies of all routines that it calls, also through others."""
    texts, called = [text], set[str]()
    for part in texts:
        names = {plain(one or other) for one, other in _CALL.findall(part)} & bodies.keys() - called
        called |= names
        texts += [bodies[name] for name in sorted(names)]
    return ";\n".join(texts)
