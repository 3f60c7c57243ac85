-- The contents of one database, one section per kind of record; columns are named like the fields of the record.
-- Lists are JSON. The name of the database is removed, because each scratch database has another one.
-- A join of two views of information_schema opens every table once for each row of the first view. Therefore a joined
-- view is read by a subquery; LIMIT or GROUP BY prevents the optimizer from merging it into the join.

-- kind: table
-- Tables, each followed by its partitions; the bound is the text after the name of a partition.
SELECT t.table_name AS name, t.table_comment AS comment,
       json_array(concat('engine=', t.engine), concat('charset=', substring_index(t.table_collation, '_', 1)), concat('collate=', t.table_collation)) AS options,
       d.partitioned_by,
       '' AS parent, '' AS bound, if(t.table_rows > 0, t.table_rows, NULL) AS estimate
FROM information_schema.tables t
LEFT JOIN (SELECT table_name, min(concat(partition_method, ' (', partition_expression, ')')) AS partitioned_by FROM information_schema.partitions
           WHERE table_schema = coalesce(:namespace, database()) AND partition_method IS NOT NULL GROUP BY table_name) d ON d.table_name = t.table_name
WHERE t.table_schema = coalesce(:namespace, database()) AND t.table_type IN ('BASE TABLE', 'SYSTEM VERSIONED')
UNION ALL
SELECT p.partition_name, p.partition_comment, json_array(), '', p.table_name,
       CASE WHEN p.partition_method LIKE 'RANGE%' THEN concat('VALUES LESS THAN ', if(p.partition_description = 'MAXVALUE', p.partition_description, concat('(', p.partition_description, ')')))
            WHEN p.partition_method LIKE 'LIST%' THEN concat('VALUES IN (', p.partition_description, ')') ELSE '' END, NULL
FROM (SELECT * FROM information_schema.partitions ORDER BY partition_ordinal_position) p
WHERE p.table_schema = coalesce(:namespace, database()) AND p.partition_name IS NOT NULL

-- kind: column
-- A JSON column is a LONGTEXT with the check json_valid(column).
SELECT c.table_name AS `table`, c.column_name AS name,
       if(j.constraint_name IS NULL, c.column_type, 'json') AS type,
       c.is_nullable = 'NO' AS required,
       replace(if(c.extra LIKE '%GENERATED%', c.generation_expression, concat(if(c.extra LIKE '%on update%', coalesce(c.column_default, 'NULL'), c.column_default), if(c.extra LIKE '%on update%', concat(' ', regexp_substr(c.extra, 'on update [a-z_]+(\\([0-9]*\\))?')), ''))), concat('`', c.table_schema, '`.'), '') AS `default`,
       if(c.collation_name <> t.table_collation AND j.constraint_name IS NULL, c.collation_name, '') AS collation,
       CASE WHEN c.extra LIKE 'STORED%' THEN 'stored' WHEN c.extra LIKE 'VIRTUAL%' THEN 'virtual' ELSE '' END AS `generated`,
       if(c.extra LIKE '%auto_increment%', 'auto', '') AS identity,
       c.column_comment AS comment
