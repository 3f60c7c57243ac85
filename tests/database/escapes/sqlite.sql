-- What the attempts on SQLite aim at.
CREATE TABLE account (id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, balance INTEGER NOT NULL);
INSERT INTO account (owner, balance) WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 50)
  SELECT 'owner ' || i, i * 10 FROM n;
CREATE TABLE entry (
  id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES account (id), amount INTEGER NOT NULL,
  kind TEXT NOT NULL, "update" TEXT, "delete" INTEGER DEFAULT 0, details TEXT NOT NULL, booked_at TEXT NOT NULL
);
INSERT INTO entry WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 400)
  SELECT i, 1 + i % 50, i % 97, CASE i % 3 WHEN 0 THEN 'in' WHEN 1 THEN 'out' ELSE 'fee' END, 'note; drop table ' || i,
    i % 7 = 0, json_object('n', i, 'deep', json_object('k', i % 4)), datetime('2024-01-01', '+' || (i * 7) || ' hours')
  FROM n;
CREATE INDEX entry_account ON entry (account_id);
CREATE TABLE audit (note TEXT);
CREATE VIEW balances AS SELECT a.owner, sum(e.amount) AS total FROM account a JOIN entry e ON e.account_id = a.id GROUP BY a.id;
CREATE VIEW loads_when_read AS SELECT load_extension('dba_escape') AS n;
CREATE TRIGGER notes AFTER INSERT ON account BEGIN INSERT INTO audit VALUES ('escaped'); END;
CREATE VIRTUAL TABLE words USING fts5 (body);
INSERT INTO words VALUES ('the quick brown fox'), ('a lazy dog; drop table words');
CREATE VIRTUAL TABLE old_words USING fts4 (body);
INSERT INTO old_words VALUES ('the quick brown fox');
CREATE VIRTUAL TABLE places USING rtree (id, x0, x1);
INSERT INTO places VALUES (1, 0, 10), (2, 5, 20);
ANALYZE;
