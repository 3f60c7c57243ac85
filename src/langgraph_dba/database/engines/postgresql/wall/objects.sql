-- kind: built_in
SELECT p.oid::bigint, p.proname::text, p.prosrc FROM pg_catalog.pg_proc p WHERE p.oid < 16384
-- kind: functions
SELECT p.oid::bigint, n.nspname::text, p.proname::text, p.pronargs::int, p.pronargdefaults::int, p.provariadic <> 0,
  p.proargtypes::pg_catalog.oid[]::bigint[], p.prorettype::bigint, l.lanname::text, p.prosrc,
  coalesce(p.probin::text, ''), coalesce(p.proconfig::text, ''), p.prokind = 'a' OR p.prokind = 'w',
  coalesce(pg_catalog.to_jsonb(p) ->> 'prosqlbody', '') || ' ' || coalesce(p.proargdefaults::text, ''),
  pg_catalog.to_jsonb(p) ->> 'prosqlbody' IS NOT NULL,
  ARRAY(SELECT f::oid::bigint FROM pg_catalog.pg_aggregate a,
        unnest(ARRAY[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn, a.aggmtransfn,
                     a.aggminvtransfn, a.aggmfinalfn]) f
        WHERE a.aggfnoid = p.oid AND f <> 0) || CASE WHEN p.prosupport <> 0 THEN ARRAY[p.prosupport::oid::bigint]
        ELSE '{}' END,
  coalesce(p.proallargtypes::bigint[], '{}'),
  p.oid::regprocedure::text,
  CASE WHEN l.lanname = 'plpgsql' THEN pg_catalog.pg_get_functiondef(p.oid) ELSE '' END
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE p.oid >= 16384
-- kind: operators
SELECT oprname::text, oprleft::bigint, oprright::bigint, oprcode::oid::bigint, oid::bigint FROM pg_catalog.pg_operator
WHERE oid >= 16384 AND oprcode <> 0
-- kind: types
SELECT t.oid::bigint, n.nspname::text, t.typname::text, t.typelem::bigint, t.typbasetype::bigint, t.typrelid::bigint,
  t.typarray::bigint,
  ARRAY(SELECT f::bigint FROM unnest(ARRAY[t.typinput::oid, t.typoutput::oid, t.typreceive::oid, t.typsend::oid,
                                           t.typmodin::oid, t.typmodout::oid]) f WHERE f <> 0)
  || ARRAY(SELECT f::oid::bigint FROM pg_catalog.pg_range r, unnest(ARRAY[r.rngcanonical, r.rngsubdiff]) f
           WHERE r.rngtypid = t.oid AND f <> 0),
  coalesce((SELECT r.rngsubtype::bigint FROM pg_catalog.pg_range r
            WHERE t.oid IN (r.rngtypid, (pg_catalog.to_jsonb(r) ->> 'rngmultitypid')::oid)), 0),
  coalesce((SELECT pg_catalog.string_agg(k.conbin::text, ' ') FROM pg_catalog.pg_constraint k
            WHERE k.contypid = t.oid), '')
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE t.oid >= 16384
-- kind: casts
SELECT castsource::bigint, casttarget::bigint, castfunc::bigint FROM pg_catalog.pg_cast
WHERE oid >= 16384 AND castfunc <> 0
-- kind: classes
SELECT c.oid::bigint, c.opcintype::bigint,
  ARRAY(SELECT a.amproc::oid::bigint FROM pg_catalog.pg_amproc a WHERE a.amprocfamily = c.opcfamily)
  || ARRAY(SELECT o.oprcode::oid::bigint FROM pg_catalog.pg_amop a JOIN pg_catalog.pg_operator o ON o.oid = a.amopopr
           WHERE a.amopfamily = c.opcfamily)
FROM pg_catalog.pg_opclass c
WHERE c.oid >= 16384 OR c.opcintype >= 16384
-- kind: relations
SELECT c.oid::bigint, n.nspname::text, c.relname::text, c.relkind::text, c.reltype::bigint
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 't')
-- kind: parents
SELECT inhparent::bigint, inhrelid::bigint FROM pg_catalog.pg_inherits
-- kind: parts
SELECT c.oid::bigint,
  ARRAY(SELECT a.atttypid::bigint FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
        AND a.atttypid >= 16384),
  ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped),
  pg_catalog.concat_ws(' ',
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', r.ev_action::text, r.ev_qual::text), ' ')
     FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_type = '1'),
    (SELECT pg_catalog.string_agg(p.polqual::text, ' ') FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid),
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', i.indexprs::text, i.indpred::text), ' ')
     FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid),
    (SELECT pg_catalog.string_agg(k.conbin::text, ' ') FROM pg_catalog.pg_constraint k
     WHERE k.conrelid = c.oid AND k.contype = 'c'),
    (SELECT pg_catalog.string_agg(pg_catalog.to_jsonb(s) ->> 'stxexprs', ' ') FROM pg_catalog.pg_statistic_ext s
     WHERE s.stxrelid = c.oid),
    (SELECT pg_catalog.string_agg(p.partexprs::text, ' ') FROM pg_catalog.pg_partitioned_table p
     WHERE p.partrelid = c.oid),
    (SELECT pg_catalog.string_agg(d.adbin::text, ' ') FROM pg_catalog.pg_attrdef d
     JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
     WHERE d.adrelid = c.oid AND a.attgenerated <> ''),
    CASE WHEN c.relkind IN ('p') THEN c.relpartbound::text END),
  ARRAY(SELECT DISTINCT o::bigint FROM pg_catalog.pg_index i, unnest(i.indclass::oid[]) o
        WHERE i.indrelid = c.oid AND o >= 16384)
  || ARRAY(SELECT o::bigint FROM pg_catalog.pg_partitioned_table p, unnest(p.partclass::oid[]) o
           WHERE p.partrelid = c.oid AND o >= 16384),
  coalesce((SELECT a.amhandler::oid::bigint FROM pg_catalog.pg_am a WHERE a.oid = c.relam AND a.oid >= 16384), 0)
FROM pg_catalog.pg_class c WHERE c.oid = ANY (%(ids)s::bigint[]::pg_catalog.oid[])
-- kind: token
SELECT pg_catalog.hashtext(pg_catalog.concat(count(*), '.', sum(pg_catalog.hashint8extended(xmin::text::bigint, 0)))) FROM (
  SELECT xmin FROM pg_catalog.pg_proc
  UNION ALL SELECT xmin FROM pg_catalog.pg_operator
  UNION ALL SELECT xmin FROM pg_catalog.pg_namespace
  UNION ALL SELECT xmin FROM pg_catalog.pg_opclass
  UNION ALL SELECT xmin FROM pg_catalog.pg_type
  UNION ALL SELECT xmin FROM pg_catalog.pg_cast
  UNION ALL SELECT xmin FROM pg_catalog.pg_amproc
  UNION ALL SELECT xmin FROM pg_catalog.pg_amop
  UNION ALL SELECT xmin FROM pg_catalog.pg_class
  UNION ALL SELECT xmin FROM pg_catalog.pg_inherits
  UNION ALL SELECT xmin FROM pg_catalog.pg_attribute
  UNION ALL SELECT xmin FROM pg_catalog.pg_rewrite
  UNION ALL SELECT xmin FROM pg_catalog.pg_policy
  UNION ALL SELECT xmin FROM pg_catalog.pg_index
  UNION ALL SELECT xmin FROM pg_catalog.pg_constraint
  UNION ALL SELECT xmin FROM pg_catalog.pg_statistic_ext
  UNION ALL SELECT xmin FROM pg_catalog.pg_attrdef
) AS rows_of_catalogues
