-- Objects and properties that are carried as the statements that create them: name, definition, position and drop.
-- Sections are in the order of creation within one position. Objects of extensions are omitted.

-- kind: collation
SELECT quote_ident(c.collname) AS name, 'first' AS position,
       format('CREATE COLLATION %I (%s)', c.collname, concat_ws(', ',
         'provider = ' || CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
         CASE WHEN NOT c.collisdeterministic THEN 'deterministic = false' END,
         'locale = ' || quote_literal(coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale', c.collcollate)),
         'rules = ' || quote_literal(to_jsonb(c) ->> 'collicurules'))) AS definition,
       format('DROP COLLATION %I', c.collname) AS drop
FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text)
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_collation'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.oid

-- kind: domain constraint
-- CREATE DOMAIN validates its constraints and takes no name of NOT NULL.
SELECT format('%s on %s', quote_ident(k.conname), t.oid::regtype) AS name, 'before-tables' AS position,
       CASE WHEN k.contype = 'c' THEN format('ALTER DOMAIN %s ADD CONSTRAINT %I %s', t.oid::regtype, k.conname, pg_get_constraintdef(k.oid))
            ELSE format('ALTER DOMAIN %s RENAME CONSTRAINT %I TO %I', t.oid::regtype, t.typname || '_not_null', k.conname) END AS definition
FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text)
  AND ((k.contype = 'c' AND NOT k.convalidated) OR (k.contype = 'n' AND k.conname <> t.typname || '_not_null'))
ORDER BY 1

-- kind: operator
-- In any order: an operator that is named as a commutator or negator before it is created gets a place that it fills later.
SELECT o.oid::regoperator::text AS name, CASE WHEN r.rows THEN 'before-views' ELSE 'before-tables' END AS position,
       format('CREATE OPERATOR %s (%s)', o.oprname, concat_ws(', ',
         'FUNCTION = ' || o.oprcode::regproc,
         'LEFTARG = ' || nullif(o.oprleft, 0)::regtype, 'RIGHTARG = ' || nullif(o.oprright, 0)::regtype,
         'COMMUTATOR = ' || (SELECT format('OPERATOR(%I.%s)', cn.nspname, c.oprname) FROM pg_operator c JOIN pg_namespace cn ON cn.oid = c.oprnamespace WHERE c.oid = o.oprcom),
         'NEGATOR = ' || (SELECT format('OPERATOR(%I.%s)', cn.nspname, c.oprname) FROM pg_operator c JOIN pg_namespace cn ON cn.oid = c.oprnamespace WHERE c.oid = o.oprnegate),
         'RESTRICT = ' || nullif(o.oprrest, 0)::regproc, 'JOIN = ' || nullif(o.oprjoin, 0)::regproc,
         CASE WHEN o.oprcanhash THEN 'HASHES' END, CASE WHEN o.oprcanmerge THEN 'MERGES' END)) AS definition,
       format('DROP OPERATOR IF EXISTS %s (%s, %s)', o.oprname, coalesce(nullif(o.oprleft, 0)::regtype::text, 'NONE'), nullif(o.oprright, 0)::regtype) AS drop
FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid WHERE t.oid IN (o.oprleft, o.oprright) AND c.relkind <> 'c') AS rows) r
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND o.oprcode <> 0
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_operator'::regclass AND d.objid = o.oid AND d.deptype = 'e')
ORDER BY 1

-- kind: operator family
-- A family with the name of its only class is created with the class.
SELECT format('%s using %s', quote_ident(f.opfname), m.amname) AS name, 'before-tables' AS position,
       format('CREATE OPERATOR FAMILY %I USING %I', f.opfname, m.amname) AS definition,
       format('DROP OPERATOR FAMILY %I USING %I', f.opfname, m.amname) AS drop
FROM pg_opfamily f JOIN pg_am m ON m.oid = f.opfmethod JOIN pg_namespace n ON n.oid = f.opfnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text)
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_opfamily'::regclass AND d.objid = f.oid AND d.deptype = 'e')
ORDER BY f.oid

