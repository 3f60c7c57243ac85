"""Run the statements of a script one by one, so that an error names the statement; collect what was left out."""

from langgraph_dba.database.engines import Connection, Rejected, budget, out_of_time
from langgraph_dba.database.scripts.adaptation import adapted
from langgraph_dba.database.scripts.dialect_guess import COMMAND_OPTION
from langgraph_dba.database.scripts.left_out import LeftOut, hint
from langgraph_dba.database.scripts.script import ScriptStatement, SkippedStatement, one_line
from langgraph_dba.database.scripts.words import head_of
from langgraph_dba.errors import OverBudget, ScriptError

_MOST_ADAPTATIONS = 20  # of one statement: each column may have a collation
_STATEMENT_S = 30.0  # the tables are empty: only an endless query, or a lock that is never released, takes longer


class ScriptRun:
    """The state of one run over an open connection of the owner."""

    def __init__(self, connection: Connection, left_out: LeftOut, guess: str = "") -> None:
        """Run nothing yet; `guess` is the dialect if it was guessed."""
        self.kept: list[ScriptStatement] = []
        self.skipped: list[SkippedStatement] = []
        self._connection, self._left_out = connection, left_out
        self._guess = (
            f"; the dialect {guess} was guessed, set `dialect` if it is another {COMMAND_OPTION}" if guess else ""
        )

    def run(self, statement: ScriptStatement) -> None:
        """Run a statement that creates objects; ScriptError if the engine refuses it and it cannot be left out."""
        done = self._attempt(statement)
        if done is not None:
            self.kept.append(done)

    def _attempt(self, statement: ScriptStatement) -> ScriptStatement | None:
        """Run a statement and return it as it was run; None if it was left out."""
        if reason := self._left_out.before_running(statement.text):
            self._leave_out(statement, reason)
            return None
        for _ in range(_MOST_ADAPTATIONS):
            try:
                self._send(statement)
            except Rejected as error:
                change = adapted(statement.text, str(error), self._collations)
                if change is None:
                    self._leave_out(statement, self._reason(statement, error))
                    return None
                statement = ScriptStatement(statement.file, statement.line, change[0])
                self._skip(statement, change[1].text, change[1].reason)
            else:
                return statement
        return statement

    def _send(self, statement: ScriptStatement) -> None:
        try:
            with budget(_STATEMENT_S):
                self._connection.run(statement.text)
        except OverBudget:
            out_of_time()  # the caller's budget, if that is the one that ended
            raise self._error(statement, f"it did not end within {_STATEMENT_S:.0f} s", "remove it") from None

    def _reason(self, statement: ScriptStatement, error: Rejected) -> str:
        """Return why the refused statement is left out; ScriptError if it cannot be."""
        reason = self._left_out.reason(error)
        if not reason and head_of(statement.text).startswith("CALL "):
            return f"the procedure fails, and the rows that it may need are not loaded: {error}"
        if not reason:
            raise self._error(statement, str(error), hint(error)) from None
        return reason

    def _error(self, statement: ScriptStatement, problem: str, fix: str) -> ScriptError:
        quote = f"({one_line(statement.text)})"
        return ScriptError(f"{statement.file}:{statement.line}: {problem}: {fix} {quote}{self._guess}")

    def _leave_out(self, statement: ScriptStatement, reason: str) -> None:
        self._left_out.record(statement.text, reason)
        self._skip(statement, statement.text, reason)

    def _skip(self, statement: ScriptStatement, text: str, reason: str) -> None:
        self.skipped.append(SkippedStatement(statement.file, statement.line, text, reason))

    def _collations(self) -> set[str]:
        rows = self._connection.run("SELECT collation_name FROM information_schema.collations").rows
        applied = self._connection.run(
            "SELECT full_collation_name FROM information_schema.collation_character_set_applicability"
        ).rows
        return {str(name).lower() for (name,) in (*rows, *applied) if name}
