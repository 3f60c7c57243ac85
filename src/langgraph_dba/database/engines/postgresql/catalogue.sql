-- The contents of one namespace, one section per kind of record; columns are named like the fields of the record.
-- Definitions are in the server's form. Objects of extensions and what partitions inherit are omitted.

-- kind: table
-- Tables and partitions in the order of creation. reltuples is -1 until ANALYZE or VACUUM has counted the rows.
SELECT c.relname::text AS name,
       obj_description(c.oid, 'pg_class') AS comment,
       coalesce(c.reloptions, '{}') || CASE c.relpersistence WHEN 'u' THEN '{UNLOGGED}' ELSE '{}' END::text[] AS options,
       CASE WHEN c.relforcerowsecurity AND c.relrowsecurity THEN 'forced' WHEN c.relrowsecurity THEN 'enabled' ELSE '' END AS row_security,
       pg_get_partkeydef(c.oid) AS partitioned_by,
       (SELECT p.relname::text FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent WHERE i.inhrelid = c.oid AND c.relispartition) AS parent,
       pg_get_expr(c.relpartbound, c.oid) AS bound,
       CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END AS estimate
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND c.relkind IN ('r', 'p')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.oid

-- kind: column
-- Columns of views too: a changed column list is a difference of the view.
SELECT c.relname::text AS "table",
       a.attname::text AS name,
       format_type(a.atttypid, a.atttypmod) AS type,
       a.attnotnull AS required,
       CASE WHEN NOT sq.serial THEN pg_get_expr(d.adbin, d.adrelid) END AS "default",
       CASE WHEN a.attcollation <> t.typcollation AND a.attcollation <> 0 THEN (SELECT collname::text FROM pg_collation WHERE oid = a.attcollation) END AS collation,
       CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' ELSE '' END AS generated,
       CASE WHEN a.attidentity = 'a' THEN 'always' WHEN a.attidentity = 'd' THEN 'by default' WHEN sq.serial THEN 'serial' ELSE '' END AS identity,
       CASE WHEN a.attidentity <> '' THEN concat_ws(' ', 'START WITH ' || nullif(s.seqstart, 1), 'INCREMENT BY ' || nullif(s.seqincrement, 1), 'MINVALUE ' || nullif(s.seqmin, 1),
                 'MAXVALUE ' || nullif(s.seqmax, CASE s.seqtypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647 ELSE 9223372036854775807 END),
                 'CACHE ' || nullif(s.seqcache, 1), CASE WHEN s.seqcycle THEN 'CYCLE' END) ELSE '' END AS identity_options,
       ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS labels,
       col_description(c.oid, a.attnum) AS comment
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN LATERAL (SELECT dep.objid AS sequence, q.relname::text AS name FROM pg_depend dep JOIN pg_class q ON q.oid = dep.objid AND q.relkind = 'S'
                   WHERE dep.refclassid = 'pg_class'::regclass AND dep.refobjid = c.oid AND dep.refobjsubid = a.attnum AND dep.deptype IN ('a', 'i') LIMIT 1) own ON true
LEFT JOIN pg_sequence s ON s.seqrelid = own.sequence
-- serial: an owned sequence with the default name, from which the default of the column takes its value
CROSS JOIN LATERAL (SELECT coalesce(a.attidentity = '' AND own.name = c.relname || '_' || a.attname || '_seq' AND a.attnotnull
                      AND s.seqstart = 1 AND s.seqincrement = 1 AND s.seqmin = 1 AND s.seqcache = 1 AND NOT s.seqcycle AND s.seqtypid = a.atttypid
                      AND pg_get_expr(d.adbin, d.adrelid) = 'nextval(' || quote_literal(own.sequence::regclass::text) || '::regclass)', false) AS serial) sq
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped AND NOT c.relispartition
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.objid = c.oid AND x.deptype = 'e')
ORDER BY c.relname, a.attnum