-- kind: operator class
SELECT format('%s using %s', quote_ident(c.opcname), m.amname) AS name, 'before-tables' AS position,
       format('CREATE OPERATOR CLASS %I %sFOR TYPE %s USING %I FAMILY %I AS %s', c.opcname, CASE WHEN c.opcdefault THEN 'DEFAULT ' ELSE '' END,
              c.opcintype::regtype, m.amname, f.opfname,
              (SELECT string_agg(item, ', ' ORDER BY place) FROM (
                 SELECT 0 AS place, 'STORAGE ' || nullif(c.opckeytype, 0)::regtype AS item
                 UNION ALL
                 SELECT a.amopstrategy, format('OPERATOR %s %s%s', a.amopstrategy, a.amopopr::regoperator,
                        ' FOR ORDER BY ' || (SELECT quote_ident(s.opfname) FROM pg_opfamily s WHERE s.oid = a.amopsortfamily))
                 FROM pg_amop a JOIN pg_depend d ON d.classid = 'pg_amop'::regclass AND d.objid = a.oid AND d.refclassid = 'pg_opclass'::regclass AND d.refobjid = c.oid
                 UNION ALL
                 SELECT 100 + p.amprocnum, format('FUNCTION %s (%s, %s) %s', p.amprocnum, p.amproclefttype::regtype, p.amprocrighttype::regtype, p.amproc::regprocedure)
                 FROM pg_amproc p JOIN pg_depend d ON d.classid = 'pg_amproc'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_opclass'::regclass AND d.refobjid = c.oid
               ) items WHERE item IS NOT NULL)) AS definition,
       format('DROP OPERATOR CLASS %I USING %I', c.opcname, m.amname) AS drop
FROM pg_opclass c JOIN pg_am m ON m.oid = c.opcmethod JOIN pg_opfamily f ON f.oid = c.opcfamily JOIN pg_namespace n ON n.oid = c.opcnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text)
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_opclass'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.oid

-- kind: aggregate
SELECT p.oid::regprocedure::text AS name, CASE WHEN r.rows THEN 'before-views' ELSE 'before-tables' END AS position,
       format('CREATE AGGREGATE %I(%s) (%s)', p.proname, coalesce(nullif(pg_get_function_arguments(p.oid), ''), '*'), concat_ws(', ',
         'SFUNC = ' || a.aggtransfn::regproc, 'STYPE = ' || a.aggtranstype::regtype, 'SSPACE = ' || nullif(a.aggtransspace, 0),
         'FINALFUNC = ' || nullif(a.aggfinalfn, 0)::regproc, CASE WHEN a.aggfinalextra THEN 'FINALFUNC_EXTRA' END,
         CASE WHEN a.aggfinalfn <> 0 AND a.aggfinalmodify <> CASE a.aggkind WHEN 'n' THEN 'r'::"char" ELSE 'w'::"char" END
              THEN 'FINALFUNC_MODIFY = ' || CASE a.aggfinalmodify WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
         'COMBINEFUNC = ' || nullif(a.aggcombinefn, 0)::regproc, 'SERIALFUNC = ' || nullif(a.aggserialfn, 0)::regproc,
         'DESERIALFUNC = ' || nullif(a.aggdeserialfn, 0)::regproc, 'INITCOND = ' || quote_literal(a.agginitval),
         'MSFUNC = ' || nullif(a.aggmtransfn, 0)::regproc, 'MINVFUNC = ' || nullif(a.aggminvtransfn, 0)::regproc,
         'MSTYPE = ' || nullif(a.aggmtranstype, 0)::regtype, 'MSSPACE = ' || nullif(a.aggmtransspace, 0),
         'MFINALFUNC = ' || nullif(a.aggmfinalfn, 0)::regproc, CASE WHEN a.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END,
         'MINITCOND = ' || quote_literal(a.aggminitval),
         'SORTOP = ' || (SELECT format('OPERATOR(%I.%s)', sn.nspname, s.oprname) FROM pg_operator s JOIN pg_namespace sn ON sn.oid = s.oprnamespace WHERE s.oid = a.aggsortop),
         CASE p.proparallel WHEN 's' THEN 'PARALLEL = SAFE' WHEN 'r' THEN 'PARALLEL = RESTRICTED' END,
         CASE WHEN a.aggkind = 'h' THEN 'HYPOTHETICAL' END)) AS definition,
       format('DROP AGGREGATE IF EXISTS %I(%s)', p.proname, coalesce(nullif(pg_get_function_identity_arguments(p.oid), ''), '*')) AS drop
FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid JOIN pg_namespace n ON n.oid = p.pronamespace
CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid
                                   WHERE (t.oid = ANY (p.proargtypes) OR t.oid IN (p.prorettype, a.aggtranstype)) AND c.relkind <> 'c') AS rows) r
