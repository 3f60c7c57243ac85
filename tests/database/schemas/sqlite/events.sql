-- An event store without row numbers.
CREATE TABLE streams (name TEXT PRIMARY KEY, opened_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))) STRICT, WITHOUT ROWID;
CREATE TABLE events (
  stream TEXT NOT NULL REFERENCES streams (name),
  version INTEGER NOT NULL CHECK (version > 0),
  kind TEXT NOT NULL,
  payload BLOB,
  PRIMARY KEY (stream, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_kind ON events (kind, version DESC);
