-- What the attempts on PostgreSQL aim at. Run by a superuser; the role that reads is granted SELECT, and nothing more.
CREATE TABLE account (id integer PRIMARY KEY, owner text NOT NULL, balance numeric(12, 2) NOT NULL);
INSERT INTO account SELECT n, 'owner ' || n, n * 10 FROM generate_series(1, 50) n;
CREATE TABLE entry (
  id integer PRIMARY KEY, account_id integer NOT NULL REFERENCES account (id), amount numeric(12, 2) NOT NULL,
  kind text NOT NULL, "update" text, "delete" boolean DEFAULT false, tags text[] NOT NULL DEFAULT '{}',
  details jsonb NOT NULL DEFAULT '{}', booked_at timestamptz NOT NULL
);
INSERT INTO entry SELECT n, 1 + n % 50, n % 97, (ARRAY['in', 'out', 'fee'])[1 + n % 3], 'note; drop table ' || n, n % 7 = 0,
  ARRAY['a', 'b' || n % 5], jsonb_build_object('n', n, 'deep', jsonb_build_object('k', n % 4)),
  timestamptz '2024-01-01 00:00+00' + n * interval '7 hours' FROM generate_series(1, 400) n;
CREATE INDEX entry_account ON entry (account_id);
CREATE TABLE audit (note text);
CREATE SEQUENCE ticket;
CREATE MATERIALIZED VIEW totals AS SELECT account_id, sum(amount) AS total FROM entry GROUP BY account_id;
CREATE VIEW balances AS SELECT a.owner, t.total FROM account a JOIN totals t ON t.account_id = a.id;
CREATE FUNCTION doubled(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
CREATE FUNCTION entries_of(integer) RETURNS bigint LANGUAGE sql STABLE
  AS 'SELECT count(*) FROM entry WHERE account_id = $1';
CREATE FUNCTION write_audit() RETURNS integer LANGUAGE sql VOLATILE
  AS 'INSERT INTO audit VALUES (''escaped'') RETURNING 1';
CREATE FUNCTION write_as_owner() RETURNS integer LANGUAGE sql VOLATILE SECURITY DEFINER
  AS 'INSERT INTO audit VALUES (''escaped'') RETURNING 1';
CREATE FUNCTION stable_definer() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
  AS 'SELECT pg_read_file(''PG_VERSION'')';
CREATE FUNCTION says_it_is_stable() RETURNS text LANGUAGE sql STABLE
  AS 'SELECT set_config(''work_mem'', ''99MB'', false)';
CREATE FUNCTION stable_notifier() RETURNS integer LANGUAGE plpgsql STABLE
  AS $$ BEGIN PERFORM pg_notify('dba_escape', 'x'); RETURN 1; END $$;
CREATE FUNCTION stable_assembler(text) RETURNS integer LANGUAGE plpgsql STABLE
  AS $$ BEGIN EXECUTE $1; RETURN 1; END $$;
CREATE FUNCTION lifts_the_wall() RETURNS integer LANGUAGE plpgsql
  AS $$ BEGIN PERFORM set_config('transaction_read_only', 'off', false); INSERT INTO audit VALUES ('escaped'); RETURN 1;
  END $$;
CREATE FUNCTION lifts_the_limit() RETURNS integer LANGUAGE plpgsql
  AS $$ BEGIN PERFORM set_config('statement_timeout', '0', false); PERFORM pg_sleep(0.01); RETURN 1; END $$;
CREATE FUNCTION as_a_column(account) RETURNS integer LANGUAGE sql VOLATILE
  AS 'INSERT INTO audit VALUES (''escaped'') RETURNING 1';
CREATE PROCEDURE write_and_commit() LANGUAGE plpgsql
  AS $$ BEGIN INSERT INTO audit VALUES ('escaped'); COMMIT; END $$;
CREATE VIEW writes_when_read AS SELECT write_audit() AS n;
CREATE VIEW writes_deeper AS SELECT n FROM writes_when_read;
CREATE VIEW locks_when_read AS SELECT pg_advisory_lock(4711)::text AS n;
CREATE FUNCTION add_and_note(integer, integer) RETURNS integer LANGUAGE sql VOLATILE
  AS 'INSERT INTO audit VALUES (''escaped''); SELECT $1 + $2';
CREATE OPERATOR %|+ (FUNCTION = add_and_note, LEFTARG = integer, RIGHTARG = integer);
CREATE AGGREGATE noted (integer) (SFUNC = add_and_note, STYPE = integer, INITCOND = '0');
CREATE FUNCTION check_and_note(text) RETURNS boolean LANGUAGE sql VOLATILE
  AS 'INSERT INTO audit VALUES (''escaped''); SELECT true';
CREATE DOMAIN noted_text AS text CHECK (check_and_note(VALUE));
CREATE TYPE box_of AS (n integer);
CREATE FUNCTION unpack_and_note(box_of) RETURNS integer LANGUAGE sql VOLATILE
  AS 'INSERT INTO audit VALUES (''escaped'') RETURNING 1';
CREATE CAST (box_of AS integer) WITH FUNCTION unpack_and_note(box_of);
CREATE TABLE guarded (id integer);
INSERT INTO guarded VALUES (1);
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY notes ON guarded USING (write_audit() = 1);
SELECT lo_create(70001);
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS dblink;
CREATE EXTENSION IF NOT EXISTS tablefunc;
CREATE EXTENSION IF NOT EXISTS file_fdw;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE programme (line text) SERVER files OPTIONS (program 'echo escaped > /tmp/dba_escape_program');
CREATE TABLE parts (line text);
CREATE FOREIGN TABLE parts_foreign () INHERITS (parts) SERVER files
  OPTIONS (program 'echo escaped > /tmp/dba_escape_child');
GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO reader;
