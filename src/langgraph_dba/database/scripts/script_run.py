"""Run the statements of a script one by one, so that an error names the statement; collect what was left out."""

import re
from collections.abc import Callable

from langgraph_dba.database.engines import Connection, Rejected
from langgraph_dba.database.scripts.adaptation import adapted
from langgraph_dba.database.scripts.copy_loader import line_of_row, load_copy
from langgraph_dba.database.scripts.left_out import LeftOut, hint
from langgraph_dba.database.scripts.script import ScriptStatement, SkippedStatement, one_line
from langgraph_dba.errors import ScriptError

_MOST_ADAPTATIONS = 20  # of one statement: each column may have a collation
# `.dump` fills the tables of a virtual table, in which CREATE VIRTUAL TABLE has put rows
_INSERT = re.compile(r"INSERT\s+INTO\b", re.IGNORECASE)


class ScriptRun:
    """The state of one run over an open connection of the owner."""

    def __init__(self, connection: Connection, dialect: str, left_out: LeftOut) -> None:
        """Run nothing yet."""
        self.kept: list[ScriptStatement] = []
        self.skipped: list[SkippedStatement] = []
        self.rows = 0
        self._connection, self._dialect, self._left_out = connection, dialect, left_out

    def run(self, statement: ScriptStatement) -> None:
        """Run a statement that creates objects; ScriptError if the engine refuses it and it cannot be left out."""
        done = self._attempt(statement, self._connection.run)
        if done is not None:
            self.kept.append(done)

    def load(self, statement: ScriptStatement) -> None:
        """Run a statement that writes rows, and count them; an error of COPY names the line of the row."""
        if statement.source:
            self._attempt(statement, lambda _: self._count(load_copy(self._connection, statement)))
        else:
            self._attempt(statement, self._write)

    def _write(self, text: str) -> None:
        try:
            result = self._connection.run(text)
        except Rejected as error:
            if self._dialect != "sqlite" or error.kind != "unique" or not self._is_shadow_table(text):
                raise
            result = self._connection.run(_INSERT.sub("REPLACE INTO", text, count=1))
        self._count(0 if result.columns else result.affected_rows)

    def _count(self, rows: int) -> None:
        self.rows += rows

    def _is_shadow_table(self, text: str) -> bool:
        table = re.match(r"INSERT\s+INTO\s+[\"'`\[]?(\w+)_(?:\w+)", text, re.IGNORECASE)
        query = "SELECT 1 FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL%' AND :name LIKE name || '%'"
        return bool(table and self._connection.run(query, {"name": table[1]}).rows)

    def _attempt(self, statement: ScriptStatement, execute: Callable[[str], object]) -> ScriptStatement | None:
        """Run a statement and return it as it was run; None if it was left out."""
        if reason := self._left_out.before_running(statement.text):
            self._leave_out(statement, reason)
            return None
        for _ in range(_MOST_ADAPTATIONS):
            try:
                execute(statement.text)
            except Rejected as error:
                change = adapted(statement.text, str(error), self._collations)
                if change is None:
                    self._leave_out(statement, self._reason(statement, error))
                    return None
                statement = ScriptStatement(
                    statement.file, statement.line, change[0], statement.position, statement.source
                )
                self._skip(statement, change[1].text, change[1].reason)
            else:
                return statement
        return statement

    def _reason(self, statement: ScriptStatement, error: Rejected) -> str:
        """Return why the refused statement is left out; ScriptError if it cannot be."""
        reason = self._left_out.reason(error)
        if not reason:
            line = line_of_row(statement, str(error))
            quote = one_line(statement.text)
            raise ScriptError(f"{statement.file}:{line}: {error}: {hint(error)} ({quote})") from None
        return reason

    def _leave_out(self, statement: ScriptStatement, reason: str) -> None:
        self._left_out.record(statement.text, reason)
        self._skip(statement, statement.text, reason)

    def _skip(self, statement: ScriptStatement, text: str, reason: str) -> None:
        self.skipped.append(SkippedStatement(statement.file, statement.line, one_line(text), reason))

    def _collations(self) -> set[str]:
        rows = self._connection.run("SELECT collation_name FROM information_schema.collations").rows
        applied = self._connection.run(
            "SELECT full_collation_name FROM information_schema.collation_character_set_applicability"
        ).rows
        return {str(name).lower() for (name,) in (*rows, *applied) if name}
