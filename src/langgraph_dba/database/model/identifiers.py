"""Names that fit: PostgreSQL cuts identifiers at 63 bytes, silently; and titles that cannot leave their comment."""

import hashlib

_LIMIT = 63


def fitting(name: str) -> str:
    """Return the name, or its beginning and a short digest where it is too long to be told apart."""
    if len(name) <= _LIMIT:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    stem, _, suffix = name.rpartition("_")
    return f"{stem[: _LIMIT - len(suffix) - 10]}_{digest}_{suffix}"


def quotable(text: str) -> str:
    """Return a person's words as one line that ends neither a comment of SQL nor a docstring."""
    return " ".join(text.split()).replace('"', "'").replace("\\", "/")
