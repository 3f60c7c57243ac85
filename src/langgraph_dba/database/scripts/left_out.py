"""Decide from an engine's error whether a statement may be left out: what it needs was left out before."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from langgraph_dba.database.engines import Rejected
from langgraph_dba.database.scripts.extensions import extension_of
from langgraph_dba.database.scripts.words import created_extension, created_name, head_of, plain

_NAMES = re.compile(
    r"[\"'](?P<quoted>[^\"']+)[\"']|\b(?:function|procedure|aggregate|type|no such \w+:)\s+(?P<bare>[\w.\"-]+)"
)
_UNDEFINED_OBJECT = re.compile(
    r"(?:type|function|procedure|aggregate|operator(?: class| family)?|access method|language|collation"
    r"|text search \w+|data type)\b.* does not exist|data type .* has no default operator class"
)
_NEEDS_SUPERUSER = re.compile(
    r"superuser|permission denied (?:to |for (?:language|parameter))|must be (?:owner|member)"
)
_NO_ROLE = re.compile(r'role "(?P<name>[^"]+)" does not exist')
_NO_MODULE = re.compile(r"no such module: (?P<name>\w+)")
_ADDED_COLUMN = re.compile(r'\bADD (?:COLUMN )?(?:IF NOT EXISTS )?(?P<name>"[^"]+"|\w+)')
_NO_COLUMN = frozenset({"CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "EXCLUDE", "INDEX", "KEY", "VALUE"})


@dataclass(slots=True)
class LeftOut:
    """What is missing in a database: extensions with the reason, and objects by plain name with theirs."""

    extensions: Mapping[str, str]
    why_no_roles: str = ""
    objects: dict[str, str] = field(default_factory=dict)

    def before_running(self, text: str) -> str:
        """Return why a statement is left out without running it; empty for most statements."""
        return self.extensions.get(created_extension(head_of(text)), "")

    def reason(self, error: Rejected) -> str:
        """Return why the refused statement may be left out; empty if the error is a fault of the script."""
        message = str(error)
        if role := _NO_ROLE.search(message):
            return f"there is no role {role['name']}" + (f": {self.why_no_roles}" if self.why_no_roles else "")
        if module := _NO_MODULE.search(message):
            return f"this SQLite has no module {module['name']}"
        if error.kind == "permission" and _NEEDS_SUPERUSER.search(message):
            return f"it needs a superuser ({message})"
        if message.startswith("Unknown system variable"):
            return "the server has no setting of this name"
        if message == "Query was empty":
            return "the server ignores it: it is a comment for another version"
        return self._dependency(message) if error.kind in ("missing", "other") else ""

    def record(self, text: str, reason: str) -> None:
        """Note that a statement was left out, so that the statements that need its object are left out too."""
        head = head_of(text)
        added = _ADDED_COLUMN.search(head) if head.startswith("ALTER TABLE") else None
        name = created_name(head)
        if not name and added and added["name"] not in _NO_COLUMN:
            name = plain(added["name"])
        if name:
            self.objects.setdefault(name, reason)

    def _dependency(self, message: str) -> str:
        for name in _missing_names(message):
            if plain(name) in self.objects:
                return f"left out because {plain(name)} was left out"
        owners = [extension for extension in _extensions_of(message) if extension in self.extensions]
        if owners:
            return f"left out because it needs the extension {owners[0]}"
        if self.extensions and _UNDEFINED_OBJECT.match(message):
            return f"left out because it needs an extension ({' or '.join(self.extensions)}): {message}"
        return ""


def hint(error: Rejected) -> str:
    """Return how to fix the statement of a script that an engine refused."""
    extension = next(_extensions_of(str(error)), "")
    if error.kind == "missing" and extension:
        return f'add `CREATE EXTENSION IF NOT EXISTS "{extension}"` before it'
    if error.kind == "missing":
        return "create what it names in an earlier statement"
    return "fix the statement, or remove it from the file"


def _missing_names(message: str) -> list[str]:
    """Return the names in an engine's message, as it writes them: with their schema if the statement gives it."""
    return [found["quoted"] or found["bare"] for found in _NAMES.finditer(message)]


def _extensions_of(message: str) -> Iterator[str]:
    """Yield the extensions that usually create the objects that a message names, or the schemas of these."""
    for name in _missing_names(message):
        parts = (plain(part) for part in reversed(name.split(".")))
        yield from (extension for part in parts if (extension := extension_of(part)))
