-- What the schema of one database does not contain: the kind is the title of a section, with the name and the reason.

-- kind: foreign key
SELECT concat(r.constraint_name, ' on ', r.table_name) AS name, concat('its target ', r.unique_constraint_schema, '.', r.referenced_table_name, ' is in another database') AS reason
FROM information_schema.referential_constraints r
WHERE r.constraint_schema = coalesce(:namespace, database()) AND r.unique_constraint_schema <> r.constraint_schema
ORDER BY 1

-- kind: event
SELECT e.event_name AS name, 'events are not read' AS reason
FROM information_schema.events e WHERE e.event_schema = coalesce(:namespace, database()) ORDER BY e.event_name

-- kind: package
SELECT concat(lower(r.routine_type), ' ', r.routine_name) AS name, 'packages are not read' AS reason
FROM information_schema.routines r WHERE r.routine_schema = coalesce(:namespace, database()) AND r.routine_type NOT IN ('FUNCTION', 'PROCEDURE') ORDER BY 1

-- kind: definer
-- Only of objects of another login: those of the connection's login get the same definer again.
SELECT one.definer AS name, concat(count(*), if(count(*) = 1, ' object has', ' objects have'), ' this login as DEFINER: the login that creates them takes its place') AS reason
FROM (SELECT definer FROM information_schema.views WHERE table_schema = coalesce(:namespace, database())
      UNION ALL SELECT definer FROM information_schema.triggers WHERE trigger_schema = coalesce(:namespace, database())
      UNION ALL SELECT definer FROM information_schema.routines WHERE routine_schema = coalesce(:namespace, database()) AND routine_type IN ('FUNCTION', 'PROCEDURE')) one
WHERE BINARY one.definer <> BINARY current_user()
GROUP BY one.definer ORDER BY 1

-- kind: sql mode
SELECT one.name, 'it runs in another sql_mode than a new connection has' AS reason
FROM (SELECT concat('trigger ', trigger_name) AS name, sql_mode FROM information_schema.triggers WHERE trigger_schema = coalesce(:namespace, database())
      UNION ALL SELECT concat('routine ', routine_name), sql_mode FROM information_schema.routines WHERE routine_schema = coalesce(:namespace, database()) AND routine_type IN ('FUNCTION', 'PROCEDURE')) one
WHERE BINARY one.sql_mode <> BINARY @@sql_mode
ORDER BY 1

-- kind: reference system
SELECT concat_ws('.', g.f_table_name, nullif(g.f_geometry_column, '')) AS name, concat('REF_SYSTEM_ID=', g.srid, ' is not read') AS reason
FROM information_schema.geometry_columns g WHERE g.f_table_schema = coalesce(:namespace, database()) AND g.srid <> 0 ORDER BY 1

-- kind: privileges of the database
-- Only a superuser sees the privileges of others; those of a scratch server's own logins are left out.
SELECT replace(substring_index(p.grantee, '@', 1), '''', '') AS name, concat('it may ', group_concat(lower(p.privilege_type) ORDER BY p.privilege_type SEPARATOR ', '), ' in the whole database') AS reason
FROM information_schema.schema_privileges p
WHERE p.table_schema = coalesce(:namespace, database()) AND p.grantee NOT LIKE concat('''', replace(coalesce(:namespace, database()), '_', '\\_'), '\\_%')
  AND p.grantee NOT LIKE concat('''', substring_index(current_user(), '@', 1), '''@%')
GROUP BY p.grantee ORDER BY 1
