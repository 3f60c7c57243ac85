"""Which conditions in the bodies of routines were true, and which were not, while experiments ran.

A branch that nothing took shows nothing. Each condition is passed through a function that counts: the counters are
sequences, which keep their values when an experiment is undone.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

from langgraph_dba.database.engines import Connection, Rejected
from langgraph_dba.database.engines.postgresql.own_queries import qualified
from langgraph_dba.database.statements.dialects import FIRST, FLAT_COMMENT, LETTER, tokens

_SPACE = "dba_probe"
_TOKENS = tokens("postgresql")
_TOKEN = re.compile(
    rf"{_TOKENS.literals}|{_TOKENS.comments}|{FLAT_COMMENT}|(?P<word>[{FIRST}][{LETTER}]*+)|(?P<sign>[;()]|>>)",
    re.DOTALL,
)
# what begins a statement of PL/pgSQL: then IF and CASE are statements too
_BEFORE_STATEMENT = ("", ";", ">>", "then", "else", "loop", "begin")
_QUIET = ("notice", "info", "debug", "log", "warning")
_LEAVES = re.compile(
    rf"\b(?:return\b(?!\s+(?:query|next)\b)|exit\b|continue\b|raise\b(?!\s+(?:{'|'.join(_QUIET)})\b))[^;]*;\s*$",
    re.IGNORECASE,
)
# a branch that ends the routine with an error, or with nothing of a row
_HARMLESS = re.compile(
    rf"\s*(?:raise\b(?!\s+(?:{'|'.join(_QUIET)})\b)|null\s*;|return\s*(?:;|(?:new|old|null|true|false|'[^']*'|[\d.]+)\s*;))",
    re.IGNORECASE,
)
_NOTHING = re.compile(r"\s*(?:null|''|0|true|false)\s+end\b", re.IGNORECASE)
_OF_THE_EVENT, _OF_A_ROW = (re.compile(rf"\b{word}", re.IGNORECASE) for word in (r"tg_\w+", r"(?:new|old)\b"))
_WRITES = re.compile(r"\b(?:insert|update|delete|merge|copy|execute)\b", re.IGNORECASE)
_ROUTINES = """
SELECT p.oid::regprocedure::text, pg_get_functiondef(p.oid), p.prosrc, p.prorettype = 'trigger'::regtype
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
WHERE p.prokind IN ('f', 'p') AND l.lanname IN ('sql', 'plpgsql') AND p.prosqlbody IS NULL
  AND (p.prosecdef OR p.prorettype = 'trigger'::regtype) AND n.nspname !~ '^(pg_|information_schema$)'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
ORDER BY 1
"""
_COUNTER = """
CREATE SEQUENCE {space}.true_{number}; CREATE SEQUENCE {space}.false_{number};
GRANT USAGE ON SEQUENCE {space}.true_{number}, {space}.false_{number} TO PUBLIC;
CREATE FUNCTION {space}.seen_{number}(boolean) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
  IF $1 THEN PERFORM pg_catalog.nextval('{space}.true_{number}');
  ELSE PERFORM pg_catalog.nextval('{space}.false_{number}'); END IF;
  RETURN $1; END $$;
GRANT EXECUTE ON FUNCTION {space}.seen_{number} TO PUBLIC;
"""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition at `source[start:end]`, and whether it must be true once, and not true once, to show its branches.

    A handler of exceptions has `block`, where its block begins: it counts as true if the handler was entered.
    """

    start: int
    end: int
    needs_true: bool = True
    needs_false: bool = False
    block: int | None = None


@dataclass(slots=True)
class _Frame:
    """An open IF, CASE, loop or block, which begins at `start`.

    `since` is where a condition began that is not complete, at a depth of brackets; `ors` are the places of OR in it.
    """

    kind: str
    start: int = 0
    is_statement: bool = True
    is_searched: bool = True
    since: int | None = None
    last: int | None = None  # its newest condition
    then: int = 0  # where the branch of that condition begins
    depth: int = 0
    ors: list[tuple[int, int]] = field(default_factory=list)
    is_handling: bool = False


