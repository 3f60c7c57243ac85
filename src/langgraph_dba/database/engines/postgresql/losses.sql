-- What the schema of one namespace does not contain: the kind is the title of a section, with the name and the reason.

-- kind: schema
SELECT quote_ident(n.nspname) AS name, (SELECT CASE WHEN count(*) = 0 THEN 'it has no tables, and its other objects are not compared' ELSE format('its %s tables are not read: one schema is read at a time (--schema %s; in Python namespace=%L)', count(*), n.nspname, n.nspname) END FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p') AND NOT c.relispartition) AS reason
FROM pg_namespace n
WHERE n.nspname <> coalesce(:namespace, current_schema()::text) AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e')
  AND (n.nspname <> 'public' OR EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid) OR EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = n.oid)
       OR EXISTS (SELECT FROM pg_type t WHERE t.typnamespace = n.oid))
ORDER BY 1

-- kind: foreign key
SELECT format('%s on %s', quote_ident(k.conname), quote_ident(c.relname)) AS name, format('its target %s is in another schema', k.confrelid::regclass) AS reason
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND k.contype = 'f' AND k.conparentid = 0 AND f.relnamespace <> c.relnamespace
ORDER BY 1

-- kind: reference to another schema
SELECT DISTINCT format('%s uses %s', a.type || ' ' || a.identity, b.type || ' ' || b.identity) AS name, 'it is created only if the other schema has the object' AS reason
FROM pg_depend d
JOIN pg_namespace n ON n.nspname = coalesce(:namespace, current_schema()::text)
JOIN pg_type t ON d.refclassid = 'pg_type'::regclass AND t.oid = d.refobjid AND t.typnamespace <> n.oid AND t.oid >= 16384
JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid AND c.relnamespace = n.oid
CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, d.objsubid) a
CROSS JOIN LATERAL pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) b
WHERE d.deptype = 'n' AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_type'::regclass AND x.objid = t.oid AND x.deptype = 'e')
ORDER BY 1

-- kind: inheritance
SELECT format('%s inherits %s', quote_ident(c.relname), i.inhparent::regclass) AS name,
       CASE WHEN p.relnamespace <> c.relnamespace THEN 'its parent is in another schema'
            ELSE 'the child declares the columns and checks of its parent too: dropped from the parent, they stay in the child' END AS reason
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_class p ON p.oid = i.inhparent
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND c.relkind = 'r'
  AND (p.relnamespace <> c.relnamespace OR (NOT c.relispartition AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attislocal)))
ORDER BY c.oid, i.inhseqno

-- kind: foreign table
SELECT quote_ident(c.relname) AS name, 'foreign tables are not read' AS reason
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND c.relkind = 'f'
ORDER BY 1

-- kind: table property
SELECT quote_ident(c.relname) AS name,
       concat_ws(', ', 'tablespace ' || (SELECT s.spcname FROM pg_tablespace s WHERE s.oid = c.reltablespace), 'access method ' || CASE WHEN m.amname <> 'heap' AND c.relkind IN ('r', 'm') THEN m.amname END,
                 'a table of the type ' || nullif(c.reloftype, 0)::regtype, CASE WHEN c.relkind = 'm' AND NOT c.relispopulated THEN 'WITH NO DATA' END,
                 CASE WHEN c.relpersistence = 'u' AND (c.relispartition OR c.relkind = 'm') THEN 'UNLOGGED' END) || ' is not read' AS reason
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am m ON m.oid = c.relam
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND c.relkind IN ('r', 'p', 'm', 'i', 'I')
  AND (c.reltablespace <> 0 OR (c.relkind IN ('r', 'm') AND m.amname <> 'heap') OR c.reloftype <> 0 OR (c.relkind = 'm' AND NOT c.relispopulated)
       OR (c.relpersistence = 'u' AND (c.relispartition OR c.relkind = 'm')))
ORDER BY 1

-- kind: index
SELECT quote_ident(x.relname) AS name, CASE WHEN i.indisvalid THEN 'it is exclusive to its partition' ELSE 'it is invalid, and created valid' END AS reason
FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND NOT i.indisvalid
ORDER BY 1

-- kind: not null constraint
-- The catalogue stores them since version 18.
SELECT format('%s on %s', quote_ident(k.conname), quote_ident(c.relname)) AS name,
       CASE WHEN k.connoinherit THEN 'NO INHERIT is not read' WHEN NOT k.convalidated THEN 'NOT VALID is not read' ELSE 'its name is not read' END AS reason
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND k.contype = 'n' AND k.coninhcount = 0
  AND (k.connoinherit OR NOT k.convalidated OR (k.conname <> c.relname || '_' || a.attname || '_not_null'
       AND (c.relispartition OR length(c.relname || a.attname) >= 53
            OR EXISTS (SELECT FROM pg_constraint o WHERE o.conrelid = c.oid AND o.conname = c.relname || '_' || a.attname || '_not_null'))))
