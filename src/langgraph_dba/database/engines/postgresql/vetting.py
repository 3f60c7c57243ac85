"""Check in PostgreSQL's catalogue every function that a statement calls: also by views, operators, casts, domains.

An allow-list by volatility: functions that the catalogue marks stable or immutable are allowed, volatile ones only if
they are listed here. A user-defined function must be stable, run with its caller's rights and call only such functions.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol

from langgraph_dba.database.engines.live.reader_protocol import ALLOWED, AllowedStatement, Name
from langgraph_dba.errors import Forbidden

# Volatile only because their values change: they write nothing, wait for nothing, and open nothing.
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
# Stable or immutable in the catalogue, but not harmless: they run SQL from a text argument, assign a transaction id, or
# access files and other servers.
_INDIRECT = re.compile(
    r"(query|cursor|table|schema|database)_to_xml.*|ts_stat|ts_rewrite|txid_current|pg_current_xact_id|crosstab.*|"
    r"connectby|xpath_table|dblink.*|pg_(read|ls|stat)_.*(file|dir).*|pg_export_snapshot|currtid2?|lo_.*|lowrite|loread|"
    r"pg_file_.*|pg_advisory.*|pg_try_advisory.*|pg_sleep.*|set_config|setseed|has_.*_fdw"
)
_LANGUAGES = frozenset({"sql", "plpgsql"})
_FIRST_USER_OID = 16384  # initdb created the objects with lower ids
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
# user-defined views and foreign tables, also as partitions or children of a table in the statement
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
# (name, kind, expression with function ids): operators, casts by their types, checks of domains
_IMPLICIT_CALLS = """
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


class CatalogueQuery(Protocol):
    """Runs one of this module's queries in the transaction in which the statement will run."""

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
    of_one: bool  # callable with one argument, and so also as `row.name`
    body: str
    parts: Sequence[int]

    @property
    def title(self) -> str:
        return self.name if self.id < _FIRST_USER_OID else f"{self.schema}.{self.name}"

    def reason_to_refuse(self) -> str:
        """Return why it may not be called; empty if it may. The functions that it calls are checked separately."""
        if _INDIRECT.fullmatch(self.name):
            return "it does more than read"
        if self.volatility == "v" and not (self.id < _FIRST_USER_OID and self.name in _VALUES):
            return "the catalogue marks it volatile: it may change something"
        if self.id < _FIRST_USER_OID or self.of_extension:
            return ""
        if self.definer:
            return "it runs with its owner's rights"
        if self.language not in _LANGUAGES and not self.parts:
            return f"it is written in {self.language}, which cannot be analysed"
        if re.search(r"\bexecute\b", self.body, re.IGNORECASE):
            return "it runs dynamic SQL"
        return ""

    def calls(self) -> Iterator[Name]:
        """Yield the names that its body calls; none for functions of the server or of an extension."""
        if self.id >= _FIRST_USER_OID and not self.of_extension:
            for name in _CALL.findall(self.body):
                yield "", name.strip('"') if name.startswith('"') else name.lower()


@dataclass
class Vetting:
    """Checks the calls of one statement in the catalogue of the database on which it will run."""

    query: CatalogueQuery
    major: int
    _checked: set[int] = field(default_factory=set)
    _checked_relations: set[int] = field(default_factory=set)

    def check(self, statement: AllowedStatement) -> None:
        """Raise Forbidden if the statement may call a function that is not known to be harmless."""
        self._by_name(statement.functions, "")
        if statement.names:
            self._relations(sorted(statement.names))
        # an operator is a symbol and not among the names: its text is searched in the SQL, at worst too often
        for name, how, tree in self.query(_IMPLICIT_CALLS, {"names": sorted(statement.names)}):
            if how == "type" or name in statement.sql:
                self._by_id(_ids(tree), f"the {how} {name}")

    def _by_name(self, names: Iterable[Name], through: str, depth: int = 0) -> None:
        calls = set(names)
        if not calls:
            return
        for function in self._functions(names=sorted({name for _, name in calls})):
            is_unqualified = ("", function.name) in calls and function.visible
            if is_unqualified or (function.schema, function.name) in calls:
                self._check_function(function, through, depth)

    def _by_id(self, ids: Sequence[int], through: str, depth: int = 0) -> None:
        fresh = [i for i in ids if i not in self._checked]
        for function in self._functions(ids=fresh) if fresh else ():
            self._check_function(function, through, depth)

    def _check_function(self, function: _Function, through: str, depth: int) -> None:
        if function.id in self._checked:
            return
        self._checked.add(function.id)
        reason = function.reason_to_refuse() if depth < _DEEPEST else "its calls are nested too deeply"
        if reason:
            _refuse(f"{function.title}() {f'in {through} ' if through else ''}may not be called: {reason}")
        inside = through or f"{function.title}()"
        self._by_id(function.parts, inside, depth + 1)
        self._by_name(function.calls(), inside, depth + 1)

    def _relations(self, names: Sequence[str], ids: Sequence[int] = (), depth: int = 0) -> None:
        for relation, name, kind, tree in self.query(_RELATIONS, {"names": list(names), "ids": list(ids)}):
            if relation in self._checked_relations:  # before version 16 the tree of a view refers to the view itself
                continue
            self._checked_relations.add(relation)
            if kind == "f":
                _refuse(f"{name} is a foreign table: it reads files or other servers")
            if depth > _DEEPEST:
                _refuse(f"the view {name} is nested too deeply")
            self._by_id(_ids(tree), f"the view {name}")
            self._relations((), [int(i) for i in _RELATION_IDS.findall(tree)], depth + 1)

    def _functions(self, *, names: Sequence[str] = (), ids: Sequence[int] = ()) -> list[_Function]:
        body = "p.prosrc"
        if self.major >= 14:  # noqa: PLR2004  BEGIN ATOMIC bodies: parsed, not in prosrc
            body = "p.prosrc || coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), '')"
        rows = self.query(_FUNCTIONS.format(body=body), {"names": list(names), "ids": list(ids)})
        return [_Function(*row) for row in rows]


def _ids(tree: str) -> list[int]:
    return sorted({int(i) for i in _FUNCTION_IDS.findall(tree)} - {0})


def _refuse(reason: str) -> NoReturn:
    raise Forbidden(f"refused: {reason}. {ALLOWED}; no call that writes, locks, waits, or accesses files or servers.")
