"""Write files below one folder without following a link: the folder, its subfolders and its files may be anybody's.

Each part of a name is opened in the folder before it, so nothing can redirect a write, whatever the folder holds.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: opening a named pipe would wait for its other end
_IN_PLACE = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class FolderWriter:
    """Writes below the folder `path`. Names are relative, with `/`.

    Every method raises OSError: its `filename` is the path, its `strerror` says what is wrong, such as `is a link`.
    """

    def __init__(self, path: Path) -> None:
        """Store the path; nothing is opened yet."""
        self.path = path

    def write(self, name: str, content: bytes) -> None:
        """Replace a file atomically, or create it with its folders; a link of that name is replaced, not followed."""
        *folders, last = self._parts(name)
        with self._folder(folders) as folder:
            # In the same folder, because a rename is atomic only within one file system.
            pending = f".{last}.part"
            with _named(self.path / name):
                _remove(pending, folder)
                try:
                    with os.fdopen(os.open(pending, _NEW_FILE, 0o666, dir_fd=folder), "wb") as file:
                        file.write(content)
                    os.replace(pending, last, src_dir_fd=folder, dst_dir_fd=folder)
                except OSError:  # such as a full disk
                    _remove(pending, folder)
                    raise

    def make_folder(self, name: str) -> None:
        """Create a folder and those above it if they do not exist."""
        with self._folder(self._parts(name)):
            pass

    def open_in_place(self, name: str) -> int:
        """Open a file to read and write without truncating it, or create it; return its descriptor."""
        *folders, last = self._parts(name)
        with self._folder(folders) as folder, _named(self.path / name):
            descriptor = os.open(last, _IN_PLACE, 0o666, dir_fd=folder)
            try:
                _check_own(os.fstat(descriptor))
            except OSError:
                os.close(descriptor)
                raise
            return descriptor

    def check_files(self, name: str) -> None:
        """Raise OSError unless a folder holds only regular files, each with no other name."""
        with self._folder(self._parts(name)) as folder:
            for file in sorted(os.listdir(folder)):  # noqa: PTH208  of a descriptor
                with _named(self.path / name / file):
                    _check_own(os.stat(file, dir_fd=folder, follow_symlinks=False))

    def _parts(self, name: str) -> tuple[str, ...]:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name:
            raise OSError(errno.EPERM, f"has no place for {name!r}, which is outside the folder", str(self.path))
        return path.parts

    @contextmanager
    def _folder(self, names: tuple[str, ...] | list[str]) -> Iterator[int]:
        """Open a folder below this one, which exists; create what is missing on the way."""
        with _named(self.path):
            folder = _open_folder(str(self.path), None)
        path = self.path
        try:
            for name in names:
                path /= name
                with _named(path):
                    with suppress(FileExistsError):
                        os.mkdir(name, dir_fd=folder)
                    inner = _open_folder(name, folder)
                os.close(folder)
                folder = inner
            yield folder
        finally:
            os.close(folder)


def _open_folder(name: str, parent: int | None) -> int:
    status = os.stat(name, dir_fd=parent, follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):  # its own error, because `open` only says that it is no folder
        raise OSError(errno.ELOOP, "")
    return os.open(name, _FOLDER, dir_fd=parent)


def _remove(name: str, folder: int) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)


def _check_own(status: os.stat_result) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise OSError(errno.ELOOP, "")
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "is not a regular file")
    if status.st_nlink > 1:  # what is written here would also change the other file
        raise OSError(errno.EMLINK, "has a second name (a hard link): copy the folder without it")


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Give an error of the system the whole path, and a link its plain word."""
    try:
        yield
    except OSError as error:
        text = "is a link" if error.errno == errno.ELOOP else (error.strerror or str(error))
        raise OSError(error.errno, text, str(path)) from None
