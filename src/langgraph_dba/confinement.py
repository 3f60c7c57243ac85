"""Confine processes that run what somebody else wrote: what they may write, execute, connect to, and use up.

Landlock and seccomp need no privileges and work in containers. Standard library alone: the process that forks for
generated code loads this file by its path. `unenforced` returns what the machine cannot forbid.
"""

import ctypes
import errno
import os
import platform
import resource
import struct
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")

WRITES, TCP = "writes outside of its folder", "TCP to other ports"
SIGNALS, SOCKETS = "signals to other processes", "other sockets"
_EVERYTHING = (WRITES, TCP, SIGNALS, SOCKETS)
MEMORY_BYTES = 2 * 1024**3  # of addresses; the interpreter with its imports has 0.1 GiB
FILE_BYTES = 1024**3
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG, _PATH_RULE, _PORT_RULE = 1, 1, 2
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER_MODE = 38, 22, 2
# Rights of Landlock: execute, write a file, remove and make files and folders, link between folders, truncate
_EXECUTE, _WRITE = 1 << 0, 1 << 1
_CHANGE = sum(1 << bit for bit in range(4, 13))
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_REFER_ABI, _TRUNCATE_ABI, _NET_ABI, _SCOPE_ABI = 2, 3, 4, 6
_ABSTRACT_SOCKETS_AND_SIGNALS = 3
_ON_FILES = _WRITE | _TRUNCATE
_BIND_TCP, _CONNECT_TCP = 1, 2
_DEVICES = ("/dev/null", "/dev/zero", "/dev/tty")
# By machine: AUDIT_ARCH, socket, io_uring_setup (which opens sockets by another way)
_MACHINES = {"x86_64": (0xC000003E, 41, 425), "aarch64": (0xC00000B7, 198, 425)}
_X32_BIT = 0x40000000
_INTERPRETER = 3  # the kind of an ELF segment
_ALLOW, _DENY = 0x7FFF0000, 0x00050000 | 1  # EPERM
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06

_libc = ctypes.CDLL(None, use_errno=True)
_is_known = sys.platform == "linux" and platform.machine() in _MACHINES


def unenforced() -> tuple[str, ...]:
    """Return what this machine cannot forbid."""
    if not _is_known:
        return _EVERYTHING
    version = _landlock_version()
    needs = {WRITES: _REFER_ABI, TCP: _NET_ABI, SIGNALS: _SCOPE_ABI}
    lacking = tuple(one for one, needed in needs.items() if version < needed)
    return lacking if _has_seccomp() else (*lacking, SOCKETS)


def confine(folders: Sequence[str], ports: Sequence[int], *, families: Sequence[int] | None, cpu_s: int) -> None:
    """Confine this process and its children; OSError if a measure that the machine has cannot be taken.

    Only `folders` can be written, only TCP `ports` be connected to, only sockets of these address families be opened
    (None: of all), and only its own children get signals. `cpu_s` is the limit of CPU time; memory, sizes of files and
    core dumps are limited too.
    """
    _limit_resources(cpu_s)
    lacking = unenforced()
    if lacking != _EVERYTHING:
        _check(_libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    if WRITES not in lacking:
        _restrict(folders, ports=ports)
    if families is not None and SOCKETS not in lacking:
        _allow_sockets(families)


def started_confined(start: Callable[[], T], *, folders: Sequence[str], program: str) -> T:
    """Return the result of `start`, whose child processes can write only in `folders` and execute only `program`.

    They can neither listen on TCP ports nor connect to any. Without Landlock, `start` runs as it is.
    """
    if WRITES in unenforced():
        return start()

    def run() -> T:
        _check(_libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
        _restrict(folders, programs=_executed(program))
        return start()

    # Landlock restricts a thread and the processes that it starts: this process itself stays as it is.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(run).result()


def _executed(program: str) -> tuple[str, ...] | None:
    """Return a program and its dynamic loader, which is executed with it; None for a script, whose programs vary."""
    with open(program, "rb") as file:  # noqa: PTH123
        head = file.read(64)
        if head[:5] != b"\x7fELF\x02":
            return None
        (table,) = struct.unpack_from("=Q", head, 32)
        size, count = struct.unpack_from("=HH", head, 54)
        for number in range(count):
            file.seek(table + number * size)
            kind, _, offset, _, _, length = struct.unpack("=IIQQQQ", file.read(40))
            if kind == _INTERPRETER:
                file.seek(offset)
                return program, file.read(length).rstrip(b"\0").decode()
    return (program,)


def _limit_resources(cpu_s: int) -> None:
    limits = {resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: FILE_BYTES, resource.RLIMIT_CPU: cpu_s}
    if sys.platform == "linux":  # elsewhere addresses cannot be limited
        limits[resource.RLIMIT_AS] = MEMORY_BYTES
    for kind, limit in limits.items():
        hard = resource.getrlimit(kind)[1]
        lower = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (lower, lower))


def _landlock_version() -> int:
    version: int = _libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_FLAG)
    return version


