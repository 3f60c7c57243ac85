"""Routines that run with the rights of their owner: which a role may call, and what they return to a tenant."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from uuid import UUID

from langgraph_dba.database.engines import Connection, Rejected
from langgraph_dba.database.engines.postgresql.own_queries import qualified
from langgraph_dba.database.proofs.kit.call_arguments import MOST_CALLS, OwnTypes, argument_rows, own_types
from langgraph_dba.database.proofs.kit.query_branches import QueryBranches
from langgraph_dba.database.proofs.kit.tenant_database import MINE, THEIRS
from langgraph_dba.database.proofs.kit.tenant_probe import TenantProbe

_FUNCTIONS = """
SELECT p.oid::regprocedure::text, format('%I.%I', n.nspname, p.proname),
  -- CALL takes output arguments, too
  CASE p.prokind WHEN 'p' THEN coalesce(p.proallargtypes::regtype[], p.proargtypes::regtype[])
    ELSE p.proargtypes::regtype[] END::text[],
  pg_get_functiondef(p.oid), p.prokind = 'p', p.provariadic <> 0, p.pronargdefaults,
  coalesce(p.proargnames[1:p.pronargs], ARRAY[]::text[])
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind IN ('f', 'p') AND p.prosecdef AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
  AND n.nspname !~ '^(pg_|information_schema$)' AND has_schema_privilege(:role, n.oid, 'usage')
  AND has_function_privilege(:role, p.oid, 'execute')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
ORDER BY 1
"""
# routines that change rows with their owner's rights, called by the role or by triggers; an insertion by a trigger, as
# into a log, concerns its own row
_ROUTINES = """
SELECT p.oid::regprocedure::text, pg_get_functiondef(p.oid), p.prorettype = 'trigger'::regtype
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind IN ('f', 'p') AND p.prosecdef AND n.nspname !~ '^(pg_|information_schema$)'
  AND (p.prorettype = 'trigger'::regtype OR has_function_privilege(:role, p.oid, 'execute'))
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
ORDER BY 1
"""
# rules, which change rows with the rights of their relation's owner, and aggregates of functions with their owner's
_RULES = """
SELECT format('%s on %s', w.rulename, w.ev_class::regclass), pg_get_ruledef(w.oid)
FROM pg_rewrite w
WHERE w.ev_type IN ('2', '3', '4') AND w.ev_class >= 16384 AND w.ev_enabled IN ('O', 'A')
  AND (has_table_privilege(:role, w.ev_class, (ARRAY['update', 'insert', 'delete'])[ascii(w.ev_type) - 49])
    OR (w.ev_type <> '4'
      AND has_any_column_privilege(:role, w.ev_class, (ARRAY['update', 'insert'])[ascii(w.ev_type) - 49])))
ORDER BY 1
"""
_AGGREGATES = """
SELECT p.oid::regprocedure::text, f.oid::regprocedure::text
FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_proc f ON f.oid IN (a.aggtransfn, a.aggfinalfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn)
WHERE f.prosecdef AND p.oid >= 16384 AND has_schema_privilege(:role, n.oid, 'usage')
  AND has_function_privilege(:role, p.oid, 'execute')
ORDER BY 1, 2
"""
_NO_CODE = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\bfor\s+(?:no\s+key\s+)?update\b", re.IGNORECASE | re.DOTALL)
_CHANGES = re.compile(r"\b(?:update|delete|truncate|merge|execute)\b", re.IGNORECASE)
_WRITES = re.compile(rf"\binsert\b|{_CHANGES.pattern}", re.IGNORECASE)
_LAST_ROWS = 5
_MOST_SHORTER = 6  # calls with fewer arguments, for each default
_NOTHING = ("None", "0", "False", "", "[]", "{}")  # what a function returns that found no row


@dataclass(frozen=True, slots=True)
class DefinerFunction:
    """A routine with the rights of its owner; `arguments` are names of types, and the last ones have `defaults`.

    `names` are those of the arguments, empty if they have none.
    """

    signature: str
    sql: str
    arguments: tuple[str, ...]
    source: str
    is_procedure: bool
    is_variadic: bool
    defaults: int
    names: tuple[str, ...]


def definer_functions_of(connection: Connection, role: str) -> tuple[DefinerFunction, ...]:
    """Return the functions with their owner's rights that a role may call; without those that only triggers call."""
    rows = connection.run(qualified(_FUNCTIONS), {"role": role}).rows
    return tuple(
        DefinerFunction(name, sql, tuple(types), text, is_procedure, is_variadic, defaults, tuple(names))
        for name, sql, types, text, is_procedure, is_variadic, defaults, names in rows
    )


