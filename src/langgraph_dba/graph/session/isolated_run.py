"""Run a session in a process of its own, which leads a process group that is ended with it.

`python -m langgraph_dba.graph.session.isolated_run` is that process: it reads pickled arguments from standard input,
and writes pickled events, and at last the result or an error, to what was its standard output. Both ends are ours.
"""

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import IO, Any, BinaryIO

from langgraph_dba.cancellation import cancelled_by, check_cancelled, end_process
from langgraph_dba.end_signals import ended_by_signals
from langgraph_dba.errors import InputError, SessionError

_END_LIMIT_S = 1.8
_WITHIN_S = 1.5


def run_isolated(function: str, arguments: Mapping[str, Any], send: Callable[[Any], None]) -> Any:
    """Call `module:function` in another process, with `progress=send` here; return its result, or raise its error.

    InputError if an argument cannot be sent there, SessionError if the process was ended.
    """
    try:
        content = pickle.dumps((function, dict(arguments)))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise InputError(f"isolated: an argument cannot be sent to another process: {error}") from None
    check_cancelled()
    process = subprocess.Popen(
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        with cancelled_by(process.terminate), process.stdout as received:
            with suppress(BrokenPipeError):
                process.stdin.write(content)
                process.stdin.flush()
            return _received(received, send)
    finally:
        _end_group(process)


def _received(received: IO[bytes], send: Callable[[Any], None]) -> Any:
    while True:
        try:
            kind, value = pickle.load(received)  # noqa: S301  from our own process
        except (EOFError, pickle.UnpicklingError):
            check_cancelled()
            raise SessionError("the process of the session was ended: resume the session") from None
        if kind == "event":
            send(value)
        elif kind == "error":
            raise value
        else:
            return value


def _end_group(process: "subprocess.Popen[bytes]") -> None:
    """Ask the process to end, and kill its group after a while."""
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
    try:
        process.wait(_END_LIMIT_S)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def main() -> None:
    """Run the session whose arguments come on standard input, and end with the end of that input."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what other code prints must not be read as an event
    with ended_by_signals():
        function, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301  from our own parent
        threading.Thread(target=_end_with_parent, daemon=True).start()
        module, _, name = function.partition(":")
        try:
            run = getattr(import_module(module), name)
            result: Any = ("result", run(**arguments, progress=lambda event: _reply(replies, ("event", event))))
        except Exception as error:  # noqa: BLE001  raised again by the parent
            result = ("error", _picklable(error))
        _reply(replies, result)
        replies.close()


def _end_with_parent() -> None:
    while sys.stdin.buffer.read(1):
        pass
    end_process(1, within_s=_WITHIN_S)


def _reply(replies: BinaryIO, message: tuple[str, Any]) -> None:
    pickle.dump(message, replies)
    replies.flush()


def _picklable(error: Exception) -> Exception:
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301  our own
    except Exception:  # noqa: BLE001  whatever it is, its text is left
        return SessionError(f"{type(error).__name__}: {error}")
    return error


if __name__ == "__main__":
    main()
