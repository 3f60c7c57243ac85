-- Readings: computed columns of both kinds, reals and blobs.
CREATE TABLE readings (
  sensor INTEGER NOT NULL,
  at INTEGER NOT NULL,
  celsius REAL NOT NULL,
  fahrenheit REAL GENERATED ALWAYS AS (celsius * 9 / 5 + 32) VIRTUAL,
  day INTEGER AS (at / 86400) STORED,
  raw BLOB DEFAULT x'00',
  PRIMARY KEY (sensor, at)
) STRICT;
CREATE INDEX readings_day ON readings (day, celsius DESC) WHERE celsius > -273.15;
