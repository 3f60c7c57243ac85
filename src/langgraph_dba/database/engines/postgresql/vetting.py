"""Ask PostgreSQL's own catalogue what a statement would call: directly, and through views, operators, casts, domains.

An allow-list by volatility: what the catalogue calls stable or immutable reads and computes; of the volatile, those
named here do. A function that somebody wrote must be stable, run with its caller's rights, and call nothing else.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol

from langgraph_dba.database.engines.live.reader_protocol import ALLOWED, Name, Reading
from langgraph_dba.errors import Forbidden

# Volatile for their value alone: they change nothing, wait for nothing, and open nothing.
_VALUES = frozenset({
    "clock_timestamp", "timeofday", "random", "random_normal", "gen_random_uuid", "uuidv4", "uuidv7", "currval",
    "lastval", "pg_sequence_last_value", "pg_relation_size", "pg_table_size", "pg_indexes_size",
    "pg_total_relation_size", "pg_database_size", "pg_tablespace_size", "pg_column_size", "pg_blocking_pids",
    "pg_safe_snapshot_blocking_pids", "pg_isolation_test_session_is_blocked", "pg_notification_queue_usage",
    "pg_conf_load_time", "pg_postmaster_start_time", "pg_is_in_recovery", "pg_last_wal_receive_lsn",
    "pg_last_wal_replay_lsn", "pg_last_xact_replay_timestamp", "pg_current_wal_lsn", "pg_current_wal_insert_lsn",
    "pg_current_wal_flush_lsn", "pg_is_wal_replay_paused", "pg_get_wal_replay_pause_state", "pg_lock_status",
    "pg_cursor", "pg_prepared_statement", "pg_partition_tree", "pg_partition_ancestors", "pg_sequence_parameters",
    "pg_stat_get_snapshot_timestamp", "pg_xact_status", "txid_status", "pg_get_multixact_members",
    "pg_control_system", "pg_control_checkpoint", "pg_control_recovery", "pg_control_init", "pg_jit_available",
    "system", "bernoulli",
})  # fmt: skip
# Called stable or immutable, and yet: they run SQL that is handed to them as text, take a transaction's number, or
# reach files and other servers.
_INDIRECT = re.compile(
    r"(query|cursor|table|schema|database)_to_xml.*|ts_stat|ts_rewrite|txid_current|pg_current_xact_id|crosstab.*|"
    r"connectby|xpath_table|dblink.*|pg_(read|ls|stat)_.*(file|dir).*|pg_export_snapshot|currtid2?|lo_.*|lowrite|loread|"
    r"pg_file_.*|pg_advisory.*|pg_try_advisory.*|pg_sleep.*|set_config|setseed|has_.*_fdw"
)
_LANGUAGES = frozenset({"sql", "plpgsql"})
_FIRST_OWN = 16384  # object ids below were made by initdb
_CALL = re.compile(r'([^\W\d][\w$]*|"(?:[^"]|"")+")\s*\(')
_FUNCTION_IDS = re.compile(r":(?:funcid|opfuncid|aggfnoid|winfnoid|hashfuncid|negfuncid|castfunc) (\d+)")
_RELATION_IDS = re.compile(r":relid (\d+)")
_DEEPEST = 20

_FUNCTIONS = """
SELECT p.oid::bigint, n.nspname, p.proname, p.provolatile, p.prosecdef, l.lanname,
       EXISTS (SELECT FROM pg_catalog.pg_depend d
               WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'),
       n.nspname = ANY (pg_catalog.current_schemas(true)),
       p.pronargs - p.pronargdefaults <= 1 AND p.pronargs >= 1,
       {body},
       ARRAY(SELECT f::oid::bigint FROM pg_catalog.pg_aggregate a,
             unnest(ARRAY[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn,
                          a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]) f
             WHERE a.aggfnoid = p.oid AND f <> 0)
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE p.proname = ANY (%(names)s) OR p.oid = ANY (%(ids)s::bigint[]::oid[])
"""
# views that people made, and foreign tables, also as children of a table that is named
_RELATIONS = """
WITH RECURSIVE named AS (
  SELECT c.oid FROM pg_catalog.pg_class c
  WHERE c.oid >= 16384 AND (c.relname = ANY (%(names)s) OR c.oid = ANY (%(ids)s::bigint[]::oid[]))
  UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN named ON i.inhparent = named.oid
)
SELECT c.oid::bigint, c.relname, c.relkind, coalesce(r.ev_action::text, '')
FROM named JOIN pg_catalog.pg_class c ON c.oid = named.oid
LEFT JOIN pg_catalog.pg_rewrite r ON r.ev_class = c.oid AND r.ev_type = '1'
WHERE c.relkind IN ('v', 'f') AND NOT EXISTS (
  SELECT FROM pg_catalog.pg_depend d
  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
"""
# (name, how it is written, function): operators, casts by their types, checks of domains
_SILENT_CALLS = """
SELECT oprname, 'operator', ':funcid ' || oprcode::oid FROM pg_catalog.pg_operator
WHERE oid >= 16384 AND oprcode <> 0
UNION ALL
SELECT t.typname, 'type', ':funcid ' || c.castfunc FROM pg_catalog.pg_cast c
JOIN pg_catalog.pg_type t ON t.oid IN (c.castsource, c.casttarget)
WHERE c.oid >= 16384 AND c.castfunc <> 0 AND t.typname = ANY (%(names)s)
UNION ALL
SELECT t.typname, 'type', k.conbin::text FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_type t ON t.oid = k.contypid
WHERE k.contypid <> 0 AND t.typname = ANY (%(names)s)
"""


class Asks(Protocol):
    """Runs one of this file's statements in the transaction the reading will use."""

    def __call__(self, sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Return the rows."""
        ...


@dataclass(frozen=True, slots=True)
class _Function:
    id: int
    schema: str
    name: str
    volatility: str
    definer: bool
    language: str
    of_extension: bool
    visible: bool
    of_one: bool  # may be called with one argument, and so be written `row.name`
    body: str
    parts: Sequence[int]

    @property
    def title(self) -> str:
        return self.name if self.id < _FIRST_OWN else f"{self.schema}.{self.name}"

    def flaw(self) -> str:
        """Why it may not be called; empty if it may, as far as can be told without looking at what it calls."""
        if _INDIRECT.fullmatch(self.name):
            return "it reaches beyond reading"
        if self.volatility == "v" and not (self.id < _FIRST_OWN and self.name in _VALUES):
            return "the catalogue calls it volatile: it may change something"
        if self.id < _FIRST_OWN or self.of_extension:
            return ""
        if self.definer:
            return "it runs with its owner's rights"
        if self.language not in _LANGUAGES and not self.parts:
            return f"it is written in {self.language}, which cannot be looked into"
        if re.search(r"\bexecute\b", self.body, re.IGNORECASE):
            return "it runs SQL that it puts together itself"
        return ""

    def calls(self) -> Iterator[Name]:
        """What its body calls; nothing for what came with the server or an extension."""
        if self.id >= _FIRST_OWN and not self.of_extension:
            for written in _CALL.findall(self.body):
                yield "", written.strip('"') if written.startswith('"') else written.lower()


@dataclass
class Vetting:
    """One statement's calls, looked up in the catalogue of the database it will run on."""

    ask: Asks
    major: int
    _seen: set[int] = field(default_factory=set)
    _seen_relations: set[int] = field(default_factory=set)

    def check(self, reading: Reading) -> None:
        """Raise Forbidden if anything that the statement would call is not known to be harmless."""
        self._by_name(reading.functions, "")
        if reading.names:
            self._relations(sorted(reading.names))
        for name, how, tree in self.ask(_SILENT_CALLS, {"names": sorted(reading.names)}):
            if how == "type" or name in reading.sql:
                self._by_id(_ids(tree), f"the {how} {name}")

    def _by_name(self, names: Iterable[Name], through: str, depth: int = 0) -> None:
        wanted = set(names)
        if not wanted:
            return
        for function in self._functions(names=sorted({name for _, name in wanted})):
            called = ("", function.name) in wanted and function.visible
            if called or (function.schema, function.name) in wanted:
                self._judge(function, through, depth)

    def _by_id(self, ids: Sequence[int], through: str, depth: int = 0) -> None:
        fresh = [i for i in ids if i not in self._seen]
        for function in self._functions(ids=fresh) if fresh else ():
            self._judge(function, through, depth)

    def _judge(self, function: _Function, through: str, depth: int) -> None:
        if function.id in self._seen:
            return
        self._seen.add(function.id)
        flaw = function.flaw() if depth < _DEEPEST else "it calls too deeply"
        if flaw:
            _refuse(f"{function.title}() {f'in {through} ' if through else ''}may not be called: {flaw}")
        inside = through or f"{function.title}()"
        self._by_id(function.parts, inside, depth + 1)
        self._by_name(function.calls(), inside, depth + 1)

    def _relations(self, names: Sequence[str], ids: Sequence[int] = (), depth: int = 0) -> None:
        for relation, name, kind, tree in self.ask(_RELATIONS, {"names": list(names), "ids": list(ids)}):
            if relation in self._seen_relations:  # before version 16 a view names itself
                continue
            self._seen_relations.add(relation)
            if kind == "f":
                _refuse(f"{name} is a foreign table: it opens files or other servers")
            if depth > _DEEPEST:
                _refuse(f"the view {name} is nested too deeply")
            self._by_id(_ids(tree), f"the view {name}")
            self._relations((), [int(i) for i in _RELATION_IDS.findall(tree)], depth + 1)

    def _functions(self, *, names: Sequence[str] = (), ids: Sequence[int] = ()) -> list[_Function]:
        body = "p.prosrc"
        if self.major >= 14:  # noqa: PLR2004  before, no function had a body that was not text
            body = "p.prosrc || coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), '')"
        rows = self.ask(_FUNCTIONS.format(body=body), {"names": list(names), "ids": list(ids)})
        return [_Function(*row) for row in rows]


def _ids(tree: str) -> list[int]:
    return sorted({int(i) for i in _FUNCTION_IDS.findall(tree)} - {0})


def _refuse(reason: str) -> NoReturn:
    raise Forbidden(f"refused: {reason}. {ALLOWED}; no call that writes, locks, waits, or reaches files or servers.")
