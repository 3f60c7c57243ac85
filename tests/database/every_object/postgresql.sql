-- Every kind of object and property that the schema model carries as text or lists as lost.
CREATE SCHEMA warehouse;
CREATE TABLE warehouse.shelf (id integer PRIMARY KEY);
CREATE COLLATION german (provider = libc, locale = 'POSIX');
CREATE COLLATION plain (provider = libc, locale = 'C');
COMMENT ON COLLATION plain IS 'bytes';
CREATE TYPE mood AS ENUM ('sad', 'glad');
COMMENT ON TYPE mood IS 'of a person';
CREATE TYPE point3 AS (x integer, y integer, z integer);
COMMENT ON COLUMN point3.z IS 'height';
CREATE TYPE spans AS RANGE (subtype = float8, subtype_diff = float8mi, multirange_type_name = many_spans);
CREATE DOMAIN score AS integer CONSTRAINT score_range CHECK (VALUE >= 0) CONSTRAINT score_even CHECK (VALUE % 2 = 0);
COMMENT ON CONSTRAINT score_even ON DOMAIN score IS 'only even';
CREATE DOMAIN late AS text;
ALTER DOMAIN late ADD CONSTRAINT late_check CHECK (VALUE <> '') NOT VALID;
CREATE SEQUENCE tickets INCREMENT BY -1;
COMMENT ON SEQUENCE tickets IS 'down';
CREATE UNLOGGED SEQUENCE fast_tickets;

