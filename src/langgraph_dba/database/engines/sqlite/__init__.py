"""SQLite: driver, SQL dialect and catalogue."""
