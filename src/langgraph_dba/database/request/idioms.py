"""Phrases in which a noun names nothing: `of course` is no course."""

import re

IDIOMS = re.compile(
    r"\b(?:in order to|make sure|keep track of|use cases?|note that|in place|on demand|real[\s-]time|"
    r"full[\s-]text search|at any time|on time|over time|in time|by email|by name|at the same time|from scratch|"
    r"of course|thanks a lot|data base|in units of|no matter(?: the| their| its)? case|no matter|best practices?|in "
    r"stock|"
    r"take care of|time series|(?:ignoring|whatever|regardless of|independent of|irrespective of|disregarding|without "
    r"regard to)(?: the| its| their)? case|"
    r"(?:its|their|his|her) own (?:parent|ancestor|child|descendant|superior)|"
    r"upper or lower case|case[\s-]insensitive(?:ly)?)\b",
    re.IGNORECASE,
)
_CLOSING = r"(?:(?:kind|best|warm|many) )?(?:regards|wishes|greetings|cheers|sincerely|yours)"
# the beginning and the end of a letter
SALUTATION = re.compile(
    r"^\s*(?:dear|hi|hello|hey)\b[^,.!:\n]{0,30}[,!]+|^\s*subject:[^\n]{0,120}$|"
    rf"^[ \t]*{_CLOSING}\b[^\n]{{0,40}}\s*\Z|(?<=[.!?])\s+{_CLOSING}\b,?[ \t\n]+\w+\.?\s*\Z",
    re.IGNORECASE | re.MULTILINE,
)
