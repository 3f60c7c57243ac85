"""The properties of the SQL of MariaDB and MySQL that the allow-list of live reads uses."""

import re
from collections.abc import Sequence

from langgraph_dba.database.engines.live.reader_protocol import Grammar

_SHOW_WORDS = frozenset({
    "TABLES", "FULL", "COLUMNS", "FIELDS", "INDEX", "INDEXES", "KEYS", "CREATE", "DATABASES", "SCHEMAS", "TABLE",
    "STATUS", "GLOBAL", "SESSION", "VARIABLES", "WARNINGS", "ERRORS", "PROCESSLIST", "GRANTS", "ENGINE", "ENGINES",
    "CHARACTER", "COLLATION", "TRIGGERS", "PROCEDURE", "FUNCTION", "COUNT", "OPEN", "EVENTS", "EXTENDED",
})  # fmt: skip
LAST_ID_WITH_VALUE = r"\blast_insert_id\s*\(\s*[^)\s]"


def _shows(words: Sequence[str]) -> bool:
    if words[0] in ("DESCRIBE", "DESC", "EXPLAIN"):
        return 1 < len(words) <= 4 and all(word == "." or re.fullmatch(r"\w+", word) for word in words[1:])  # noqa: PLR2004
    return words[0] == "SHOW" and len(words) > 1 and words[1] in _SHOW_WORDS and "INTO" not in words


GRAMMAR = Grammar(
    dialect="mysql",
    show=_shows,
    explains=frozenset({"EXPLAIN", "DESCRIBE", "DESC", "ANALYZE"}),
    explain_options=frozenset({"EXTENDED", "PARTITIONS", "FORMAT", "=", "JSON", "TRADITIONAL", "TREE"}),
    hidden=(
        (r"/\*(!|M!)", "the server executes a comment that begins with !"),
        (r"/\*(?:(?!\*/).)*/\*", "a comment inside a comment may end earlier than the parser expects"),
        (r"(?<![@_])@(?!@)", "it uses a variable of the connection"),
        (r":=", "it sets a variable"),
        (r"\{", "the parser takes text behind { for a comment, and the server does not"),
        (
            r"[^\x20-\x7e\t\r\n\w]",
            "it has a character that the parser may take for a blank, and the server does not: use plain blanks",
        ),
        (LAST_ID_WITH_VALUE, "LAST_INSERT_ID with a value sets it"),
        (r"\bNEXT\s+VALUE\b", "it advances a sequence"),
        (r"\bPROCEDURE\s+ANALYSE\b", "PROCEDURE ANALYSE is not part of a read"),
    ),
)
