"""Read SQL files as people publish them (dumps, migrations, hand-written schemas) and create databases of them."""

from langgraph_dba.database.scripts.script import Script, ScriptStatement, SkippedStatement
from langgraph_dba.database.scripts.script_reader import read_script

__all__ = ["Script", "ScriptStatement", "SkippedStatement", "read_script"]
