-- Every kind of object and property that is carried as text or listed as lost.
CREATE TABLE Person (
  id INTEGER PRIMARY KEY ON CONFLICT REPLACE AUTOINCREMENT,
  name TEXT CONSTRAINT given NOT NULL ON CONFLICT IGNORE COLLATE NOCASE,
  code TEXT CONSTRAINT code_once UNIQUE ON CONFLICT REPLACE,
  boss INTEGER REFERENCES person (ID) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED,
  lost INTEGER REFERENCES nowhere (id),
  twice INTEGER GENERATED ALWAYS AS (boss * 2) STORED,
  half INTEGER AS (boss / 2),
  CHECK (length(name) > 1),
  UNIQUE (name DESC, code)
) STRICT;
CREATE TABLE bare (k TEXT, v BLOB, PRIMARY KEY (k, v) ON CONFLICT ROLLBACK) WITHOUT ROWID;
CREATE INDEX person_lower ON Person (lower(name)) WHERE boss > 1;
CREATE VIRTUAL TABLE notes USING fts5(title, body, tokenize = 'porter ascii');
CREATE VIRTUAL TABLE boxes USING rtree(id, low, high);
CREATE VIEW names (n) AS SELECT name FROM Person;
CREATE TRIGGER naming INSTEAD OF INSERT ON names BEGIN INSERT INTO Person (name) VALUES (NEW.n); END;
CREATE TRIGGER noting AFTER INSERT ON Person BEGIN INSERT INTO notes (title) VALUES (NEW.name); END;
PRAGMA user_version = 7;
