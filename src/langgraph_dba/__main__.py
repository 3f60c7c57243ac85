"""`python -m langgraph_dba` is `langgraph-dba`."""

from langgraph_dba.cli import main

main()
