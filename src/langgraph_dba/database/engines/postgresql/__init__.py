"""PostgreSQL: driver, SQL dialect, server and catalogue."""

from langgraph_dba.extras import install_hint

INSTALL_HINT = install_hint("postgres")
