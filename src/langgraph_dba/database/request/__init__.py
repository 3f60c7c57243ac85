"""Read requirements from an English request: by a grammar and a lexicon of business words, without a language model."""

from langgraph_dba.database.request.sentence_reader import read_request

__all__ = ["read_request"]
