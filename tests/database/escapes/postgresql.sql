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
-- functions that do more than read, behind everything that calls functions without naming them
CREATE FUNCTION harm(integer) RETURNS integer LANGUAGE plpgsql STABLE
  AS $$ BEGIN EXECUTE 'SELECT set_config(''work_mem'', ''99MB'', false)'; RETURN $1; END $$;
CREATE FUNCTION harm_check(integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT public.harm($1) IS NOT NULL';
CREATE FUNCTION harm_compare(integer, integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT public.harm($1) = $2';
CREATE FUNCTION harm_of_a_row(account) RETURNS integer LANGUAGE sql STABLE AS 'SELECT public.harm(1)';
CREATE FUNCTION harm_by_default(n integer DEFAULT public.harm(1)) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION harm_parsed(integer) RETURNS integer LANGUAGE sql STABLE BEGIN ATOMIC SELECT public.harm($1); END;
CREATE FUNCTION "HÄRM"(integer) RETURNS integer LANGUAGE sql STABLE AS 'SELECT public.harm($1)';
CREATE FUNCTION harm_with_a_name_that_is_as_long_as_a_name_can_be_in_this_serv(integer) RETURNS integer
  LANGUAGE sql STABLE AS 'SELECT public.harm($1)';
CREATE FUNCTION harm_in_a_default() RETURNS integer LANGUAGE plpgsql STABLE
  AS $$ DECLARE n integer := public.harm(1); BEGIN RETURN n; END $$;
CREATE FUNCTION harm_in_a_loop() RETURNS integer LANGUAGE plpgsql STABLE
  AS $$ DECLARE r record; BEGIN FOR r IN SELECT public.harm(1) AS n LOOP RETURN r.n; END LOOP; RETURN 0; END $$;
CREATE FUNCTION harm_in_a_subscript() RETURNS integer LANGUAGE plpgsql STABLE
  AS $$ DECLARE n integer[]; BEGIN n[public.harm(1)] := 2; RETURN 1; END $$;
CREATE FUNCTION harm_by_a_setting() RETURNS integer LANGUAGE sql STABLE SET default_transaction_read_only = off
  AS 'SELECT 1';
CREATE OPERATOR === (LEFTARG = integer, RIGHTARG = integer, FUNCTION = harm_compare);
CREATE DOMAIN harm_number AS integer CHECK (harm_check(VALUE));
CREATE TYPE harm_row AS (n harm_number);
CREATE VIEW harm_in_a_domain AS SELECT '1'::harm_number AS n WHERE false;
CREATE VIEW harm_by_an_operator AS SELECT id === 1 AS n FROM account;
CREATE VIEW harm_of_the_server AS SELECT lo_export(70001, '/tmp/dba_escape_view') AS n;
CREATE VIEW harm_deeper AS SELECT n FROM harm_of_the_server;
CREATE TABLE harm_columns (n harm_number);
CREATE TABLE harm_arrays (n harm_number[]);
CREATE TABLE harm_parts (id integer, n integer) PARTITION BY RANGE (id);
CREATE TABLE harm_part PARTITION OF harm_parts FOR VALUES FROM (1) TO (10);
ALTER TABLE harm_part ADD CHECK (harm_check(n));
CREATE TABLE harm_statistics (a integer, b integer);
CREATE STATISTICS harm_statistic ON (harm_check(a)), b FROM harm_statistics;
CREATE TABLE harm_indexed (a integer);
CREATE INDEX ON harm_indexed (harm_check(a));
CREATE TABLE harm_indexed_partly (a integer);
CREATE INDEX ON harm_indexed_partly (a) WHERE harm_check(a);
CREATE TABLE harm_policies (a integer);
ALTER TABLE harm_policies ENABLE ROW LEVEL SECURITY;
CREATE POLICY harm_policy ON harm_policies USING (harm_check(a));
CREATE TABLE harm_generated (a integer, b boolean GENERATED ALWAYS AS (harm_check(a)) STORED);
CREATE TYPE sorted AS (n integer);
CREATE FUNCTION harm_less(sorted, sorted) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT public.harm(1) = 1';
CREATE FUNCTION harm_order(sorted, sorted) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT public.harm(1)';
CREATE OPERATOR <<< (LEFTARG = sorted, RIGHTARG = sorted, FUNCTION = harm_less);
CREATE OPERATOR CLASS harm_class DEFAULT FOR TYPE sorted USING btree AS OPERATOR 1 <<<, FUNCTION 1 harm_order(sorted, sorted);
CREATE TABLE harm_sorted (a sorted);
INSERT INTO harm_sorted VALUES ('(1)'), ('(2)');
CREATE TYPE carried AS (n integer);
CREATE FUNCTION harm_cast(carried) RETURNS json LANGUAGE sql STABLE AS 'SELECT to_json(public.harm(1))';
CREATE CAST (carried AS json) WITH FUNCTION harm_cast(carried);
CREATE TABLE harm_carried (a carried);
INSERT INTO harm_carried VALUES ('(1)');
-- what looks like them and only reads
CREATE FUNCTION updated_at() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.booked_at = now(); RETURN NEW; END $$;
CREATE SCHEMA helpers;
CREATE FUNCTION helpers.may_see(integer) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = '' AS 'SELECT EXISTS (SELECT FROM public.account WHERE id = $1)';
CREATE FUNCTION helpers.current_owner() RETURNS text LANGUAGE sql STABLE
  AS $$ SELECT coalesce(nullif(current_setting('app.owner', true), ''), 'owner 1') $$;
CREATE FUNCTION helpers.highest(integer) RETURNS numeric LANGUAGE plpgsql STABLE
  AS $$ DECLARE n numeric; BEGIN SELECT max(amount) INTO n FROM public.entry WHERE account_id = $1;
  IF n > 90 THEN RETURN 90; END IF; RETURN coalesce(n, 0); END $$;
CREATE FUNCTION helpers.filled() RETURNS integer[] LANGUAGE plpgsql STABLE
  AS $$ DECLARE n integer[]; BEGIN n[abs(-1)] := 2; n[2] = n[1] + 1; RETURN n; END $$;
CREATE TABLE seen (id integer, owner text, updated_at timestamptz, harm_of_a_row integer);
INSERT INTO seen VALUES (1, 'owner 1', now(), 2);
ALTER TABLE seen ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_owner ON seen USING (owner = helpers.current_owner() AND helpers.may_see(id));
CREATE EXTENSION IF NOT EXISTS citext;
CREATE EXTENSION IF NOT EXISTS hstore;
CREATE EXTENSION IF NOT EXISTS ltree;
CREATE TABLE words (word citext, facts hstore, path ltree);
INSERT INTO words VALUES ('Word', 'a=>1', 'top.sub');
GRANT USAGE ON SCHEMA helpers TO reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO reader;
