"""`python -m langgraph_dba` is `langgraph-dba`."""

import os
import sys

# `-m` puts the working directory first: a module in somebody else's folder would be imported instead of a library
if sys.path and sys.path[0] in {"", os.getcwd()}:  # noqa: PTH109  as the interpreter wrote it
    del sys.path[0]

from langgraph_dba.cli import main

main()
