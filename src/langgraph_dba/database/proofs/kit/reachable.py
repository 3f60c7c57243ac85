"""What a role can reach in a created database: relations, and functions with their owner's rights."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from uuid import UUID

from langgraph_dba.database.engines import Connection
from langgraph_dba.database.engines.postgresql.own_queries import qualified

_RELATIONS = """
SELECT format('%I.%I', n.nspname, c.relname), n.nspname::text, c.relname::text, c.relkind IN ('v', 'm'),
  c.relkind = 'm', c.relispartition,
  ARRAY(SELECT p FROM unnest(ARRAY['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) p
        WHERE has_table_privilege(:role, c.oid, p)
           OR (p IN ('select', 'insert', 'update', 'references') AND has_any_column_privilege(:role, c.oid, p))),
  ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        AND has_column_privilege(:role, c.oid, a.attnum, 'select') ORDER BY a.attnum),
  ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        AND a.attgenerated = '' AND a.attidentity <> 'a'
        AND has_column_privilege(:role, c.oid, a.attnum, 'update') ORDER BY a.attnum),
  ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        AND a.attgenerated = '' AND a.attidentity <> 'a'
        AND has_column_privilege(:role, c.oid, a.attnum, 'insert') ORDER BY a.attnum)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^(pg_|information_schema$)'
  AND has_schema_privilege(:role, n.oid, 'usage')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname, c.relname
