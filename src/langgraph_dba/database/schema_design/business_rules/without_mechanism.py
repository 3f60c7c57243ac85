"""The forms of rules that nothing in a schema enforces yet, or ever can: why, and what must enforce them instead."""

from collections.abc import Mapping

LOCK = "check it in the transaction that writes, with a row locked that all such transactions share"
_NOT_YET = "no mechanism of the design enforces this form of rule yet"

# form -> (reason, what must enforce it instead)
REASONS: Mapping[str, tuple[str, str]] = {
    "numbered": (_NOT_YET, "take the number from a row that the transaction locks, and never delete one"),
    "versioned": (_NOT_YET, "write UPDATE … WHERE version = the number that was read, and count the changed rows"),
    "tree": (_NOT_YET, LOCK),
    "increasing": (_NOT_YET, LOCK),
    "history": (_NOT_YET, "write the change into a table of changes in the same transaction"),
    "secret": ("a database cannot tell whether a value was encrypted", "encrypt it before it is sent to the database"),
    "derived": (_NOT_YET, "compute the value wherever it is read"),
}