WHERE n.nspname = coalesce(:namespace, current_schema()::text)
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
ORDER BY p.oid

-- kind: cast
-- Casts belong to no schema: those of which the function or a type is in this one.
SELECT format('%s AS %s', c.castsource::regtype, c.casttarget::regtype) AS name, CASE WHEN r.rows THEN 'before-views' ELSE 'before-tables' END AS position,
       format('CREATE CAST (%s AS %s) %s%s', c.castsource::regtype, c.casttarget::regtype,
              CASE c.castmethod WHEN 'f' THEN 'WITH FUNCTION ' || c.castfunc::regprocedure WHEN 'i' THEN 'WITH INOUT' ELSE 'WITHOUT FUNCTION' END,
              CASE c.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' ELSE '' END) AS definition,
       format('DROP CAST IF EXISTS (%s AS %s)', c.castsource::regtype, c.casttarget::regtype) AS drop
FROM pg_cast c JOIN pg_type s ON s.oid = c.castsource JOIN pg_type t ON t.oid = c.casttarget LEFT JOIN pg_proc p ON p.oid = c.castfunc
CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM pg_class x WHERE x.oid IN (s.typrelid, t.typrelid) AND x.relkind <> 'c') AS rows) r
WHERE (SELECT oid FROM pg_namespace WHERE nspname = coalesce(:namespace, current_schema()::text)) IN (s.typnamespace, t.typnamespace, p.pronamespace)
  -- the types of ranges and their multiranges are cast to each other by the server
  AND NOT (s.typtype = 'r' AND t.typtype = 'm')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_cast'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.oid

-- kind: text search dictionary
SELECT quote_ident(d.dictname) AS name, 'before-tables' AS position,
       format('CREATE TEXT SEARCH DICTIONARY %I (TEMPLATE = %I.%I%s)', d.dictname, tn.nspname, t.tmplname, ', ' || d.dictinitoption) AS definition,
       format('DROP TEXT SEARCH DICTIONARY %I', d.dictname) AS drop
FROM pg_ts_dict d JOIN pg_namespace n ON n.oid = d.dictnamespace JOIN pg_ts_template t ON t.oid = d.dicttemplate JOIN pg_namespace tn ON tn.oid = t.tmplnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text)
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_ts_dict'::regclass AND x.objid = d.oid AND x.deptype = 'e')
ORDER BY d.oid

-- kind: text search configuration
SELECT quote_ident(c.cfgname) AS name, 'before-tables' AS position,
       concat_ws(';' || chr(10), format('CREATE TEXT SEARCH CONFIGURATION %I (PARSER = %I.%I)', c.cfgname, pn.nspname, p.prsname),
         (SELECT string_agg(format('ALTER TEXT SEARCH CONFIGURATION %I ADD MAPPING FOR %I WITH %s', c.cfgname, token.alias, token.dictionaries), ';' || chr(10) ORDER BY token.alias)
          FROM (SELECT k.alias, string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno) AS dictionaries
                FROM pg_ts_config_map m JOIN ts_token_type(c.cfgparser) k ON k.tokid = m.maptokentype
                WHERE m.mapcfg = c.oid GROUP BY k.alias) token)) AS definition,
       format('DROP TEXT SEARCH CONFIGURATION %I', c.cfgname) AS drop
FROM pg_ts_config c JOIN pg_namespace n ON n.oid = c.cfgnamespace JOIN pg_ts_parser p ON p.oid = c.cfgparser JOIN pg_namespace pn ON pn.oid = p.prsnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text)
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_ts_config'::regclass AND x.objid = c.oid AND x.deptype = 'e')
ORDER BY c.oid

-- kind: not null constraint
-- Names that differ from the default one (since version 18 the catalogue stores them).
SELECT format('%s on %s', quote_ident(k.conname), quote_ident(c.relname)) AS name,
       format('ALTER TABLE %I RENAME CONSTRAINT %I TO %I', c.relname, c.relname || '_' || a.attname || '_not_null', k.conname) AS definition,
       format('ALTER TABLE %I RENAME CONSTRAINT %I TO %I', c.relname, k.conname, c.relname || '_' || a.attname || '_not_null') AS drop
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND k.contype = 'n' AND k.coninhcount = 0 AND c.relkind IN ('r', 'p')
  AND k.conname <> c.relname || '_' || a.attname || '_not_null' AND length(c.relname || a.attname) < 53
  AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conrelid = c.oid AND o.conname = c.relname || '_' || a.attname || '_not_null')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1

