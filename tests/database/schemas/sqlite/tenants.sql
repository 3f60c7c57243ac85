-- Tenants by convention: every table names the organisation.
CREATE TABLE organizations (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE users (id INTEGER PRIMARY KEY, organization_id INTEGER NOT NULL REFERENCES organizations, email TEXT NOT NULL, UNIQUE (organization_id, email));
CREATE TABLE notes (id INTEGER PRIMARY KEY, organization_id INTEGER NOT NULL REFERENCES organizations, text TEXT);
