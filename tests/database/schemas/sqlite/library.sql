-- Books: a key of three columns, SET DEFAULT, defaults of every form.
CREATE TABLE shelves (hall TEXT, row INTEGER, place INTEGER, PRIMARY KEY (hall, row, place));
CREATE TABLE books (
  isbn TEXT PRIMARY KEY NOT NULL,
  hall TEXT DEFAULT 'A', row INTEGER DEFAULT 1, place INTEGER DEFAULT -1,
  bought_on DATE DEFAULT CURRENT_DATE, lent INTEGER DEFAULT (1 - 1), price REAL DEFAULT 1.5e2, kind TEXT DEFAULT NULL,
  FOREIGN KEY (hall, row, place) REFERENCES shelves ON DELETE SET DEFAULT
);
CREATE INDEX books_shelf ON books (hall, row, place);
