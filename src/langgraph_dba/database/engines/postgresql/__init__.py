"""PostgreSQL: all that knows its driver, its SQL and its catalogue."""

from langgraph_dba.extras import install_hint

INSTALL_HINT = install_hint("postgres")
