"""A user's database, open for reading: two walls stand between any statement and what the database holds."""

from langgraph_dba.database.engines.limits import Limits
from langgraph_dba.database.live.database import LiveDatabase, open_live

__all__ = ["Limits", "LiveDatabase", "open_live"]
