"""The first wall: read a statement with a parser, and let it through only if all of it is known to be a read.

Everything is refused that is not expressly allowed: statements, parts of statements, and text that an engine might
read otherwise than the parser does. Which functions are harmless is the engine's to say: their names are handed on.
"""

import logging
import re
from collections.abc import Collection, Sequence
from functools import cache
from typing import NoReturn

import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType
from sqlglot.tokens import Tokenizer

from langgraph_dba.database.engines.live.reader_protocol import Grammar, Name, Reading
from langgraph_dba.errors import Forbidden

_LITERALS = frozenset({
    TokenType.STRING, TokenType.HEREDOC_STRING, TokenType.BYTE_STRING, TokenType.BIT_STRING, TokenType.HEX_STRING,
    TokenType.NATIONAL_STRING, TokenType.UNICODE_STRING, TokenType.RAW_STRING, TokenType.NUMBER,
})  # fmt: skip
_WORD = re.compile(r"[^\W\d][\w$]*")
_STARTS = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "("})
_LONGEST = 200_000
# Parts of a query that are neither expressions nor queries themselves.
_PARTS = tuple(
    getattr(exp, name)
    for name in (
        "Alias", "Aliases", "AtTimeZone", "CTE", "CharacterSet", "ColumnConstraint", "ColumnDef", "Cube", "DataType",
        "DataTypeParam", "Distinct", "Fetch", "Filter", "FormatJson", "From", "Group", "GroupingSets", "Having",
        "HavingMax", "Identifier", "IgnoreNulls", "IndexTableHint", "Interval", "IntervalSpan", "Introducer",
        "JSONColumnDef", "JSONExtractQuote", "JSONKeyValue", "JSONPath", "JSONPathPart", "JSONSchema", "JSONValue",
        "Join", "Lambda", "Lateral", "Limit",
        "LimitOptions", "National", "Offset", "OnCondition", "Order", "Ordered", "Partition", "PathColumnConstraint",
        "PseudoType", "RecursiveWithSearch", "RespectNulls", "Rollup", "Slice", "Star", "Table", "TableAlias",
        "TableColumn", "TableFromRows", "TableSample", "Tuple", "Values", "Var", "Variadic", "Version", "Where",
        "WindowSpec", "With", "WithOperator", "WithinGroup", "XMLKeyValueOption", "XMLNamespace",
    )
)  # fmt: skip
_ROOTS = (exp.Query, exp.Values)
_REASONS = {
    "Into": "INTO writes its result to a table, a file or a variable",
    "Lock": "it locks rows",
    "PropertyEQ": "it sets a variable",
    "Parameter": "it uses a variable of the connection",
    "Command": "it is not a query",
}

# sqlglot says on its logger what it falls back to; here that is a refusal, which says it better
logging.getLogger("sqlglot").addFilter(
    lambda record: "Falling back to parsing as a 'Command'" not in record.getMessage()
)


def vet(sql: str, grammar: Grammar, parameters: Collection[str] = ()) -> Reading:
    """Return what one statement reads and calls; Forbidden says what in it is no read, and what is allowed."""
    return _Statement(sql, grammar, parameters).reading()


