"""Routines that run with the rights of their owner: which a role may call, and what they return to a tenant."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, product
from uuid import UUID

from langgraph_dba.database.engines import Connection, Rejected
from langgraph_dba.database.engines.postgresql.own_queries import qualified
from langgraph_dba.database.proofs.kit.tenant_database import MINE
from langgraph_dba.database.proofs.kit.tenant_probe import TenantProbe

_FUNCTIONS = """
SELECT p.oid::regprocedure::text, format('%I.%I', n.nspname, p.proname),
  -- CALL takes output arguments, too
  CASE p.prokind WHEN 'p' THEN coalesce(p.proallargtypes::regtype[], p.proargtypes::regtype[])
    ELSE p.proargtypes::regtype[] END::text[],
  pg_get_functiondef(p.oid), p.prokind = 'p', p.provariadic <> 0, p.pronargdefaults
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
_NO_CODE = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\bfor\s+(?:no\s+key\s+)?update\b", re.IGNORECASE | re.DOTALL)
_CHANGES = re.compile(r"\b(?:update|delete|truncate|merge|execute)\b", re.IGNORECASE)
_WRITES = re.compile(rf"\binsert\b|{_CHANGES.pattern}", re.IGNORECASE)
_NOTHING = ("None", "0", "False", "", "[]", "{}")  # what a function returns that found no row


@dataclass(frozen=True, slots=True)
class DefinerFunction:
    """A routine with the rights of its owner; `arguments` are names of types, and the last ones have `defaults`."""

    signature: str
    sql: str
    arguments: tuple[str, ...]
    source: str
    is_procedure: bool
    is_variadic: bool
    defaults: int


def definer_functions_of(connection: Connection, role: str) -> tuple[DefinerFunction, ...]:
    """Return the functions with their owner's rights that a role may call; without those that only triggers call."""
    rows = connection.run(qualified(_FUNCTIONS), {"role": role}).rows
    return tuple(DefinerFunction(name, sql, tuple(types), *others) for name, sql, types, *others in rows)


def writers_of(connection: Connection, role: str) -> tuple[str, ...]:
    """Return the routines that may change or delete rows with their owner's rights, by call or by trigger."""
    rows = connection.run(qualified(_ROUTINES), {"role": role}).rows
    return tuple(
        str(name)
        for name, text, is_trigger in rows
        if (_CHANGES if is_trigger else _WRITES).search(_NO_CODE.sub(" ", str(text)))
    )


# a setting of the database's own: it has a point
SETTING = re.compile(r"current_setting\s*\(\s*'(\w+\.[\w.]+)'", re.IGNORECASE)


class DefinerProbe:
    """Experiments of a tenant with each routine that a role may call."""

    def __init__(self, prober: TenantProbe, role: str) -> None:
        """Call nothing yet."""
        self._prober, self._role = prober, role

    def failures(self, function: DefinerFunction) -> Iterator[str]:
        """Yield a failure if a definer function returns other rows because another tenant has rows."""
        statements = calls(function, self._values)
        self._prober.untried += self._not_read(function)
        refusals, has_answer = 0, not self._names_a_table(function)
        for sql in statements:
            self._prober.note(sql)
            mine, without = (
                self._prober.rows(database.link(self._role), sql)
                for database in (self._prober.both, self._prober.alone)
            )
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
        yield from self._calls_without_tenant(function, statements)
        if refusals == len(statements):
            self._prober.untried.append(f"{function.signature}: every call was refused")
        elif not has_answer:
            self._prober.untried.append(f"{function.signature}: no call returned a value of the own tenant")

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
        """The values in some rows of both tenants: a function may look up a row by any of them."""
        values: dict[object, None] = {}
        for table in self._prober.subject.schema.tables:
            for tenant in (self._prober.theirs, self._prober.mine) if table.tenant_column else ():
                where = f"{self._prober.names.column(table, table.tenant_column or '')} = {tenant}"
                rows = self._prober.both.superuser.run(
                    f"SELECT * FROM {self._prober.names.table(table)} WHERE {where} LIMIT 2"
                ).rows
                values |= dict.fromkeys(value for row in rows for value in row if isinstance(value, int | str | UUID))
        return list(values)


_MOST_CALLS, _MOST_VALUES, _LONGEST = 80, 6, 40
_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
_TEXTS = ("text", "character varying", "character", "citext", "name")
# wide arguments: a filter lets every row pass with one of them, as LIMIT, OFFSET, pattern, first or last moment
_WIDE: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_NUMBERS, ("0", "1000", "-1")),
    **dict.fromkeys(_TEXTS, ("'%'", "''")),
    **dict.fromkeys(("date", "timestamp without time zone", "timestamp with time zone"), ("'-infinity'", "'infinity'")),
    "boolean": ("true", "false"),
    "json": ("'{}'",),
    "jsonb": ("'{}'",),
    "interval": ("'1000 years'", "'0'"),
}


def calls(function: DefinerFunction, values: Sequence[object]) -> list[str]:
    """Return statements that call a function with these values, with its own literals and wide arguments of its types.

    Each combination of wide arguments is among them, and each value with the others of its type. Arguments with
    defaults are also left out, and all are NULL once.
    """
    literals = [text.replace("''", "'") for text in _LITERAL.findall(function.source) if len(text) < _LONGEST]
    wide = [_wide(type_) for type_ in function.arguments]
    fitting = [
        _fitting(type_, [*dict.fromkeys(literals), *values]) or one
        for type_, one in zip(function.arguments, wide, strict=True)
    ]
    count = max(map(len, fitting), default=1)
    rows = [[options[number % len(options)] for options in fitting] for number in range(count)]
    # one value with wide arguments beside it: `find(id, limit)`
    mixed = [
        [value if at == place else options[0] for at, options in enumerate(wide)]
        for place, found in enumerate(fitting)
        for value in found[:_MOST_VALUES]
    ]
    # values of one row are near each other: `belongs(document, tenant)` needs two of them
    pairs = islice(product(*(one[:_MOST_VALUES] for one in fitting)), _MOST_CALLS)
    nulls = tuple(f"NULL::{type_}" for type_ in function.arguments)
    every: tuple[Sequence[str], ...] = (*islice(product(*wide), _MOST_CALLS), nulls, *mixed, *rows, *pairs)
    verb = "CALL" if function.is_procedure else "SELECT * FROM"
    if function.is_variadic:
        every = tuple((*arguments[:-1], f"VARIADIC {arguments[-1]}") for arguments in every)
    shorter = (one[: len(one) - number] for number in range(1, function.defaults + 1) for one in every[:_MOST_VALUES])
    statements = (f"{verb} {function.sql}({', '.join(arguments)})" for arguments in (*shorter, *every))
    return list(dict.fromkeys(statements))[: 3 * _MOST_CALLS]


def _wide(type_: str) -> list[str]:
    return [f"{one}::{type_}" for one in _WIDE.get(type_, ("NULL",))]


def _fitting(type_: str, values: Sequence[object]) -> list[str]:
    element = type_.removesuffix("[]")
    kinds = int if element in _NUMBERS else str if element in _TEXTS else UUID if element == "uuid" else ()
    texts = [str(one) for one in values if isinstance(one, kinds) and not isinstance(one, bool)]
    if element != type_:
        return [f"ARRAY[{', '.join(map(_quoted, texts))}]::{type_}"] if texts else []
    return [f"{_quoted(text)}::{type_}" for text in texts]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
