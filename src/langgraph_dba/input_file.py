"""Read a file of unknown origin: only a regular file, only up to a size, and never waiting for it."""

import errno
import os
import stat
from pathlib import Path

PARSE_LIMIT_S = 2.0  # of parsing one file: a small text can take a parser long
_KINDS = {
    stat.S_IFIFO: "a named pipe", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device", stat.S_IFSOCK: "a socket",
    stat.S_IFDIR: "a folder",
}  # fmt: skip


def read_bytes(path: Path, largest_bytes: int) -> bytes:
    """Return the content of a regular file; OSError if it is another kind of file, larger, or cannot be read."""
    check_regular(path.stat(), path)  # before it is opened: opening a device may already act on it
    # not blocking: the file may have been replaced by a named pipe meanwhile
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        state = os.fstat(descriptor)
        check_regular(state, path)
        content = stream.read(largest_bytes + 1) if state.st_size <= largest_bytes else None
    if content is None or len(content) > largest_bytes:
        raise OSError(errno.EFBIG, f"larger than {largest_bytes:,} bytes", str(path))
    return content


def check_regular(state: os.stat_result, path: Path) -> None:
    """Raise OSError if the state is that of another kind of file."""
    if not stat.S_ISREG(state.st_mode):
        kind = _KINDS.get(stat.S_IFMT(state.st_mode), "another kind of file")
        raise OSError(errno.EINVAL, f"{kind}, not a regular file", str(path))