FROM information_schema.columns c
JOIN (SELECT table_name, table_collation FROM information_schema.tables
      WHERE table_schema = coalesce(:namespace, database()) AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') LIMIT 18446744073709551615) t ON t.table_name = c.table_name
LEFT JOIN (SELECT table_name, constraint_name FROM information_schema.check_constraints
           WHERE constraint_schema = coalesce(:namespace, database()) AND check_clause = concat('json_valid(`', constraint_name, '`)')
           LIMIT 18446744073709551615) j ON j.table_name = c.table_name AND j.constraint_name = c.column_name AND c.data_type = 'longtext'
WHERE c.table_schema = coalesce(:namespace, database())
ORDER BY c.table_name, c.ordinal_position

-- kind: key
-- MariaDB does not distinguish unique indexes and constraints: one with more properties than columns is read as an index.
SELECT s.table_name AS `table`, if(s.index_name = 'PRIMARY', '', s.index_name) AS name, if(s.index_name = 'PRIMARY', 'primary', 'unique') AS kind,
       json_arrayagg(s.column_name ORDER BY s.seq_in_index) AS columns
FROM information_schema.statistics s
WHERE s.table_schema = coalesce(:namespace, database()) AND s.non_unique = 0
GROUP BY s.table_name, s.index_name
HAVING s.index_name = 'PRIMARY' OR (max(s.sub_part IS NOT NULL) = 0 AND max(s.collation = 'D') = 0 AND max(s.index_type <> 'BTREE') = 0)

-- kind: check
SELECT k.table_name AS `table`, k.constraint_name AS name, k.check_clause AS `condition`
FROM information_schema.check_constraints k
LEFT JOIN (SELECT table_name, column_name FROM information_schema.columns
           WHERE table_schema = coalesce(:namespace, database()) AND data_type = 'longtext' LIMIT 18446744073709551615) c
  ON c.table_name = k.table_name AND c.column_name = k.constraint_name
WHERE k.constraint_schema = coalesce(:namespace, database())
  AND (c.column_name IS NULL OR k.check_clause <> concat('json_valid(`', k.constraint_name, '`)'))
ORDER BY k.table_name, k.constraint_name

-- kind: foreign_key
-- NO ACTION and RESTRICT are the same on MariaDB.
SELECT r.table_name AS `table`, r.constraint_name AS name,
       k.columns,
       r.referenced_table_name AS target,
       k.target_columns,
       replace(replace(lower(r.delete_rule), 'no action', 'restrict'), ' ', '-') AS on_delete,
       replace(replace(lower(r.update_rule), 'restrict', 'no action'), ' ', '-') AS on_update
FROM information_schema.referential_constraints r
JOIN (SELECT table_name, constraint_name, json_arrayagg(column_name ORDER BY ordinal_position) AS columns,
             json_arrayagg(referenced_column_name ORDER BY ordinal_position) AS target_columns
      FROM information_schema.key_column_usage WHERE table_schema = coalesce(:namespace, database()) AND referenced_table_name IS NOT NULL
      GROUP BY table_name, constraint_name) k ON k.table_name = r.table_name AND k.constraint_name = r.constraint_name
WHERE r.constraint_schema = coalesce(:namespace, database()) AND r.unique_constraint_schema = r.constraint_schema
ORDER BY r.table_name, r.constraint_name

-- kind: index
SELECT s.table_name AS `table`, s.index_name AS name,
       json_arrayagg(json_object('column', s.column_name, 'length', if(s.index_type = 'SPATIAL', NULL, s.sub_part), 'descending', coalesce(s.collation, '') = 'D') ORDER BY s.seq_in_index) AS `keys`,
       s.non_unique = 0 AS `unique`,
       lower(nullif(s.index_type, 'BTREE')) AS method
FROM information_schema.statistics s
WHERE s.table_schema = coalesce(:namespace, database()) AND s.index_name <> 'PRIMARY'
GROUP BY s.table_name, s.index_name, s.non_unique, s.index_type
HAVING s.non_unique = 1 OR max(s.sub_part IS NOT NULL) = 1 OR max(s.collation = 'D') = 1 OR max(s.index_type <> 'BTREE') = 1

-- kind: view
SELECT v.table_name AS name,
       concat('AS ', replace(v.view_definition, concat('`', v.table_schema, '`.'), ''), if(v.check_option = 'NONE', '', concat(' WITH ', v.check_option, ' CHECK OPTION'))) AS definition,
       concat_ws(' ', if(v.algorithm = 'UNDEFINED', NULL, concat('ALGORITHM=', v.algorithm)), if(v.security_type = 'INVOKER', 'SQL SECURITY INVOKER', NULL)) AS options
FROM information_schema.views v WHERE v.table_schema = coalesce(:namespace, database()) ORDER BY v.table_name

-- kind: grant
SELECT `on`, role, json_arrayagg(privilege ORDER BY privilege) AS privileges, columns, grantable
FROM (
  SELECT p.table_name AS `on`, replace(substring_index(p.grantee, '@', 1), '''', '') AS role, lower(p.privilege_type) AS privilege, json_array() AS columns, p.is_grantable = 'YES' AS grantable
  FROM information_schema.table_privileges p WHERE p.table_schema = coalesce(:namespace, database())
  UNION ALL
  SELECT p.table_name, replace(substring_index(p.grantee, '@', 1), '''', ''), lower(p.privilege_type), json_arrayagg(p.column_name ORDER BY p.column_name), p.is_grantable = 'YES'
  FROM information_schema.column_privileges p WHERE p.table_schema = coalesce(:namespace, database()) GROUP BY 1, 2, 3, p.is_grantable
) one
GROUP BY `on`, role, columns, grantable ORDER BY `on`, role, columns

-- kind: routine
SELECT r.routine_name AS name,
       concat('CREATE ', r.routine_type, ' ', r.routine_name, '(',
              coalesce((SELECT group_concat(concat_ws(' ', if(r.routine_type = 'PROCEDURE', a.parameter_mode, NULL), a.parameter_name, a.dtd_identifier) ORDER BY a.ordinal_position SEPARATOR ', ')
                        FROM information_schema.parameters a WHERE a.specific_schema = r.routine_schema AND a.specific_name = r.specific_name AND a.ordinal_position > 0), ''), ')',
              if(r.dtd_identifier IS NULL OR r.routine_type = 'PROCEDURE', '', concat(' RETURNS ', r.dtd_identifier)),
              if(r.is_deterministic = 'YES', ' DETERMINISTIC', ''), ' ', r.sql_data_access, if(r.security_type = 'INVOKER', ' SQL SECURITY INVOKER', ''), if(r.routine_comment = '', '', concat(' COMMENT ', quote(r.routine_comment))), ' ', r.routine_definition) AS definition,
       lower(r.routine_type) AS kind
FROM information_schema.routines r WHERE r.routine_schema = coalesce(:namespace, database()) AND r.routine_type IN ('FUNCTION', 'PROCEDURE')
ORDER BY r.routine_name

-- kind: trigger
SELECT t.trigger_name AS name, t.event_object_table AS `on`,
       concat('CREATE TRIGGER ', t.trigger_name, ' ', t.action_timing, ' ', t.event_manipulation, ' ON ', t.event_object_table, ' FOR EACH ROW ', t.action_statement) AS definition
FROM information_schema.triggers t WHERE t.trigger_schema = coalesce(:namespace, database())
ORDER BY t.event_object_table, t.action_timing, t.event_manipulation, t.action_order