-- kind: key
-- Constraints with more properties than columns are `other` and have only a definition: exclusions, keys and references over
-- periods, references that are not enforced or set some columns to their default, NOT VALID checks and checks that are not inherited.
SELECT c.relname::text AS "table",
       k.conname::text AS name,
       CASE WHEN o.other THEN 'other' WHEN k.contype = 'p' THEN 'primary' ELSE 'unique' END AS kind,
       ARRAY(SELECT a.attname::text FROM unnest(i.indkey) WITH ORDINALITY u(n, place) JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.n
             WHERE u.place <= i.indnkeyatts ORDER BY u.place) AS columns,
       coalesce(i.indnullsnotdistinct AND NOT o.other, false) AS nulls_equal,
       ARRAY(SELECT a.attname::text FROM unnest(i.indkey) WITH ORDINALITY u(n, place) JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.n
             WHERE u.place > i.indnkeyatts ORDER BY u.place) AS include,
       CASE WHEN k.condeferred THEN 'deferred' WHEN k.condeferrable THEN 'immediate' ELSE '' END AS deferrable,
       CASE WHEN o.other THEN pg_get_constraintdef(k.oid) END AS definition
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_index i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
CROSS JOIN LATERAL (SELECT k.contype IN ('x', 'c', 'f') OR pg_get_constraintdef(k.oid) ~ ' WITHOUT OVERLAPS[)]|^PRIMARY KEY .* INCLUDE ' AS other) o
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND k.conparentid = 0
  AND (k.contype IN ('p', 'u', 'x') OR (k.contype = 'c' AND (k.conislocal OR NOT c.relispartition) AND (k.connoinherit OR NOT k.convalidated))
       OR (k.contype = 'f' AND pg_get_constraintdef(k.oid) ~ 'PERIOD | NOT ENFORCED|ON DELETE SET DEFAULT [(]'))
ORDER BY c.relname, k.conname

-- kind: check
SELECT c.relname::text AS "table",
       k.conname::text AS name,
       pg_get_expr(k.conbin, k.conrelid) AS condition,
       ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey) ORDER BY a.attnum) AS columns
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND k.contype = 'c' AND k.convalidated AND NOT k.connoinherit AND (k.conislocal OR NOT c.relispartition) AND NOT (c.relispartition AND k.coninhcount > 0)
ORDER BY c.relname, k.conname

