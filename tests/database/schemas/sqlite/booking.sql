-- Bookings: rules over several columns, with and without names.
CREATE TABLE rooms (id INTEGER PRIMARY KEY, name TEXT UNIQUE, seats INT CHECK (seats BETWEEN 1 AND 500));
CREATE TABLE bookings (
  room_id INTEGER CONSTRAINT bookings_room REFERENCES rooms (id),
  starts DATE NOT NULL,
  ends DATE NOT NULL,
  cancelled BOOLEAN NOT NULL DEFAULT FALSE,
  CONSTRAINT in_order CHECK (ends >= starts),
  CHECK (julianday(ends) - julianday(starts) <= 30),
  UNIQUE (room_id, starts)
);
