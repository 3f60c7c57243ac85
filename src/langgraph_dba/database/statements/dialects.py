"""The tokens at which a script of a dialect must be looked at; everything between two of them is skipped.

A pattern skips literals, quoted names and ordinary text in the regular expression engine and stops at a delimiter, a
comment, a parenthesis or a word, because a loop over every token of a dump would take seconds. Quantifiers are
possessive (`*+`): a literal that is not closed is tried once, not once per character.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

Dialect = Literal["sqlite", "postgresql", "mariadb"]
DIALECTS: tuple[Dialect, ...] = get_args(Dialect)


def known_dialect(name: str) -> Dialect:
    """Return the name as a dialect, or raise ValueError."""
    for dialect in DIALECTS:
        if dialect == name:
            return dialect
    raise ValueError(f"no dialect {name!r}; the dialects are {', '.join(DIALECTS)}")


# Only these: the servers take a no-break space for a letter, so `--\u00a0` is no comment on MariaDB.
BLANKS = " \t\r\n\f\v"
INK = re.compile(rf"[^{BLANKS}]")
FIRST = r"A-Za-z_\x80-\U0010ffff"  # of a word; non-ASCII characters are letters on all three
LETTER = rf"0-9${FIRST}"

LINE_COMMENT = r"--[^\n]*+"
# No possessive repetition of a group: before Python 3.11.5 it matches wrongly. The characters behind a closing mark
# exclude what giving back a part of the text could find instead.
FLAT_COMMENT = r"/\*(?:[^*]++|\*(?!/))*\*/"
_DOUBLING = {mark: rf"{mark}(?:[^{mark}]++|{mark}{mark})*{mark}(?!{mark})" for mark in "'\"`"}
_ESCAPING = {mark: rf"{mark}(?:[^{mark}\\]++|\\.|{mark}{mark})*{mark}(?!{mark})" for mark in "'\""}
# E'…' may go on after a line break, and the parts behind it have escapes too
_E_LITERAL = (
    rf"(?<=[eE])(?<![{LETTER}][eE]){_ESCAPING[chr(39)]}"
    rf"(?:[ \t\f\v]*+[\r\n][{BLANKS}]*+{_ESCAPING[chr(39)]})*"
)
DOLLAR_QUOTE = rf"(?<![{LETTER}])\$(?:[{FIRST}][0-9{FIRST}]*+)?\$"
JINJA = r"\{[{%#]"
_WORD = rf"(?P<word>[{FIRST}][{LETTER}]*+)"

# What `mysql` executes itself if it stands at the beginning of a line and no statement is open.
_MYSQL_COMMANDS = (
    "charset|clear|connect|costs|edit|ego|exit|go|help|nopager|notee|nowarning|pager|print|prompt|quit|rehash"
    "|resetconnection|source|status|system|tee|warnings"
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The patterns of one dialect. `special` are the characters with which a literal or a stop begins."""

    literals: str
    comments: str
    stops: str
    special: str
    client: re.Pattern[str]
    """Commands of the dialect's shell, tried where no statement is open."""
    quote_names: dict[str, str]

    def scanner(self, *, words: bool) -> re.Pattern[str]:
        """Return a pattern that matches skipped text and then one stop, whose kind is `lastgroup`."""
        stops, special = self.stops, self.special
        if words:
            stops, special = f"{_WORD}|{stops}", special + FIRST
        unnamed = re.sub(r"\?P<\w+>", "?:", stops)
        skipped = rf"(?:[^{special}]++|{self.literals}|(?!{unnamed}).)*"
        return re.compile(rf"{skipped}(?:{stops})?", re.DOTALL)


_LITERAL, _NAME, _COMMENT = "literal", "quoted name", "comment"
_NOTHING = re.compile(r"(?!)")


@cache
def tokens(dialect: Dialect, mark: str = ";", *, backslash: bool = False) -> Tokens:
    """Return the patterns of a dialect; `mark` is MariaDB's delimiter, `backslash` escapes in PostgreSQL's literals."""
    if dialect == "sqlite":
        return _sqlite()
    return _mariadb(mark) if dialect == "mariadb" else _postgresql(backslash=backslash)


