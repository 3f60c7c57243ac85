"""Lines of source files, read once per file."""

from pathlib import Path

from langgraph_dba.input_file import read_bytes

_LARGEST_BYTES = 10_000_000


class SourceFiles:
    """Reads lines of files; a file that cannot be read or is not UTF-8 text has no lines."""

    def __init__(self) -> None:
        self._lines: dict[str, list[str]] = {}

    def line(self, file: str, number: int) -> str:
        """Return a line without its line break; empty if there is none. `number` counts from 1."""
        if not file or number < 1:
            return ""
        if file not in self._lines:
            self._lines[file] = _read(Path(file))
        lines = self._lines[file]
        return lines[number - 1] if number <= len(lines) else ""


def _read(path: Path) -> list[str]:
    try:
        text = read_bytes(path, _LARGEST_BYTES).decode("utf-8-sig")
    except (OSError, ValueError):
        return []
    # YAML counts only these line breaks; `splitlines` would also split at form feeds, and the numbers would differ
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
