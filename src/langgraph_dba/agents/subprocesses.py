"""Generated and foreign Python runs in a process of its own, with an environment that holds nothing of the user's."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_LIMIT_S = 180.0
_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR")


@dataclass(frozen=True, slots=True)
class Finished:
    """What a process left: its exit code (-1: it ran out of time) and all it printed."""

    code: int
    output: str


def run_python(arguments: Sequence[str], *, folder: Path, extra: Mapping[str, str] | None = None) -> Finished:
    """Run this interpreter with `arguments` in `folder`; no key, no URL and no setting of the user's reaches it."""
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment |= {"HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1", **(extra or {})}
    try:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_LIMIT_S,
            check=False,
            text=True,
        )
    except subprocess.TimeoutExpired as late:
        return Finished(-1, f"no answer after {_LIMIT_S:.0f} s\n{late.output or ''}")
    return Finished(done.returncode, done.stdout)


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write texts by their path below `folder`."""
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