def _has_seccomp() -> bool:
    # no filter: EFAULT says that filters exist, EINVAL that they do not
    return _libc.prctl(_SET_SECCOMP, _FILTER_MODE, None, 0, 0) != 0 and ctypes.get_errno() == errno.EFAULT


def _restrict(folders: Sequence[str], *, ports: Sequence[int] = (), programs: Sequence[str] | None = None) -> None:
    """Restrict this thread and its children; `programs` None means that any program may be executed."""
    version = _landlock_version()
    rights = _WRITE | _CHANGE | _REFER | (_TRUNCATE if version >= _TRUNCATE_ABI else 0)
    net = _BIND_TCP | _CONNECT_TCP if version >= _NET_ABI else 0
    handled = rights if programs is None else rights | _EXECUTE
    scoped = _ABSTRACT_SOCKETS_AND_SIGNALS if version >= _SCOPE_ABI else 0
    attributes = struct.pack("QQQ", handled, net, scoped)[: 24 if scoped else 16 if net else 8]
    ruleset = _check(_libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0))
    for folder in folders:
        _allow_path(ruleset, folder, rights)
    for device in _DEVICES:
        with suppress(FileNotFoundError):
            _allow_path(ruleset, device, rights & _ON_FILES)
    for program in programs or ():
        _allow_path(ruleset, program, _EXECUTE)
    for port in ports if net else ():
        rule = struct.pack("QQ", _CONNECT_TCP, port)
        _check(_libc.syscall(_ADD_RULE, ruleset, _PORT_RULE, rule, 0))
    _check(_libc.syscall(_RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def _allow_path(ruleset: int, path: str, rights: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", rights, descriptor)
        _check(_libc.syscall(_ADD_RULE, ruleset, _PATH_RULE, rule, 0))
    finally:
        os.close(descriptor)


def _allow_sockets(families: Sequence[int]) -> None:
    """Let `socket` make only those of some families, and forbid io_uring and system calls of other ABIs."""
    arch, socket_number, io_uring = _MACHINES[platform.machine()]
    allowed = [_instruction(_EQUAL, family, len(families) - number, 0) for number, family in enumerate(families)]
    last = len(families)  # a jump over the families leads to "deny", one further to "allow"
    program = (
        _instruction(_LOAD, 4),  # the ABI
        _instruction(_EQUAL, arch, 0, last + 5),
        _instruction(_LOAD, 0),  # the number of the call
        _instruction(_AT_LEAST, _X32_BIT, last + 3, 0),
        _instruction(_EQUAL, io_uring, last + 2, 0),
        _instruction(_EQUAL, socket_number, 0, last + 2),
        _instruction(_LOAD, 16),  # the first argument: the family
        *allowed,
        _instruction(_RETURN, _DENY),
        _instruction(_RETURN, _ALLOW),
    )
    code = ctypes.create_string_buffer(b"".join(program))
    header = struct.pack("HL" if struct.calcsize("P") == 4 else "HxxxxxxQ", len(program), ctypes.addressof(code))  # noqa: PLR2004
    _check(_libc.prctl(_SET_SECCOMP, _FILTER_MODE, header, 0, 0))


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _check(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
