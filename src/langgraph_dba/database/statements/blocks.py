"""Decide whether a `;` ends a statement or belongs to the body of a routine, from the words of the statement.

A class per dialect. `word(word, gap)` takes each word in upper case and returns whether further words of the
statement matter; `ends(gap)` says whether a `;` ends the statement. `gap` is the last character other than a blank
between the word before and this one, comments left out; empty if there is none.
"""

from collections.abc import Callable
from typing import Protocol

from langgraph_dba.database.statements.dialects import Dialect


class Blocks(Protocol):
    """The open blocks of one statement."""

    @property
    def is_open(self) -> bool:
        """Whether a block is open."""

    @property
    def reads_data(self) -> bool:
        """Whether rows follow the statement (COPY … FROM stdin)."""

    def word(self, word: str, gap: str) -> bool:
        """Take a word; return whether further words matter."""

    def ends(self, gap: str) -> bool:
        """Take a `;` and return whether it ends the statement; `gap` as in the module's docstring."""


class SqliteBlocks:
    """The body of a trigger ends with `; END ;`: the rule of `sqlite3_complete`, since `end` may also be a name."""

    reads_data = False

    def __init__(self) -> None:
        """Start before the first word."""
        self._words = 0
        self._is_trigger = self._after_semicolon = self._is_closed = False

    @property
    def is_open(self) -> bool:
        return self._is_trigger and not self._is_closed

    def word(self, word: str, gap: str) -> bool:
        self._is_closed = self._after_semicolon and word == "END" and not gap
        self._after_semicolon = False
        if self._is_trigger:
            return True
        self._words += 1
        self._is_trigger = word == "TRIGGER"
        return word in ("EXPLAIN", "QUERY", "PLAN", "CREATE", "TEMP", "TEMPORARY", "TRIGGER")

    def ends(self, gap: str) -> bool:
        self._after_semicolon = True
        return not self._is_trigger or (self._is_closed and not gap)


class PostgresqlBlocks:
    """`BEGIN ATOMIC … END` of CREATE FUNCTION and PROCEDURE, and COPY … FROM stdin.

    The rules are those of psql: BEGIN counts only in CREATE [OR REPLACE] FUNCTION or PROCEDURE, CASE only inside of it.
    """

    def __init__(self) -> None:
        """Start before the first word."""
        self._head: list[str] = []
        self._last = ""
        self._depth = 0
        self.reads_data = False

    @property
    def is_open(self) -> bool:
        return self._depth > 0

    def word(self, word: str, gap: str) -> bool:
        if self._head[:1] == ["COPY"]:
            self.reads_data = self.reads_data or (word == "STDIN" and self._last == "FROM")
            self._last = word
            return not self.reads_data
        if len(self._head) < 4:  # noqa: PLR2004  CREATE OR REPLACE FUNCTION
            self._head.append(word)
        if self._head[0] == "COPY":
            return True
        kind = self._head[3:4] if self._head[1:3] == ["OR", "REPLACE"] else self._head[1:2]
        is_routine = self._head[0] == "CREATE" and kind in (["FUNCTION"], ["PROCEDURE"])
        if is_routine and gap != ".":
            self._count(word)
        return is_routine or self._head in (["CREATE"], ["CREATE", "OR"], ["CREATE", "OR", "REPLACE"])

    def _count(self, word: str) -> None:
        if word == "BEGIN" or (word == "CASE" and self._depth):
            self._depth += 1
        elif word == "END" and self._depth:
            self._depth -= 1

    def ends(self, gap: str) -> bool:  # noqa: ARG002  the protocol's
        return self._depth == 0


_ROUTINES = frozenset({"EVENT", "FUNCTION", "PROCEDURE", "TRIGGER"})
# a table may be named `event`
_OTHER_OBJECTS = frozenset({"DATABASE", "INDEX", "ROLE", "SCHEMA", "SEQUENCE", "SERVER", "TABLE", "USER", "VIEW"})
_BLOCKS = frozenset({"IF", "LOOP", "REPEAT", "WHILE", "CASE", "FOR"})  # each ends with END and its own name
# a statement of a body may begin behind these
_STARTERS = frozenset({"BEGIN", "ATOMIC", "THEN", "ELSE", "DO", "LOOP", "REPEAT", "ROW", ";"})
# with these, the body of a routine is one statement; IF and CASE behind them are expressions
_VERBS = frozenset({"CALL", "DELETE", "INSERT", "RETURN", "SELECT", "SET", "SIGNAL", "UPDATE", "WITH"})
_NO_VERB_BEHIND = frozenset({"AFTER", "BEFORE", "CHARACTER", "OR"})  # BEFORE INSERT OR UPDATE, CHARACTER SET
_EXPRESSION = "CASE expression"


