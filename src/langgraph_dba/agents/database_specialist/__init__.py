"""What the database specialist does in each of its steps; `graph/specialist.py` wires them."""

NAME = "database-specialist"
