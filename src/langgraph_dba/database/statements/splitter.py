"""Split a script into statements in linear time, without raising on malformed text."""

import re
from collections.abc import Callable, Iterator

from langgraph_dba.database.statements.blocks import Blocks, blocks
from langgraph_dba.database.statements.dialects import BLANKS, INK, Dialect, known_dialect, scanner, tokens
from langgraph_dba.database.statements.jinja import NAMES, jinja_end
from langgraph_dba.database.statements.psql import (
    COPY_IN,
    STANDARD_STRINGS,
    copy_data,
    meta_command,
    nested_comment_end,
)
from langgraph_dba.database.statements.statement import Statement, StatementKind
from langgraph_dba.database.statements.text_positions import TextPositions


def split(script: str, dialect: str) -> Iterator[Statement]:
    """Yield the statements of a script; `dialect` is `sqlite`, `postgresql` or `mariadb`.

    Text that is not closed runs to the end of the script, and its statement says so in `unterminated`.
    """
    start = 1 if script.startswith("\ufeff") else 0  # the clients skip a byte order mark
    return _Splitter(script, known_dialect(dialect), start, len(script), TextPositions(script)).statements()


class _Splitter:
    """The state between two stops; `tokens` names the stops, and a method of the same name handles each."""

    def __init__(self, script: str, dialect: Dialect, start: int, limit: int, positions: TextPositions) -> None:
        self._script, self._dialect, self._limit, self._positions = script, dialect, limit, positions
        self._mark = ";"
        self._backslash = False
        self._handlers: dict[str, Callable[[int], Iterator[Statement]]] = {
            "backslash": self._on_backslash, "close": self._on_close, "comment": self._on_comment,
            "continued": self._on_continued, "delimiter": self._on_delimiter, "dollar": self._on_dollar,
            "end": self._on_end, "executed": self._on_executed, "jinja": self._on_jinja, "nested": self._on_nested,
            "open": self._on_open, "paren": self._on_paren, "word": self._on_word,
        }  # fmt: skip
        self._begin(start)

    def _begin(self, at: int) -> None:
        """Forget the last statement."""
        self._at = at
        self._start: int | None = None  # of the statement, once it has text
        self._tail: int | None = None  # where the comments at the end of the statement begin
        self._gap = ""  # the last character other than a blank since the last word
        self._parens = self._executed = 0
        self._holes: list[tuple[int, int]] = []  # what the client takes out of the statement
        # with a delimiter of its own, a body needs no counting
        self._blocks: Blocks | None = blocks(self._dialect) if self._mark == ";" else None

    def statements(self) -> Iterator[Statement]:
        while True:
            if self._start is None:
                yield from self._client_commands()
            pattern = scanner(self._dialect, self._mark, backslash=self._backslash, words=self._blocks is not None)
            stop = pattern.match(self._script, self._at, self._limit)
            kind = stop and stop.lastgroup
            if not stop or not kind:
                break
            self._note_text(self._at, stop.start(kind))
            self._at = stop.end(kind)
            yield from self._handlers[kind](stop.start(kind))
        self._note_text(self._at, self._limit)
        yield from self._finish(self._limit, self._open_name())

    def _note_text(self, start: int, end: int) -> None:
        """Take the text between two stops."""
        ink = INK.search(self._script, start, end)
        if ink:
            self._tail = None
            if self._start is None:
                self._start = ink.start()
            if self._blocks:
                self._gap = self._script[ink.start() : end].rstrip(BLANKS)[-1:]

    def _note_token(self, at: int) -> None:
        """Take a stop that is part of the statement."""
        self._tail = None
        if self._start is None:
            self._start = at

    def _open_name(self) -> str:
        if self._executed:
            return "executed comment"
        if self._parens > 0:
            return "parenthesis"
        return "block" if self._blocks and self._blocks.is_open else ""

    # -- commands of the dialect's shell

    def _client_commands(self) -> Iterator[Statement]:
        client = tokens(self._dialect).client
        while found := client.match(self._script, self._at, self._limit):
            kind = found.lastgroup
            if kind == "delimiter":
                self._mark = found["mark"].strip("'\"`") or ";"
            start, end = found.span(kind or 0)
            self._begin(end)
            if kind != "note":
                yield self._statement("meta", start, self._ink_end(start, end))

    # -- stops

    def _on_comment(self, at: int) -> Iterator[Statement]:
        if self._start is None:
            self._begin(self._at)
        elif self._tail is None:
            self._tail = at
        return iter(())

    def _on_nested(self, at: int) -> Iterator[Statement]:
        end = nested_comment_end(self._script, at, self._limit)
        if end < 0:
            return self._run_to_end(at, "comment")
        self._at = end
        return self._on_comment(at)

    def _on_jinja(self, at: int) -> Iterator[Statement]:
        opening = self._script[at : at + 2]
        end = jinja_end(self._script, at, self._limit)
        if end < 0:
            return self._run_to_end(at, NAMES[opening])
        self._at = end
        if opening != "{{":  # a tag is no part of the SQL, like a comment
            return self._on_comment(at)
        self._note_token(at)
        self._gap = "}"
        return iter(())

    def _on_open(self, at: int) -> Iterator[Statement]:
        return self._run_to_end(at, tokens(self._dialect).quote_names[self._script[at : self._at]])

    def _on_dollar(self, at: int) -> Iterator[Statement]:
        tag = self._script[at : self._at]
        end = self._script.find(tag, self._at, self._limit)
        if end < 0:
            return self._run_to_end(at, f"dollar quote {tag}")
        self._note_token(at)
        self._at = end + len(tag)
        self._gap = "$"
        return iter(())

    def _on_paren(self, at: int) -> Iterator[Statement]:
        self._note_token(at)
        self._parens = max(0, self._parens + (1 if self._script[at] == "(" else -1))
        self._gap = self._script[at]
        return iter(())

    def _on_executed(self, at: int) -> Iterator[Statement]:
        # its text is part of the statement: mysqldump writes CREATE TRIGGER in three of them
        self._note_token(at)
        self._executed += 1
        version = re.compile(r"\d*").match(self._script, self._at, self._limit)
        self._at = version.end() if version else self._at
        return iter(())

    def _on_close(self, at: int) -> Iterator[Statement]:
        self._note_token(at)
        self._executed = max(0, self._executed - 1)
        return iter(())

    def _on_word(self, at: int) -> Iterator[Statement]:
        self._note_token(at)
        # BEGIN and END inside of parentheses are not counted, as in psql
        if self._blocks and not self._parens:
            matters = self._blocks.word(self._script[at : self._at].upper(), self._gap)
            if not matters and not self._blocks.reads_data:
                self._blocks = None
        self._gap = ""
        return iter(())

    def _on_end(self, at: int) -> Iterator[Statement]:
        is_end = self._blocks.ends(self._gap) if self._blocks else True
        if not is_end or self._parens or self._executed:
            self._note_token(at)
            self._gap = ""
            return iter(())
        if self._blocks and self._blocks.reads_data:
            return self._copy(at)
        return self._finish(at)

    def _on_delimiter(self, at: int) -> Iterator[Statement]:
        # mysql sends what is pending before it changes the delimiter
        self._at = at
        return self._finish(at, self._open_name())

    def _on_continued(self, at: int) -> Iterator[Statement]:
        # mysql drops a backslash at the end of a line, outside of literals and comments
        if self._start is not None:
            self._holes.append((at, self._at))
        return iter(())

    def _on_backslash(self, at: int) -> Iterator[Statement]:
        command = meta_command(self._script, at, self._limit)
        self._at = command.end
        if command.is_separator:
            return self._finish(at)
        return self._meta(at, self._ink_end(at, command.end), ends=command.sends)

    # -- statements

    def _meta(self, at: int, end: int, *, ends: bool) -> Iterator[Statement]:
        """Yield a psql command, after the statement that it sends to the server if there is one."""
        if ends:
            yield from self._finish(at)
        elif self._start is None:
            self._begin(self._at)
        else:
            self._holes.append((at, self._at))
            self._tail = at if self._tail is None else self._tail
        if COPY_IN.match(self._script, at, end):  # \copy … from stdin
            yield from self._with_data("meta", at, end)
        else:
            yield self._statement("meta", at, end)

    def _copy(self, at: int) -> Iterator[Statement]:
        start = self._start
        if start is not None:
            yield from self._with_data("copy", start, self._ink_end(start, at if self._tail is None else self._tail))

    def _with_data(self, kind: StatementKind, start: int, end: int) -> Iterator[Statement]:
        """Yield a statement with the rows in the lines below it, then the statements of the rest of its line."""
        data = copy_data(self._script, self._at, self._limit)
        yield self._statement(kind, start, end, "" if data.is_closed else "COPY data", data=(data.start, data.end))
        rest = _Splitter(self._script, self._dialect, self._at, data.line_end, self._positions)
        self._begin(data.next)
        yield from rest.statements()

    def _run_to_end(self, at: int, name: str) -> Iterator[Statement]:
        self._note_token(at)
        self._at = self._limit
        return self._finish(self._limit, name)

    def _finish(self, end: int, unterminated: str = "") -> Iterator[Statement]:
        start, tail = self._start, self._tail
        if start is not None:
            end = self._ink_end(start, end if tail is None else tail)
            statement = self._statement("sql", start, end, unterminated)
            if self._dialect == "postgresql" and (switch := STANDARD_STRINGS.match(statement.text)):
                self._backslash = switch[1].lower() == "off"
            self._begin(self._at)
            yield statement
        else:
            self._begin(self._at)

    def _ink_end(self, start: int, end: int) -> int:
        return start + len(self._script[start:end].rstrip(BLANKS))

    def _statement(
        self, kind: StatementKind, start: int, end: int, unterminated: str = "", *, data: tuple[int, int] | None = None
    ) -> Statement:
        positions = self._positions
        line, column = positions.line_column(start)
        first, last = data or (None, None)
        text = self._script[start:end] if kind == "meta" else self._text(start, end)
        return Statement(
            text, kind, start, end, positions.byte(start), positions.byte(end), line, column,
            positions.line_column(max(start, end - 1))[0], self._script[first:last] if data else "", first, last,
            unterminated,
        )  # fmt: skip

    def _text(self, start: int, end: int) -> str:
        """Return the text of a statement, with blanks for what the client takes out of it."""
        parts = []
        for first, last in self._holes:
            if start < first < end:
                parts += [self._script[start:first], " " * (last - first)]
                start = last
        return "".join([*parts, self._script[start:end]])