def writers_of(connection: Connection, role: str) -> tuple[str, ...]:
    """Return the routines that may change or delete rows with their owner's rights, by call or by trigger."""
    rows = connection.run(qualified(_ROUTINES), {"role": role}).rows
    return tuple(
        str(name)
        for name, text, is_trigger in rows
        if (_CHANGES if is_trigger else _WRITES).search(_NO_CODE.sub(" ", str(text)))
    )


def rules_of(connection: Connection, role: str) -> tuple[str, ...]:
    """Return the rules by which a role changes or deletes rows with the rights of the owner of a table or view."""
    rows = connection.run(qualified(_RULES), {"role": role}).rows
    actions = ((str(name), re.split(r"\bDO\b", _NO_CODE.sub(" ", str(text)), maxsplit=1)[-1]) for name, text in rows)
    return tuple(name for name, action in actions if _CHANGES.search(action))


def definer_aggregates_of(connection: Connection, role: str) -> tuple[str, ...]:
    """Return the aggregates that a role may call and that call functions with the rights of their owners."""
    rows = connection.run(qualified(_AGGREGATES), {"role": role}).rows
    return tuple(f"what {aggregate} shows by {function}" for aggregate, function in rows)


# a setting of the database's own: it has a point
SETTING = re.compile(r"current_setting\s*\(\s*'(\w+\.[\w.]+)'", re.IGNORECASE)


