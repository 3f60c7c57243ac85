"""Parse a statement and allow it only if every part of it is known to be a read: the first of two barriers.

An allow-list: other statements, other parts of statements, and text that an engine may parse differently than sqlglot
are refused. The names of called functions are returned, because only the engine's package has their allow-list.
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

from langgraph_dba.database.engines.live.reader_protocol import AllowedStatement, Grammar, Name
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

# sqlglot logs a warning when it falls back to an opaque Command; here that is a refusal with a better message
logging.getLogger("sqlglot").addFilter(
    lambda record: "Falling back to parsing as a 'Command'" not in record.getMessage()
)


def vet(sql: str, grammar: Grammar, parameters: Collection[str] = ()) -> AllowedStatement:
    """Return the names and functions of one statement; Forbidden names the part that is not a read."""
    return _Statement(sql, grammar, parameters).statement()


class _Statement:
    """The text and the tokens of one statement during validation."""

    def __init__(self, sql: str, grammar: Grammar, parameters: Collection[str]) -> None:
        self._sql, self._grammar, self._parameters = sql, grammar, parameters
        self._tokens = self._tokenize()

    def statement(self) -> AllowedStatement:
        head = self._tokens[0].text.upper()
        self._refuse_hidden_text()
        if head in self._grammar.explains:
            return self._explain(head)
        words = [token.text.upper() for token in self._tokens]
        if self._grammar.show(words):
            return self._allowed("show", self._tokens)
        if head not in _STARTS:
            self._refuse(f"{head[:40]} is not a read")
        self._refuse_all_but_queries(self._sql)
        return self._allowed("query", self._tokens)

    def _tokenize(self) -> list[Token]:
        if "\0" in self._sql:
            self._refuse("it contains a zero byte")
        if len(self._sql) > _LONGEST:
            self._refuse(f"it is longer than {_LONGEST:,} characters")
        try:
            tokens = _tokenizer(self._grammar.dialect).tokenize(self._sql)
        except SqlglotError as error:
            self._refuse(f"it cannot be parsed: {_first_line(error)}")
        while tokens and tokens[-1].token_type is TokenType.SEMICOLON:
            tokens.pop()
        if not tokens:
            self._refuse("it is empty")
        if any(token.token_type is TokenType.SEMICOLON for token in tokens):
            self._refuse("it is more than one statement")
        return tokens

    def _refuse_hidden_text(self) -> None:
        # literals and quoted names are masked: text inside them is data
        rest = list(self._sql)
        for token in self._tokens:
            if token.token_type in _LITERALS or token.token_type is TokenType.IDENTIFIER:
                rest[token.start : token.end + 1] = "_" * (token.end + 1 - token.start)
        for pattern, reason in self._grammar.hidden:
            if _compiled(pattern).search("".join(rest)):
                self._refuse(reason)

    def _explain(self, head: str) -> AllowedStatement:
        position = self._after_options()
        if position >= len(self._tokens):
            self._refuse(f"{head} without a statement")
        start = self._tokens[position].text.upper()
        # ANALYZE TABLE writes statistics
        if start not in _STARTS or (head, start) == ("ANALYZE", "TABLE"):
            if position == 1 and self._grammar.show([head, *(token.text.upper() for token in self._tokens[1:])]):
                return self._allowed("show", self._tokens)
            self._refuse(f"{head} of {start[:40]} is not a read")
        self._refuse_all_but_queries(self._sql[self._tokens[position].start :])
        return self._allowed("show", self._tokens[position:])

    def _after_options(self) -> int:
        options, tokens = self._grammar.explain_options, self._tokens
        position = 1
        bracketed = len(tokens) > 2 and tokens[1].text == "(" and tokens[2].text.upper() in options  # noqa: PLR2004
        while position < len(tokens):
            text = tokens[position].text.upper()
            if bracketed and text == ")":
                return position + 1
            if text not in options and not (bracketed and text in ("(", ",")):
                break
            position += 1
        if bracketed:
            self._refuse(f"the EXPLAIN option {tokens[min(position, len(tokens) - 1)].text[:40]} is unknown")
        return position

    def _refuse_all_but_queries(self, sql: str) -> None:
        for token in self._tokens:
            if token.token_type is TokenType.INTO:
                self._refuse(_REASONS["Into"])
        if self._grammar.dialect == "mysql" and sql[:6].upper() == "VALUES":
            sql = f"SELECT * FROM ({sql}\n) AS v"  # sqlglot takes VALUES for a function where it begins a statement
        try:
            trees = [tree for tree in sqlglot.parse(sql, dialect=self._grammar.dialect) if tree is not None]
        except (SqlglotError, RecursionError) as error:
            self._refuse(f"the parser cannot parse it ({_first_line(error)}); simplify the statement")
        trees = [tree for tree in trees if not isinstance(tree, exp.Semicolon)]
        if len(trees) != 1 or not isinstance(trees[0], _ROOTS):
            self._refuse("it is not one query")
        for node in trees[0].walk():
            if not self._is_read(node):
                name = type(node).__name__
                self._refuse(_REASONS.get(name, f"{name.upper()} is not part of a read"))

    def _is_read(self, node: exp.Expr) -> bool:
        if isinstance(node, exp.PropertyEQ | exp.Parameter):  # in MariaDB `:=` assigns a variable
            return False
        return isinstance(node, (exp.Query, exp.Condition, *_PARTS))

    def _allowed(self, kind: str, tokens: Sequence[Token]) -> AllowedStatement:
        return AllowedStatement(
            sql=self._sql.rstrip().rstrip(";"),
            kind="show" if kind == "show" else "query",
            functions=frozenset(self._functions(tokens)),
            names=frozenset(token.text for token in tokens if _is_name(token)),
            vetted=True,
            placeholders=tuple(self._marks()),
        )

    def _functions(self, tokens: Sequence[Token]) -> list[Name]:
        """Return each name before a bracket."""
        calls: list[Name] = []
        for position, token in enumerate(tokens):
            if not _is_name(token):
                continue
            after_dot = position >= 2 and tokens[position - 1].token_type is TokenType.DOT  # noqa: PLR2004
            before_bracket = position + 1 < len(tokens) and tokens[position + 1].token_type is TokenType.L_PAREN
            schema = tokens[position - 2].text if after_dot and _is_name(tokens[position - 2]) else ""
            if before_bracket and not self._is_column_list(tokens, position):
                calls.append((schema, token.text))
        return calls

    def _is_column_list(self, tokens: Sequence[Token], position: int) -> bool:
        # `WITH t(a, b) AS (` names columns: no call is followed by `AS (`
        depth = 0
        for end in range(position + 1, len(tokens)):
            depth += (tokens[end].token_type is TokenType.L_PAREN) - (tokens[end].token_type is TokenType.R_PAREN)
            if depth == 0:
                return [token.text.upper() for token in tokens[end + 1 : end + 3]] == ["AS", "("]
        return False

    def _marks(self) -> list[tuple[int, int, str]]:
        placeholders = []
        for position, token in enumerate(self._tokens[:-1]):
            following = self._tokens[position + 1]
            if token.text == ":" and following.start == token.end + 1 and following.text in self._parameters:
                placeholders.append((token.start, following.end + 1, following.text))
        return placeholders

    def _refuse(self, reason: str) -> NoReturn:
        raise Forbidden(f"refused: {' '.join(reason.split())}. {self._grammar.help}.") from None


@cache
def _tokenizer_kind(dialect: str) -> type[Tokenizer]:
    """Return sqlglot's tokenizer for a dialect, changed to tokenize the text after EXPLAIN and SHOW too."""
    # COMMANDS are the words after which sqlglot keeps the rest as one string: a call could hide there
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
    # sqlglot underlines the position with ANSI codes
    return re.sub(r"\x1b\[\d+m", "", str(error)).split("\n", 1)[0].strip().rstrip(".")[:160]
