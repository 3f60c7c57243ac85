"""Requirements from a sentence: a grammar and a lexicon of everyday business words, without a model."""

from langgraph_dba.database.request.sentence_reader import read_request

__all__ = ["read_request"]