class MariadbBlocks:
    """Bodies of triggers, routines and events, and compound statements outside of them, written without DELIMITER.

    A stack of open blocks. IF, REPEAT and CASE are blocks where a statement begins, and functions or expressions
    elsewhere; END is a name elsewhere (it is not reserved).
    """

    reads_data = False

    def __init__(self) -> None:
        """Start before the first word."""
        self._words = 0
        self._first = self._last = ""
        self._stack: list[str] = []
        self._is_compound = self._in_header = self._is_handler = False

    @property
    def is_open(self) -> bool:
        return bool(self._stack)

    def word(self, word: str, gap: str) -> bool:
        self._words += 1
        if self._is_compound:
            self._body_word(word, gap)
        else:
            self._head_word(word)
        self._last = word
        # `CREATE DEFINER = a@b FUNCTION`: the kind of object is among the first words
        is_undecided = self._first in ("CREATE", "ALTER", "BEGIN") and word not in _OTHER_OBJECTS
        return self._is_compound or (is_undecided and self._words < 12)  # noqa: PLR2004

    def ends(self, gap: str) -> bool:  # noqa: ARG002  the protocol's
        self._last = ";"
        self._is_handler = False
        return not self._stack

    def _head_word(self, word: str) -> None:
        if self._words == 1:
            self._first = word
            self._is_compound = word in _BLOCKS
            if word in _BLOCKS:
                self._stack.append(word)
        elif self._first == "BEGIN":
            self._is_compound = word == "NOT"  # BEGIN NOT ATOMIC
            if self._is_compound:
                self._stack.append("BEGIN")
        elif word in _ROUTINES and self._first in ("CREATE", "ALTER"):
            self._is_compound = self._in_header = True

    def _body_word(self, word: str, gap: str) -> None:
        if gap in (".", "@"):  # a column or a variable
            return
        if word in _BLOCKS and self._last == "END" and not gap:  # END IF: the block is closed
            self._last = ""
        elif word == "END":
            self._close(is_start=self._is_start(gap))
        elif self._opens(word, gap):
            self._stack.append(word)
            self._in_header = False
        elif word == "CASE" and not self._in_header:
            self._stack.append(_EXPRESSION)
        elif word in _VERBS and self._last not in _NO_VERB_BEHIND:
            self._in_header = False
        self._is_handler = self._is_handler or word == "HANDLER"

    def _opens(self, word: str, gap: str) -> bool:
        if word == "BEGIN":
            return self._in_header or self._is_handler or self._is_start(gap)
        if self._in_header:  # CREATE PROCEDURE IF NOT EXISTS; FOR EACH ROW
            return word in _BLOCKS and word != "FOR" and self._last not in _ROUTINES
        return word in _BLOCKS and self._is_start(gap)

    def _is_start(self, gap: str) -> bool:
        """Return whether a statement of the body may begin here."""
        if gap == ":":  # label: LOOP
            return True
        in_expression = self._stack[-1:] == [_EXPRESSION]
        return self._last in _STARTERS and not gap and not in_expression

    def _close(self, *, is_start: bool) -> None:
        # UNTIL x END REPEAT: the only block whose END follows an expression
        if self._stack and (is_start or self._stack[-1] in (_EXPRESSION, "REPEAT")):
            self._stack.pop()


_CLASSES: dict[Dialect, Callable[[], Blocks]] = {
    "sqlite": SqliteBlocks,
    "postgresql": PostgresqlBlocks,
    "mariadb": MariadbBlocks,
}


def blocks(dialect: Dialect) -> Blocks:
    """Return an object that follows the words of one statement."""
    return _CLASSES[dialect]()
