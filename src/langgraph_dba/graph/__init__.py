"""Teams, the consensus, the specialist and sessions as LangGraph graphs."""

if __name__ != "langgraph_dba.graph":  # through the link at the top of the repository
    raise ImportError(f"import langgraph_dba.graph, not {__name__}")
