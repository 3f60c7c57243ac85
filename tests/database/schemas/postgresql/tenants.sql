-- Tenants kept apart by policies of somebody else's making, with rights for a role.
CREATE TABLE accounts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
CREATE TABLE invoices (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id bigint NOT NULL REFERENCES accounts,
  total numeric(12, 2) NOT NULL,
  note text
);
CREATE INDEX invoices_account ON invoices (account_id);
ALTER TABLE accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE invoices ENABLE ROW LEVEL SECURITY;
ALTER TABLE invoices FORCE ROW LEVEL SECURITY;
CREATE POLICY own_account ON accounts FOR SELECT USING (id = current_setting('billing.account')::bigint);
CREATE POLICY own_invoices ON invoices TO app_user USING (account_id = current_setting('billing.account')::bigint);
CREATE POLICY no_large ON invoices AS RESTRICTIVE FOR INSERT TO app_user WITH CHECK (total < 10000);
GRANT SELECT ON accounts TO app_user;
GRANT SELECT, INSERT, UPDATE (note) ON invoices TO app_user;
GRANT SELECT (id, name) ON accounts TO PUBLIC;
