"""A SQL file as it was read: the statements that create objects, the skipped ones, and how many write rows."""

from dataclasses import dataclass

from langgraph_dba.database.statements import Dialect
from langgraph_dba.redaction import redact

_LONGEST_QUOTE = 80
_REDACTED_CHARACTERS = 10_000  # a statement may have megabytes; blanks and comments may stand before its first words
# what a MariaDB server sets if nobody configures it; scratch databases are stricter than the files were written for
_PREAMBLE = {
    "mariadb": "SET SESSION sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
}
NOT_ENFORCED = "the database does not enforce the foreign keys and triggers of this table, and the copy does"
_DELIMITERS = ("$$", "//", "@@", "%%", "~~")


def one_line(text: str) -> str:
    """Return the first 80 characters of a text on one line, without secrets."""
    # redacted before it is cut: half of a password is not recognised
    words = " ".join(redact(text[:_REDACTED_CHARACTERS]).split())
    return words if len(words) <= _LONGEST_QUOTE else f"{words[: _LONGEST_QUOTE - 1]}…"


@dataclass(frozen=True, slots=True)
class ScriptStatement:
    """One statement with its place."""

    file: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class SkippedStatement:
    """A statement or clause that is not run, or a file that is not read (line 0), with the reason.

    `text` becomes its first 80 characters on one line, and neither it nor the reason contains a secret. `creates` is
    the name of the object that is missing without the statement.
    """

    file: str
    line: int
    text: str
    reason: str
    creates: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", one_line(self.text))
        object.__setattr__(self, "reason", redact(self.reason))

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.text}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Script:
    """A SQL file or a folder of migrations, cleaned; `files` are the files in the order in which they were read.

    `data_statements` is the number of statements that write rows or set sequences, which are not run. `role_statements`
    create or change the roles, which exist already in a scratch database and without attributes. `disabled_keys` are
    the tables, as (schema, name), whose triggers for foreign keys the file disables. `is_dialect_guessed` if neither
    the caller nor the header of a dump names the dialect.
    """

    file: str
    dialect: Dialect
    statements: tuple[ScriptStatement, ...]
    data_statements: int = 0
    skipped: tuple[SkippedStatement, ...] = ()
    roles: tuple[str, ...] = ()
    role_statements: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    disabled_keys: tuple[tuple[str, str], ...] = ()
    is_dialect_guessed: bool = False

    @property
    def preamble(self) -> str:
        """The statement that gives the session the defaults of the client tool; may be empty."""
        return _PREAMBLE.get(self.dialect, "")

    @property
    def ddl(self) -> str:
        """The statements as one script for the owner of a scratch database."""
        texts = [text for text in (self.preamble, *(one.text for one in self.statements)) if text]
        if self.dialect != "mariadb":
            return "".join(f"{text};\n" for text in texts)
        mark = _unused_delimiter(texts)
        return "".join(_with_delimiter(text, mark) for text in texts)


def _unused_delimiter(texts: list[str]) -> str:
    mark = next((one for one in _DELIMITERS if not any(one in text for text in texts)), "")
    number = 0
    while not mark:  # every usual one occurs in a body
        number += 1
        candidate = f"{_DELIMITERS[0]}{number}{_DELIMITERS[0]}"
        mark = "" if any(candidate in text for text in texts) else candidate
    return mark


def _with_delimiter(text: str, mark: str) -> str:
    """Return a statement of MariaDB with its delimiter; a body with `;` gets a delimiter of its own."""
    return f"DELIMITER {mark}\n{text}\n{mark}\nDELIMITER ;\n" if ";" in text else f"{text};\n"
