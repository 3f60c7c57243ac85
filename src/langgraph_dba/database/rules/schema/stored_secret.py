"""A password, PIN, secret of an API or card number in clear text can be read by everyone who reads a copy.

Backups, replicas and dumps for developers hold it too. A password needs a slow salted hash, of at least 60 characters
(a `password` without a length may hold one, so that it is only a minor finding, as is the key or token of an API with
room for a hash). A secret that is only compared needs a hash, and one that is sent needs encryption; card numbers
belong to a payment provider, and a security code may not be stored at all (PCI DSS 3.3).

Bad:

```sql
CREATE TABLE users (id bigint PRIMARY KEY, password varchar(40) NOT NULL);
CREATE TABLE members (id bigint PRIMARY KEY, pin varchar(4) NOT NULL, api_secret varchar(20));
CREATE TABLE clients (id bigint PRIMARY KEY, api_token varchar(24), sha256_password varchar(64), pin_code varchar(6));
CREATE TABLE payments (id bigint PRIMARY KEY, credit_card_number text NOT NULL, cvv char(3));
CREATE TABLE purchases (id bigint PRIMARY KEY, card_number varchar(19) NOT NULL, security_code varchar(4));
```

Good:

```sql
CREATE TABLE users (id bigint PRIMARY KEY, password_hash text NOT NULL, password_changed_at timestamptz);
CREATE TABLE accounts (id bigint PRIMARY KEY, password varchar(128) NOT NULL, api_secret_hash text);
CREATE TABLE boards (id bigint PRIMARY KEY, pin varchar(4) NOT NULL, pin_count integer NOT NULL, pinned boolean);
CREATE TABLE clients (id bigint PRIMARY KEY, api_key_hash text, city text, pin_code varchar(6));
CREATE TABLE payments (id bigint PRIMARY KEY, card_token text NOT NULL, card_number_last4 char(4) NOT NULL);
```
"""

from collections.abc import Iterator

from langgraph_dba.database.model.schema import Column, Schema, Table
from langgraph_dba.database.requirements.plural import singular_of
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.database.rules.kit.vocabulary import tokens
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "critical"
fix = None  # the values exist: they must be hashed, or moved to a payment provider
_TEXTS = ("string", "text", "char")
_LOGIN_WORDS, _KEY_WORDS = "passwords", "secrets"
_FLAG = 3  # characters: `must_change_password` is 'on' or 'off'
_PASSWORDS = frozenset({"passphrase", "passwd", "password", "pwd", "userpassword"})
_HASHED = frozenset(
    {
        "argon2", "bcrypt", "crypt", "crypted", "digest", "encrypted", "hash", "hashed", "hint", "masked", "pbkdf2",
        "reset", "salt", "scrypt", "token",
    }
)  # fmt: skip
# Words beside `secret`, in the name or in that of the table: a `secret` of its own may be part of a game.
_OF_SECRETS = frozenset(
    {
        "access", "api", "app", "application", "auth", "client", "consumer", "credential", "hmac", "integration", "jwt",
        "key", "mfa", "oauth", "oauth2", "otp", "partner", "session", "shared", "signing", "totp", "user", "webhook",
    }
)  # fmt: skip
_OF_KEYS = frozenset({"api", "private", "secret"})
_OF_TOKENS = frozenset({"access", "api", "auth", "bearer", "refresh"})
_PUBLIC = frozenset({"public", "publishable"})
_CIPHERS = frozenset({"cipher", "ciphertext", "enc", "encrypted", "sealed"})
# Words beside `pin`; without one, a short `pin` is a PIN too, except among parts, on maps and in addresses of India.
_OF_PINS = frozenset(
    {
        "access", "account", "admin", "card", "cardholder", "credential", "customer", "door", "driver",
        "employee", "login", "member", "operator", "patient", "person", "security", "sim", "staff", "student", "unlock",
        "user", "wallet", "worker",
    }
)  # fmt: skip
_OF_PARTS = frozenset(
    {
        "actuator", "board", "bowling", "chip", "circuit", "component", "connector", "controller", "device", "gpio",
        "location", "map", "marker", "microcontroller", "module", "place", "relay", "sensor", "wire", "wiring",
    }
)  # fmt: skip
_OF_ADDRESSES = frozenset(
    {
        "addr", "address", "area", "billing", "city", "country", "delivery", "district", "landmark", "locality",
        "postal", "region", "shipping", "state", "street", "town", "village", "zip",
    }
)  # fmt: skip
_LONGEST_PIN = 12
_TOO_SHORT_FOR_POST = range(1, 6)  # the codes of India have six digits
_CODES = frozenset({"cvc", "cvc2", "cvv", "cvv2", "cav2"})
_CODE_LENGTHS = (3, 4)
# Beside a `security_code`, which may be that of a share.
_SECURITIES = frozenset(
    {
        "bond", "dividend", "exchange", "fund", "holding", "instrument", "isin", "issuer", "market", "portfolio",
        "position", "quote", "security", "share", "stock", "symbol", "ticker", "trade",
    }
)  # fmt: skip
_CARD_LENGTHS = range(16, 20)
_OF_OTHER_CARDS = frozenset(
    {
        "access", "badge", "bonus", "borrower", "bus", "business", "customer", "discount", "employee", "fuel", "gift",
        "health", "id", "identity", "insurance", "library", "loyalty", "member", "membership", "metro", "patient",
        "patron", "person", "reader", "residence", "reward", "score", "sim", "staff", "student", "time", "transit",
        "visitor", "voucher",
    }
)  # fmt: skip
_CARDS = frozenset({"credit", "creditcard", "debit", "debitcard"})
_PARTS = frozenset(
    {"brand", "expiry", "fee", "id", "last", "last4", "limit", "masked", "name", "token", "type", "four", "hash"}
)
_SHORTEST_HASH = 32  # of MD5 in hexadecimal: what is shorter can hold no hash
_SALTED = "store only a salted hash (argon2id, scrypt or bcrypt), and call the column password_hash"
_FAST_HASHES = frozenset({"md5", "sha1", "sha256", "sha512"})  # a password needs a slow one
_HASH_NOUNS = frozenset({"digest", "hash", "hashed"})
_SHORT_PASSWORDS = frozenset({"pass", "pw"})  # `pw` alone can be anything, a `pw_hash` is that of a password
_OF_NO_LOGIN = _HASHED - _HASH_NOUNS  # and names of slow hashes
_HASH_OF_KEY = 64  # of SHA-256 in hexadecimal, which is enough for a random key
_SHORTEST_SALTED_HASH = 60  # of bcrypt, with its salt
_LONGEST_PART = 6  # the last four digits, or the first six
_Problem = tuple[Severity, str, str]


