"""Wait for the folder of a killed process to be removed."""

import time
from pathlib import Path

from langgraph_dba.database.engines.servers.private_folder import reap

_LONGEST_S = 5.0


def is_reaped(folder: Path) -> bool:
    """Reap, and return whether the folder is gone; the guard of its process may be removing it already."""
    reap()
    deadline = time.monotonic() + _LONGEST_S
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return not folder.exists()
