-- What exists outside PostgreSQL's own schemas, one (name, definition) a row; definitions are the server's own rendering.

-- kind: table
SELECT c.relname,
       concat_ws(' ', CASE c.relkind WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialised view' ELSE 'table' END,
                 CASE WHEN c.relrowsecurity THEN 'row level security' END,
                 CASE WHEN c.relforcerowsecurity THEN 'forced' END,
                 array_to_string(c.reloptions, ', '))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm')

-- kind: column
SELECT c.relname || '.' || a.attname,
       concat_ws(' ', format_type(a.atttypid, a.atttypmod),
                 CASE WHEN a.attnotnull THEN 'not null' END,
                 CASE a.attidentity WHEN 'a' THEN 'always identity' WHEN 'd' THEN 'identity' END,
                 'default ' || pg_get_expr(d.adbin, d.adrelid),
                 CASE WHEN a.attcollation <> t.typcollation THEN 'collate ' || (SELECT collname FROM pg_collation WHERE oid = a.attcollation) END)
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped

-- kind: constraint
SELECT c.relname || '.' || k.conname, pg_get_constraintdef(k.oid)
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND k.contype <> 'n'

-- kind: index
SELECT c.relname, pg_get_indexdef(i.indexrelid)
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public'

-- kind: policy
SELECT tablename || '.' || policyname,
       concat_ws(' ', permissive, cmd, 'to ' || array_to_string(roles, ', '), 'using ' || qual, 'check ' || with_check)
FROM pg_policies WHERE schemaname = 'public'

-- kind: grant
SELECT c.relname || ' to ' || coalesce(r.rolname, 'public'), string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL aclexplode(c.relacl) g
LEFT JOIN pg_roles r ON r.oid = g.grantee
WHERE n.nspname = 'public' AND g.grantee <> c.relowner
GROUP BY 1

-- kind: sequence
SELECT c.relname, format_type(s.seqtypid, NULL)
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public'

-- kind: view
SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'

-- kind: trigger
SELECT c.relname || '.' || t.tgname, pg_get_triggerdef(t.oid)
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND NOT t.tgisinternal

-- kind: routine
SELECT p.oid::regprocedure::text, pg_get_functiondef(p.oid)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = 'public' AND p.prokind IN ('f', 'p')

-- kind: type
SELECT t.typname, t.typtype::text
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE n.nspname = 'public' AND t.typtype IN ('e', 'd', 'r')
