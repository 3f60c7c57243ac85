"""Read SQL files as people publish them (dumps, migrations, hand-written schemas) and create databases of them."""

from langgraph_dba.database.scripts.script import Script, ScriptStatement, SkippedStatement
from langgraph_dba.database.scripts.script_database import ScriptDatabase, database_of
from langgraph_dba.database.scripts.script_reader import read_script
from langgraph_dba.errors import ScriptError

__all__ = [
    "Script",
    "ScriptDatabase",
    "ScriptError",
    "ScriptStatement",
    "SkippedStatement",
    "database_of",
    "read_script",
]
