"""Find the statements that a client runs in another way than the scratch database, which runs a script as a whole.

A client (`psql -f`, `sqlite3`, `mariadb`) sends one statement after another and commits each of them, unless the script
begins a transaction. If that transaction is still open at the end of the script, it is rolled back.
"""

import re
from collections.abc import Iterator

from langgraph_dba.database.engines import Traits
from langgraph_dba.database.proofs.kit.catalogue.sql_words import words
from langgraph_dba.database.statements import DIALECTS, Statement, split

_BEGIN = re.compile(r"(begin|start transaction)\b")
_COMMIT = re.compile(r"(commit|end)( work| transaction)?( and no chain)?")
# commands that change nothing in the database, and not how later statements are read
_ONLY_OUTPUT = re.compile(
    r"delimiter\b|\\(?:echo|qecho|warn|timing|pset|x|conninfo|restrict|unrestrict)\b|\\encoding\s+'?utf-?8\b"
    r"|\\set\s+(?:ON_ERROR_STOP|VERBOSITY|QUIET|ECHO|ECHO_HIDDEN|SHOW_CONTEXT|PROMPT\d)\b"
    r"|\.(?:echo|headers|mode|timer|bail|print|width)\b",
    re.IGNORECASE,
)
_CONCURRENT = re.compile(
    r"(?:(?:create (?:unique )?index|drop index|reindex|refresh materialized view) .*\bconcurrently|vacuum)\b"
)
_IN_TRANSACTION = re.compile(r"(?i)\b(begin|start\s+transaction|rollback|abort|savepoint)\b")
_TO_SAVEPOINT = re.compile(r"(?i)rollback\b(\s+(work|transaction))?\s+to\b")
_LOSES = re.compile(r"not committed|undoes other statements|because a transaction is open")
_SAVEPOINT = re.compile(r"(savepoint|release|rollback( work| transaction)? to) ")
_ROLLBACK = re.compile(r"(rollback|abort)\b")
# The scratch database reads the whole script at once and in one transaction, so these settings come too late there.
# All other settings act on each statement after them in both.
_READ_ONLY = re.compile(
    r"set (session )?(default_transaction_read_only (=|to) (?!'?(off|false|no|0)\b)|characteristics .*\bread only\b).*"
)
_TEXT_FORM = re.compile(
    r"set (session )?(standard_conforming_strings (=|to) (?!'?(on|true|yes|1)\b)"
    r"|(client_encoding (=|to)|names) (?!'?utf-?8\b)).*",
    re.IGNORECASE,
)


def client_run_lines(script: str, traits: Traits) -> Iterator[str]:
    """Yield a line for each statement that a client runs in another way."""
    if traits.name not in DIALECTS:  # an engine of another package
        return
    statements = list(split(script, traits.name))
    for one in statements:
        if one.kind == "copy":
            yield f"line {one.line}: {one.text[:60]} loads rows, which no proof and no other database expects"
        if one.kind == "meta" and not _ONLY_OUTPUT.match(one.text):
            yield f"line {one.line}: {one.text[:60]} is a command of the client, which is not run here"
    if traits.transactional_ddl:  # otherwise each statement is sent alone here too, and a transaction only holds rows
        yield from _transaction_lines([one for one in statements if one.kind == "sql"], traits)


def lost_in_transactions(script: str, traits: Traits) -> Iterator[str]:
    """Yield a line for each statement of a script that a client undoes, or that fails in its transaction."""
    if not traits.transactional_ddl or not _IN_TRANSACTION.search(script):
        return
    statements = [one for one in split(script, traits.name) if one.kind == "sql"]
    for one in statements:
        if _TO_SAVEPOINT.match(one.text):
            yield f"line {one.line}: {one.text[:60]} undoes the statements since the savepoint"
    yield from (line for line in _transaction_lines(statements, traits) if _LOSES.search(line))


def _transaction_lines(statements: list[Statement], traits: Traits) -> Iterator[str]:
    """Yield what an open transaction loses, and what needs a transaction where none is open."""
    begin = ""  # the words of the statement that began the open transaction
    opened: Statement | None = None
    is_plain = all(one.text.isascii() and "\\" not in one.text for one in statements)
    for statement in statements:
        text = " ".join(words(statement.text, traits))
        if difference := _difference(text, traits, is_open=opened is not None, is_plain=is_plain):
            yield f"line {statement.line}: {text[:60]} {difference}"
        if not opened and (_BEGIN.match(text) or (traits.savepoint_begins and text.startswith("savepoint "))):
            opened, begin = statement, text
        elif opened and _ends(text, begin):
            opened = None
    if opened and opened is not statements[-1]:
        yield f"line {opened.line}: the transaction that begins here is not committed: a client loses what follows"


def _ends(text: str, begin: str) -> bool:
    """Return whether a statement ends the transaction that `begin` began; RELEASE only ends that of a savepoint."""
    is_release = text.removeprefix("release ").removeprefix("savepoint ") == begin.removeprefix("savepoint ")
    is_rollback = _ROLLBACK.match(text) is not None and not _SAVEPOINT.match(text)
    return _COMMIT.fullmatch(text) is not None or is_rollback or (text.startswith("release ") and is_release)


def _difference(text: str, traits: Traits, *, is_open: bool, is_plain: bool) -> str:
    """Return what a client does in another way; `is_plain` if no text of the script depends on how it is read."""
    if _SAVEPOINT.match(text):
        return "" if is_open or traits.savepoint_begins else "fails in a client, because no transaction is open"
    if _ROLLBACK.match(text):
        return "undoes other statements in a client, which has committed those before the transaction"
    if is_open and traits.transactional_ddl and _CONCURRENT.match(text):
        return "fails in a client, because a transaction is open"
    if text.startswith("set local ") and not is_open:
        return "has no effect in a client, because no transaction is open"
    if _READ_ONLY.fullmatch(text) or (not is_plain and _TEXT_FORM.fullmatch(text)):
        return "changes how a client runs the statements after it"
    return ""