ORDER BY 1

-- kind: not null constraints of a partition
SELECT DISTINCT quote_ident(c.relname) AS name, 'its NOT NULL constraints get the names of those of its table' AS reason
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_inherits i ON i.inhrelid = c.oid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
JOIN pg_attribute b ON b.attrelid = i.inhparent AND b.attname = a.attname
JOIN pg_constraint p ON p.conrelid = i.inhparent AND p.contype = 'n' AND p.conkey[1] = b.attnum
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND k.contype = 'n' AND c.relispartition AND k.conname <> p.conname
ORDER BY 1

-- kind: trigger of a constraint
SELECT DISTINCT quote_ident(c.relname) AS name, 'the state of the triggers of its constraints is not read' AS reason
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_constraint k ON k.oid = t.tgconstraint
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND t.tgisinternal AND t.tgparentid = 0
  AND (t.tgenabled = 'A' OR (t.tgenabled <> 'O' AND k.contype <> 'f'))
ORDER BY 1

-- kind: disabled foreign keys
-- The proof of relationships reads this kind.
SELECT DISTINCT quote_ident(c.relname) AS name, 'the database does not enforce them (triggers are disabled), and the copy does' AS reason
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_constraint k ON k.oid = t.tgconstraint AND k.contype = 'f'
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND t.tgisinternal AND t.tgparentid = 0 AND t.tgenabled IN ('D', 'R')
ORDER BY 1

-- kind: type
SELECT t.oid::regtype::text AS name, CASE t.typtype WHEN 'b' THEN 'base types need functions in C' ELSE 'a type without a definition' END AS reason
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND (t.typtype = 'p' OR (t.typtype = 'b' AND t.typelem = 0))
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
UNION ALL
SELECT t.oid::regtype::text, 'the collations of its attributes are not read'
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'
WHERE n.nspname = coalesce(:namespace, current_schema()::text)
  AND EXISTS (SELECT FROM pg_attribute a JOIN pg_type k ON k.oid = a.atttypid WHERE a.attrelid = c.oid AND a.attcollation <> k.typcollation)
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
ORDER BY 1

-- kind: text search object
SELECT quote_ident(p.prsname) AS name, 'text search parsers need functions in C' AS reason
FROM pg_ts_parser p JOIN pg_namespace n ON n.oid = p.prsnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_ts_parser'::regclass AND d.objid = p.oid AND d.deptype = 'e')
UNION ALL
SELECT quote_ident(t.tmplname), 'text search templates need functions in C'
FROM pg_ts_template t JOIN pg_namespace n ON n.oid = t.tmplnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_ts_template'::regclass AND d.objid = t.oid AND d.deptype = 'e')
ORDER BY 1

-- kind: operator family
-- Members that belong to the family and to no class of it.
SELECT format('%s using %s', quote_ident(f.opfname), m.amname) AS name, 'operators and functions that belong to no class of the family are not read' AS reason
FROM pg_opfamily f JOIN pg_am m ON m.oid = f.opfmethod JOIN pg_namespace n ON n.oid = f.opfnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text)
  AND EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = 'pg_opfamily'::regclass AND d.refobjid = f.oid AND d.classid IN ('pg_amop'::regclass, 'pg_amproc'::regclass))
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_opfamily'::regclass AND d.objid = f.oid AND d.deptype = 'e')
ORDER BY 1

-- kind: conversion
SELECT quote_ident(c.conname) AS name, 'encoding conversions are not read' AS reason
FROM pg_conversion c JOIN pg_namespace n ON n.oid = c.connamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text)
ORDER BY 1

