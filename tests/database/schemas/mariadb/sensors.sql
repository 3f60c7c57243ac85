-- Readings: places on a map, computed columns of both kinds, bits and years.
CREATE TABLE sensors (id SMALLINT UNSIGNED PRIMARY KEY, place POINT NOT NULL, built YEAR, flags BIT(8) DEFAULT b'101', SPATIAL KEY sensors_place (place));
CREATE TABLE readings (
  sensor_id SMALLINT UNSIGNED NOT NULL, at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3), celsius FLOAT NOT NULL,
  fahrenheit DOUBLE AS (celsius * 9 / 5 + 32) VIRTUAL, tenth INT AS (round(celsius * 10)) STORED,
  PRIMARY KEY (sensor_id, at), KEY readings_tenth (tenth), CONSTRAINT readings_sensor FOREIGN KEY (sensor_id) REFERENCES sensors (id)
);