@dataclass(slots=True)
class _Reader:
    """Finds the conditions of one body, token by token."""

    source: str
    found: list[Condition] = field(default_factory=list)
    frames: list[_Frame] = field(default_factory=lambda: [_Frame("routine")])
    depth: int = 0

    def read(self) -> list[Condition]:
        before, until = "", 0
        marks = list(_marks(self.source))
        for (word, start, end), (after, _, _) in zip(marks, [*marks[1:], ("", 0, 0)], strict=True):
            is_closing = before == "end" and word in ("if", "loop", "case") and not self.source[until:start].strip()
            if not is_closing:
                self._take(word, start, end, after, begins=before in _BEFORE_STATEMENT)
            before, until = word, end
        return self.found

    def _take(self, word: str, start: int, end: int, after: str, *, begins: bool) -> None:
        top = self.frames[-1]
        self._note(top, word, start, end, begins=begins)
        if word == "if" and begins:
            self.frames.append(_Frame("if", since=end, depth=self.depth))
        elif (word in ("elsif", "elseif") and top.kind == "if") or (
            word == "when" and top.kind == "case" and top.is_searched
        ):
            self._close(top, start)
            self._has_else(top, end)
            top.since, top.depth, top.ors = end, self.depth, []
        elif word == "case":
            self.frames.append(_Frame("case", is_statement=begins, is_searched=after == "when"))
        elif word == "return" and begins and after not in ("query", "next"):
            self.frames.append(_Frame("return", since=end, depth=self.depth))
        elif word in ("loop", "begin"):
            self.frames.append(_Frame(word, start=end))
        elif word == "else" and top.kind in ("if", "case"):
            self._close(top, start)
            self._has_else(top, end)
        elif word == "end" and len(self.frames) > 1:
            self._close(self.frames.pop(), start)

    def _note(self, top: _Frame, word: str, start: int, end: int, *, begins: bool) -> None:
        """Note brackets, alternatives, and where a condition or a handler ends."""
        self.depth += (word == "(") - (word == ")")
        if word == "or" and top.since is not None and self.depth == top.depth:
            top.ors.append((start, end))
        elif word == "then" and top.since is not None:
            self._add(top, start, end)
        elif word == "then" and top.is_handling and not _HARMLESS.match(self.source[end:]):
            self.found.append(Condition(end, end, block=top.start))
        elif word == "exception" and begins and top.kind == "begin":
            top.is_handling = True
        elif word == ";" and top.kind == "return":
            self.frames.pop()
            self._add_alternatives(top, start)

    def _add(self, frame: _Frame, then: int, end: int) -> None:
        start, frame.since, frame.last, frame.then = frame.since or 0, None, len(self.found), end
        needs_true = not (frame.is_statement and _HARMLESS.match(self.source[end:]))
        self.found.append(Condition(start, then, needs_true=needs_true and not frame.ors))
        if needs_true:  # each alternative opens the branch
            self._add_alternatives(frame, then, start)

    def _add_alternatives(self, frame: _Frame, end: int, start: int | None = None) -> None:
        """Add each part of an expression between its ORs; none if it has no OR."""
        first = frame.since if start is None else start
        starts, ends = [first or 0, *(last for _, last in frame.ors)], [*(before for before, _ in frame.ors), end]
        self.found += [Condition(*one) for one in zip(starts, ends, strict=True)] if frame.ors else []

    def _close(self, frame: _Frame, end: int) -> None:
        """End the branch of the newest condition: if it leaves, what follows is the other branch."""
        if frame.last is not None and frame.is_statement and _LEAVES.search(self.source[frame.then : end]):
            self.found[frame.last] = replace(self.found[frame.last], needs_false=True)

    def _has_else(self, frame: _Frame, end: int) -> None:
        rest = self.source[end:]
        is_harmless = _HARMLESS.match(rest) if frame.is_statement else _NOTHING.match(rest)
        if frame.last is not None and not is_harmless:
            self.found[frame.last] = replace(self.found[frame.last], needs_false=True)


def _marks(source: str) -> Iterator[tuple[str, int, int]]:
    """Yield the words and signs outside of literals and comments, in lower case, with their places."""
    for one in _TOKEN.finditer(source):
        if one.lastgroup is not None:
            yield one[0].lower(), one.start(), one.end()


def conditions_in(source: str) -> list[Condition]:
    """Return the conditions of IF, ELSIF and CASE WHEN in a body of SQL or PL/pgSQL.

    A condition on the event alone (`TG_OP`) is left out: which events there are says the trigger.
    """
    return [
        one
        for one in _Reader(source).read()
        if (one.needs_true or one.needs_false)
        and not (_OF_THE_EVENT.search(text := source[one.start : one.end]) and not _OF_A_ROW.search(text))
    ]


class BranchCounts:
    """Counts how the conditions of triggers that write, and of routines with their owner's rights, turn out."""

    def __init__(self, superuser: Connection) -> None:
        """Let the routines of a database count, from now on."""
        self._superuser = superuser
        self._counted: list[tuple[str, str, Condition]] = []
        superuser.run(f"CREATE SCHEMA {_SPACE}")
        superuser.run(f"GRANT USAGE ON SCHEMA {_SPACE} TO PUBLIC")
        for name, definition, source, is_trigger in superuser.run(qualified(_ROUTINES)).rows:
            if not is_trigger or _WRITES.search(str(source)):
                self._count(str(name), str(definition), str(source))

    def _count(self, name: str, definition: str, source: str) -> None:
        found = conditions_in(source)
        # (place, order there, text): what ends at a place comes first, from the inside out, then what begins there
        insertions: list[tuple[int, int, str]] = []
        for number, one in enumerate(found, len(self._counted)):
            self._superuser.script(_COUNTER.format(space=_SPACE, number=number))
            seen = f"{_SPACE}.seen_{number}"
            if one.block is not None:
                insertions += [(one.block, 0, f" PERFORM {seen}(false); "), (one.start, 0, f" PERFORM {seen}(true); ")]
            else:  # a comment may end the condition
                insertions += [
                    (one.end, -2 * len(source) - one.start, "\n)::boolean) "),
                    (one.start, -one.end, f" {seen}(("),
                ]
        counted = source
        for at, _, text in sorted(insertions, key=lambda one: (one[0], one[1]), reverse=True):
            counted = counted[:at] + text + counted[at:]
        if not found:
            return
        self._counted += [(name, source[one.start : one.end], one) for one in found]
        head, _, tail = definition.rpartition(source)  # the body is the last part
        counting = f"{head}{counted}{tail}"
        with suppress(Rejected):  # then nothing is counted, and `not_taken` takes the routine for one that did not run
            self._superuser.script(counting)

    def not_taken(self) -> Iterator[str]:
        """Yield each condition that was never true, or never anything else, although its routine ran."""
        for number, (name, text, one) in enumerate(self._counted):
            values = [
                bool(self._superuser.run(f"SELECT is_called FROM {_SPACE}.{kind}_{number}").scalar)
                for kind in ("true", "false")
            ]
            words = " ".join(text.split()) or "the handler of an exception"
            if any(values) and one.needs_true and not values[0]:
                did = "enters" if one.block is not None else "makes"
                yield f"{name}: nothing that was tried {did} {words}{'' if one.block is not None else ' true'}"
            elif any(values) and one.needs_false and not values[1]:
                yield f"{name}: nothing that was tried makes {words} false"
