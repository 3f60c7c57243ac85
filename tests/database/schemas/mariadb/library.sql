-- Books: other storage engines and defaults of every form.
CREATE TABLE shelves (hall VARCHAR(10), row_no INT, place INT, PRIMARY KEY (hall, row_no, place)) ENGINE = MyISAM;
CREATE TABLE loans (id INT PRIMARY KEY, token BINARY(16) NOT NULL, KEY loans_token (token) USING HASH) ENGINE = MEMORY;
CREATE TABLE books (
  isbn CHAR(13) PRIMARY KEY, uid UUID DEFAULT uuid(), hall VARCHAR(10) DEFAULT 'A', place INT DEFAULT -1, price DOUBLE DEFAULT 1.5,
  bought_on DATE DEFAULT (current_date()), lent INT DEFAULT (1 - 1), tags SET('old', 'new'), data LONGBLOB, meta JSON DEFAULT '{}', CHECK (json_length(meta) < 9)
) DEFAULT CHARSET = latin1;