-- kind: inheritance
SELECT format('%s inherits %s', quote_ident(c.relname), i.inhparent::regclass) AS name,
       format('ALTER TABLE %I INHERIT %s', c.relname, i.inhparent::regclass) AS definition,
       format('ALTER TABLE %I NO INHERIT %s', c.relname, i.inhparent::regclass) AS drop
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_class p ON p.oid = i.inhparent
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND c.relkind = 'r' AND NOT c.relispartition AND p.relnamespace = c.relnamespace
ORDER BY c.oid, i.inhseqno

-- kind: partition constraint
-- Constraints of one partition alone, and references to one partition.
SELECT format('%s on %s', quote_ident(k.conname), quote_ident(c.relname)) AS name,
       format('ALTER TABLE %I ADD CONSTRAINT %I %s', c.relname, k.conname, pg_get_constraintdef(k.oid)) AS definition,
       format('ALTER TABLE %I DROP CONSTRAINT %I', c.relname, k.conname) AS drop
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_class f ON f.oid = k.confrelid
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND k.conparentid = 0 AND k.coninhcount = 0 AND k.contype IN ('p', 'u', 'x', 'c', 'f')
  AND (c.relispartition OR f.relispartition) AND coalesce(f.relnamespace = n.oid, true)
ORDER BY k.contype = 'f', 1

-- kind: partition index
SELECT quote_ident(x.relname) AS name, pg_get_indexdef(i.indexrelid) AS definition
FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND c.relispartition AND NOT x.relispartition
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
ORDER BY 1

-- kind: partition column
SELECT format('%s.%s', quote_ident(c.relname), quote_ident(a.attname)) AS name,
       concat_ws('; ', CASE WHEN a.attnotnull AND NOT o.attnotnull THEN format('ALTER TABLE %I ALTER COLUMN %I SET NOT NULL', c.relname, a.attname) END,
                 CASE WHEN e.own IS DISTINCT FROM e.parents THEN format('ALTER TABLE %I ALTER COLUMN %I %s', c.relname, a.attname, coalesce('SET DEFAULT ' || e.own, 'DROP DEFAULT')) END) AS definition
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_inherits i ON i.inhrelid = c.oid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_attribute o ON o.attrelid = i.inhparent AND o.attname = a.attname
CROSS JOIN LATERAL (SELECT (SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d WHERE d.adrelid = c.oid AND d.adnum = a.attnum) AS own,
                           (SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d WHERE d.adrelid = o.attrelid AND d.adnum = o.attnum) AS parents) e
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND c.relispartition AND c.relkind IN ('r', 'p') AND a.attgenerated = ''
  AND (e.own IS DISTINCT FROM e.parents OR (a.attnotnull AND NOT o.attnotnull))
ORDER BY 1

-- kind: partition policy
SELECT format('%s on %s', quote_ident(p.policyname), quote_ident(p.tablename)) AS name,
       format('CREATE POLICY %I ON %I AS %s FOR %s TO %s%s%s', p.policyname, p.tablename, p.permissive, p.cmd,
              (SELECT string_agg(CASE role WHEN 'public' THEN 'PUBLIC' ELSE quote_ident(role) END, ', ') FROM unnest(p.roles) role),
              ' USING (' || p.qual || ')', ' WITH CHECK (' || p.with_check || ')') AS definition
FROM pg_policies p JOIN pg_class c ON c.relname = p.tablename JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = p.schemaname
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND c.relispartition
ORDER BY 1

