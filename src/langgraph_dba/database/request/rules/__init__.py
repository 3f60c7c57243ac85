"""Read business rules from the sentences of a request, into the language of `requirements.yaml`."""

from langgraph_dba.database.request.rules.reader import with_rules

__all__ = ["with_rules"]
