"""The grammar: what a sentence asks of a database."""

from langgraph_dba.database.request.request import read_request

__all__ = ["read_request"]
