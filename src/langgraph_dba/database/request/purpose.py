"""Refuse requests that ask for no design: a slow statement, a question, another task."""

import re

_STATEMENT = re.compile(
    r"\bSELECT\s.{1,2000}?\sFROM\s|\bUPDATE\s+\S+\s+SET\s|\bDELETE\s+FROM\s|\bINSERT\s+INTO\s|\bEXPLAIN\s+[A-Z]+\s|"
    r"\bselect\s+\*\s+from\s|\bselect\s.{1,300}?\sfrom\s+\w+.{0,300}?\b(?:where|order by|group by|limit|join)\b",
    re.DOTALL,
)
_TROUBLE = re.compile(
    r"\b(?:slow(?:er)?|takes? (?:\w+ )?\d|timeouts?|times? out|deadlocks?|query plan|hangs?|high cpu|connection pool|"
    r"pool size|out of memory|replication lag|error \d+|\d+ errors?|(?:an?|the) (?:error|exception|traceback)|"
    r"failed with|fails with|crash(?:es|ed))\b",
    re.IGNORECASE,
)
_DESIGN = re.compile(
    r"\b(?:design\w*|schemas?|data ?model|erd?|tables? (?:for|of|with)|create|build|model|store|keep track|"
    r"(?:a|the|our) data ?base (?:for|of|to|that|with)|we (?:have|need|want)|i (?:have|need|want))\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"(?:is|are|was|does|do|did|should|shall|would|which|what|why|how|when|where|who|can we|can i|could we|may we|"
    r"postgres\w*|mysql|mariadb|sqlite|mongo\w*)\b",
    re.IGNORECASE,
)
_HOW_TO_STORE = re.compile(r"\b(?:design|schemas?|tables?|(?:data ?)?model|store)\b", re.IGNORECASE)
_OTHER_TASK = re.compile(
    r"(?:please\s+)?(?:write|draft|translate|summari[sz]e|explain|fix|debug|deploy|send|refactor|optimi[sz]e|tune|"
    r"speed up|upgrade|install|configure|review|restore|back ?up)\b",
    re.IGNORECASE,
)
_ERRAND = re.compile(r"(?:please\s+)?(?:book|order|remind|tell|call) (?:me|us)\b", re.IGNORECASE)
_CHANGE = re.compile(
    r"(?:please\s+|can you\s+|could you\s+)*(?:rename|drop|truncate|alter|migrate|delete all|remove all|"
    r"add (?:a|an|the) (?:column|index|constraint))\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n")
_HEADING = re.compile(r"[^.:?!]{3,60}:\s")
_FEW_WORDS = 4  # a remark beside a question: "We use MariaDB."
_SHORT = 60  # words; a long text with one such word describes a business


def other_purpose(request: str) -> str:
    """Return what a request asks for, and which command serves it, if that is no design; else an empty text."""
    is_long = len(request.split()) > _SHORT
    describes = is_long or _DESIGN.search(request) or _HEADING.match(request)
    if (_STATEMENT.search(request) and not is_long) or (_TROUBLE.search(request) and not describes):
        return (
            "it is about a statement or a server that works too slowly or not at all; "
            "`langgraph-dba review --help` says how an existing database is checked"
        )
    sentences = [one.strip() for one in _SENTENCE_END.split(request) if one.strip()]
    questions = [one for one in sentences if one.endswith("?")]
    rest = [one for one in sentences if not one.endswith("?") and ("," in one or len(one.split()) > _FEW_WORDS)]
    if questions and not rest and all(map(_ASKS.match, questions)) and not _asks_for_design(questions):
        return "it is a question"
    asks_for_design = is_long or _DESIGN.search(request)
    if _CHANGE.match(request) and not is_long:
        return "it asks for a change of a database that exists"
    if _ERRAND.match(request) or (_OTHER_TASK.match(request) and not asks_for_design):
        return "it asks for another task than the design of a database"
    return ""


def _asks_for_design(questions: list[str]) -> bool:
    """Return whether a question asks how to store something: "which tables do we need for a shop with orders?"."""
    return any(map(_HOW_TO_STORE.search, questions))
