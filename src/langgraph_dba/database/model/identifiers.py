"""Shorten names to the limit of every engine, and make texts safe to write into comments and docstrings."""

import hashlib

_LIMIT = 63  # bytes: PostgreSQL cuts a longer name without an error, so that two names could become one


def fit_name(name: str) -> str:
    """Return the name; if it is too long, its start, a digest of the whole and its suffix (`_fkey`, `_idx`)."""
    if len(name) <= _LIMIT:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    stem, _, suffix = name.rpartition("_")
    return f"{stem[: _LIMIT - len(suffix) - 10]}_{digest}_{suffix}"


def to_one_line(text: str) -> str:
    """Return a text of the user as one line that cannot end an SQL comment or a docstring."""
    return " ".join(text.split()).replace('"', "'").replace("\\", "/")