-- kind: foreign_key
-- The name of a target in another namespace is qualified.
SELECT c.relname::text AS "table",
       k.conname::text AS name,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(n, place) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.place) AS columns,
       CASE WHEN f.relnamespace = c.relnamespace THEN f.relname::text ELSE k.confrelid::regclass::text END AS target,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(n, place) JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.place) AS target_columns,
       (CASE k.confdeltype WHEN 'r' THEN 'restrict' WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set-null' WHEN 'd' THEN 'set-default' ELSE 'no-action' END) AS on_delete,
       (CASE k.confupdtype WHEN 'r' THEN 'restrict' WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set-null' WHEN 'd' THEN 'set-default' ELSE 'no-action' END) AS on_update,
       ARRAY(SELECT a.attname::text FROM unnest(k.confdelsetcols) WITH ORDINALITY u(n, place) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.place) AS null_columns,
       k.confmatchtype = 'f' AS match_full,
       CASE WHEN k.condeferred THEN 'deferred' WHEN k.condeferrable THEN 'immediate' ELSE '' END AS deferrable,
       k.convalidated AS validated
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_class f ON f.oid = k.confrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND k.contype = 'f' AND k.conparentid = 0 AND pg_get_constraintdef(k.oid) !~ 'PERIOD | NOT ENFORCED|ON DELETE SET DEFAULT [(]'
ORDER BY c.relname, k.conname

-- kind: index
-- Without indexes of constraints and those that a partition inherits. indoption: bit 1 is descending, bit 2 nulls first.
-- The default collation of an expression depends on its columns: only the server's text shows whether one was declared.
SELECT c.relname::text AS "table",
       x.relname::text AS name,
       ARRAY(SELECT jsonb_build_object(
               'column', a.attname,
               'expression', CASE WHEN i.indkey[p.place - 1] = 0 THEN pg_get_indexdef(i.indexrelid, p.place, true) ELSE '' END,
               'descending', (i.indoption[p.place - 1] & 1) = 1,
               'nulls', CASE WHEN m.amname <> 'btree' THEN '' WHEN i.indoption[p.place - 1] = 1 THEN 'last' WHEN i.indoption[p.place - 1] = 2 THEN 'first' ELSE '' END,
               'collation', CASE WHEN i.indcollation[p.place - 1] <> 0 AND CASE WHEN a.attnum IS NULL
                                      THEN strpos(pg_get_indexdef(i.indexrelid), pg_get_indexdef(i.indexrelid, p.place, false) || ' COLLATE ') > 0
                                      ELSE i.indcollation[p.place - 1] <> a.attcollation END
                                 THEN (SELECT l.collname FROM pg_collation l WHERE l.oid = i.indcollation[p.place - 1]) ELSE '' END,
               'operator_class', CASE WHEN o.opcdefault THEN '' ELSE o.opcname END || coalesce((
                   SELECT '(' || array_to_string(ia.attoptions, ', ') || ')' FROM pg_attribute ia
                   WHERE ia.attrelid = i.indexrelid AND ia.attnum = p.place AND ia.attoptions IS NOT NULL), ''))
             FROM generate_series(1, i.indnkeyatts) p(place)
             JOIN pg_opclass o ON o.oid = i.indclass[p.place - 1]
             LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[p.place - 1] AND a.attnum > 0
             ORDER BY p.place) AS keys,
       i.indisunique AS "unique",
       CASE WHEN m.amname <> 'btree' THEN m.amname::text ELSE '' END AS method,
       ARRAY(SELECT a.attname::text FROM unnest(i.indkey) WITH ORDINALITY u(n, place) JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.n
             WHERE u.place > i.indnkeyatts ORDER BY u.place) AS include,
       pg_get_expr(i.indpred, i.indrelid) AS "where",
       i.indnullsnotdistinct AS nulls_equal,
       array_to_string(x.reloptions, ', ') AS options
FROM pg_index i
JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_am m ON m.oid = x.relam
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND c.relkind IN ('r', 'p') AND NOT x.relispartition
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname, x.relname

-- kind: view
-- In the order of creation, because a view may read another.
SELECT c.relname::text AS name,
       'AS ' || rtrim(pg_get_viewdef(c.oid), '; ') AS definition,
       c.relkind = 'm' AS materialised,
       array_to_string(c.reloptions, ', ') AS options,
       obj_description(c.oid, 'pg_class') AS comment,
       ARRAY(SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid ORDER BY x.relname) AS indexes
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND c.relkind IN ('v', 'm')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.oid

-- kind: policy
SELECT tablename::text AS "table", policyname::text AS name, lower(cmd) AS command, permissive = 'PERMISSIVE' AS permissive,
       roles::text[] AS roles, qual AS using, with_check AS "check"
FROM pg_policies WHERE schemaname = coalesce(:namespace, current_schema()::text)
ORDER BY tablename, policyname

-- kind: role
-- Roles in the grants and policies of the namespace.
SELECT r.rolname::text AS name,
       array_remove(ARRAY[CASE WHEN r.rolcanlogin THEN 'LOGIN' END, CASE WHEN r.rolsuper THEN 'SUPERUSER' END, CASE WHEN r.rolcreatedb THEN 'CREATEDB' END,
         CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END, CASE WHEN r.rolreplication THEN 'REPLICATION' END, CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END,
         CASE WHEN NOT r.rolinherit THEN 'NOINHERIT' END, 'CONNECTION LIMIT ' || nullif(r.rolconnlimit, -1)], NULL) AS attributes,
       ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid ORDER BY 1) AS member_of,
       ARRAY(SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relowner = r.oid
               AND c.relkind IN ('r', 'p') AND n.nspname = coalesce(:namespace, current_schema()::text) ORDER BY 1) AS owns
FROM pg_roles r
WHERE r.oid IN (
  SELECT e.grantee FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL aclexplode(c.relacl) e
  WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND e.grantee <> c.relowner
  UNION ALL
  SELECT e.grantee FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL aclexplode(a.attacl) e
  WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND e.grantee <> c.relowner
  UNION ALL
  SELECT e.grantee FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace CROSS JOIN LATERAL aclexplode(p.proacl) e
  WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND e.grantee <> p.proowner
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
  UNION ALL
  SELECT e.grantee FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace CROSS JOIN LATERAL aclexplode(t.typacl) e
  WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND e.grantee <> t.typowner
  UNION ALL
  SELECT e.grantee FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) e WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND e.grantee <> n.nspowner
  UNION ALL
  SELECT e.grantee FROM pg_default_acl d CROSS JOIN LATERAL aclexplode(d.defaclacl) e
  WHERE d.defaclrole = current_user::regrole AND e.grantee <> d.defaclrole
    AND (d.defaclnamespace = 0 OR d.defaclnamespace = (SELECT oid FROM pg_namespace WHERE nspname = coalesce(:namespace, current_schema()::text)))
  UNION ALL
  SELECT unnest(p.polroles) FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = coalesce(:namespace, current_schema()::text))
ORDER BY r.rolname

-- kind: grant
SELECT "on", role, array_agg(privilege ORDER BY privilege) AS privileges, columns, grantable
FROM (
  SELECT c.relname::text AS "on", coalesce(r.rolname::text, 'public') AS role, lower(e.privilege_type) AS privilege, '{}'::text[] AS columns, e.is_grantable AS grantable
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL aclexplode(c.relacl) e LEFT JOIN pg_roles r ON r.oid = e.grantee
  WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND e.grantee <> c.relowner AND c.relkind <> 'f'
  UNION ALL
  SELECT c.relname::text, coalesce(r.rolname::text, 'public'), lower(e.privilege_type), array_agg(a.attname::text ORDER BY a.attnum), e.is_grantable
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL aclexplode(a.attacl) e LEFT JOIN pg_roles r ON r.oid = e.grantee
  WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND e.grantee <> c.relowner AND c.relkind <> 'f'
  GROUP BY 1, 2, 3, 5
) one
GROUP BY "on", role, columns, grantable
ORDER BY "on", role, columns, grantable

