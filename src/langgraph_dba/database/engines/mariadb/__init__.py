"""MariaDB and MySQL: all that knows their driver, their SQL and their catalogue."""

from langgraph_dba.extras import install_hint

INSTALL_HINT = install_hint("mariadb")
