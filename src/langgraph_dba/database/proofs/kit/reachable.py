"""What a role can reach in a created database: relations, and functions with their owner's rights."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from langgraph_dba.database.engines import Connection

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
SELECT p.oid::regprocedure::text, format('%I.%I', n.nspname, p.proname), p.proargtypes::regtype[]::text[],
  pg_get_functiondef(p.oid)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind = 'f' AND p.prosecdef AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
  AND n.nspname !~ '^(pg_|information_schema$)' AND has_schema_privilege(:role, n.oid, 'usage')
  AND has_function_privilege(:role, p.oid, 'execute')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
ORDER BY 1
"""
# routines that change rows with their owner's rights, called by the role or by triggers; an insertion by a trigger, as
# into a log, concerns its own row
_WRITERS = r"""
SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind IN ('f', 'p') AND p.prosecdef AND n.nspname !~ '^(pg_|information_schema$)'
  AND (p.prorettype = 'trigger'::regtype OR has_function_privilege(:role, p.oid, 'execute'))
  AND regexp_replace(pg_get_functiondef(p.oid), 'for\s+(no\s+key\s+)?update', '', 'gi')
      ~* CASE WHEN p.prorettype = 'trigger'::regtype THEN '\m(update|delete|truncate|merge|execute)\M'
           ELSE '\m(insert|update|delete|truncate|merge|execute)\M' END
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
ORDER BY 1
"""
# the policies that bind a role; without WITH CHECK a new row must satisfy USING
_POLICIES = """
SELECT format('%I.%I', schemaname, tablename), lower(cmd), permissive = 'PERMISSIVE', qual, coalesce(with_check, qual)
FROM pg_policies
WHERE EXISTS (SELECT FROM unnest(roles) r WHERE r = 'public' OR pg_has_role(:role, r, 'usage'))
ORDER BY 1, policyname
"""
# all texts with literals that may decide which rows a role sees
_CONDITIONS = """
SELECT concat_ws(' ', qual, with_check) FROM pg_policies
UNION ALL
SELECT pg_get_viewdef(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND n.nspname !~ '^(pg_|information_schema$)'
UNION ALL
SELECT p.prosrc FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname !~ '^(pg_|information_schema$)' AND p.prokind = 'f'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
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
    """A policy of a relation (`sql`) that binds a role: `command` is `all`, `select`, …; a condition may be None."""

    sql: str
    command: str
    is_permissive: bool
    using: str | None
    check: str | None


@dataclass(frozen=True, slots=True)
class DefinerFunction:
    """A function that runs with the rights of its owner; `arguments` are names of types."""

    signature: str
    sql: str
    arguments: tuple[str, ...]
    source: str


def give_to_superuser(superuser: Connection) -> None:
    """Make a superuser the owner of everything that reads with its owner's rights.

    Policies restrict the owner of a table with FORCE, but not the superuser who deploys with the same statements.
    """
    for (statement,) in superuser.run(_DEFINERS).rows:
        superuser.run(str(statement))


def relations_of(connection: Connection, role: str) -> tuple[Relation, ...]:
    """Return every relation on which a role has a privilege, directly, by membership or by PUBLIC."""
    rows = connection.run(_RELATIONS, {"role": role}).rows
    relations = (
        Relation(sql, namespace, name, is_view, is_stored, part, frozenset(rights), *map(tuple, columns))
        for sql, namespace, name, is_view, is_stored, part, rights, *columns in rows
    )
    return tuple(relation for relation in relations if relation.privileges)


def definer_functions_of(connection: Connection, role: str) -> tuple[DefinerFunction, ...]:
    """Return the functions with their owner's rights that a role may call; without those that only triggers call."""
    rows = connection.run(_FUNCTIONS, {"role": role}).rows
    return tuple(DefinerFunction(signature, sql, tuple(arguments), text) for signature, sql, arguments, text in rows)


def writers_of(connection: Connection, role: str) -> tuple[str, ...]:
    """Return the routines that may change or delete rows with their owner's rights, by call or by trigger."""
    return tuple(str(name) for (name,) in connection.run(_WRITERS, {"role": role}).rows)


def policies_of(connection: Connection, role: str) -> tuple[BindingPolicy, ...]:
    """Return the policies that bind a role: those for it, for its groups and for PUBLIC."""
    rows = connection.run(_POLICIES, {"role": role}).rows
    return tuple(BindingPolicy(*row) for row in rows)


def conditions(connection: Connection) -> tuple[str, ...]:
    """Return the texts of all policies, views and functions."""
    return tuple(str(row[0]) for row in connection.run(_CONDITIONS).rows if row[0])


_MOST_CALLS = 24
_NUMBERS = ("smallint", "integer", "bigint", "numeric")
_TEXTS = ("text", "character varying", "character", "citext")


def calls(function: DefinerFunction, values: Sequence[object]) -> list[str]:
    """Return statements that call a function with these values where its types allow them; NULL for other types."""
    choices = [_literals(type_, values) for type_ in function.arguments]
    count = min(max(map(len, choices), default=1), _MOST_CALLS)
    return [
        f"SELECT * FROM {function.sql}({', '.join(options[number % len(options)] for options in choices)})"
        for number in range(count)
    ]


def _literals(type_: str, values: Sequence[object]) -> list[str]:
    kinds = int if type_ in _NUMBERS else str if type_ in _TEXTS else UUID if type_ == "uuid" else ()
    texts = (
        str(value).replace("'", "''") for value in values if isinstance(value, kinds) and not isinstance(value, bool)
    )
    literals = [f"'{text}'::{type_}" for text in texts]
    return literals or [f"{'true' if type_ == 'boolean' else 'NULL'}::{type_}"]