-- kind: type
-- In the order of creation, because a domain may be based on another.
SELECT t.typname::text AS name,
       CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END AS kind,
       CASE t.typtype
         WHEN 'e' THEN 'ENUM (' || (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid) || ')'
         WHEN 'c' THEN '(' || (SELECT string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
                               FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) || ')'
         WHEN 'r' THEN (SELECT format('RANGE (%s)', concat_ws(', ', 'subtype = ' || format_type(g.rngsubtype, NULL),
                              CASE WHEN NOT o.opcdefault THEN 'subtype_opclass = ' || quote_ident(o.opcname) END,
                              CASE WHEN g.rngcollation <> s.typcollation THEN 'collation = ' || g.rngcollation::regcollation END,
                              'canonical = ' || nullif(g.rngcanonical::oid, 0)::regproc, 'subtype_diff = ' || nullif(g.rngsubdiff::oid, 0)::regproc,
                              'multirange_type_name = ' || (SELECT quote_ident(m.typname) FROM pg_type m WHERE m.oid = g.rngmultitypid)))
                        FROM pg_range g JOIN pg_type s ON s.oid = g.rngsubtype JOIN pg_opclass o ON o.oid = g.rngsubopc WHERE g.rngtypid = t.oid)
         ELSE concat_ws(' ', format_type(t.typbasetype, t.typtypmod),
                'COLLATE ' || (SELECT quote_ident(l.collname) FROM pg_collation l WHERE l.oid = t.typcollation AND l.collname <> 'default'),
                'DEFAULT ' || t.typdefault, CASE WHEN t.typnotnull THEN 'NOT NULL' END,
                (SELECT string_agg('CONSTRAINT ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname)
                 FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c' AND k.convalidated))
       END AS definition
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
WHERE n.nspname = coalesce(:namespace, current_schema()::text)
  AND (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND c.relkind = 'c'))
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')
ORDER BY t.oid

-- kind: sequence
-- Without sequences that belong to a serial or identity column: the record of the column describes them.
SELECT q.relname::text AS name,
       format('AS %s INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s%s', format_type(s.seqtypid, NULL), s.seqincrement, s.seqmin, s.seqmax, s.seqstart,
              s.seqcache, CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END) AS definition,
       (SELECT quote_ident(c.relname) || '.' || quote_ident(a.attname) FROM pg_depend d JOIN pg_class c ON c.oid = d.refobjid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
        WHERE d.objid = q.oid AND d.deptype = 'a' LIMIT 1) AS "on"
FROM pg_class q JOIN pg_sequence s ON s.seqrelid = q.oid JOIN pg_namespace n ON n.oid = q.relnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text)
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = q.oid AND d.deptype IN ('i', 'e'))
ORDER BY q.relname

-- kind: routine
-- Without the constructors that a range type creates.
SELECT p.oid::regprocedure::text AS name, pg_get_functiondef(p.oid) AS definition
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND p.prokind IN ('f', 'p', 'w')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype IN ('e', 'i'))
ORDER BY p.oid

-- kind: called_routine
-- Functions of other schemas that the policies call, also from the bodies of functions: those have no dependencies on what their text calls.
WITH RECURSIVE called (oid) AS (
  SELECT d.refobjid FROM pg_depend d JOIN pg_policy p ON p.oid = d.objid JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE d.classid = 'pg_policy'::regclass AND d.refclassid = 'pg_proc'::regclass AND n.nspname = coalesce(:namespace, current_schema()::text)
  UNION
  SELECT p.oid FROM called JOIN pg_proc f ON f.oid = called.oid AND f.prokind = 'f'
  JOIN pg_proc p ON p.oid >= 16384 AND p.prokind = 'f' AND strpos(lower(pg_get_functiondef(f.oid)), lower(p.proname) || '(') > 0
)
SELECT p.oid::regprocedure::text AS name, pg_get_functiondef(p.oid) AS definition
FROM called JOIN pg_proc p ON p.oid = called.oid JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.oid >= 16384 AND p.prokind = 'f' AND n.nspname <> coalesce(:namespace, current_schema()::text)
ORDER BY p.oid

-- kind: trigger
SELECT t.tgname::text AS name, c.relname::text AS "on", pg_get_triggerdef(t.oid) AS definition,
       CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE '' END AS kind
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND NOT t.tgisinternal AND t.tgparentid = 0
ORDER BY c.relname, t.tgname

-- kind: extension
SELECT e.extname::text AS name, '' AS definition FROM pg_extension e WHERE e.extname <> 'plpgsql' ORDER BY e.extname

