-- Readings of many sensors: BRIN over time, unlogged raw data, a sequence of its own.
CREATE SEQUENCE batch AS integer START WITH 100 INCREMENT BY 2 MAXVALUE 100000 CYCLE;
CREATE TABLE sensors (id smallserial PRIMARY KEY, serial macaddr NOT NULL UNIQUE, place point, address inet);
CREATE TABLE readings (
  sensor_id smallint NOT NULL REFERENCES sensors ON DELETE CASCADE,
  taken_at timestamp(3) with time zone NOT NULL,
  value real NOT NULL,
  accuracy double precision,
  batch integer NOT NULL DEFAULT nextval('batch'),
  PRIMARY KEY (sensor_id, taken_at)
) WITH (fillfactor = 90, autovacuum_enabled = false);
CREATE INDEX readings_time ON readings USING brin (taken_at) WITH (pages_per_range = 32);
CREATE UNLOGGED TABLE raw (line bit varying(64), received time(0) DEFAULT LOCALTIME);
