"""Run the command line in this process."""

import pytest

from langgraph_dba.cli import main


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run the command line with some arguments and return its exit code."""
    monkeypatch.setattr("sys.argv", ["langgraph-dba", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)