class _Statement:
    """One statement's text and tokens while it is being read."""

    def __init__(self, sql: str, grammar: Grammar, parameters: Collection[str]) -> None:
        self._sql, self._grammar, self._parameters = sql, grammar, parameters
        self._tokens = self._cut()

    def reading(self) -> Reading:
        head = self._tokens[0].text.upper()
        self._refuse_hidden_text()
        if head in self._grammar.explains:
            return self._explain(head)
        words = [token.text.upper() for token in self._tokens]
        if self._grammar.show(words):
            return self._found("show", self._tokens)
        if head not in _STARTS:
            self._refuse(f"{head[:40]} is not a read")
        self._refuse_all_but_queries(self._sql)
        return self._found("query", self._tokens)

    def _cut(self) -> list[Token]:
        if "\0" in self._sql:
            self._refuse("it holds a zero byte")
        if len(self._sql) > _LONGEST:
            self._refuse(f"it is longer than {_LONGEST:,} characters")
        try:
            tokens = _tokenizer(self._grammar.dialect).tokenize(self._sql)
        except SqlglotError as error:
            self._refuse(f"it cannot be read: {_first_line(error)}")
        while tokens and tokens[-1].token_type is TokenType.SEMICOLON:
            tokens.pop()
        if not tokens:
            self._refuse("there is no statement in it")
        if any(token.token_type is TokenType.SEMICOLON for token in tokens):
            self._refuse("it is more than one statement")
        return tokens

    def _refuse_hidden_text(self) -> None:
        rest = list(self._sql)
        for token in self._tokens:
            if token.token_type in _LITERALS or token.token_type is TokenType.IDENTIFIER:
                rest[token.start : token.end + 1] = "_" * (token.end + 1 - token.start)
        for pattern, reason in self._grammar.hidden:
            if _compiled(pattern).search("".join(rest)):
                self._refuse(reason)

    def _explain(self, head: str) -> Reading:
        place = self._after_options()
        if place >= len(self._tokens):
            self._refuse(f"{head} of nothing")
        start = self._tokens[place].text.upper()
        if start not in _STARTS:
            if place == 1 and self._grammar.show([head, *(token.text.upper() for token in self._tokens[1:])]):
                return self._found("show", self._tokens)
            self._refuse(f"{head} of {start[:40]} is not a read")
        self._refuse_all_but_queries(self._sql[self._tokens[place].start :])
        return self._found("show", self._tokens[place:])

    def _after_options(self) -> int:
        options, tokens = self._grammar.explain_options, self._tokens
        place = 1
        bracketed = len(tokens) > 2 and tokens[1].text == "(" and tokens[2].text.upper() in options  # noqa: PLR2004
        while place < len(tokens):
            text = tokens[place].text.upper()
            if bracketed and text == ")":
                return place + 1
            if text not in options and not (bracketed and text in ("(", ",")):
                break
            place += 1
        if bracketed:
            self._refuse(f"EXPLAIN's option {tokens[min(place, len(tokens) - 1)].text[:40]} is not known")
        return place

    def _refuse_all_but_queries(self, sql: str) -> None:
        for token in self._tokens:
            if token.token_type is TokenType.INTO:
                self._refuse(_REASONS["Into"])
        try:
            trees = [tree for tree in sqlglot.parse(sql, dialect=self._grammar.dialect) if tree is not None]
        except (SqlglotError, RecursionError) as error:
            self._refuse(f"the parser cannot read it ({_first_line(error)}); write it more plainly")
        trees = [tree for tree in trees if not isinstance(tree, exp.Semicolon)]
        if len(trees) != 1 or not isinstance(trees[0], _ROOTS):
            self._refuse("it is not one query")
        for node in trees[0].walk():
            if not self._is_read(node):
                name = type(node).__name__
                self._refuse(_REASONS.get(name, f"{name.upper()} is not part of a read"))

    def _is_read(self, node: exp.Expr) -> bool:
        if isinstance(node, exp.PropertyEQ | exp.Parameter):
            return self._is_named_argument(node)
        return isinstance(node, (exp.Query, exp.Condition, *_PARTS))

    def _is_named_argument(self, node: exp.Expr) -> bool:
        # PostgreSQL's `make_interval(days := 1)`; in MariaDB the same sign sets a variable
        return isinstance(node, exp.PropertyEQ) and self._grammar.named_arguments and isinstance(node.parent, exp.Func)

    def _found(self, kind: str, tokens: Sequence[Token]) -> Reading:
        return Reading(
            sql=self._sql.rstrip().rstrip(";"),
            kind="show" if kind == "show" else "query",
            functions=frozenset(self._functions(tokens)),
            names=frozenset(self._name(token) for token in tokens if _is_name(token)),
            vetted=True,
            marks=tuple(self._marks()),
        )

    def _functions(self, tokens: Sequence[Token]) -> list[Name]:
        """Every name that stands before a bracket, or (`row.name` may be a call, too) after a point."""
        found: list[Name] = []
        for place, token in enumerate(tokens):
            if not _is_name(token):
                continue
            behind_point = place >= 2 and tokens[place - 1].token_type is TokenType.DOT  # noqa: PLR2004
            before_bracket = place + 1 < len(tokens) and tokens[place + 1].token_type is TokenType.L_PAREN
            schema = self._name(tokens[place - 2]) if behind_point and _is_name(tokens[place - 2]) else ""
            if before_bracket and not self._is_list(tokens, place):
                found.append((schema, self._name(token)))
            elif behind_point and self._grammar.functional_notation:
                found.append(("", self._name(token)))
        return found

    def _is_list(self, tokens: Sequence[Token], place: int) -> bool:
        """`WITH t(a, b) AS (` names columns: no call ends in `) AS (`."""
        depth = 0
        for end in range(place + 1, len(tokens)):
            depth += (tokens[end].token_type is TokenType.L_PAREN) - (tokens[end].token_type is TokenType.R_PAREN)
            if depth == 0:
                return [token.text.upper() for token in tokens[end + 1 : end + 3]] == ["AS", "("]
        return False

    def _name(self, token: Token) -> str:
        quoted = token.token_type is TokenType.IDENTIFIER
        return token.text if quoted or not self._grammar.folds_case else token.text.lower()

    def _marks(self) -> list[tuple[int, int, str]]:
        found = []
        for place, token in enumerate(self._tokens[:-1]):
            following = self._tokens[place + 1]
            if token.text == ":" and following.start == token.end + 1 and following.text in self._parameters:
                found.append((token.start, following.end + 1, following.text))
        return found

    def _refuse(self, reason: str) -> NoReturn:
        raise Forbidden(f"refused: {' '.join(reason.split())}. {self._grammar.help}.") from None


@cache
def _tokenizer_kind(dialect: str) -> type[Tokenizer]:
    """Return sqlglot's own, but without its shortcut that takes all behind EXPLAIN or SHOW as one text, unread."""
    base = Dialect.get_or_raise(dialect).tokenizer_class
    return type("Tokenizer", (base,), {"COMMANDS": set()})


def _tokenizer(dialect: str) -> Tokenizer:
    return _tokenizer_kind(dialect)(dialect=dialect)


def _is_name(token: Token) -> bool:
    if token.token_type is TokenType.IDENTIFIER:
        return True
    return token.token_type not in _LITERALS and bool(_WORD.fullmatch(token.text))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)


def _first_line(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return re.sub(r"\x1b\[\d+m", "", str(error)).split("\n", 1)[0].strip().rstrip(".")[:160]
