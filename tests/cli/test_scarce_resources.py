"""A full disk and too little memory end a session with one line, and leave no pending file."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

SHOP = "a shop with customers and orders"
pytestmark = pytest.mark.slow


@pytest.fixture
def disk() -> Iterator[Path]:
    """An empty folder on which a small file system can be mounted."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder)


@pytest.mark.heavy
@pytest.mark.parametrize("size", ["60k", "300k"])
def test_a_full_disk_is_one_line(disk: Path, size: str) -> None:
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        command = ["-m", "langgraph_dba", "session", SHOP, "--engine", "sqlite", "--out", str(disk / "out")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True, check=False)
        pending = list(disk.rglob(".*.part"))
    finally:
        subprocess.run(["umount", str(disk)], check=True)

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "full" in done.stderr or "No space" in done.stderr
    assert pending == []


def test_too_little_memory_is_one_line(tmp_path: Path) -> None:
    limited = f'ulimit -v 150000; exec "$0" -m langgraph_dba session "{SHOP}" --engine sqlite --out {tmp_path / "out"}'
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    done = subprocess.run(
        ["/bin/sh", "-c", limited, sys.executable], env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "memory" in done.stderr
