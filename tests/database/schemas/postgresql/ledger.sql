-- Double entry: every rule is looked at when the transaction ends, some not yet for what is old.
CREATE TABLE ledgers (code char(3), year integer, closed boolean NOT NULL DEFAULT false, PRIMARY KEY (code, year) DEFERRABLE);
CREATE TABLE postings (
  id bigint PRIMARY KEY,
  code char(3),
  year integer,
  contra bigint CONSTRAINT postings_contra REFERENCES postings DEFERRABLE INITIALLY IMMEDIATE,
  amount bigint NOT NULL CHECK (amount <> 0),
  external text,
  UNIQUE (external) INCLUDE (amount),
  UNIQUE (id, amount) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX ledgers_key ON ledgers (year, code);
ALTER TABLE postings ADD CONSTRAINT postings_ledger FOREIGN KEY (year, code) REFERENCES ledgers (year, code) MATCH FULL ON DELETE SET DEFAULT NOT VALID;
ALTER TABLE postings ADD CONSTRAINT postings_external CHECK (external <> '') NOT VALID;