-- kind: row security
-- Of partitions, and FORCE without ENABLE.
SELECT quote_ident(c.relname) AS name,
       concat_ws('; ', CASE WHEN c.relrowsecurity THEN format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', c.relname) END,
                 CASE WHEN c.relforcerowsecurity THEN format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', c.relname) END) AS definition
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND c.relkind IN ('r', 'p')
  AND (c.relispartition AND (c.relrowsecurity OR c.relforcerowsecurity) OR c.relforcerowsecurity AND NOT c.relrowsecurity)
ORDER BY 1

-- kind: table settings
-- Of partitions, of TOAST tables, and of the indexes of keys.
SELECT quote_ident(coalesce(o.relname, c.relname)) AS name,
       format('ALTER %s %I SET (%s)', CASE WHEN c.relkind IN ('i', 'I') THEN 'INDEX' ELSE 'TABLE' END, coalesce(o.relname, c.relname),
              (SELECT string_agg(format('%s%s = %L', CASE WHEN o.oid IS NOT NULL THEN 'toast.' ELSE '' END, split_part(one, '=', 1), substr(one, strpos(one, '=') + 1)), ', ') FROM unnest(c.reloptions) one)) AS definition
FROM pg_class c LEFT JOIN pg_class o ON o.reltoastrelid = c.oid AND c.relkind = 't'
JOIN pg_namespace n ON n.oid = coalesce(o.relnamespace, c.relnamespace)
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND c.reloptions IS NOT NULL
  AND (o.relkind IN ('r', 'm') OR (c.relispartition AND c.relkind = 'r')
       OR (c.relkind IN ('i', 'I') AND NOT c.relispartition AND EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))))
ORDER BY 1

-- kind: column storage
SELECT format('%s.%s', quote_ident(c.relname), quote_ident(a.attname)) AS name,
       (SELECT string_agg(format('ALTER %s %I ALTER COLUMN %I %s', CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END, c.relname, a.attname, change), '; ')
        FROM unnest(ARRAY[
          'SET STORAGE ' || CASE WHEN a.attstorage <> t.typstorage THEN CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END,
          'SET COMPRESSION ' || CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END,
          'SET STATISTICS ' || nullif(a.attstattarget, -1),
          'SET (' || array_to_string(a.attoptions, ', ') || ')']) change WHERE change IS NOT NULL) AS definition
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND c.relkind IN ('r', 'p', 'm') AND a.attnum > 0 AND NOT a.attisdropped
  AND (a.attstorage <> t.typstorage OR a.attcompression <> '' OR coalesce(a.attstattarget, -1) <> -1 OR a.attoptions IS NOT NULL)
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1

-- kind: index statistics
SELECT format('%s.%s', quote_ident(c.relname), a.attnum) AS name,
       format('ALTER INDEX %I ALTER COLUMN %s SET STATISTICS %s', c.relname, a.attnum, a.attstattarget) AS definition
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND c.relkind IN ('i', 'I') AND NOT c.relispartition AND coalesce(a.attstattarget, -1) <> -1
ORDER BY 1

-- kind: view column default
SELECT format('%s.%s', quote_ident(c.relname), quote_ident(a.attname)) AS name,
       format('ALTER VIEW %I ALTER COLUMN %I SET DEFAULT %s', c.relname, a.attname, pg_get_expr(d.adbin, d.adrelid)) AS definition
FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.adnum JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND c.relkind = 'v'
ORDER BY 1

-- kind: statistics
SELECT quote_ident(s.stxname) AS name, concat_ws('; ', pg_get_statisticsobjdef(s.oid), 'ALTER STATISTICS ' || quote_ident(s.stxname) || ' SET STATISTICS ' || nullif(s.stxstattarget, -1)) AS definition
FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text)
ORDER BY 1

-- kind: rule
SELECT format('%s on %s', quote_ident(r.rulename), quote_ident(c.relname)) AS name,
       concat_ws('; ', rtrim(pg_get_ruledef(r.oid), ';'), format('ALTER TABLE %I ', c.relname) || CASE r.ev_enabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' END
                 || ' RULE ' || quote_ident(r.rulename)) AS definition,
       format('DROP RULE %I ON %I', r.rulename, c.relname) AS drop
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND r.rulename <> '_RETURN'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname, r.rulename

-- kind: partition trigger
SELECT format('%s on %s', quote_ident(t.tgname), quote_ident(c.relname)) AS name,
       format('ALTER TABLE %I %s TRIGGER %I', c.relname, CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END, t.tgname) AS definition
FROM pg_trigger t JOIN pg_trigger p ON p.oid = t.tgparentid JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND NOT t.tgisinternal AND t.tgenabled <> p.tgenabled
ORDER BY 1

-- kind: sequence
-- The name of an identity's sequence, and sequences without a log.
SELECT quote_ident(q.relname) AS name,
       concat_ws('; ', 'ALTER SEQUENCE ' || quote_ident(i.usual) || ' RENAME TO ' || quote_ident(q.relname), CASE WHEN q.relpersistence = 'u' AND coalesce(i.persistence, 'p') <> 'u' THEN format('ALTER SEQUENCE %I SET UNLOGGED', q.relname) END) AS definition,
       'ALTER SEQUENCE ' || quote_ident(q.relname) || ' RENAME TO ' || quote_ident(i.usual) AS drop
