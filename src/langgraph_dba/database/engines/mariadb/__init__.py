"""MariaDB and MySQL: all that knows their driver, their SQL and their catalogue."""

INSTALL_HINT = "pip install 'langgraph-dba[mariadb]'"
