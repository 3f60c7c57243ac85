-- Double entry, looked at when the transaction ends; a comment in every place.
CREATE TABLE ledgers (
  code TEXT /* three letters, mostly */ NOT NULL, -- not a key by itself, though
  year INTEGER NOT NULL, -- four digits
  CONSTRAINT ledgers_pk PRIMARY KEY (code, year)
) STRICT;
CREATE TABLE postings (
  id INTEGER PRIMARY KEY,
  code TEXT, year INTEGER,
  amount INTEGER NOT NULL CHECK (amount <> 0 /* zero says nothing */),
  FOREIGN KEY (code, year) REFERENCES ledgers (code, year) ON DELETE NO ACTION ON UPDATE CASCADE DEFERRABLE INITIALLY IMMEDIATE
) STRICT;
