r"""The output of all commands: control characters in what is printed never reach the terminal.

`filtered_output` covers whatever is written to standard output and error, `console` what rich prints in colours. A
control character is shown as its escape, such as `\u001b`, which a JSON document reads back as the same character.
"""

import io
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from langgraph_dba.errors import DbaError

# All but tab and line feed; those that reorder a line; and surrogates, which cannot be written.
_HIDDEN = (
    *range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F),
    *range(0x2066, 0x206A), *range(0xD800, 0xE000),
)  # fmt: skip
_ESCAPES = {code: f"\\u{code:04x}" for code in _HIDDEN}


def visible(text: str) -> str:
    """Return a text with each control character replaced by its escape."""
    return text.translate(_ESCAPES)


class OutputError(DbaError):
    """Standard output cannot be written: a full device, or a pipe that its reader has closed."""

    # no OSError: typer and rich end the process at a closed pipe without a message


class _CheckedStream(io.TextIOBase):
    """A text stream that raises OutputError if it cannot be written; errors of a `quiet` one have no effect."""

    def __init__(self, stream: Any, *, quiet: bool = False) -> None:
        self.stream: TextIO = stream
        self._quiet = quiet

    def write(self, text: str) -> int:
        with self._reported():
            self.stream.write(text)
        return len(text)

    def flush(self) -> None:
        with self._reported():
            self.stream.flush()

    def discard_unwritable(self) -> None:
        """Flush, or drop what cannot be written: the interpreter would try again at its exit, and print a traceback."""
        try:
            self.stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                null = os.open(os.devnull, os.O_WRONLY)
                os.dup2(null, self.stream.fileno())
                os.close(null)

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if not self._quiet:
                raise OutputError(f"the output cannot be written: {error.strerror or error}") from None

    def isatty(self) -> bool:
        return self.stream.isatty()

    def fileno(self) -> int:
        return self.stream.fileno()

    def writable(self) -> bool:
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self.stream.encoding or "utf-8"

    @property
    def errors(self) -> str | None:  # type: ignore[override]
        return self.stream.errors


class _FilteredStream(_CheckedStream):
    """A text stream that makes control characters visible; it has no `buffer` to write around it."""

    def write(self, text: str) -> int:
        self.stream.write(visible(text))
        return len(text)

    def flush(self) -> None:
        self.stream.flush()


def _closed() -> TextIO:
    """Return a stream that cannot be written, in place of one that was closed before this process started."""
    return open(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")  # noqa: PTH123  of a descriptor


@contextmanager
def filtered_output() -> Iterator[None]:
    """Filter standard output and error, also what other packages log and warn of; OutputError if output fails."""
    before = sys.stdout, sys.stderr
    checked = _CheckedStream(sys.stdout or _closed()), _CheckedStream(sys.stderr or _closed(), quiet=True)
    sys.stdout, sys.stderr = (_FilteredStream(stream) for stream in checked)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
        for stream in checked:
            stream.discard_unwritable()


class _Console(Console):
    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            # rich's own control codes are marked as such; its colours are added later
            yield segment if segment.control else Segment(visible(segment.text), segment.style)


def console(*, stderr: bool = False, **options: Any) -> Console:
    """Return a rich console without highlighting whose texts are filtered."""
    stream: Any = sys.stderr if stderr else sys.stdout
    return _Console(file=getattr(stream, "stream", stream), highlight=False, **options)
