"""Recognise statements that write rows through code: a block, or a call of a routine that the file creates."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from langgraph_dba.database.scripts.words import Token, created_name, head_of, plain, tokens_of

_ROUTINE = re.compile(r"CREATE (?:OR REPLACE )?(?:[^ ]+ ){0,12}?(?:FUNCTION|PROCEDURE)\b")
_RUNS_CODE = re.compile(r"(?:SELECT|CALL|DO)\b")
_WRITES = re.compile(
    r"\b(?:(?:INSERT|REPLACE|MERGE)(?: [A-Z_]+){0,3} INTO|DELETE FROM|(?:TRUNCATE|COPY) (?!\()"
    r"|(?<!FOR )(?<!KEY )(?<! DO )(?<! ON )UPDATE (?!OF\b|SKIP\b|NOWAIT\b))"
)
# a statement in a text may create anything
_CREATES = re.compile(r"\b(?:CREATE|ALTER|DROP|RENAME|GRANT|REVOKE|COMMENT ON|EXECUTE|PREPARE|CLUSTER|REFRESH)\b")
# of PostgreSQL: its own catalogue describes objects
_CATALOGUE = re.compile(r"\bPG_[A-Z]+\b")


class RowWriters:
    """The routines that the statements of a file create, by plain name, with their code."""

    def __init__(self, statements: Iterable[str]) -> None:
        """Collect the routines among the statements; overloads count as one."""
        self._routines: dict[str, str] = {}
        for text in statements:
            head = head_of(text)
            if _ROUTINE.match(head) and (name := created_name(head)):
                code = re.sub(r"^.*?\b(?:FUNCTION|PROCEDURE) ", "", _code(text))  # without the CREATE of the routine
                self._routines[name] = f"{self._routines.get(name, '')} {code}"

    def only_writes_rows(self, text: str) -> bool:
        """Return whether a statement runs code that writes rows and creates or changes no object."""
        if not _RUNS_CODE.match(head_of(text)):
            return False
        code = " ".join(self._with_called(_code(text)))
        is_known = text[:2].upper() == "DO" or any(name in self._routines for name in _called(_code(text)))
        return is_known and bool(_WRITES.search(code)) and not _CREATES.search(code) and not _CATALOGUE.search(code)

    def _with_called(self, code: str) -> list[str]:
        """Return code, and that of each routine that it calls, also through others."""
        texts, seen = [code], set[str]()
        for part in texts:
            names = {name for name in _called(part) if name in self._routines} - seen
            seen |= names
            texts += [self._routines[name] for name in sorted(names)]
        return texts


def _called(code: str) -> set[str]:
    """Return the plain names before parentheses, and those behind CALL."""
    found = re.findall(r"([^\s().,]+) \(|\bCALL (?:[^\s.]+ \. )?([^\s().,]+)", code)
    return {plain(one or other) for one, other in found}


def _code(text: str) -> str:
    """Return the words of a statement in upper case and its marks, with those of its body, without other literals."""
    return " ".join(_forms([*tokens_of(text)]))


def _forms(tokens: list[Token]) -> Iterator[str]:
    for before, token in pairwise([None, *tokens]):
        assert token is not None
        if token.kind != "text":
            yield token.text.upper()
        elif token.text.startswith("$") or (before and before.is_word("AS", "DO")):
            yield from _forms([*tokens_of(_unquoted(token.text))])


def _unquoted(text: str) -> str:
    """Return the text of a literal."""
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    size = text.index("$", 1) + 1
    return text[size:-size]
