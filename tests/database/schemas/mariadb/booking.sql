-- Bookings with rules over two columns.
CREATE TABLE rooms (id INT NOT NULL PRIMARY KEY, name VARCHAR(50) NOT NULL UNIQUE, seats SMALLINT NOT NULL, CHECK (seats BETWEEN 1 AND 500));
CREATE TABLE bookings (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, room_id INT NOT NULL, starts DATETIME(0) NOT NULL, ends DATETIME NOT NULL,
  cancelled TINYINT(1) NOT NULL DEFAULT 0,
  CONSTRAINT in_order CHECK (ends >= starts), UNIQUE (room_id, starts), FOREIGN KEY (room_id) REFERENCES rooms (id)
);