@each_table
def check(table: Table, _: Schema) -> Iterator[Finding]:
    """Yield columns for security codes, card numbers and passwords that cannot be hashes.

    A password without a length is minor: it may be a hash, and nothing shows that it is one.
    """
    for column in table.columns:
        problem = _card_problem(column, table) or _password_problem(column, table)
        if problem:
            severity, message, instead = problem
            yield Finding.in_schema(__name__, severity, table.name, message, instead, column=column.name)


def _card_problem(column: Column, table: Table) -> _Problem | None:
    words, type_ = tokens(column.name), column.type
    is_code = bool(_CODES.intersection(words)) and type_.name != "boolean" and not _PARTS.intersection(words)
    if is_code or _is_security_code(column, table):
        message = f"{column.name} stores the security code of a card, which may not be stored after a payment"
        return SEVERITY, message, "drop the column: a payment provider checks the code"
    length = type_.length or _LONGEST_PART + 1
    is_number = _is_card_number(words, table) or _is_number_by_length(column, table)
    if is_number and type_.name in (*_TEXTS, "bigint", "decimal") and length > _LONGEST_PART:
        message = f"{column.name} stores the number of a payment card in clear text"
        return SEVERITY, message, "store the token of a payment provider, and the last four digits to show"
    return None


def _is_security_code(column: Column, table: Table) -> bool:
    """Return whether a `security_code` is one of a card, and no code of a security that is traded."""
    is_short = column.type.name in _TEXTS and column.type.length in _CODE_LENGTHS
    named = tokens(column.name)[-2:] == ("security", "code")
    is_key = any(column.name in key for key in (*table.keys, *(u.columns for u in table.uniques)))
    return named and is_short and not is_key and not _SECURITIES & _words_beside(column, table)


def _is_card_number(words: tuple[str, ...], table: Table) -> bool:
    if _PARTS.intersection(words) or _HASHED.intersection(words):
        return False
    if words in (("credit", "card"), ("creditcard",), ("debit", "card")):
        return True
    is_number = _is_number_of_card(words) or words[-1] == "pan"
    # the number of a library card is no secret: without its length, `card_number` counts only in a table about payments
    payment = frozenset({"credit", "creditcard", "cc", "debit", "payment", "billing"})
    return is_number and bool(payment.intersection((*words, *map(singular_of, tokens(table.name)))))


def _is_number_of_card(words: tuple[str, ...]) -> bool:
    is_card = "card" in words or "cc" in words or bool(_CARDS.intersection(words))
    return words[-1] in ("number", "no", "num", "nr") and is_card


def _is_number_by_length(column: Column, table: Table) -> bool:
    """Return whether a column with the length of a payment card's number holds one, and not that of another card."""
    words, length = tokens(column.name), column.type.length or 0
    if length not in _CARD_LENGTHS or (_PARTS | _HASHED | _CIPHERS).intersection(words):
        return False
    if words in (("pan",), ("card", "pan")):
        return True
    is_unique = any(set(key) == {column.name} for key in (*table.keys, *(u.columns for u in table.uniques)))
    beside = {*words, *map(singular_of, tokens(table.name))}
    return _is_number_of_card(words) and not is_unique and not beside & _OF_OTHER_CARDS


