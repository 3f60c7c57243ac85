-- The condition of one database, one section per kind of record; columns are named like the fields of the record.
-- regclass writes a name as SQL needs it: qualified if it is not in the search path, quoted if necessary. Objects of
-- extensions and of the system, temporary tables, and partitions (except of indexes) are omitted.

-- kind: owner
-- Logins that own tables themselves or inherit an owner's privileges. A superuser may do everything in any case.
WITH owned AS (
  SELECT c.relowner, c.oid::regclass::text AS name, c.relrowsecurity AND NOT c.relforcerowsecurity AS exempt
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND NOT c.relispartition AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
), owners AS (
  SELECT relowner, count(*) AS total, array_agg(name ORDER BY name) AS tables, array_agg(name ORDER BY name) FILTER (WHERE exempt) AS exempt FROM owned GROUP BY relowner
)
SELECT r.rolname::text AS role, sum(o.total)::bigint AS total, r.rolname = session_user AS current,
       (SELECT array_agg(t) FROM (SELECT unnest(p.tables) AS t FROM owners p WHERE pg_has_role(r.oid, p.relowner, 'USAGE') ORDER BY 1 LIMIT 20) one) AS tables,
       (SELECT array_agg(t) FROM (SELECT unnest(p.exempt) AS t FROM owners p WHERE pg_has_role(r.oid, p.relowner, 'USAGE') ORDER BY 1 LIMIT 20) one) AS exempt
FROM pg_roles r JOIN owners o ON pg_has_role(r.oid, o.relowner, 'USAGE')
WHERE r.rolcanlogin AND NOT r.rolsuper
GROUP BY r.oid, r.rolname
ORDER BY r.rolname