CREATE FUNCTION near(integer, integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT abs($1 - $2) < 3';
COMMENT ON FUNCTION near(integer, integer) IS 'about equal';
CREATE FUNCTION far(integer, integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT abs($1 - $2) >= 3';
CREATE OPERATOR <~> (FUNCTION = near, LEFTARG = integer, RIGHTARG = integer, COMMUTATOR = <~>, NEGATOR = <!~>);
CREATE OPERATOR <!~> (FUNCTION = far, LEFTARG = integer, RIGHTARG = integer, COMMUTATOR = <!~>, NEGATOR = <~>);
COMMENT ON OPERATOR <~> (integer, integer) IS 'near';
CREATE FUNCTION point_sum(p point3) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT p.x + p.y + p.z';
CREATE CAST (point3 AS integer) WITH FUNCTION point_sum(point3) AS ASSIGNMENT;
COMMENT ON CAST (point3 AS integer) IS 'sum';
CREATE FUNCTION step(state text, item text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT concat_ws('', '', state, item)';
CREATE AGGREGATE joined(text) (SFUNC = step, STYPE = text, INITCOND = '');
COMMENT ON AGGREGATE joined(text) IS 'a list';
CREATE OPERATOR FAMILY backwards_family USING btree;
CREATE OPERATOR CLASS backwards FOR TYPE integer USING btree FAMILY backwards_family AS
  OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 btint4cmp(integer, integer);
CREATE TEXT SEARCH DICTIONARY stems (TEMPLATE = snowball, language = 'english');
CREATE TEXT SEARCH CONFIGURATION notes (PARSER = "default");
ALTER TEXT SEARCH CONFIGURATION notes ADD MAPPING FOR asciiword, word WITH stems, simple;
COMMENT ON TEXT SEARCH CONFIGURATION notes IS 'for notes';

CREATE TABLE person (
  id integer GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME people_numbers START WITH 100 INCREMENT BY 10 MINVALUE 50 MAXVALUE 9000 CACHE 5 CYCLE) PRIMARY KEY WITH (fillfactor = 80),
  boss_id integer CONSTRAINT person_boss REFERENCES person (id) ON DELETE RESTRICT ON UPDATE RESTRICT,
  name text COLLATE german CONSTRAINT name_given NOT NULL,
  feels mood, at point3, rank score, later late,
  body text COMPRESSION pglz,
  born date,
  zip text, city text,
  shelf_id integer CONSTRAINT person_shelf REFERENCES warehouse.shelf (id),
  CONSTRAINT "Zip Given" CHECK (zip <> '' OR city IS NULL),
  CONSTRAINT born_late CHECK (born > '1900-01-01') NO INHERIT
) WITH (toast.autovacuum_enabled = false);
ALTER TABLE person ALTER COLUMN body SET STORAGE EXTERNAL, ALTER COLUMN name SET STATISTICS 500, ALTER COLUMN city SET (n_distinct = 100);
CREATE INDEX person_city ON person (city);
CREATE INDEX "Person Zip" ON person (zip);
CREATE INDEX person_rank ON person (((rank)::integer) backwards);
CREATE INDEX person_words ON person USING gin (to_tsvector('public.notes', body));
CREATE UNIQUE INDEX person_whole ON person (name, id);
ALTER INDEX person_rank ALTER COLUMN 1 SET STATISTICS 50;
COMMENT ON INDEX person_city IS 'by city';
COMMENT ON INDEX "Person Zip" IS 'by zip';
COMMENT ON CONSTRAINT person_boss ON person IS 'no circle';
COMMENT ON CONSTRAINT "Zip Given" ON person IS 'with a city';
COMMENT ON INDEX person_pkey IS 'the key';
ALTER TABLE person CLUSTER ON person_city;
ALTER TABLE person REPLICA IDENTITY FULL;
CREATE STATISTICS person_place (dependencies, ndistinct) ON zip, city FROM person;
ALTER STATISTICS person_place SET STATISTICS 200;
COMMENT ON STATISTICS person_place IS 'zip determines';

CREATE TABLE payment (a integer NOT NULL, b integer DEFAULT 0, CONSTRAINT b_positive CHECK (b >= 0)) PARTITION BY RANGE (a);
CREATE TABLE payment_low PARTITION OF payment FOR VALUES FROM (1) TO (10);
CREATE TABLE payment_high PARTITION OF payment FOR VALUES FROM (10) TO (20) WITH (fillfactor = 60);
CREATE INDEX payment_high_b ON payment_high (b);
ALTER TABLE payment_high ADD CONSTRAINT payment_high_unique UNIQUE (a), ADD CONSTRAINT payment_high_small CHECK (b < 1000);
ALTER TABLE payment_high ALTER COLUMN b SET DEFAULT 7, ALTER COLUMN b SET NOT NULL;
ALTER TABLE payment_low ENABLE ROW LEVEL SECURITY;
CREATE POLICY low_read ON payment_low FOR SELECT TO PUBLIC USING (b > 1);
COMMENT ON TABLE payment_high IS 'large ones';
COMMENT ON COLUMN payment_high.b IS 'with another default';
CREATE TABLE forced (a integer);
ALTER TABLE forced FORCE ROW LEVEL SECURITY;

CREATE TABLE vehicle (id integer, wheels integer CONSTRAINT wheels_positive CHECK (wheels > 0));
CREATE TABLE truck (load integer) INHERITS (vehicle);
CREATE TABLE measured AS SELECT 1 AS a, 2 AS b;

CREATE VIEW grown AS SELECT name, id, city FROM person WHERE rank > 18;
ALTER VIEW grown ALTER COLUMN city SET DEFAULT 'Ulm';
COMMENT ON COLUMN grown.city IS 'of living';
CREATE VIEW moods AS SELECT feels, joined(name) AS names FROM person GROUP BY feels;
CREATE MATERIALIZED VIEW stored AS SELECT id, name FROM person;
CREATE UNIQUE INDEX stored_id ON stored (id);
CREATE MATERIALIZED VIEW unfilled AS SELECT id FROM person WITH NO DATA;
CREATE RULE keep AS ON DELETE TO vehicle DO INSTEAD NOTHING;
COMMENT ON RULE keep ON vehicle IS 'never';
CREATE RULE asleep AS ON INSERT TO vehicle DO ALSO NOTIFY vehicles;
ALTER TABLE vehicle DISABLE RULE asleep;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER touched BEFORE UPDATE ON person FOR EACH ROW EXECUTE FUNCTION touch();
COMMENT ON TRIGGER touched ON person IS 'touch';
ALTER TABLE person DISABLE TRIGGER touched;
CREATE TRIGGER paid BEFORE INSERT ON payment FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE payment_low DISABLE TRIGGER paid;
CREATE POLICY own ON person USING (name = current_user);
COMMENT ON POLICY own ON person IS 'one row';
CREATE PROCEDURE tidy() LANGUAGE sql AS 'DELETE FROM payment WHERE a = 1';

REVOKE EXECUTE ON FUNCTION near(integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION near(integer, integer) TO app_user WITH GRANT OPTION;
GRANT EXECUTE ON PROCEDURE tidy() TO app_user;
GRANT EXECUTE ON FUNCTION joined(text) TO app_user;
GRANT USAGE ON SEQUENCE tickets TO app_user;
REVOKE USAGE ON TYPE mood FROM PUBLIC;
GRANT USAGE ON TYPE mood TO app_user;
GRANT CREATE ON SCHEMA public TO app_user;
COMMENT ON SCHEMA public IS 'all of it';
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO app_user;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER watched ON ddl_command_start EXECUTE FUNCTION on_ddl();
CREATE PUBLICATION changes FOR TABLE vehicle;
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE remote (a integer) SERVER elsewhere;
SELECT lo_create(0);