def _words_beside(column: Column, table: Table) -> frozenset[str]:
    """Return the words of the names of the table and its other columns, each in the singular."""
    names = (table.name, *(name for name in table.column_names if name != column.name))
    return frozenset(singular_of(word) for name in names for word in tokens(name))


def _password_problem(column: Column, table: Table) -> _Problem | None:
    words, length = tokens(column.name), column.type.length
    what, instead = _secret_kind(column, table)
    fast = _fast_hash(column, table)
    if fast:
        return (
            SEVERITY,
            f"{column.name} stores passwords as {fast}, which is guessed at billions of tries a second",
            _SALTED,
        )
    marks = _HASHED | _CIPHERS if what != _KEY_WORDS else (_HASHED | _CIPHERS) - {"token"}
    if not what or marks.intersection(words) or column.type.name not in _TEXTS:
        return None
    if 0 < (length or 0) <= _FLAG:
        return None
    if length and length < _SHORTEST_HASH:
        return SEVERITY, f"{column.name} stores {what} in clear text: no hash fits into {length} characters", instead
    if length and length < _SHORTEST_SALTED_HASH and what == _LOGIN_WORDS:
        message = (
            f"{column.name} stores {what} in clear text, or as a fast hash: no salted one fits into {length} characters"
        )
        return SEVERITY, message, instead
    # frameworks store hashes in `password varchar(128)`, and those of keys in 64 characters
    is_sized = bool(length) and (what == _LOGIN_WORDS or length == _HASH_OF_KEY)
    if is_sized or marks.intersection(tokens(column.comment.replace(" ", "_"))):
        return None
    return (
        "minor",
        f"{column.name} may hold {what} in clear text: neither name nor length says that it is a hash",
        instead,
    )


def _fast_hash(column: Column, table: Table) -> str:
    """Return which fast hash of passwords a column holds, as its name or its length says; empty for other columns."""
    *_, noun = words = tokens(column.name)
    is_hash = noun in (_FAST_HASHES | _PASSWORDS | _HASH_NOUNS) and column.type.name in (*_TEXTS, "binary")
    if not is_hash or not (_PASSWORDS | _SHORT_PASSWORDS).intersection(words) or _OF_NO_LOGIN.intersection(words):
        return ""
    named = next((word.upper() for word in words if word in _FAST_HASHES), "")
    is_short = column.type.name in _TEXTS and 0 < (column.type.length or 0) < _SHORTEST_SALTED_HASH
    is_salted = any("salt" in tokens(name) for name in table.column_names)
    unsalted = is_short and bool(_HASH_NOUNS.intersection(words)) and not is_salted
    return named or ("a fast or unsalted hash" if unsalted else "")


def _secret_kind(column: Column, table: Table) -> tuple[str, str]:
    """Return what a name says that the column holds, and what to store instead; both empty if it is no secret."""
    *qualifiers, noun = tokens(column.name)
    beside = frozenset((*qualifiers, *map(singular_of, tokens(table.name))))
    if noun in _PASSWORDS:
        return _LOGIN_WORDS, _SALTED
    is_pin = noun == "pin" or (noun in ("code", "number") and qualifiers[-1:] == ["pin"])
    if is_pin and _is_of_person(column, table, beside):
        return "PINs", "store only a salted hash (argon2id, scrypt or bcrypt), and limit the attempts"
    before = qualifiers[-1] if qualifiers else ""
    is_key = noun == "apikey" or (noun == "key" and before in _OF_KEYS) or (noun == "token" and before in _OF_TOKENS)
    is_open = bool(_PUBLIC.intersection(qualifiers)) or column.name in table.referring_columns
    if (is_key or (noun == "secret" and beside & _OF_SECRETS)) and not is_open:
        return _KEY_WORDS, "store only a hash, or encrypt what must be sent with a key outside of the database"
    return "", ""


def _is_of_person(column: Column, table: Table, beside: frozenset[str]) -> bool:
    """Return whether a pin is a code that a person types, and no pin of a part or code of an address."""
    length = column.type.length or 0
    is_in_address = bool(_OF_ADDRESSES & beside) or any(
        _OF_ADDRESSES.intersection(tokens(name)) for name in table.column_names
    )
    is_postal = is_in_address and length not in _TOO_SHORT_FOR_POST
    if beside & _OF_PARTS or is_postal or length > _LONGEST_PIN:
        return False
    return bool(beside & _OF_PINS) or (bool(length) and column.name.lower() in ("pin", "pin_code", "pin_number"))
