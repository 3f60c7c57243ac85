-- A tree; names sorted without regard to case, a path that is a key of two.
CREATE TABLE categories (
  id INTEGER PRIMARY KEY,
  parent_id INTEGER REFERENCES categories ON DELETE CASCADE,
  name TEXT COLLATE NOCASE NOT NULL,
  CONSTRAINT categories_unique UNIQUE (parent_id, name)
);
CREATE INDEX categories_exact ON categories (name COLLATE BINARY, parent_id);
CREATE INDEX categories_trimmed ON categories (name COLLATE RTRIM DESC);
