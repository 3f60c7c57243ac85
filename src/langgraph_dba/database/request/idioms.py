"""Phrases in which a noun names nothing: `of course` is no course."""

import re

IDIOMS = re.compile(
    r"\b(?:in order to|make sure|keep track of|use cases?|note that|in place|on demand|real[\s-]time|"
    r"full[\s-]text search|at any time|on time|over time|in time|by email|by name|at the same time|from scratch|"
    r"of course|thanks a lot|data base|in units of|no matter|best practices?|in stock|take care of|time series|"
    r"(?:ignoring|whatever the|regardless of|independent of|without regard to)(?: the| its)? case|"
    r"upper or lower case|case[\s-]insensitive(?:ly)?)\b",
    re.IGNORECASE,
)
