"""The grammar: what a sentence asks of a database."""