FROM pg_class q JOIN pg_namespace n ON n.oid = q.relnamespace
LEFT JOIN LATERAL (SELECT CASE WHEN q.relname <> c.relname || '_' || a.attname || '_seq' THEN c.relname || '_' || a.attname || '_seq' END AS usual, c.relpersistence AS persistence
                   FROM pg_depend d JOIN pg_class c ON c.oid = d.refobjid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
                   WHERE d.classid = 'pg_class'::regclass AND d.objid = q.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'i' LIMIT 1) i ON true
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND q.relkind = 'S'
  AND (i.usual IS NOT NULL OR (q.relpersistence = 'u' AND coalesce(i.persistence, 'p') <> 'u'))
ORDER BY 1

-- kind: cluster
SELECT format('%s on %s', x.oid::regclass, i.indrelid::regclass) AS name,
       format('ALTER %s %I CLUSTER ON %I', CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END, c.relname, x.relname) AS definition
FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND i.indisclustered
ORDER BY 1

-- kind: replica identity
SELECT quote_ident(c.relname) AS name,
       format('ALTER TABLE %I REPLICA IDENTITY %s', c.relname, CASE c.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING'
              ELSE 'USING INDEX ' || (SELECT quote_ident(x.relname) FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid AND i.indisreplident) END) AS definition
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND c.relkind IN ('r', 'p') AND c.relreplident <> 'd'
ORDER BY 1

-- kind: privilege
-- Of routines, types and the schema itself: what differs from the server's defaults.
WITH object AS (
  SELECT 'ROUTINE' AS word, p.oid::regprocedure::text AS name, p.proacl AS acl, acldefault('f', p.proowner) AS usual, p.proowner AS owner
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND p.proacl IS NOT NULL
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
  UNION ALL
  SELECT 'TYPE', t.oid::regtype::text, t.typacl, acldefault('T', t.typowner), t.typowner
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND t.typacl IS NOT NULL
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
  UNION ALL
  SELECT 'SCHEMA', quote_ident(n.nspname), n.nspacl,
         acldefault('n', n.nspowner) || CASE n.nspname WHEN 'public' THEN ARRAY[makeaclitem(0, n.nspowner, 'USAGE', false)] ELSE '{}' END, n.nspowner
  FROM pg_namespace n WHERE n.nspname = coalesce(:namespace, current_schema()::text) AND n.nspacl IS NOT NULL
), given AS (
  SELECT o.word, o.name, o.owner, e.grantee, e.privilege_type, e.is_grantable FROM object o CROSS JOIN LATERAL aclexplode(o.acl) e WHERE e.grantee <> o.owner
), usual AS (
  SELECT o.word, o.name, o.owner, e.grantee, e.privilege_type, e.is_grantable FROM object o CROSS JOIN LATERAL aclexplode(o.usual) e WHERE e.grantee <> o.owner
)
SELECT lower(word) || ' ' || name || ' ' || role AS name, concat_ws(' ', verb, privilege_type, 'ON', word, name, way, role, option) AS definition,
       CASE word WHEN 'SCHEMA' THEN concat_ws(' ', CASE verb WHEN 'GRANT' THEN 'REVOKE' ELSE 'GRANT' END, privilege_type, 'ON', word, name, CASE verb WHEN 'GRANT' THEN 'FROM' ELSE 'TO' END, role) END AS drop
FROM (
  SELECT 'REVOKE' AS verb, 'FROM' AS way, word, name, privilege_type, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS role, NULL AS option
  FROM (SELECT word, name, grantee, privilege_type FROM usual EXCEPT SELECT word, name, grantee, privilege_type FROM given) gone
  UNION ALL
  SELECT 'GRANT', 'TO', word, name, privilege_type, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END, CASE WHEN is_grantable THEN 'WITH GRANT OPTION' END
  FROM (SELECT word, name, grantee, privilege_type, is_grantable FROM given EXCEPT SELECT word, name, grantee, privilege_type, is_grantable FROM usual) more
) change
ORDER BY verb DESC, word, name, role, privilege_type

