"""SQLite: all that knows its driver, its SQL and its catalogue."""
