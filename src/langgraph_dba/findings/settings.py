"""Select the findings to report: `[tool.langgraph-dba]` in `pyproject.toml`, command-line flags, inline comments.

```toml
[tool.langgraph-dba]
select = ["dangling-agent", "unknown-model"]           # only these rules; all if empty
ignore = ["unknown-model"]
per-file-ignores = { "drafts/*" = ["name-mismatch"] }  # patterns are relative to the folder of pyproject.toml
```

Inline comments are `# noqa: rule-name` in YAML and `<!-- noqa: rule-name -->` in Markdown. Without names a comment
suppresses every rule. It applies to its own line.
"""

import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from os.path import relpath
from pathlib import Path, PurePath
from typing import Any

from langgraph_dba.errors import InputError
from langgraph_dba.findings.finding import Finding, problem
from langgraph_dba.findings.source import SourceFiles
from langgraph_dba.findings.spelling import suggestion
from langgraph_dba.input_file import read_bytes

TABLE = "langgraph-dba"
_LARGEST_BYTES = 1_000_000
_KEYS = ("select", "ignore", "per-file-ignores")
# In YAML a # inside a word does not start a comment.
_NAMES = r"[a-z0-9-]+(?:\s*,\s*[a-z0-9-]+)*"
_COMMENTS = (
    re.compile(rf"(?:^|\s)#\s*noqa(?::\s*({_NAMES}))?\s*(?:$|#)"),
    re.compile(rf"<!--\s*noqa(?::\s*({_NAMES}))?\s*-->"),
)
# Called only if there are names to check: importing all rules takes longer than checking a team.
KnownRules = Callable[[], Collection[str]]


@dataclass(frozen=True, slots=True)
class Settings:
    """Selected rules (`select` empty: all) and ignored ones; patterns of `per_file_ignores` are relative to `root`."""

    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    per_file_ignores: Mapping[str, frozenset[str]] = field(default_factory=dict)
    root: Path = Path()

    def with_flags(self, select: Iterable[str], ignore: Iterable[str], known: KnownRules) -> "Settings":
        """Return the settings with command-line flags applied: `select` replaces, `ignore` adds.

        InputError with every unknown rule.
        """
        flags = {"--select": frozenset(select), "--ignore": frozenset(ignore)}
        unknown = [message for flag, names in flags.items() for message in _unknown(sorted(names), known, flag)]
        if unknown:
            raise InputError("\n".join(unknown))
        return replace(self, select=flags["--select"] or self.select, ignore=self.ignore | flags["--ignore"])

    def allows(self, finding: Finding) -> bool:
        """Return whether the settings select a finding."""
        if finding.rule in self.ignore or (self.select and finding.rule not in self.select):
            return False
        ignores = (rules for pattern, rules in self.per_file_ignores.items() if self._matches(finding.file, pattern))
        return not any(finding.rule in rules for rules in ignores)

    def _matches(self, file: str, pattern: str) -> bool:
        if not file:
            return False
        relative = PurePath(relpath(file, self.root)).as_posix()
        return fnmatch(relative, pattern) or fnmatch(PurePath(file).name, pattern)


@dataclass(frozen=True, slots=True)
class Selection:
    """The findings to report, and the number of suppressed ones."""

    findings: tuple[Finding, ...]
    suppressed: int


def select_findings(findings: Iterable[Finding], settings: Settings, sources: SourceFiles) -> Selection:
    """Return the findings that settings and inline comments do not suppress."""
    every = tuple(findings)
    reported = tuple(one for one in every if settings.allows(one) and not _has_comment(one, sources))
    return Selection(reported, len(every) - len(reported))


def _has_comment(finding: Finding, sources: SourceFiles) -> bool:
    line = sources.line(finding.file, finding.line)
    comments = [comment for pattern in _COMMENTS for comment in pattern.finditer(line)]
    return any(comment[1] is None or finding.rule in re.split(r"\s*,\s*", comment[1]) for comment in comments)


def load_settings(start: Path, known: KnownRules) -> Settings:
    """Return the settings of the nearest `pyproject.toml` with our table, from `start` upwards, or the defaults.

    InputError with every unknown key, unknown rule and wrong type.
    """
    resolved = start.resolve()
    for folder in (resolved, *resolved.parents):
        path = folder / "pyproject.toml"
        if path.is_file():
            text, table = _table(path)
            if table is not None:
                return _TableValidator(path, text, known).settings(table)
    return Settings()


def _table(path: Path) -> tuple[str, Any]:
    try:
        text = read_bytes(path, _LARGEST_BYTES).decode()
        return text, tomllib.loads(text).get("tool", {}).get(TABLE)
    # AttributeError: `tool = 1` is valid TOML
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, AttributeError) as error:
        raise InputError(problem(f"cannot be read: {error}", str(path))) from error


class _TableValidator:
    """Validates the table of one file and collects all problems, so that one run shows them together."""

    def __init__(self, path: Path, text: str, known: KnownRules) -> None:
        self.path, self.known = path, known
        self.lines = text.split("\n")
        self.problems: list[Finding] = []

    def settings(self, table: Any) -> Settings:
        if not isinstance(table, dict):
            raise InputError(problem(f"tool.{TABLE} must be a table", str(self.path), self._line(TABLE)))
        for key in (key for key in table if key not in _KEYS):
            self._complain(f"[tool.{TABLE}] has no key {key!r}: {suggestion(key, _KEYS)}", key)
        per_file = table.get("per-file-ignores", {})
        if not isinstance(per_file, dict):
            self._complain("per-file-ignores must map patterns to lists of rules", "per-file-ignores")
            per_file = {}
        settings = Settings(
            self._rules(table.get("select", []), "select"),
            self._rules(table.get("ignore", []), "ignore"),
            {pattern: self._rules(rules, pattern) for pattern, rules in per_file.items()},
            self.path.parent,
        )
        if self.problems:
            raise InputError(sorted(self.problems, key=lambda one: one.line))
        return settings

    def _rules(self, value: Any, key: str) -> frozenset[str]:
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            self._complain(f"{key} must be a list of rule names", key)
            return frozenset()
        for name in value:
            # one name at a time, because each has a line of its own; in quotes, because a name may be part of another
            for message in _unknown([name], self.known, key):
                self._complain(message, f'"{name}"')
        return frozenset(value)

    def _complain(self, message: str, word: str) -> None:
        self.problems.append(problem(message, str(self.path), self._line(word)))

    def _line(self, word: str) -> int:
        """Return the number of the first line of our table that contains the word; 0 if there is none."""
        # tomllib does not report positions
        start = next((number for number, line in enumerate(self.lines) if f"tool.{TABLE}" in line), 0)
        return next(
            (
                number + 1
                for number, line in enumerate(self.lines)
                # TOML allows both kinds of quotes
                if number >= start and word in line.replace("'", '"')
            ),
            0,
        )


def _unknown(names: Collection[str], known: KnownRules, where: str) -> Iterator[str]:
    rules = known() if names else ()
    for name in names:
        if name not in rules:
            yield f"{where}: there is no rule {name!r}: {suggestion(name, rules)}"
