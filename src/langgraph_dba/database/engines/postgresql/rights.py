"""The privileges of a PostgreSQL login beyond reading, and the SQL that creates a read-only login."""

# MEMBER, not USAGE: a role may SET ROLE to each role that it is a member of, even without inheriting its privileges.
RIGHTS = """
WITH mine AS (
  SELECT r.* FROM pg_catalog.pg_roles r WHERE pg_catalog.pg_has_role(current_user, r.oid, 'MEMBER')
), owned AS (
  SELECT c.relname AS name FROM pg_catalog.pg_class c
  WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND c.relpersistence <> 't'
    AND c.relowner IN (SELECT oid FROM mine)
  ORDER BY 1
), tables AS (
  SELECT c.oid, c.relname AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
), written AS (
  SELECT name FROM tables
  WHERE pg_catalog.has_table_privilege(oid, 'DELETE, TRUNCATE, TRIGGER')
     OR pg_catalog.has_any_column_privilege(oid, 'INSERT, UPDATE, REFERENCES')
  ORDER BY 1
)
SELECT 'is a superuser' WHERE (SELECT bool_or(rolsuper) FROM mine)
UNION ALL SELECT 'may create roles (CREATEROLE)' WHERE (SELECT bool_or(rolcreaterole) FROM mine)
UNION ALL SELECT 'may create databases (CREATEDB)' WHERE (SELECT bool_or(rolcreatedb) FROM mine)
UNION ALL SELECT 'may replicate (REPLICATION)' WHERE (SELECT bool_or(rolreplication) FROM mine)
UNION ALL SELECT 'ignores row-level security (BYPASSRLS)' WHERE (SELECT bool_or(rolbypassrls) FROM mine)
UNION ALL SELECT 'is a member of ' || string_agg(rolname, ', ' ORDER BY rolname) FROM mine
  WHERE rolname IN ('pg_write_all_data', 'pg_execute_server_program', 'pg_write_server_files', 'pg_read_server_files',
                    'pg_signal_backend', 'pg_checkpoint', 'pg_maintain', 'pg_create_subscription', 'pg_database_owner',
                    'pg_signal_autovacuum_worker')
  HAVING count(*) > 0
UNION ALL SELECT 'owns ' || count(*) || ' tables, views or sequences, such as ' || (array_agg(name))[1] FROM owned
  HAVING count(*) > 0
UNION ALL SELECT 'owns ' || count(*) || ' functions with SECURITY DEFINER, such as ' || min(proname)
  FROM pg_catalog.pg_proc WHERE prosecdef AND proowner IN (SELECT oid FROM mine) AND oid >= 16384
  HAVING count(*) > 0
UNION ALL SELECT 'owns the database ' || datname FROM pg_catalog.pg_database
  WHERE datname = current_database() AND datdba IN (SELECT oid FROM mine)
UNION ALL SELECT 'may write to ' || count(*) || ' tables, such as ' || (array_agg(name))[1] FROM written
  HAVING count(*) > 0
UNION ALL SELECT 'may advance ' || count(*) || ' sequences, such as ' || min(c.relname) FROM pg_catalog.pg_class c
  WHERE CASE WHEN c.oid >= 16384 AND c.relkind = 'S'
             THEN pg_catalog.has_sequence_privilege(c.oid, 'USAGE, UPDATE') END
  HAVING count(*) > 0
UNION ALL SELECT 'may create in the schema ' || string_agg(nspname, ', ' ORDER BY nspname)
  FROM pg_catalog.pg_namespace
  WHERE nspname !~ '^pg_(toast|temp)' AND pg_catalog.has_schema_privilege(oid, 'CREATE')
  HAVING count(*) > 0
UNION ALL SELECT 'may create schemas in the database'
  WHERE pg_catalog.has_database_privilege(current_database(), 'CREATE')
"""
# from version 15 on
SETTINGS = """
SELECT 'may change ' || count(*) || ' settings of the server (ALTER SYSTEM), such as ' || min(parname)
FROM pg_catalog.pg_parameter_acl WHERE pg_catalog.has_parameter_privilege(parname, 'ALTER SYSTEM')
HAVING count(*) > 0
"""

# For an administrator to run; this project never runs it.
REMEDY = """
CREATE ROLE dba_reader LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION CONNECTION LIMIT 4;
\\password dba_reader
ALTER ROLE dba_reader SET default_transaction_read_only = on;
GRANT CONNECT ON DATABASE {database} TO dba_reader;
GRANT pg_read_all_data TO dba_reader;  -- from version 14 on; or USAGE on each schema and SELECT on its tables
REVOKE CREATE ON SCHEMA public FROM PUBLIC;  -- the default granted it before version 15
""".strip()