-- kind: key
-- Single-column integer keys, and integer columns whose values come from a sequence; `reason` says why a column cannot be read.
-- Owned sequences that no default uses are not counted: they number nothing.
-- `calling`: while it plans a query, the server computes functions of constants in predicates and expressions of indexes, in
-- checks and in extended statistics. A function of a table's owner would run with the privileges of this login.
WITH RECURSIVE numbered AS (
  SELECT d.refobjid AS rel, d.refobjsubid::int AS num, d.objid AS sequence FROM pg_depend d JOIN pg_class x ON x.oid = d.objid AND x.relkind = 'S'
  WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype = 'i'
  UNION
  SELECT f.adrelid, f.adnum, d.refobjid FROM pg_attrdef f JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid = 'pg_class'::regclass
  JOIN pg_class x ON x.oid = d.refobjid AND x.relkind = 'S'
), keys AS (
  SELECT k.conrelid AS rel, k.conkey[1]::int AS num FROM pg_constraint k WHERE k.contype = 'p' AND cardinality(k.conkey) = 1
  UNION SELECT rel, num FROM numbered
), columns AS MATERIALIZED (
  SELECT c.oid, c.relnamespace, a.attnum, a.attname, a.atttypid,
         CASE a.atttypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647 ELSE 9223372036854775807 END AS maximum
  FROM keys JOIN pg_class c ON c.oid = keys.rel JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = keys.num
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't' AND NOT a.attisdropped
    AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
), narrower AS MATERIALIZED (
  SELECT k.confrelid AS rel, k.confkey[1]::int AS num, array_agg(k.conrelid::regclass || '.' || quote_ident(f.attname) || ' ' || format_type(f.atttypid, NULL) ORDER BY k.conrelid::regclass::text) AS names,
         min(CASE f.atttypid WHEN 'int2'::regtype THEN 32767 ELSE 2147483647 END) AS maximum
  FROM pg_constraint k JOIN pg_attribute f ON f.attrelid = k.conrelid AND f.attnum = k.conkey[1] JOIN pg_attribute t ON t.attrelid = k.confrelid AND t.attnum = k.confkey[1]
  WHERE k.contype = 'f' AND k.conparentid = 0 AND cardinality(k.confkey) = 1 AND f.atttypid IN ('int2'::regtype, 'int4'::regtype) AND f.attlen < t.attlen
  GROUP BY 1, 2
), indexed AS MATERIALIZED (
  SELECT i.indrelid AS rel, i.indkey[0]::int AS num, bool_or(i.indisunique AND i.indnkeyatts = 1) AS is_unique, bool_or(i.indisvalid AND m.amname = 'btree') AS gives_maximum
  FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam WHERE i.indpred IS NULL GROUP BY 1, 2
), family AS (
  SELECT oid AS root, oid FROM columns UNION SELECT f.root, i.inhrelid FROM family f JOIN pg_inherits i ON i.inhparent = f.oid
), planned AS (
  SELECT f.root, 'pg_class'::regclass AS class, i.indexrelid AS oid FROM pg_index i JOIN family f ON f.oid = i.indrelid WHERE i.indpred IS NOT NULL OR i.indexprs IS NOT NULL
  UNION ALL SELECT f.root, 'pg_constraint'::regclass, k.oid FROM pg_constraint k JOIN family f ON f.oid = k.conrelid WHERE k.contype = 'c'
  UNION ALL SELECT f.root, 'pg_statistic_ext'::regclass, x.oid FROM pg_statistic_ext x JOIN family f ON f.oid = x.stxrelid
), calling AS MATERIALIZED (
  SELECT DISTINCT o.root FROM planned o JOIN pg_depend d ON d.classid = o.class AND d.objid = o.oid
  WHERE d.refobjid >= 16384 AND d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_type'::regclass)
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.refclassid AND e.objid = d.refobjid AND e.deptype = 'e')
)
SELECT DISTINCT ON (c.oid::regclass::text, c.attnum) c.oid::regclass::text AS "table", quote_ident(c.attname) AS "column", format_type(c.atttypid, NULL) AS type, c.maximum,
       CASE WHEN c.atttypid <> 'int8'::regtype THEN format('ALTER TABLE %s ALTER COLUMN %I TYPE bigint', c.oid::regclass, c.attname) END AS widen,
       coalesce(i.is_unique, false) AS "unique", s.sequence::regclass::text AS sequence, q.seqincrement AS increment, CASE WHEN NOT q.seqcycle THEN q.seqmax END AS sequence_maximum,
       n.names AS narrower, n.maximum AS narrowest_maximum,
       CASE WHEN NOT has_schema_privilege(c.relnamespace, 'USAGE') THEN 'this login has no privilege USAGE on the schema'
            WHEN NOT has_column_privilege(c.oid, c.attnum, 'SELECT') THEN 'this login has no privilege SELECT on the column'
            WHEN s.sequence IS NOT NULL AND NOT has_sequence_privilege(s.sequence, 'SELECT') THEN 'this login has no privilege SELECT on its sequence'
            WHEN row_security_active(c.oid) THEN 'row security hides rows of the table from this login'
            WHEN c.oid IN (SELECT root FROM calling) THEN 'planning a query of the table would call a function of the database'
            WHEN i.gives_maximum IS NOT TRUE THEN 'no index starts with the column: its highest value would need a scan of the table' END AS reason
FROM columns c
LEFT JOIN numbered s ON s.rel = c.oid AND s.num = c.attnum
LEFT JOIN pg_sequence q ON q.seqrelid = s.sequence
LEFT JOIN narrower n ON n.rel = c.oid AND n.num = c.attnum
LEFT JOIN indexed i ON i.rel = c.oid AND i.num = c.attnum
ORDER BY c.oid::regclass::text, c.attnum

-- kind: invalid_index
-- Not an index that is being built now. Of other users' builds a login may see no more than the database.
SELECT i.indrelid::regclass::text AS "table", i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition, i.indisunique AS "unique"
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid AND n.nspname !~ '^pg_'
  AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid OR (p.index_relid IS NULL AND p.datname = current_database()))
ORDER BY 1, 2

-- kind: collation
-- Collations that columns or indexes of the database use: initdb imports hundreds that nothing uses.
SELECT 'collation' AS kind, l.oid::regcollation::text AS name, l.collversion AS recorded, pg_collation_actual_version(l.oid) AS actual,
       ARRAY(SELECT i.indexrelid::regclass::text FROM pg_index i WHERE l.oid = ANY (i.indcollation) ORDER BY 1 LIMIT 20) AS indexes
