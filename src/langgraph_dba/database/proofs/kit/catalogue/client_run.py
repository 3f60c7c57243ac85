"""Find what a client does in another way than the scratch database, which runs a script as one transaction.

A client (`psql -f`, `sqlite3`, `mariadb`) sends one statement after another and commits each of them, unless the script
opens a transaction. What is still open at the end of the script is lost.
"""

import re
from collections.abc import Iterator

from langgraph_dba.database.engines import Traits
from langgraph_dba.database.proofs.kit.catalogue.sql_words import words
from langgraph_dba.database.statements import DIALECTS, Statement, split

_Read = tuple[Statement, str]  # a statement and its words
_BEGIN = re.compile(r"(begin|start transaction)( (?!not atomic\b).*)?")
_COMMIT = re.compile(r"(?:commit|end)(?: (?:work|transaction))?(?P<chain> and chain)?(?: and no chain)?")
_UNDO = re.compile(r"(rollback|abort|prepare transaction)\b(?!.* to )")
_SAVEPOINT = re.compile(r"(savepoint|release|rollback .*\bto)\b")
_LOCAL = re.compile(r"set local\b|select (pg_catalog\.)?set_config \( .* , true \)")
_SETTING = re.compile(r"(set|pragma)\b|select (pg_catalog\.)?set_config\b")
# Settings that change no statement after them, or that act in the scratch database as they do in a client.
_HARMLESS = {
    "postgresql": re.compile(
        r"set (session )?(search_path|check_function_bodies|row_security|client_min_messages|xmloption|datestyle"
        r"|intervalstyle|default_tablespace|default_table_access_method|default_with_oids)\b.*"
        r"|set (session )?\w*_timeout (=|to) '?0'?|set (session )?client_encoding (=|to) '?utf-?8'?"
        r"|set (session )?standard_conforming_strings (=|to) '?on'?|set constraints .*"
        r"|select (pg_catalog\.)?set_config \( 'search_path' , .* , false \)",
        re.IGNORECASE,
    ),
    "sqlite": re.compile(
        r"pragma (main\.)?(foreign_keys|defer_foreign_keys|foreign_key_check|integrity_check|quick_check|optimize"
        r"|user_version|application_id|journal_mode|synchronous|cache_size|temp_store|busy_timeout)\b.*"
    ),
    "mariadb": re.compile(".*"),  # each of its statements is sent alone here too, in one session
}


def client_run_lines(script: str, declared: str, traits: Traits) -> Iterator[str]:
    """Yield a line for each statement that a client runs in another way.

    Settings of the declared statements do not count: they are written for a run as one transaction.
    """
    if traits.name not in DIALECTS:  # an engine of another package
        return
    known = {_text(one, traits) for one in split(declared, traits.name)}
    statements = [(one, _text(one, traits)) for one in split(script, traits.name)]
    for one, text in statements:
        if text not in known and (one.kind == "meta" or _SETTING.match(text)):
            yield from _command_lines(one, text, traits)
    yield from _uncommitted_rows(statements) if traits.name == "mariadb" else _transaction_lines(statements, known)


def _text(statement: Statement, traits: Traits) -> str:
    return statement.text if statement.kind == "meta" else " ".join(words(statement.text, traits))


def _command_lines(statement: Statement, text: str, traits: Traits) -> Iterator[str]:
    if statement.kind == "meta":
        if not text.lower().startswith("delimiter"):
            yield f"line {statement.line}: {text[:40]} is a command of the client, which is not understood"
    elif not (_LOCAL.match(text) or _HARMLESS[traits.name].fullmatch(text)):
        yield f"line {statement.line}: {text[:60]} changes how a client runs the statements after it"


def _transaction_lines(statements: list[_Read], known: set[str]) -> Iterator[str]:
    """Yield what an open transaction loses, and what needs a transaction where none is open."""
    opened: Statement | None = None
    for statement, text in statements:
        where = f"line {statement.line}: {text[:60]}"
        commit = _COMMIT.fullmatch(text)
        if _BEGIN.fullmatch(text):
            opened = opened or statement
        elif commit:
            if commit["chain"] and not opened:
                yield f"{where} fails in a client, because no transaction is open"
            opened = statement if commit["chain"] and opened else None
        elif _UNDO.match(text):
            yield f"{where}: which statements it undoes depends on how a client runs the script"
            opened = statement if text.endswith(" and chain") else None
        elif not opened and _SAVEPOINT.match(text):
            yield f"{where}: it needs a transaction, and none is open"
        elif not opened and _LOCAL.match(text) and text not in known:
            yield f"{where} has no effect in a client, because no transaction is open"
    if opened:
        yield f"line {opened.line}: the transaction that begins here is not committed: a client loses what follows"


_AUTOCOMMIT = re.compile(r"set .*\bautocommit (?:: )?= '?(?P<value>\w+)")
_ROWS = re.compile(r"(insert|update|delete|replace|load|call|execute)\b")
# MariaDB commits before and after such a statement
_DDL = re.compile(r"(create|alter|drop) (?!.*\btemporary\b)|(rename|truncate|grant|revoke|lock tables|analyze)\b")


def _uncommitted_rows(statements: list[_Read]) -> Iterator[str]:
    """Yield the transaction whose rows are lost: MariaDB commits DDL at once, but not rows."""
    opened: Statement | None = None
    manual: Statement | None = None  # where autocommit was switched off
    lost: Statement | None = None
    for statement, text in statements:
        if setting := _AUTOCOMMIT.match(text):
            manual = None if setting["value"].lower() in ("1", "on", "true", "default") else statement
            lost = lost if manual else None  # switching it on commits
        elif _BEGIN.fullmatch(text):
            opened, lost = statement, None
        elif _COMMIT.fullmatch(text) or _DDL.match(text) or _UNDO.match(text):
            opened, lost = (statement if text.endswith(" and chain") else None), None
        elif (opened or manual) and _ROWS.match(text):
            lost = lost or statement
    start = opened or manual
    if start and lost:
        where = f"line {start.line}: the transaction that begins here"
        yield f"{where} is not committed: a client loses the rows of line {lost.line}"