"""
_FUNCTIONS = """
SELECT p.oid::regprocedure::text, format('%I.%I', n.nspname, p.proname),
  -- CALL takes output arguments, too
  CASE p.prokind WHEN 'p' THEN coalesce(p.proallargtypes::regtype[], p.proargtypes::regtype[])
    ELSE p.proargtypes::regtype[] END::text[],
  pg_get_functiondef(p.oid), p.prokind = 'p', p.provariadic <> 0
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
# the policies that bind a role; without WITH CHECK a new row must satisfy USING
_POLICIES = """
SELECT format('%I.%I', schemaname, tablename), lower(cmd), permissive = 'PERMISSIVE', qual, coalesce(with_check, qual),
  CAST(:role AS name) = ANY (roles),
  EXISTS (SELECT FROM pg_policy p JOIN pg_description d ON d.objoid = p.oid AND d.classoid = 'pg_policy'::regclass
    WHERE p.polrelid = format('%I.%I', schemaname, tablename)::regclass AND p.polname = policyname
      AND d.description ~ '\\w')
FROM pg_policies
WHERE EXISTS (SELECT FROM unnest(roles) r WHERE r = 'public' OR pg_has_role(:role, r, 'usage'))
ORDER BY 1, policyname
"""
# the roles with privileges on tables or columns, beside their owners and superusers
_GRANTEES = """
SELECT DISTINCT r.rolname::text FROM pg_class c
CROSS JOIN LATERAL (
  SELECT grantee FROM aclexplode(c.relacl)
  UNION SELECT e.grantee FROM pg_attribute a, aclexplode(a.attacl) e WHERE a.attrelid = c.oid
) AS granted
JOIN pg_roles r ON r.oid = granted.grantee
WHERE c.oid >= 16384 AND r.oid <> c.relowner AND NOT r.rolsuper AND r.rolname !~ '^pg_'
ORDER BY 1
"""
# the tables that a view reads, also through other views
_TABLES_UNDER = """
WITH RECURSIVE under (id) AS (
  SELECT CAST(:view AS regclass)::oid
  UNION
  SELECT d.refobjid FROM under JOIN pg_rewrite w ON w.ev_class = under.id
  JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
)
SELECT DISTINCT n.nspname::text, c.relname::text
FROM under JOIN pg_class c ON c.oid = under.id JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p')
"""
# all texts with literals that may decide which rows a role sees
_CONDITIONS = """
SELECT concat_ws(' ', qual, with_check) FROM pg_policies
UNION ALL
SELECT pg_get_viewdef(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND n.nspname !~ '^(pg_|information_schema$)'
UNION ALL
SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT p.prosrc FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname !~ '^(pg_|information_schema$)' AND p.prokind = 'f'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""
# texts with values that a row can have when a trigger or a rule asks
_VALUES_OF_ROWS = """
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND conrelid >= 16384
UNION ALL
SELECT pg_get_ruledef(oid) FROM pg_rewrite WHERE ev_type <> '1' AND ev_class >= 16384
"""
# everything that reads with the rights of its owner
_DEFINERS = """
SELECT format('ALTER %s %I.%I OWNER TO CURRENT_USER', CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END,
              n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE (c.relkind = 'm'
       OR (c.relkind = 'v' AND NOT coalesce(c.reloptions::text, '') ~ 'security_invoker=(true|on|1|yes)'))
  AND n.nspname !~ '^(pg_|information_schema$)'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
UNION ALL
SELECT format('ALTER ROUTINE %s OWNER TO CURRENT_USER', p.oid::regprocedure)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prosecdef AND n.nspname !~ '^(pg_|information_schema$)'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""


@dataclass(frozen=True, slots=True)
class Relation:
    """A table, partition or view: `sql` is its qualified name; `readable`, … are names of columns, as the role may."""

    sql: str
    namespace: str
    name: str
    is_view: bool
    is_stored: bool
    is_partition: bool
    privileges: frozenset[str]
    readable: tuple[str, ...]
    changeable: tuple[str, ...]
    insertable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BindingPolicy:
    """A policy of a relation (`sql`) that binds a role: `command` is `all`, `select`, …; a condition may be None.

    `is_named`: it is for this role by name, not for PUBLIC or a group; `is_stated`: a comment says what it is for.
    """

    sql: str
    command: str
    is_permissive: bool
    using: str | None
    check: str | None
    is_named: bool
    is_stated: bool


@dataclass(frozen=True, slots=True)
class DefinerFunction:
    """A function or procedure that runs with the rights of its owner; `arguments` are names of types."""

    signature: str
    sql: str
    arguments: tuple[str, ...]
    source: str
    is_procedure: bool
    is_variadic: bool


def give_to_superuser(superuser: Connection) -> None:
    """Make a superuser the owner of everything that reads with its owner's rights.

    Policies restrict the owner of a table with FORCE, but not the superuser who deploys with the same statements.
    """
    for (statement,) in superuser.run(qualified(_DEFINERS)).rows:
        superuser.run(str(statement))


def relations_of(connection: Connection, role: str) -> tuple[Relation, ...]:
    """Return every relation on which a role has a privilege, directly, by membership or by PUBLIC."""
    rows = connection.run(qualified(_RELATIONS), {"role": role}).rows
    relations = (
        Relation(sql, namespace, name, is_view, is_stored, part, frozenset(rights), *map(tuple, columns))
        for sql, namespace, name, is_view, is_stored, part, rights, *columns in rows
    )
    return tuple(relation for relation in relations if relation.privileges)


def grantees_of(connection: Connection) -> tuple[str, ...]:
    """Return the roles that have privileges on relations, without owners, superusers and PUBLIC."""
    return tuple(str(name) for (name,) in connection.run(qualified(_GRANTEES)).rows)


def tables_under(connection: Connection, view: str) -> tuple[tuple[str, str], ...]:
    """Return (namespace, name) of each table that a view reads, also through other views."""
    return tuple(
        (str(space), str(name)) for space, name in connection.run(qualified(_TABLES_UNDER), {"view": view}).rows
    )


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


def policies_of(connection: Connection, role: str) -> tuple[BindingPolicy, ...]:
    """Return the policies that bind a role: those for it, for its groups and for PUBLIC."""
    rows = connection.run(qualified(_POLICIES), {"role": role}).rows
    return tuple(BindingPolicy(*row) for row in rows)


def conditions(connection: Connection) -> tuple[str, ...]:
    """Return the texts of all policies, views, triggers and functions."""
    return tuple(str(row[0]) for row in connection.run(qualified(_CONDITIONS)).rows if row[0])


def values_of_rows(connection: Connection) -> tuple[str, ...]:
    """Return the texts of all checks and rules."""
    return tuple(str(row[0]) for row in connection.run(qualified(_VALUES_OF_ROWS)).rows)


_MOST_CALLS, _MOST_VALUES = 80, 6
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
    """Return statements that call a function with these values and with wide arguments of its types; else NULL.

    Each combination of wide arguments is among them, and each value with the others of its type.
    """
    wide = [_wide(type_) for type_ in function.arguments]
    fitting = [_fitting(type_, values) or one for type_, one in zip(function.arguments, wide, strict=True)]
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
    every = (*islice(product(*wide), _MOST_CALLS), *mixed, *rows, *pairs)
    verb = "CALL" if function.is_procedure else "SELECT * FROM"
    if function.is_variadic:
        every = tuple((*arguments[:-1], f"VARIADIC {arguments[-1]}") for arguments in every)
    statements = (f"{verb} {function.sql}({', '.join(arguments)})" for arguments in every)
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