-- kind: privilege
-- Of the owner, and those that another role than the owner granted. The reason lists them, so that a comparison of two
-- databases sees a difference.
SELECT quote_ident(c.relname) AS name,
       concat_ws(', and ', 'its owner lacks ' || o.lacks, 'a role granted what it had been granted: ' || g.granted) AS reason
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
  SELECT string_agg(privilege_type, ', ' ORDER BY privilege_type) AS lacks FROM (
    SELECT e.privilege_type FROM aclexplode(acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)) e
    EXCEPT SELECT e.privilege_type FROM aclexplode(c.relacl) e WHERE e.grantee = c.relowner
  ) gone
) o
CROSS JOIN LATERAL (
  SELECT string_agg(format('%s TO %s BY %I', e.privilege_type, CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(e.grantee)) END, pg_get_userbyid(e.grantor)),
                    ', ' ORDER BY e.privilege_type, e.grantee::regrole::text, e.grantor::regrole::text) AS granted
  FROM aclexplode(c.relacl) e WHERE e.grantor <> c.relowner
) g
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND c.relacl IS NOT NULL AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
  AND (o.lacks IS NOT NULL OR g.granted IS NOT NULL)
ORDER BY 1

-- kind: default privilege
-- The reason lists them, so that a comparison of two databases sees a difference.
SELECT quote_ident(pg_get_userbyid(d.defaclrole)) AS name,
       'what ALTER DEFAULT PRIVILEGES sets for this role is not read: objects that it creates later have other privileges in a copy ('
       || string_agg(one.granted, ', ' ORDER BY one.granted) || ')' AS reason
FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
CROSS JOIN LATERAL (
  SELECT concat_ws(' ', coalesce(e.privilege_type, 'nothing'), 'ON',
                   CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END,
                   'IN SCHEMA ' || quote_ident(n.nspname), 'TO', CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(e.grantee)) END,
                   CASE WHEN e.is_grantable THEN 'WITH GRANT OPTION' END) AS granted
  FROM (SELECT) nothing LEFT JOIN aclexplode(d.defaclacl) e ON true
) one
WHERE (d.defaclnamespace = 0 OR n.nspname = coalesce(:namespace, current_schema()::text)) AND d.defaclrole <> current_user::regrole
GROUP BY d.defaclrole
ORDER BY 1

-- kind: security label
SELECT l.objtype || ' ' || l.objname AS name, 'security labels need their provider' AS reason FROM pg_seclabels l ORDER BY 1

-- kind: extension
SELECT quote_ident(e.extname) AS name, format('it is created in the first schema of the search path, not in %I', n.nspname) AS reason
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE n.nspname NOT IN (coalesce(:namespace, current_schema()::text), 'pg_catalog')
ORDER BY 1

-- kind: event trigger
SELECT quote_ident(e.evtname) AS name, 'event triggers belong to the database and need a superuser' AS reason FROM pg_event_trigger e
WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_event_trigger'::regclass AND d.objid = e.oid AND d.deptype = 'e')
ORDER BY 1

-- kind: publication
SELECT quote_ident(p.pubname) AS name, 'publications belong to the database' AS reason FROM pg_publication p ORDER BY 1

-- kind: subscription
SELECT quote_ident(s.subname) AS name, 'subscriptions belong to the database' AS reason
FROM pg_subscription s WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY 1

-- kind: foreign server
SELECT quote_ident(s.srvname) AS name, 'foreign servers belong to the database' AS reason FROM pg_foreign_server s ORDER BY 1

-- kind: foreign data wrapper
SELECT quote_ident(w.fdwname) AS name, 'foreign data wrappers belong to the database' AS reason FROM pg_foreign_data_wrapper w
WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_foreign_data_wrapper'::regclass AND d.objid = w.oid AND d.deptype = 'e')
ORDER BY 1

-- kind: language
SELECT quote_ident(l.lanname) AS name, 'languages belong to the database' AS reason FROM pg_language l
WHERE l.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_language'::regclass AND d.objid = l.oid AND d.deptype = 'e')
ORDER BY 1

-- kind: access method
SELECT quote_ident(m.amname) AS name, 'access methods belong to the database' AS reason FROM pg_am m
WHERE m.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_am'::regclass AND d.objid = m.oid AND d.deptype = 'e')
ORDER BY 1

-- kind: transform
SELECT format('%s language %s', t.trftype::regtype, l.lanname) AS name, 'transforms belong to the database' AS reason
FROM pg_transform t JOIN pg_language l ON l.oid = t.trflang
WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_transform'::regclass AND d.objid = t.oid AND d.deptype = 'e')
ORDER BY 1

-- kind: large objects
SELECT 'large objects' AS name, count(*) || ' rows that belong to the database' AS reason FROM pg_largeobject_metadata HAVING count(*) > 0

-- kind: setting
-- Without the values: one may be a secret.
SELECT coalesce('role ' || r.rolname, 'database') AS name, string_agg(split_part(one, '=', 1), ', ') || ': settings of a role or database are not read' AS reason
FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) one
WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
GROUP BY r.rolname
ORDER BY 1
