"""What a role can reach in a created database: relations, and functions with their owner's rights."""

from dataclasses import dataclass

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
WITH granted AS (
  SELECT c.relowner AS owner, g.grantee FROM pg_class c CROSS JOIN LATERAL (
    SELECT grantee FROM aclexplode(c.relacl)
    UNION SELECT e.grantee FROM pg_attribute a, aclexplode(a.attacl) e WHERE a.attrelid = c.oid
  ) AS g WHERE c.oid >= 16384
  UNION ALL
  SELECT p.proowner, g.grantee FROM pg_proc p, aclexplode(p.proacl) AS g WHERE p.oid >= 16384
)
SELECT DISTINCT r.rolname::text FROM granted JOIN pg_roles r ON r.oid = granted.grantee
WHERE r.oid <> granted.owner AND NOT r.rolsuper AND r.rolname !~ '^pg_'
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
# what a view with its owner's rights reads
_OWNERS_VIEWS = """
SELECT c.oid::regclass::text, pg_get_viewdef(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'v' AND n.nspname !~ '^(pg_|information_schema$)'
  AND NOT coalesce(c.reloptions::text, '') ~ 'security_invoker=(true|on|1|yes)'
  AND has_any_column_privilege(:role, c.oid, 'select, insert, update')
"""
_NOTIFIERS = r"""
SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname !~ '^(pg_|information_schema$)' AND p.prosrc ~* '\mpg_notify\s*\(|\mnotify\s+\w'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
ORDER BY 1
"""
# texts with values that a row can have when a trigger or a rule asks
_VALUES_OF_ROWS = """
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND conrelid >= 16384
UNION ALL
SELECT pg_get_ruledef(oid) FROM pg_rewrite WHERE ev_type <> '1' AND ev_class >= 16384
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


def relations_of(connection: Connection, role: str) -> tuple[Relation, ...]:
    """Return every relation on which a role has a privilege, directly, by membership or by PUBLIC."""
    rows = connection.run(qualified(_RELATIONS), {"role": role}).rows
    relations = (
        Relation(sql, namespace, name, is_view, is_stored, part, frozenset(rights), *map(tuple, columns))
        for sql, namespace, name, is_view, is_stored, part, rights, *columns in rows
    )
    return tuple(relation for relation in relations if relation.privileges)


def grantees_of(connection: Connection) -> tuple[str, ...]:
    """Return the roles that have privileges on relations or routines, without owners, superusers and PUBLIC."""
    return tuple(str(name) for (name,) in connection.run(qualified(_GRANTEES)).rows)


def tables_under(connection: Connection, view: str) -> tuple[tuple[str, str], ...]:
    """Return (namespace, name) of each table that a view reads, also through other views."""
    return tuple(
        (str(space), str(name)) for space, name in connection.run(qualified(_TABLES_UNDER), {"view": view}).rows
    )


def policies_of(connection: Connection, role: str) -> tuple[BindingPolicy, ...]:
    """Return the policies that bind a role: those for it, for its groups and for PUBLIC."""
    rows = connection.run(qualified(_POLICIES), {"role": role}).rows
    return tuple(BindingPolicy(*row) for row in rows)


def conditions(connection: Connection) -> tuple[str, ...]:
    """Return the texts of all policies, views, triggers and functions."""
    return tuple(str(row[0]) for row in connection.run(qualified(_CONDITIONS)).rows if row[0])


def owners_views(connection: Connection, role: str) -> tuple[tuple[str, str], ...]:
    """Return (name, definition) of each view that a role may use and that reads with its owner's rights."""
    return tuple((str(name), str(text)) for name, text in connection.run(qualified(_OWNERS_VIEWS), {"role": role}).rows)


def notifiers_of(connection: Connection) -> tuple[str, ...]:
    """Return the routines that send notifications."""
    return tuple(str(name) for (name,) in connection.run(qualified(_NOTIFIERS)).rows)


def values_of_rows(connection: Connection) -> tuple[str, ...]:
    """Return the texts of all checks and rules."""
    return tuple(str(row[0]) for row in connection.run(qualified(_VALUES_OF_ROWS)).rows)
