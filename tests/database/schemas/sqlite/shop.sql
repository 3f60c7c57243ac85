-- A shop as most applications make it: loose types, rules beside columns.
CREATE TABLE customers (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  email VARCHAR(254) NOT NULL UNIQUE COLLATE NOCASE,
  name TEXT NOT NULL CHECK (length(trim(name)) > 0),
  created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE orders (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers ON DELETE CASCADE ON UPDATE RESTRICT,
  state TEXT NOT NULL DEFAULT 'basket' CHECK (state IN ('basket', 'placed', 'paid')),
  total DECIMAL(10, 2) NOT NULL DEFAULT 0.00
);
CREATE UNIQUE INDEX orders_one_basket ON orders (customer_id) WHERE state = 'basket';
CREATE INDEX orders_recent ON orders (customer_id, id DESC);
