-- Double entry with a key of two columns.
CREATE TABLE ledgers (code CHAR(3) NOT NULL, year INT NOT NULL, closed BOOLEAN DEFAULT FALSE, PRIMARY KEY (code, year));
CREATE TABLE postings (
  id BIGINT PRIMARY KEY, code CHAR(3), year INT, amount BIGINT NOT NULL, external VARCHAR(36),
  UNIQUE KEY postings_external (external), KEY postings_ledger_idx (code, year), CONSTRAINT amount_says_something CHECK (amount <> 0),
  CONSTRAINT postings_ledger FOREIGN KEY (code, year) REFERENCES ledgers (code, year) ON UPDATE CASCADE
);
