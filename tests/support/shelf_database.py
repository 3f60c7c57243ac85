"""Two small tables for tests of engines: every engine accepts the statements."""

DDL = """
CREATE TABLE shelf (id INTEGER PRIMARY KEY, name TEXT NOT NULL, CONSTRAINT shelf_name UNIQUE (name));
CREATE TABLE book (
  id INTEGER PRIMARY KEY, shelf_id INTEGER NOT NULL, pages INTEGER,
  CONSTRAINT book_shelf FOREIGN KEY (shelf_id) REFERENCES shelf (id) ON DELETE RESTRICT,
  CONSTRAINT book_pages CHECK (pages > 0)
);
CREATE INDEX book_shelf_idx ON book (shelf_id);
"""
FILLED = DDL + "INSERT INTO shelf VALUES (1, 'a'); INSERT INTO book VALUES (1, 1, 10);"