class DefinerProbe:
    """Experiments of a tenant with each routine that a role may call."""

    def __init__(self, prober: TenantProbe, role: str) -> None:
        """Call nothing yet."""
        self._prober, self._role = prober, role
        self._branches = QueryBranches(prober)

    @cached_property
    def _own_types(self) -> OwnTypes:
        return own_types(self._prober.both.superuser)

    def failures(self, function: DefinerFunction) -> Iterator[str]:
        """Yield a failure if a definer function returns other rows because another tenant has rows."""
        rows = argument_rows(function.arguments, function.source, self._values, self._own_types)
        statements = calls(function, rows)
        self._prober.untried += self._not_read(function)
        self._prober.untried += self._branches.not_reached(function.signature, function.source, function.names, rows)
        refusals, has_answer = 0, not self._names_a_table(function)
        answers: list[tuple[str, Counter[tuple[str, ...]]]] = []
        for sql in statements:
            self._prober.note(sql)
            mine, without = (
                self._prober.rows(database.link(self._role), sql)
                for database in (self._prober.both, self._prober.alone)
            )
            if late := next((one for one in (mine, without) if _is_late(one)), None):
                # over data that form a circle, a recursion never ends; each further call would take as long
                self._prober.untried.append(f"{function.signature}: {late} ({sql})")
                return
            if isinstance(mine, Rejected) and isinstance(without, Rejected):
                refusals += 1
                continue
            if isinstance(mine, Rejected) or isinstance(without, Rejected):
                yield from self._prober.refused(f"{self._role}, as tenant {MINE},", function.signature, mine, without)
                return
            has_answer = has_answer or any(value not in _NOTHING for row in mine for value in row)
            failures = list(self._prober.foreign(self._role, (), function.signature, mine, without))
            if failures and mine.total() == without.total() and self._prober.is_volatile(self._role, sql):
                if self._names_a_table(function):
                    self._prober.untried.append(f"{function.signature}: it returns other rows each time")
                return
            if failures:
                yield from failures
                return
            answers.append((sql, mine))
        yield from islice((line for one in answers for line in self._for_the_other(function, *one)), 1)
        yield from self._calls_without_tenant(function, statements)
        if refusals == len(statements):
            self._prober.untried.append(f"{function.signature}: every call was refused")
        elif not has_answer:
            self._prober.untried.append(f"{function.signature}: no call returned a value of the own tenant")

    def _for_the_other(self, function: DefinerFunction, sql: str, mine: Counter[tuple[str, ...]]) -> Iterator[str]:
        """Yield a failure if the other tenant gets rows of this one: what an order puts first is of one tenant only."""
        values = [value for row in mine for value in row if value not in _NOTHING]
        if not values or self._prober.rows_of_other(self._role, sql) != mine:
            return
        alone = self._prober.rows_of_other(self._role, sql, alone=True)
        if isinstance(alone, Rejected) or alone == mine or self._prober.is_volatile(self._role, sql):
            return
        row = ", ".join(next(iter(mine - alone or mine)))
        yield f"{self._role}, as tenant {THEIRS}, reads a row of another tenant from {function.signature}: {row}"

    def _not_read(self, function: DefinerFunction) -> Iterator[str]:
        """Yield what a routine may show that no call here returns."""
        if function.is_procedure and re.search(r"\braise\b", function.source, re.IGNORECASE):
            yield f"{function.signature}: its messages are not read"
        if re.search(r"\brefcursor\b", function.source, re.IGNORECASE):
            yield f"{function.signature}: its cursors are not read"
        own = self._prober.mine_setting
        for name in dict.fromkeys(SETTING.findall(function.source)):
            if name not in own:
                yield f"{function.signature}: what it returns may depend on the setting {name}"

    def _calls_without_tenant(self, function: DefinerFunction, statements: Sequence[str]) -> Iterator[str]:
        """Yield a failure if a function returns what depends on the rows of tenants while no tenant is set."""
        for is_fresh in (True, False):
            links = [one.link(self._role, is_fresh=is_fresh) for one in (self._prober.both, self._prober.alone)]
            for sql in statements:
                both, alone = (self._prober.rows(link, sql, with_tenant=False) for link in links)
                if isinstance(both, Rejected) or isinstance(alone, Rejected) or both == alone:
                    continue
                if both == self._prober.rows(links[0], sql, with_tenant=False):  # else it returns other rows each time
                    yield f"{self._role}, with no tenant set, gets rows of tenants from {function.signature}"
                return

    def _names_a_table(self, function: DefinerFunction) -> bool:
        words = set(re.findall(r"\w+", function.source))
        return any(table.sql_name in words for table in self._prober.subject.schema.tables)

    @cached_property
    def _values(self) -> list[object]:
        """The values in some rows of both tenants, and the keys of the last ones, which may point to other tenants."""
        values: dict[object, None] = {}
        run, names = self._prober.both.superuser.run, self._prober.names
        for table in self._prober.subject.schema.tables:
            key = names.columns(table, table.row_key)
            for tenant in (self._prober.theirs, self._prober.mine) if table.tenant_column else ():
                rows = f"FROM {names.table(table)} WHERE {names.column(table, table.tenant_column or '')} = {tenant}"
                found = list(run(f"SELECT * {rows} LIMIT 2").rows)
                found += run(f"SELECT {key} {rows} ORDER BY {key} DESC LIMIT {_LAST_ROWS}").rows if key else ()
                values |= dict.fromkeys(value for row in found for value in row if isinstance(value, int | str | UUID))
        return list(values)


def _is_late(answer: object) -> bool:
    return isinstance(answer, Rejected) and answer.kind == "time-limit"


def calls(function: DefinerFunction, rows: Sequence[Sequence[str]]) -> list[str]:
    """Return statements that call a function with these arguments; those with defaults are also left out."""
    verb = "CALL" if function.is_procedure else "SELECT * FROM"
    every = rows
    if function.is_variadic:
        every = [(*arguments[:-1], f"VARIADIC {arguments[-1]}") for arguments in rows]
    shorter = (one[: len(one) - number] for number in range(1, function.defaults + 1) for one in every[:_MOST_SHORTER])
    statements = (f"{verb} {function.sql}({', '.join(arguments)})" for arguments in (*shorter, *every))
    return list(dict.fromkeys(statements))[: 4 * MOST_CALLS]
