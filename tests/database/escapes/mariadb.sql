-- What the attempts on MariaDB aim at.
CREATE TABLE account (id INTEGER PRIMARY KEY, owner VARCHAR(50) NOT NULL, balance DECIMAL(12, 2) NOT NULL);
INSERT INTO account SELECT seq, CONCAT('owner ', seq), seq * 10 FROM seq_1_to_50;
CREATE TABLE entry (
  id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL, amount DECIMAL(12, 2) NOT NULL, kind VARCHAR(10) NOT NULL,
  `update` VARCHAR(60), `delete` TINYINT DEFAULT 0, details JSON NOT NULL, booked_at DATETIME(6) NOT NULL, body TEXT,
  KEY entry_account (account_id), FULLTEXT KEY entry_body (body),
  CONSTRAINT entry_of FOREIGN KEY (account_id) REFERENCES account (id)
);
INSERT INTO entry SELECT seq, 1 + seq % 50, seq % 97, ELT(1 + seq % 3, 'in', 'out', 'fee'),
  CONCAT('note; drop table ', seq), seq % 7 = 0, JSON_OBJECT('n', seq, 'deep', JSON_OBJECT('k', seq % 4)),
  TIMESTAMP '2024-01-01 00:00:00' + INTERVAL seq * 7 HOUR, CONCAT('the quick brown fox ', seq) FROM seq_1_to_400;
CREATE TABLE audit (note VARCHAR(20));
CREATE SEQUENCE ticket;
CREATE VIEW balances AS SELECT a.owner, SUM(e.amount) AS total FROM account a JOIN entry e ON e.account_id = a.id GROUP BY a.owner;
CREATE FUNCTION write_audit() RETURNS INTEGER MODIFIES SQL DATA BEGIN INSERT INTO audit VALUES ('escaped'); RETURN 1; END;
CREATE FUNCTION doubled(n INTEGER) RETURNS INTEGER DETERMINISTIC NO SQL RETURN n * 2;
CREATE PROCEDURE write_and_commit() BEGIN INSERT INTO audit VALUES ('escaped'); COMMIT; END;
CREATE VIEW writes_when_read AS SELECT write_audit() AS n;
CREATE VIEW locks_when_read AS SELECT GET_LOCK('dba_escape', 0) AS n;
CREATE VIEW locks_deeper AS SELECT n FROM locks_when_read;
CREATE TRIGGER notes AFTER INSERT ON account FOR EACH ROW INSERT INTO audit VALUES ('escaped');
CREATE FUNCTION x$abs() RETURNS INTEGER RETURN GET_LOCK('dba_escape', 0);
CREATE FUNCTION `odd``abs`() RETURNS INTEGER RETURN GET_LOCK('dba_escape', 0);
CREATE VIEW calls_a_dollar AS SELECT x$abs() AS n;
CREATE VIEW calls_a_quoted_name AS SELECT `odd``abs`() AS n;
CREATE OR REPLACE DATABASE dba_other;
CREATE VIEW dba_other.locks_elsewhere AS SELECT GET_LOCK('dba_escape', 0) AS n;
CREATE VIEW reads_elsewhere AS SELECT n FROM dba_other.locks_elsewhere;
CREATE FUNCTION dba_other.lock_it() RETURNS INTEGER RETURN GET_LOCK('dba_escape', 0);
