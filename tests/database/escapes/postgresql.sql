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
-- harm behind what an aggregate, a range, a sort, an inheritance tree or a body of PL/pgSQL calls
CREATE FUNCTION harm_step(integer, integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT public.harm($2)';
CREATE AGGREGATE harm_total (integer) (SFUNC = harm_step, STYPE = integer, INITCOND = '0');
CREATE AGGREGATE harm_final (integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0', FINALFUNC = harm);
CREATE AGGREGATE harm_moving (integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0', MSFUNC = harm_step,
  MINVFUNC = harm_step, MSTYPE = integer, MINITCOND = '0');
CREATE AGGREGATE harm_ordered (ORDER BY integer) (SFUNC = harm_step, STYPE = integer, INITCOND = '0');
CREATE FUNCTION harm_many(VARIADIC integer[]) RETURNS integer LANGUAGE sql STABLE AS 'SELECT public.harm($1[1])';
CREATE FUNCTION harm_any(anyelement) RETURNS anyelement LANGUAGE sql STABLE AS 'SELECT $1 FROM (SELECT public.harm(1)) h';
CREATE FUNCTION harm_set() RETURNS SETOF integer LANGUAGE plpgsql STABLE
  AS $$ BEGIN RETURN QUERY SELECT public.harm(1); END $$;
CREATE FUNCTION harm_next() RETURNS SETOF integer LANGUAGE plpgsql STABLE
  AS $$ BEGIN RETURN NEXT public.harm(1); END $$;
CREATE FUNCTION harm_performed() RETURNS integer LANGUAGE plpgsql STABLE
  AS $$ BEGIN PERFORM public.harm(1); RETURN 1; END $$;
CREATE FUNCTION harm_while() RETURNS integer LANGUAGE plpgsql STABLE
  AS $$ BEGIN WHILE public.harm(1) > 1 LOOP NULL; END LOOP; RETURN 1; END $$;
CREATE FUNCTION harm_exit() RETURNS integer LANGUAGE plpgsql STABLE
  AS $$ BEGIN LOOP EXIT WHEN public.harm(1) = 1; END LOOP; RETURN 1; END $$;
CREATE FUNCTION harm_each() RETURNS integer LANGUAGE plpgsql STABLE
  AS $$ DECLARE n integer; BEGIN FOREACH n IN ARRAY ARRAY[public.harm(1)] LOOP NULL; END LOOP; RETURN 1; END $$;
CREATE FUNCTION harm_counted() RETURNS integer LANGUAGE plpgsql STABLE
  AS $$ BEGIN FOR n IN 1 .. public.harm(1) LOOP NULL; END LOOP; RETURN 1; END $$;
CREATE FUNCTION harm_asserted() RETURNS integer LANGUAGE plpgsql STABLE
  AS $$ BEGIN ASSERT public.harm(1) = 1; RETURN 1; END $$;
CREATE FUNCTION harm_raised() RETURNS integer LANGUAGE plpgsql STABLE
  AS $$ BEGIN RAISE DEBUG 'x %', public.harm(1); RETURN 1; END $$;
CREATE FUNCTION harm_raised_using() RETURNS integer LANGUAGE plpgsql STABLE
  AS $$ BEGIN RAISE DEBUG USING MESSAGE = public.harm(1)::text; RETURN 1; END $$;
CREATE FUNCTION harm_caught() RETURNS integer LANGUAGE plpgsql STABLE
  AS $$ BEGIN RETURN 1 / 0; EXCEPTION WHEN division_by_zero THEN RETURN public.harm(1); END $$;
CREATE FUNCTION harm_cursor() RETURNS integer LANGUAGE plpgsql STABLE
  AS $$ DECLARE c CURSOR FOR SELECT public.harm(1) AS n; r record; BEGIN OPEN c; FETCH c INTO r; RETURN r.n; END $$;
CREATE FUNCTION harm_opened() RETURNS integer LANGUAGE plpgsql STABLE
  AS $$ DECLARE c refcursor; n integer; BEGIN OPEN c FOR SELECT public.harm(1); FETCH c INTO n; RETURN n; END $$;
CREATE FUNCTION harm_case() RETURNS integer LANGUAGE plpgsql STABLE
  AS $$ BEGIN CASE public.harm(1) WHEN 1 THEN RETURN 1; ELSE RETURN 2; END CASE; END $$;
CREATE FUNCTION harm_if() RETURNS integer LANGUAGE plpgsql STABLE
  AS $$ BEGIN IF false THEN NULL; ELSIF public.harm(1) = 1 THEN RETURN 1; END IF; RETURN 2; END $$;
CREATE FUNCTION harm_of_a_record() RETURNS integer LANGUAGE plpgsql STABLE
  AS $$ DECLARE r public.account; BEGIN r.id := public.harm(1); RETURN r.id; END $$;
CREATE FUNCTION harm_of_a_typed_variable() RETURNS integer LANGUAGE plpgsql STABLE
  AS $$ DECLARE n public.harm_number := 1; BEGIN RETURN n; END $$;
CREATE FUNCTION harm_of_a_result() RETURNS harm_number LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN 1; END $$;
CREATE FUNCTION harm_of_an_out(OUT n harm_number) LANGUAGE plpgsql STABLE AS $$ BEGIN n := 1; END $$;
CREATE FUNCTION harm_of_a_table() RETURNS TABLE (n harm_number) LANGUAGE sql STABLE AS 'SELECT 1';
CREATE FUNCTION harm_executed() RETURNS integer LANGUAGE plpgsql STABLE
  AS $$ DECLARE n integer; BEGIN EXECUTE 'SELECT public.harm($1)' INTO n USING 1; RETURN n; END $$;
CREATE FUNCTION harm_nested() RETURNS integer LANGUAGE sql STABLE AS 'SELECT public.harm_performed()';
CREATE FUNCTION harm_in_a_cte() RETURNS integer LANGUAGE sql STABLE
  AS 'WITH x AS MATERIALIZED (SELECT public.harm(1) AS n) SELECT n FROM x';
CREATE FUNCTION harm_by_a_path() RETURNS integer LANGUAGE sql STABLE SET search_path = public AS 'SELECT harm(1)';
CREATE FUNCTION harm_first_of_two() RETURNS integer LANGUAGE sql STABLE AS 'SELECT public.harm(1); SELECT 1';
CREATE FUNCTION overloaded(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION overloaded(numeric) RETURNS integer LANGUAGE sql STABLE AS 'SELECT public.harm(1)';
CREATE FUNCTION lower(integer, integer) RETURNS text LANGUAGE sql STABLE AS 'SELECT public.harm($1)::text';
CREATE OPERATOR #= (LEFTARG = integer, RIGHTARG = integer, FUNCTION = harm_compare);
CREATE OPERATOR !! (RIGHTARG = integer, FUNCTION = harm);
CREATE DOMAIN harm_list AS integer[] CHECK (harm_check(VALUE[1]));
CREATE DOMAIN harm_deep AS harm_number;
CREATE TYPE harm_nest AS (inside harm_row, many harm_number[]);
CREATE TYPE harm_span AS RANGE (SUBTYPE = sorted, SUBTYPE_OPCLASS = harm_class);
CREATE TABLE harm_parent (id integer);
CREATE TABLE harm_child (n integer) INHERITS (harm_parent);
ALTER TABLE harm_child ADD CHECK (harm_check(id));
CREATE INDEX ON harm_child (harm_check(id));
CREATE TABLE harm_by_key (id integer) PARTITION BY LIST (harm_check(id));
CREATE TABLE harm_by_key_true PARTITION OF harm_by_key FOR VALUES IN (true);
CREATE VIEW harm_of_a_parent AS SELECT id FROM harm_parent WHERE id = 1;
CREATE VIEW harm_as_caller WITH (security_invoker) AS SELECT harm(1) AS n;
CREATE MATERIALIZED VIEW harm_stored AS SELECT 1 AS a;
CREATE INDEX ON harm_stored (harm_check(a));
CREATE TABLE harm_spans (s harm_span);
CREATE FUNCTION harm_to_text(carried) RETURNS text LANGUAGE sql STABLE AS 'SELECT public.harm(1)::text';
CREATE CAST (carried AS text) WITH FUNCTION harm_to_text(carried) AS IMPLICIT;
CREATE TABLE harm_written (id integer, n integer DEFAULT public.harm(1));
CREATE VIEW harm_by_a_rule AS SELECT 1 AS n;
CREATE RULE harm_rule AS ON UPDATE TO harm_by_a_rule DO INSTEAD SELECT public.harm(1);
CREATE TABLE harm_restrictive (a integer);
ALTER TABLE harm_restrictive ENABLE ROW LEVEL SECURITY;
CREATE POLICY open_to_all ON harm_restrictive USING (true);
CREATE POLICY harm_limits ON harm_restrictive AS RESTRICTIVE USING (EXISTS (SELECT FROM harm_policies p WHERE p.a = 1));
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
-- a team application whose policies call STABLE SECURITY DEFINER helpers
CREATE SCHEMA team;
CREATE TABLE team.person (id integer PRIMARY KEY, name text NOT NULL, email text NOT NULL);
CREATE TABLE team.membership (team integer, person integer REFERENCES team.person (id), role text, PRIMARY KEY (team, person));
CREATE TABLE team.project (id integer PRIMARY KEY, team integer NOT NULL, name text NOT NULL, due date, budget numeric(10, 2));
CREATE TABLE team.task (
  id integer PRIMARY KEY, project integer NOT NULL REFERENCES team.project (id), assignee integer, title text NOT NULL,
  is_done boolean NOT NULL DEFAULT false, labels text[] NOT NULL DEFAULT '{}', spent interval, changed_at timestamptz
);
INSERT INTO team.person SELECT n, 'person ' || n, 'p' || n || '@example.org' FROM generate_series(1, 9) n;
INSERT INTO team.membership SELECT 1 + n % 3, n, (ARRAY['owner', 'member'])[1 + n % 2] FROM generate_series(1, 9) n;
INSERT INTO team.project SELECT n, 1 + n % 3, 'project ' || n, date '2024-01-01' + n, n * 100 FROM generate_series(1, 12) n;
INSERT INTO team.task SELECT n, 1 + n % 12, 1 + n % 9, 'task ' || n, n % 4 = 0, ARRAY['l' || n % 3], n * interval '1 hour',
  timestamptz '2024-01-01 00:00+00' + n * interval '1 day' FROM generate_series(1, 60) n;
CREATE FUNCTION team.me() RETURNS integer LANGUAGE sql STABLE
  AS $$ SELECT coalesce(nullif(current_setting('team.person', true), ''), '1')::integer $$;
CREATE FUNCTION team.is_member(wanted integer) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
  AS 'SELECT EXISTS (SELECT FROM team.membership m WHERE m.team = wanted AND m.person = team.me())';
CREATE FUNCTION team.has_role(wanted integer, VARIADIC roles text[]) RETURNS boolean LANGUAGE plpgsql STABLE
  SECURITY DEFINER SET search_path = ''
  AS $$ BEGIN RETURN EXISTS (SELECT FROM team.membership m WHERE m.team = wanted AND m.person = team.me()
  AND m.role = ANY (roles)); END $$;
CREATE FUNCTION team.teams() RETURNS SETOF integer LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
  AS 'SELECT m.team FROM team.membership m WHERE m.person = team.me()';
CREATE FUNCTION team.team_of(wanted integer) RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
  AS 'SELECT p.team FROM team.project p WHERE p.id = wanted';
ALTER TABLE team.person ENABLE ROW LEVEL SECURITY;
ALTER TABLE team.membership ENABLE ROW LEVEL SECURITY;
ALTER TABLE team.project ENABLE ROW LEVEL SECURITY;
ALTER TABLE team.task ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_row ON team.person USING (id = team.me() OR EXISTS (
  SELECT FROM team.membership m WHERE m.person = person.id AND m.team IN (SELECT team.teams())));
CREATE POLICY own_teams ON team.membership USING (team.is_member(team));
CREATE POLICY members_read ON team.project FOR SELECT USING (team.is_member(team));
CREATE POLICY owners_write ON team.project FOR ALL USING (team.has_role(team, 'owner', 'admin'));
CREATE POLICY of_projects ON team.task USING (team.is_member(team.team_of(project)) OR assignee = team.me());
CREATE VIEW team.open_tasks AS
  SELECT t.id, t.title, p.name AS project FROM team.task t JOIN team.project p ON p.id = t.project WHERE NOT t.is_done;
-- a shop whose types and indexes are those of extensions
CREATE EXTENSION IF NOT EXISTS btree_gist;
DO $$ DECLARE one text; BEGIN
  FOR one IN SELECT name FROM pg_available_extensions WHERE name IN ('pgcrypto', 'uuid-ossp') LOOP
    EXECUTE format('CREATE EXTENSION IF NOT EXISTS %I', one);
  END LOOP;
END $$;
CREATE SCHEMA shop;
CREATE TABLE shop.goods (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name citext UNIQUE, facts hstore, section ltree, digest bytea,
  room integer, during tstzrange, EXCLUDE USING gist (room WITH =, during WITH &&)
);
CREATE INDEX ON shop.goods USING gin (name gin_trgm_ops);
CREATE INDEX ON shop.goods USING gist (section);
CREATE INDEX ON shop.goods USING gin (facts);
INSERT INTO shop.goods (name, facts, section, digest, room, during)
  SELECT 'Thing ' || n, hstore('colour', (ARRAY['red', 'blue'])[1 + n % 2]) || hstore('size', n::text),
    ('top.part' || n % 3 || '.leaf' || n)::ltree, sha256(n::text::bytea), n,
    tstzrange('2024-01-01 00:00+00', '2024-01-02 00:00+00') FROM generate_series(1, 30) n;
GRANT USAGE ON SCHEMA team, shop TO reader;
GRANT SELECT ON ALL TABLES IN SCHEMA team, shop TO reader;
GRANT USAGE ON SCHEMA helpers TO reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO reader;
