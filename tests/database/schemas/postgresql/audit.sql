-- A history of changes: composite types, period keys, a trigger after each statement, SET NULL of one column, from version 18 on.
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE TYPE actor AS (name text, role text);
CREATE TABLE teams (org integer, id integer, name text NOT NULL, PRIMARY KEY (org, id));
CREATE TABLE members (
  org integer NOT NULL,
  id integer NOT NULL,
  team integer,
  valid daterange NOT NULL,
  seen daterange,
  CONSTRAINT members_pk PRIMARY KEY (org, id, valid WITHOUT OVERLAPS),
  CONSTRAINT members_team FOREIGN KEY (org, team) REFERENCES teams ON DELETE SET NULL (team) ON UPDATE RESTRICT
);
CREATE TABLE changes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, who actor, table_name name NOT NULL, at timestamptz DEFAULT clock_timestamp());
CREATE FUNCTION log_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN INSERT INTO changes (who, table_name) VALUES (ROW(current_user, TG_OP)::actor, TG_TABLE_NAME); RETURN NULL; END $$;
CREATE TRIGGER teams_log AFTER INSERT OR UPDATE OR DELETE ON teams FOR EACH STATEMENT EXECUTE FUNCTION log_change();
CREATE CONSTRAINT TRIGGER teams_late AFTER UPDATE ON teams DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_change();