-- kind: default privilege
WITH object AS (
  SELECT d.defaclobjtype, CASE WHEN d.defaclnamespace = 0 THEN '' ELSE format('IN SCHEMA %I ', n.nspname) END AS within, d.defaclacl AS acl,
         CASE WHEN d.defaclnamespace = 0 THEN acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole) END AS usual,
         CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END AS word
  FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
  WHERE (d.defaclnamespace = 0 OR n.nspname = coalesce(:namespace, current_schema()::text)) AND d.defaclrole = current_user::regrole
), given AS (
  SELECT o.word, o.within, e.grantee, e.privilege_type, e.is_grantable FROM object o CROSS JOIN LATERAL aclexplode(o.acl) e
), usual AS (
  SELECT o.word, o.within, e.grantee, e.privilege_type, e.is_grantable FROM object o CROSS JOIN LATERAL aclexplode(o.usual) e
)
SELECT lower(word) || ' ' || role AS name,
       concat('ALTER DEFAULT PRIVILEGES ', within, verb, ' ', privilege_type, ' ON ', word, CASE verb WHEN 'GRANT' THEN ' TO ' ELSE ' FROM ' END, role, option) AS definition,
       concat('ALTER DEFAULT PRIVILEGES ', within, CASE verb WHEN 'GRANT' THEN 'REVOKE' ELSE 'GRANT' END, ' ', privilege_type, ' ON ', word, CASE verb WHEN 'GRANT' THEN ' FROM ' ELSE ' TO ' END, role) AS drop
FROM (
  SELECT 'REVOKE' AS verb, word, within, privilege_type, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS role, NULL AS option
  FROM (SELECT word, within, grantee, privilege_type FROM usual EXCEPT SELECT word, within, grantee, privilege_type FROM given) gone
  UNION ALL
  SELECT 'GRANT', word, within, privilege_type, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END, CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END
  FROM (SELECT word, within, grantee, privilege_type, is_grantable FROM given EXCEPT SELECT word, within, grantee, privilege_type, is_grantable FROM usual) more
) change
ORDER BY verb DESC, word, role, privilege_type

-- kind: comment
-- Without those of tables, their columns and views, which are part of their records.
SELECT concat_ws(' ', o.type, o.identity) AS name,
       format('COMMENT ON %s %s IS %L', CASE o.type WHEN 'composite type' THEN 'TYPE' WHEN 'table constraint' THEN 'CONSTRAINT' WHEN 'domain constraint' THEN 'CONSTRAINT'
              WHEN 'statistics object' THEN 'STATISTICS' WHEN 'table column' THEN 'COLUMN' WHEN 'view column' THEN 'COLUMN' WHEN 'materialized view column' THEN 'COLUMN' WHEN 'composite type column' THEN 'COLUMN' ELSE upper(o.type) END,
              CASE o.type WHEN 'domain constraint' THEN replace(o.identity, ' on ', ' ON DOMAIN ') ELSE o.identity END, d.description) AS definition,
       CASE o.type WHEN 'schema' THEN format('COMMENT ON SCHEMA %s IS %L', o.identity, CASE o.identity WHEN 'public' THEN 'standard public schema' END)
                   WHEN 'event trigger' THEN '' END AS drop
FROM pg_description d CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) o
WHERE o.type IN ('index', 'table constraint', 'domain constraint', 'function', 'procedure', 'aggregate', 'type', 'composite type', 'trigger', 'policy', 'sequence', 'schema', 'rule',
                 'statistics object', 'collation', 'operator', 'operator class', 'operator family', 'text search configuration', 'text search dictionary', 'view column',
                 'materialized view column', 'composite type column', 'table column', 'table', 'cast')
  AND d.objoid >= 16384 - CASE o.type WHEN 'schema' THEN 16384 ELSE 0 END
  AND CASE o.type WHEN 'schema' THEN o.identity = quote_ident(coalesce(:namespace, current_schema()::text)) AND NOT (o.identity = 'public' AND d.description = 'standard public schema')
                  WHEN 'cast' THEN true
                  ELSE starts_with(regexp_replace(o.identity, '^.* on ', ''), quote_ident(coalesce(:namespace, current_schema()::text)) || '.')
                       OR o.schema = coalesce(:namespace, current_schema()::text) END
  AND (d.classoid <> 'pg_class'::regclass OR o.type IN ('index', 'sequence', 'composite type', 'composite type column', 'view column', 'materialized view column')
       OR EXISTS (SELECT FROM pg_class p WHERE p.oid = d.objoid AND p.relispartition))
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = d.classoid AND x.objid = d.objoid AND x.deptype = 'e')
ORDER BY 1
