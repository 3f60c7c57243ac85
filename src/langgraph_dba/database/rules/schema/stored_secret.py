"""A password, PIN, secret of an API or card number in clear text can be read by everyone who reads a copy.

Backups, replicas and dumps for developers hold it too. A password needs a slow salted hash, of at least 60 characters
(a `password` without a length may hold one, so that it is only a minor finding);
a secret that is only compared needs a hash, and one that is sent needs encryption; card numbers belong to a payment
provider, and a security code may not be stored at all (PCI DSS 3.3).

Bad:

```sql
CREATE TABLE users (id bigint PRIMARY KEY, password varchar(40) NOT NULL);
CREATE TABLE members (id bigint PRIMARY KEY, pin varchar(4) NOT NULL, api_secret varchar(20));
CREATE TABLE payments (id bigint PRIMARY KEY, credit_card_number text NOT NULL, cvv char(3));
```

Good:

```sql
CREATE TABLE users (id bigint PRIMARY KEY, password_hash text NOT NULL, password_changed_at timestamptz);
CREATE TABLE accounts (id bigint PRIMARY KEY, password varchar(128) NOT NULL, api_secret_hash text);
CREATE TABLE boards (id bigint PRIMARY KEY, pin varchar(4) NOT NULL, pin_count integer NOT NULL, pinned boolean);
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
_LOGIN_WORDS = "passwords"
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
_OF_ADDRESSES = frozenset({"address", "city", "district", "state", "street", "town"})
_LONGEST_PIN = 12
_CODES = frozenset({"cvc", "cvc2", "cvv", "cvv2", "cav2"})
_CARDS = frozenset({"credit", "creditcard", "debit", "debitcard"})
_PARTS = frozenset(
    {"brand", "expiry", "fee", "id", "last", "last4", "limit", "masked", "name", "token", "type", "four", "hash"}
)
_SHORTEST_HASH = 32  # of MD5 in hexadecimal: what is shorter can hold no hash
_SALTED = "store only a salted hash (argon2id, scrypt or bcrypt), and call the column password_hash"
_FAST_HASHES = frozenset({"md5", "sha1", "sha256", "sha512"})  # a password needs a slow one
_SHORTEST_SALTED_HASH = 60  # of bcrypt, with its salt
_LONGEST_PART = 6  # the last four digits, or the first six


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


def _card_problem(column: Column, table: Table) -> tuple[Severity, str, str] | None:
    words = tokens(column.name)
    if _CODES.intersection(words) and column.type.name != "boolean" and not _PARTS.intersection(words):
        message = f"{column.name} stores the security code of a card, which may not be stored after a payment"
        return SEVERITY, message, "drop the column: a payment provider checks the code"
    length = column.type.length or _LONGEST_PART + 1
    if _is_card_number(words, table) and column.type.name in (*_TEXTS, "bigint", "decimal") and length > _LONGEST_PART:
        message = f"{column.name} stores the number of a payment card in clear text"
        return SEVERITY, message, "store the token of a payment provider, and the last four digits to show"
    return None


def _is_card_number(words: tuple[str, ...], table: Table) -> bool:
    if _PARTS.intersection(words) or _HASHED.intersection(words):
        return False
    names = ("number", "no", "num", "nr")
    if words in (("credit", "card"), ("creditcard",), ("debit", "card")):
        return True
    is_number = words[-1] in names and ("card" in words or "cc" in words or bool(_CARDS.intersection(words)))
    # the number of a library card is no secret: `card_number` counts only in a table about payments
    payment = frozenset({"credit", "creditcard", "cc", "debit", "payment", "billing"})
    return is_number and bool(payment.intersection((*words, *map(singular_of, tokens(table.name)))))


def _password_problem(column: Column, table: Table) -> tuple[Severity, str, str] | None:
    words, length = tokens(column.name), column.type.length
    what, instead = _secret_kind(column, table)
    if words[-1] in _FAST_HASHES and _PASSWORDS.intersection(words):
        message = (
            f"{column.name} stores passwords as {words[-1].upper()}, which is guessed at billions of tries a second"
        )
        return (
            SEVERITY,
            message,
            "store only a salted hash (argon2id, scrypt or bcrypt), and call the column password_hash",
        )
    if not what or (_HASHED | _CIPHERS).intersection(words) or column.type.name not in _TEXTS:
        return None
    if length and length < _SHORTEST_HASH:
        return SEVERITY, f"{column.name} stores {what} in clear text: no hash fits into {length} characters", instead
    if length and length < _SHORTEST_SALTED_HASH and what == _LOGIN_WORDS:
        message = (
            f"{column.name} stores {what} in clear text, or as a fast hash: no salted one fits into {length} characters"
        )
        return SEVERITY, message, instead
    if length or (_HASHED | _CIPHERS).intersection(tokens(column.comment.replace(" ", "_"))):
        return None  # frameworks store hashes in `password varchar(128)`
    return (
        "minor",
        f"{column.name} may hold {what} in clear text: neither name nor length says that it is a hash",
        instead,
    )


def _secret_kind(column: Column, table: Table) -> tuple[str, str]:
    """Return what a name says that the column holds, and what to store instead; both empty if it is no secret."""
    *qualifiers, noun = tokens(column.name)
    beside = frozenset((*qualifiers, *map(singular_of, tokens(table.name))))
    if noun in _PASSWORDS:
        return _LOGIN_WORDS, _SALTED
    if noun == "pin" and _is_of_person(column, table, beside):
        return "PINs", "store only a salted hash (argon2id, scrypt or bcrypt), and limit the attempts"
    is_key = noun == "key" and qualifiers[-1:] in (["secret"], ["private"])
    if is_key or (noun == "secret" and beside & _OF_SECRETS):
        return "secrets", "store only a hash, or encrypt what must be sent with a key outside of the database"
    return "", ""


def _is_of_person(column: Column, table: Table, beside: frozenset[str]) -> bool:
    """Return whether a pin is a code that a person types, and no pin of a part or code of an address."""
    length = column.type.length or 0
    is_in_address = any(_OF_ADDRESSES.intersection(tokens(name)) for name in table.column_names)
    if beside & _OF_PARTS or is_in_address or length > _LONGEST_PIN:
        return False
    return bool(beside & _OF_PINS) or (bool(length) and column.name.lower() == "pin")
