-- Tables as this project makes them: checks keep what the types promise.
CREATE TABLE accounts (
  id INTEGER NOT NULL,
  email TEXT NOT NULL,
  balance INTEGER DEFAULT 150 NOT NULL,
  rate INTEGER,
  open INTEGER DEFAULT 1 NOT NULL,
  opened_at TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) NOT NULL,
  CONSTRAINT accounts_pkey PRIMARY KEY (id),
  CONSTRAINT accounts_balance_check CHECK (balance >= -10050),
  CONSTRAINT accounts_email_stored CHECK (length(email) <= 254),
  CONSTRAINT accounts_balance_stored CHECK (balance BETWEEN -999999999999 AND 999999999999),
  CONSTRAINT accounts_rate_stored CHECK (rate BETWEEN -99999 AND 99999 /* scale 4 */),
  CONSTRAINT accounts_open_stored CHECK (open IN (0, 1)),
  CONSTRAINT accounts_opened_at_stored CHECK (strftime('%Y-%m-%dT%H:%M:%fZ', opened_at, '+0 days') IS opened_at)
) STRICT;
