"""Problems of requirements: findings that have a path first, and a line when the file is known."""

from collections.abc import Callable, Iterable

from langgraph_dba.database.requirements.yaml_text import Path
from langgraph_dba.findings import FileLocation, Finding


def problem_at(path: Path, rule: str, message: str) -> Finding:
    """Return a problem of the part at `path`; `message` states what is wrong and how to fix it."""
    # critical: a database cannot be designed from requirements with a problem
    return Finding(rule=rule, severity="critical", location=FileLocation(path=path), message=message)


def path_of(finding: Finding) -> Path:
    """Return the path of a problem; empty if it concerns the whole document."""
    return finding.location.path if isinstance(finding.location, FileLocation) else ()


def located(problems: Iterable[Finding], file: str, line_of: Callable[[Path], int]) -> list[Finding]:
    """Return the problems with file and line, in the order of the file."""
    result = [
        one.model_copy(update={"location": FileLocation(file=file, line=line_of(path_of(one)), path=path_of(one))})
        for one in problems
    ]
    return sorted(result, key=lambda one: one.line)


def repeated(words: Iterable[str]) -> list[int]:
    """Return the positions of words that occurred before."""
    seen: set[str] = set()
    positions = []
    for number, word in enumerate(words):
        if word in seen:
            positions.append(number)
        seen.add(word)
    return positions
