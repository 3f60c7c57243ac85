-- The condition of one database, one section per kind of record; columns are named like the fields of the record.

-- kind: key
-- Columns with AUTO_INCREMENT; the counter is never behind the highest value of the column.
-- The maximum is UNSIGNED before it is doubled: a signed bigint would overflow.
SELECT concat('`', t.table_name, '`') AS `table`, concat('`', c.column_name, '`') AS `column`, c.column_type AS type, t.auto_increment AS next_value, 'AUTO_INCREMENT' AS sequence,
       concat('ALTER TABLE `', t.table_name, '` MODIFY `', c.column_name, '` bigint unsigned NOT NULL AUTO_INCREMENT') AS widen,
       CAST(CASE c.data_type WHEN 'tinyint' THEN 127 WHEN 'smallint' THEN 32767 WHEN 'mediumint' THEN 8388607 WHEN 'int' THEN 2147483647 ELSE 9223372036854775807 END AS UNSIGNED)
       * if(c.column_type LIKE '%unsigned%', 2, 1) + if(c.column_type LIKE '%unsigned%', 1, 0) AS maximum
FROM information_schema.tables t
JOIN (SELECT table_name, column_name, column_type, data_type FROM information_schema.columns
      WHERE table_schema = database() AND extra LIKE '%auto_increment%' LIMIT 18446744073709551615) c ON c.table_name = t.table_name
WHERE t.table_schema = database() AND t.auto_increment IS NOT NULL AND c.data_type IN ('tinyint', 'smallint', 'mediumint', 'int', 'bigint')
ORDER BY t.table_name

-- kind: replica_identity
-- A replica that applies changed rows reads the whole table for each if no key identifies them.
SELECT concat('`', t.table_name, '`') AS `table`, 'no key' AS identity, @@log_bin = 1 AS published
FROM information_schema.tables t
LEFT JOIN (SELECT table_name FROM information_schema.table_constraints WHERE table_schema = database() AND constraint_type IN ('PRIMARY KEY', 'UNIQUE') GROUP BY table_name) k
  ON k.table_name = t.table_name
WHERE t.table_schema = database() AND t.table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') AND k.table_name IS NULL
ORDER BY t.table_name

-- kind: storage
-- Without tables that are meant to be temporary or remote (MEMORY, CSV, BLACKHOLE, FEDERATED).
SELECT concat('`', t.table_name, '`') AS `table`, t.engine AS storage
FROM information_schema.tables t
WHERE t.table_schema = database() AND t.table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') AND t.engine IN ('MyISAM', 'MRG_MyISAM', 'Aria')
ORDER BY t.table_name

-- kind: statistics
-- The server gathers statistics of an InnoDB table when a tenth of it has changed. Those that are not persistent are
-- gathered whenever the table is opened.
SELECT concat('`', t.table_name, '`') AS `table`, concat('ANALYZE TABLE `', t.table_name, '`') AS gather, t.data_length AS size_bytes
FROM information_schema.tables t
LEFT JOIN (SELECT table_name FROM mysql.innodb_table_stats WHERE database_name = database()) s ON s.table_name = t.table_name
WHERE t.table_schema = database() AND t.table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') AND t.engine = 'InnoDB' AND t.data_length >= 65536 AND s.table_name IS NULL
  AND t.create_options NOT LIKE '%partitioned%' AND if(@@innodb_stats_persistent, t.create_options NOT LIKE '%stats_persistent=0%', t.create_options LIKE '%stats_persistent=1%')
ORDER BY t.table_name