@cache
def scanner(dialect: Dialect, mark: str, *, backslash: bool, words: bool) -> re.Pattern[str]:
    """Return the compiled pattern of a dialect."""
    return tokens(dialect, mark, backslash=backslash).scanner(words=words)


def _sqlite() -> Tokens:
    comments = f"{LINE_COMMENT}|{FLAT_COMMENT}"
    return Tokens(
        literals="|".join([*_DOUBLING.values(), r"\[[^\]]*+\]"]),
        comments=comments,
        stops=rf"(?P<comment>{comments})|(?P<end>;)|(?P<jinja>{JINJA})|(?P<open>['\"`\[]|/\*)",
        special=r"'\"`\[;\-/{",
        # the shell takes a line that begins with `#` for a comment
        client=re.compile(rf"[{BLANKS}]*+(?<![^\n])(?:(?P<meta>\.[^\n]*+)|(?P<note>\#[^\n]*+))"),
        quote_names={"'": _LITERAL, '"': _NAME, "`": _NAME, "[": _NAME, "/*": _COMMENT},
    )


def _postgresql(*, backslash: bool) -> Tokens:
    # not behind the E of a literal with escapes: one that is not closed would be read as one without
    comment = r"--[^\r\n]*+"  # a carriage return alone ends it here, but not on the others
    plain = rf"(?:(?<![eE])|(?<=[{LETTER}][eE])){_ESCAPING[chr(39)] if backslash else _DOUBLING[chr(39)]}"
    return Tokens(
        literals="|".join([_E_LITERAL, plain, _DOUBLING['"']]),
        comments=comment,
        stops=rf"(?P<comment>{comment})|(?P<nested>/\*)|(?P<end>;)|(?P<paren>[()])|(?P<dollar>{DOLLAR_QUOTE})"
        rf"|(?P<backslash>\\)|(?P<jinja>{JINJA})|(?P<open>['\"])",
        special=r"'\";\-/(){$\\",
        client=_NOTHING,  # psql takes commands anywhere: they are stops
        quote_names={"'": _LITERAL, '"': _NAME},
    )


def _mariadb(mark: str) -> Tokens:
    # a control character counts as a blank behind `--`; without one, `1--2` is arithmetic
    comments = rf"--(?=[\x00-\x20\x7f]|\Z)[^\n]*+|\#[^\n]*+|{FLAT_COMMENT}"
    line_start = rf"(?:(?<![^\n])|[{BLANKS}]*\n)[ \t]*+"
    client = re.compile(
        rf"{line_start}(?:(?P<delimiter>(?i:delimiter)[ \t]++(?P<mark>\S++)[^\n]*+)"
        rf"|(?P<meta>(?i:{_MYSQL_COMMANDS})(?![{LETTER}(.=])[^\n]*+|\\[^gG{BLANKS}][^\n]*+|/\*M?!999999\\-[^\n]*?\*/)"
        rf"|(?P<note>--[^\n]*+))"  # the client drops such a line, also without a blank behind `--`
    )
    return Tokens(
        literals="|".join([*_ESCAPING.values(), _DOUBLING["`"]]),
        comments=comments,
        stops=rf"(?P<delimiter>\n[ \t]*+(?i:delimiter)(?=[ \t]++\S))|(?P<end>{re.escape(mark)}|\\[gG])"
        r"|(?P<continued>\\(?=\r?(?:\n|\Z)))"
        rf"|(?P<executed>/\*M?!)|(?P<comment>{comments})|(?P<close>\*/)|(?P<jinja>{JINJA})|(?P<open>['\"`]|/\*)",
        special=rf"'\"`\\;\-/\#*{{\n{re.escape(mark[0])}",
        client=client,
        quote_names={"'": _LITERAL, '"': _LITERAL, "`": _NAME, "/*": _COMMENT},
    )
