"""Read one statement about roles, as words: CREATE and ALTER of a role, user or group, and GRANT of roles."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

Words = tuple[str, ...]
_KINDS = ("role", "user", "group")
_VALUES = {
    "limit": "connection limit",
    "until": "valid until",
    "sysid": "",
}  # options with a value, and how an attribute shows them
_FILLERS = frozenset({"with", "connection", "valid", "encrypted", "unencrypted"})
_USUAL_VALUES = frozenset({"connection limit -1", "valid until 'infinity'"})


@dataclass(frozen=True, slots=True)
class Membership:
    """One role is a member of another; `options` are those of GRANT that are not the default, such as `admin`."""

    member: str
    group: str
    options: frozenset[str] = frozenset()


@dataclass(slots=True)
class RoleChange:
    """What a statement does: the attributes that it gives a role, as words, and memberships; `name` may be empty."""

    name: str = ""
    attributes: list[str] = field(default_factory=list)
    memberships: list[Membership] = field(default_factory=list)


def role_change(parts: Words) -> RoleChange | None:
    """Return what a statement does to roles; None for statements about other things and for those that take away."""
    if parts[:1] == ("grant",):
        return _grant(parts[1:])
    if parts[:1] in (("create",), ("alter",)) and parts[1:2] and parts[1] in _KINDS:
        return _role(parts)
    return None


def _role(parts: Words) -> RoleChange | None:
    rest = parts[5:] if parts[2:5] == ("if", "not", "exists") else parts[2:]
    # a user mapping belongs to a foreign server: its options hold a password for that server
    if not rest or (parts[1], *rest[:2]) == ("user", "mapping", "for"):
        return None
    if rest[1:2] in (("set",), ("reset",), ("rename",), ("drop",)) or rest[1:3] == ("in", "database"):
        return None
    queue = _Queue(rest)
    change = RoleChange(queue.name(), ["login"] if parts[:2] == ("create", "user") else [])
    _options(change, queue)
    return change


def _options(change: RoleChange, queue: "_Queue") -> None:
    while queue.words:
        word = queue.take()
        if word == "in":
            queue.take()  # ROLE or GROUP
            change.memberships += (Membership(change.name, group) for group in queue.names())
        elif word in (*_KINDS, "admin"):
            options = frozenset({"admin"} if word == "admin" else ())
            change.memberships += (Membership(member, change.name, options) for member in queue.names())
        elif word == "add":
            continue  # ALTER GROUP … ADD USER
        elif word in ("password", "identified"):  # a secret is no part of a report
            change.attributes.append("password" if queue.skip_secret() else "nopassword")
        elif word in _VALUES:
            value = f"{_VALUES[word]} {queue.value()}"
            change.attributes += [value] if _VALUES[word] and value not in _USUAL_VALUES else []
        elif word not in _FILLERS:
            change.attributes.append(word)


def _grant(parts: Words) -> RoleChange | None:
    if "to" not in parts or "on" in parts[: parts.index("to")]:
        return None  # privileges on an object
    at = parts.index("to")
    queue = _Queue(parts[at + 1 :])
    members = list(queue.names())
    options = frozenset(_grant_options(queue.words)) if queue.words[:1] == ("with",) else frozenset()
    groups = list(_Queue(parts[:at]).names())
    return RoleChange(memberships=[Membership(member, group, options) for member in members for group in groups])


def _grant_options(words: Words) -> Iterator[str]:
    """Yield the options of WITH …: `admin`, `inherit true`, `inherit false` and `set false`."""
    for number, word in enumerate(words):
        value = "false" if words[number + 1 : number + 2] == ("false",) else "true"
        if (word, value) == ("admin", "true"):
            yield "admin"
        elif word == "inherit" or (word, value) == ("set", "false"):
            yield f"{word} {value}"


class _Queue:
    """The words of a statement that were not read yet."""

    def __init__(self, words: Words) -> None:
        self.words = words

    def take(self) -> str:
        word, self.words = "".join(self.words[:1]), self.words[1:]
        return word

    def value(self) -> str:
        sign = self.take()
        return f"-{self.take()}" if sign == "-" else sign

    def skip_secret(self) -> bool:
        """Skip the words of a password, and return whether there is one: PASSWORD NULL takes it away."""
        word = ""
        while self.words and not word.endswith("'") and word != "null":
            word = self.take()
        return word != "null"

    def name(self) -> str:
        """Return the next name; on MariaDB it has several words, with its host."""
        if self.words[:1] == ("group",) and self.words[1:2] not in ((), (",",), ("with",), ("granted",)):
            self.take()  # GRANT … TO GROUP name
        name = unquoted(self.take())
        while self.words[:1] == ("@",):
            name += f" {self.take()} {self.take()}"
        return name

    def names(self) -> Iterator[str]:
        """Yield the names of a list."""
        yield self.name()
        while self.words[:1] == (",",):
            self.take()
            yield self.name()


def unquoted(name: str) -> str:
    """Return a name as the catalogue has it."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


_BOUNDARIES = frozenset({";", "do", "then", "else", "begin", "loop"})


def block_statements(parts: Words) -> Iterator[tuple[str, ...]]:
    """Yield the statements of a block as if every one of them ran."""
    piece: list[str] = []
    for word in (*parts, ";"):
        if word not in _BOUNDARIES and not re.fullmatch(r"\$\w*\$", word):
            piece.append(word)
        elif piece:
            yield tuple(piece)
            piece = []
