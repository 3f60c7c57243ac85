"""PostgreSQL: all that knows its driver, its SQL and its catalogue."""

INSTALL_HINT = "pip install 'langgraph-dba[postgres]'"
