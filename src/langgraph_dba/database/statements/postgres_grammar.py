"""PostgreSQL's own grammar (libpg_query, by the package postgast): trees, fingerprints and syntax errors.

libpg_query stops at the first error of a script: split it first and parse each statement. Only the JSON call of the
library is used: postgast's protobuf decoder stops at 100 levels, which 47 concatenations reach.
"""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from langgraph_dba.database.statements.deep_json import parse_json
from langgraph_dba.database.statements.postgres_tree import Node, convert_locations, walk
from langgraph_dba.database.statements.text_positions import TextPositions
from langgraph_dba.errors import InputError
from langgraph_dba.extras import install_hint

__all__ = ["GrammarError", "ParsedStatement", "fingerprint", "is_available", "parse", "parse_plpgsql", "walk"]

Answer = TypeVar("Answer")

# The library recurses over the tree and does not check its stack: 100,000 terms of `a+a+…` ended the process. It takes
# 67 bytes of stack per byte of the statement (the worst form: `+a`, 134 bytes a level); twice that is given.
_STACK_PER_BYTE = 134
_SHORT_BYTES = 1_000  # 134 kB: fits in any thread's stack
_LONGEST_BYTES = 8_000_000  # 1 GB of address space, of which only the used part becomes memory
_VARIADIC = re.compile(r'"(?:[^"]|"")*"|\'(?:[^\']|\'\')*\'|(?P<word>\bvariadic\b)', re.IGNORECASE)
_stack_size_lock = threading.Lock()  # threading.stack_size() is a setting of the process


@dataclass(frozen=True, slots=True)
class ParsedStatement:
    """The tree of one statement, as libpg_query writes it in JSON, and its place: `sql[start:end]`.

    Each `location` in the tree is a character offset in `sql`, too.
    """

    tree: Node
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class GrammarError:
    """Why a statement cannot be parsed; `position` counts characters from 0, line and column from 1."""

    message: str
    position: int | None = None
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.message}" if self.line else self.message


def is_available() -> bool:
    """Return whether the library is installed and loads here."""
    try:
        _library()
    except InputError:
        return False
    return True


def parse(sql: str) -> tuple[ParsedStatement, ...] | GrammarError:
    """Parse the statements of a text; the whole text is an error if one of them is."""
    answer = _call(sql, "pg_query_parse", "parse_tree")
    if isinstance(answer, GrammarError):
        return answer
    try:
        statements = parse_json(answer)["stmts"]
    except (RecursionError, MemoryError, ValueError) as error:
        return GrammarError(f"the statement is too deeply nested ({type(error).__name__})")
    positions = TextPositions(sql)
    if not sql.isascii():  # the library counts bytes, except in errors
        convert_locations(statements, positions.character)
    return tuple([_located(statement, positions, len(sql)) for statement in statements])


def parse_plpgsql(definition: str) -> list[Node] | GrammarError:
    """Parse a CREATE FUNCTION of PL/pgSQL; the tree has the SQL of each expression as text, without locations.

    The library keeps neither the type nor the default of a variable whose type it does not know.
    """
    answer = _call(definition, "pg_query_parse_plpgsql", "plpgsql_funcs")
    if isinstance(answer, GrammarError) and (header := _without_variadic(definition)) != definition:
        # the library takes every array type for a scalar, and refuses it as a variadic parameter
        answer = _call(header, "pg_query_parse_plpgsql", "plpgsql_funcs")
    if isinstance(answer, GrammarError):
        return answer
    try:
        functions: list[Node] = parse_json(answer)
    except (RecursionError, MemoryError, ValueError) as error:
        return GrammarError(f"the function is too deeply nested ({type(error).__name__})")
    return functions


def _without_variadic(definition: str) -> str:
    """Return a CREATE FUNCTION without the word VARIADIC in its parameters, which come before its body."""
    found = next((one for one in _VARIADIC.finditer(definition) if one["word"]), None)
    return definition if found is None else definition[: found.start()] + definition[found.end() :]


def fingerprint(sql: str) -> str | GrammarError:
    """Return a hash of the statement's form, which is the same for other constants and numbers of list elements."""
    answer = _call(sql, "pg_query_fingerprint", "fingerprint_str")
    return answer if isinstance(answer, GrammarError) else answer.decode("ascii")


def _located(statement: Node, positions: TextPositions, size: int) -> ParsedStatement:
    start = statement.get("stmt_location", 0)
    length = statement.get("stmt_len", 0)  # 0: up to the end
    end = positions.character(start + length) if length else size
    return ParsedStatement(statement.get("stmt", {}), positions.character(start), end)


@cache
def _library() -> Any:
    """Load the library, or raise InputError with the command that installs it."""
    try:
        from postgast.native import lib
    except (ImportError, OSError):
        raise InputError(f"parsing PostgreSQL needs postgast: {install_hint('postgres')}") from None
    return lib


def _call(sql: str, function: str, field: str) -> bytes | GrammarError:
    """Call a function of the library and return one field of its result."""
    library = _library()
    if "\0" in sql:  # the library reads up to it
        return _error("the statement contains a NUL character", sql.index("\0"), sql)
    encoded = sql.encode("utf-8", "replace")

    def ask() -> bytes | GrammarError:
        result = getattr(library, function)(encoded)
        try:
            if result.error:
                error = result.error.contents
                return _error((error.message or b"").decode("utf-8", "replace"), error.cursorpos - 1, sql)
            return bytes(getattr(result, field))
        finally:
            getattr(library, _FREE[function])(result)

    if len(encoded) <= _SHORT_BYTES:
        return ask()
    if len(encoded) > _LONGEST_BYTES:
        return GrammarError(f"the statement is longer than {_LONGEST_BYTES} bytes")
    return _on_stack(_STACK_PER_BYTE * len(encoded), ask)


_FREE = {
    "pg_query_parse": "pg_query_free_parse_result",
    "pg_query_parse_plpgsql": "pg_query_free_plpgsql_parse_result",
    "pg_query_fingerprint": "pg_query_free_fingerprint_result",
}


def _error(message: str, position: int, sql: str) -> GrammarError:
    if position < 0:
        return GrammarError(message)
    return GrammarError(message, position, *TextPositions(sql).line_column(min(position, len(sql))))


def _on_stack(size_bytes: int, function: Callable[[], Answer]) -> Answer | GrammarError:
    """Run a function in a thread with a stack of at least this size."""
    answers: list[Answer] = []
    thread = threading.Thread(target=lambda: answers.append(function()))
    with _stack_size_lock:
        before = threading.stack_size((size_bytes // 65_536 + 17) * 65_536)  # whole pages, and a megabyte to spare
        try:
            thread.start()
        except (RuntimeError, MemoryError):
            return GrammarError("no memory for the stack that a statement of this length may need")
        finally:
            threading.stack_size(before)
    thread.join()
    return answers[0] if answers else GrammarError("the parser failed")
