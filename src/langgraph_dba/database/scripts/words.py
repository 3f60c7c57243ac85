"""The words of one statement, without comments: enough to say what the statement does."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEAD_TOKENS = 28  # CREATE ALGORITHM = … DEFINER = … SQL SECURITY … VIEW name
# the text of `/*!50001 … */` is executed: only its marks are skipped
_TOKEN = re.compile(
    r"(?P<blank>\s+|--[^\n]*|/\*M?!\d*|/\*(?:(?!\*/).)*\*/|\*/)"
    r"|(?P<word>[A-Za-z_\x80-\U0010ffff][\w$]*)"
    r'|(?P<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`)'
    r"|(?P<text>'(?:[^'\\]|\\.|'')*'|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)"
    r"|(?P<mark>.)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a quoted name, a literal or a mark; `value` is a name without its quotes, or a word as it stands."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def value(self) -> str:
        """The name without quotes."""
        if self.kind != "name":
            return self.text
        mark = self.text[0]
        return self.text[1:-1].replace(mark * 2, mark)

    @property
    def is_name(self) -> bool:
        """Whether the token can name an object."""
        return self.kind in ("word", "name")

    def is_word(self, *words: str) -> bool:
        """Return whether the token is one of the words, which are in upper case."""
        return self.kind == "word" and self.text.upper() in words


def tokens_of(text: str) -> Iterator[Token]:
    """Yield the tokens of a statement."""
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup if found.lastgroup != "tag" else "text"
        if kind and kind != "blank":
            yield Token(kind, found[0], found.start(), found.end())


def head_of(text: str) -> str:
    """Return the first tokens, separated by one blank: words in upper case, names in double quotes.

    They are the first 28, and those outside of parentheses up to the 28th there: a list of parameters or columns of any
    length may stand before the words that say what a statement does.
    """
    return " ".join(map(_form, _head_tokens(text)))


def _head_tokens(text: str) -> Iterator[Token]:
    depth = outside = 0
    is_row = False  # of a dump: there are many, and nothing behind the values matters
    for number, token in enumerate(tokens_of(text)):
        is_row = token.is_word("INSERT", "REPLACE") if number == 0 else is_row
        depth -= token.text == ")"
        if depth <= 0 or number < _HEAD_TOKENS:
            yield token
        depth += token.text == "("
        outside += depth <= 0
        if outside == _HEAD_TOKENS or (is_row and number + 1 == _HEAD_TOKENS):
            return


def _form(token: Token) -> str:
    if token.kind == "word":
        return token.text.upper()
    return f'"{token.value}"' if token.kind == "name" else token.text


_KINDS = (
    "TABLE|VIEW|INDEX|SEQUENCE|TYPE|DOMAIN|FUNCTION|PROCEDURE|AGGREGATE|TRIGGER|POLICY|RULE|SCHEMA|EVENT|COLLATION"
    "|EXTENSION|SERVER|OPERATOR CLASS|OPERATOR FAMILY|STATISTICS|PACKAGE"
)
_NAME = (
    r"""(?:(?:"[^"]*"|'[^']*'|\[ [^\]]* \]|[^\s"'\[.;(,]+) \. )*(?P<name>"[^"]*"|'[^']*'|\[ [^\]]* \]|[^\s"'\[.;(,]+)"""
)
_CREATED = re.compile(
    r"CREATE (?:OR REPLACE )?(?:(?!TABLE |VIEW |INDEX )[^\s]+ )*?"
    rf"(?P<kind>{_KINDS}) (?:CONCURRENTLY )?(?:IF NOT EXISTS )?{_NAME}"
)
_DROPPED = re.compile(
    rf"DROP (?:MATERIALIZED |FOREIGN |TEMPORARY )*(?P<kind>{_KINDS}) (?:CONCURRENTLY )?(?:IF EXISTS )?{_NAME}"
)
_NEW_NAME = re.compile(r"\b(?:TO|AS) ((?:(?:\"[^\"]*\"|[^\s\",;]+) \. )?(?:\"[^\"]*\"|[^\s\",;]+))")
_ALTERED = re.compile(rf"ALTER (?:FOREIGN )?TABLE (?:IF EXISTS )?(?:ONLY )?(?P<whole>{_NAME})")
_PART = re.compile(r"\"[^\"]*\"|[^\s\".]+")
_PATH = re.compile(
    r"(?:SET (?:SESSION |LOCAL )?SEARCH_PATH (?:TO|=)|SELECT (?:PG_CATALOG \. )?SET_CONFIG \( 'search_path' ,) "
    r"(?P<path>\"[^\"]*\"|'[^']*'|\S+)"
)


def plain(name: str) -> str:
    """Return a name for comparison: the last part, without quotes, in lower case."""
    return name.rpartition(".")[2].strip("\"'`[] ").lower()


def created_name(head: str) -> str:
    """Return the plain name of the object that a statement creates; empty if it creates none."""
    return _name(_CREATED, head)


def created_extension(head: str) -> str:
    """Return the plain name of the extension that a statement creates; empty for other statements."""
    return created_name(head) if head.startswith("CREATE EXTENSION ") else ""


def dropped_name(head: str) -> str:
    """Return the plain name of the first object that a DROP names; empty for other statements."""
    return _name(_DROPPED, head)


def altered_table(head: str) -> str:
    """Return the plain name of the table of ALTER TABLE; empty for other statements."""
    return _name(_ALTERED, head)


def altered_relation(head: str) -> tuple[str, str]:
    """Return (schema, table) of ALTER TABLE as PostgreSQL stores the names; the schema is empty if none is named.

    Both are empty for other statements.
    """
    found = _ALTERED.match(head)
    parts = _PART.findall(found["whole"]) if found else []
    names = [part[1:-1] if part.startswith('"') else part.lower() for part in parts]
    return ("", "", *names)[-2:] if len(names) > 1 else ("", *names, "")[:2]


def path_set(head: str) -> str | None:
    """Return the first schema of a search path that a statement of PostgreSQL sets; None for other statements.

    Empty if the statement names none: `''`, DEFAULT or the schema of the user.
    """
    found = _PATH.match(head)
    if not found:
        return None
    first = found["path"].strip("'").partition(",")[0].strip()
    name = first[1:-1] if first.startswith('"') else first.lower()
    return "" if name in ("default", "$user") else name


def renamed_to(head: str) -> list[str]:
    """Return the plain new names of a statement that renames; empty for others."""
    return [plain(name) for name in _NEW_NAME.findall(head)] if " RENAME " in head or head.startswith("RENAME") else []


def _name(pattern: re.Pattern[str], head: str) -> str:
    found = pattern.match(head)
    return plain(found["name"]) if found else ""