FROM pg_collation l
WHERE l.collversion <> pg_collation_actual_version(l.oid)
  AND (EXISTS (SELECT FROM pg_index i WHERE l.oid = ANY (i.indcollation)) OR EXISTS (SELECT FROM pg_attribute a WHERE a.attcollation = l.oid AND a.attnum > 0))
ORDER BY 2

-- kind: database_collation
-- From version 15 on.
SELECT 'database' AS kind, quote_ident(d.datname) AS name, d.datcollversion AS recorded, pg_database_collation_actual_version(d.oid) AS actual,
       ARRAY(SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE 'pg_catalog."default"'::regcollation = ANY (i.indcollation) AND n.nspname !~ '^pg_' ORDER BY 1 LIMIT 20) AS indexes
FROM pg_database d
WHERE d.datname = current_database() AND d.datcollversion <> pg_database_collation_actual_version(d.oid)

-- kind: age
-- All databases: the oldest id of any of them limits the whole server.
SELECT d.datname::text AS database, o.kind, o.age, o.freeze_age,
       CASE WHEN d.datname = current_database() THEN (
         SELECT coalesce((SELECT p.oid FROM pg_class p WHERE p.reltoastrelid = c.oid), c.oid)::regclass::text FROM pg_class c WHERE c.relkind IN ('r', 'm', 't')
         ORDER BY CASE o.kind WHEN 'transaction' THEN age(c.relfrozenxid) ELSE mxid_age(c.relminmxid) END DESC LIMIT 1) END AS oldest_table
FROM pg_database d CROSS JOIN LATERAL (VALUES
  ('transaction', age(d.datfrozenxid), current_setting('autovacuum_freeze_max_age')::bigint),
  ('multixact', mxid_age(d.datminmxid), current_setting('autovacuum_multixact_freeze_max_age')::bigint)) o (kind, age, freeze_age)
ORDER BY 1, 2

-- kind: replica_identity
-- A deferrable primary key is no identity.
SELECT c.oid::regclass::text AS "table", CASE c.relreplident WHEN 'n' THEN 'nothing' ELSE 'default' END AS identity,
       EXISTS (SELECT FROM pg_publication_tables t JOIN pg_publication p ON p.pubname = t.pubname
               WHERE (p.pubupdate OR p.pubdelete) AND t.schemaname = n.nspname AND t.tablename = c.relname) AS published
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence = 'p' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND (c.relreplident = 'n' OR (c.relreplident = 'd' AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND i.indimmediate)))
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1

-- kind: open_schema
SELECT quote_ident(n.nspname) AS name
FROM pg_namespace n
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND EXISTS (SELECT FROM aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) e WHERE e.grantee = 0 AND e.privilege_type = 'CREATE')
ORDER BY 1

-- kind: extension
SELECT quote_ident(e.extname) AS name, e.extversion AS installed, a.default_version AS available
FROM pg_extension e JOIN pg_available_extensions a ON a.name = e.extname
WHERE a.default_version <> e.extversion
ORDER BY 1

-- kind: statistics
-- Autovacuum analyses no table of less than about 50 changed rows, and no partitioned table. reltuples is -1 (before
-- version 14: 0) until VACUUM or ANALYZE counts the rows; pg_stats shows only what the login may read.
SELECT c.oid::regclass::text AS "table", 'ANALYZE ' || c.oid::regclass AS gather, z.size_bytes, c.relkind = 'p' AS partitioned
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT CASE c.relkind WHEN 'p' THEN (SELECT coalesce(sum(pg_relation_size(t.relid)), 0) FROM pg_partition_tree(c.oid) t) ELSE pg_relation_size(c.oid) END::bigint AS size_bytes) z
WHERE c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND z.size_bytes >= 65536
  AND CASE WHEN c.reltuples < 0 THEN true
           WHEN has_table_privilege(c.oid, 'SELECT') AND NOT row_security_active(c.oid)
             THEN NOT EXISTS (SELECT FROM pg_stats s WHERE s.schemaname = n.nspname AND s.tablename = c.relname)
           ELSE false END
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1
