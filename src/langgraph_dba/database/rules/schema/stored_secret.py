"""A password in clear text, a card number or a card's security code can be read by everyone who reads a copy.

Backups, replicas and dumps for developers hold it too. A password needs a slow salted hash, of at least 60 characters;
card numbers belong to a payment provider, and a security code may not be stored at all (PCI DSS 3.3).

Bad:

```sql
CREATE TABLE users (id bigint PRIMARY KEY, password varchar(20) NOT NULL);
CREATE TABLE payments (id bigint PRIMARY KEY, credit_card_number text NOT NULL, cvv char(3));
```

Good:

```sql
CREATE TABLE users (id bigint PRIMARY KEY, password_hash text NOT NULL, password_changed_at timestamptz);
CREATE TABLE accounts (id bigint PRIMARY KEY, password varchar(128) NOT NULL);
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
_PASSWORDS = frozenset({"passphrase", "passwd", "password", "pwd", "userpassword"})
_HASHED = frozenset(
    {
        "argon2", "bcrypt", "crypt", "crypted", "digest", "encrypted", "hash", "hashed", "hint", "masked", "pbkdf2",
        "reset", "salt", "scrypt", "token",
    }
)  # fmt: skip
_CODES = frozenset({"cvc", "cvc2", "cvv", "cvv2", "cav2"})
_CARDS = frozenset({"credit", "creditcard", "debit", "debitcard"})
_PARTS = frozenset(
    {"brand", "expiry", "fee", "id", "last", "last4", "limit", "masked", "name", "token", "type", "four", "hash"}
)
_SHORTEST_HASH = 32  # of MD5 in hexadecimal: what is shorter can hold no hash
_LONGEST_PART = 6  # the last four digits, or the first six


@each_table
def check(table: Table, _: Schema) -> Iterator[Finding]:
    """Yield columns for security codes, card numbers and passwords that cannot be hashes.

    A password without a length is minor: it may be a hash, and nothing shows that it is one.
    """
    for column in table.columns:
        problem = _card_problem(column, table) or _password_problem(column)
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


def _password_problem(column: Column) -> tuple[Severity, str, str] | None:
    words = tokens(column.name)
    if words[-1] not in _PASSWORDS or _HASHED.intersection(words) or column.type.name not in _TEXTS:
        return None
    instead = "store only a salted hash (argon2id, scrypt or bcrypt), and call the column password_hash"
    length = column.type.length
    if length and length < _SHORTEST_HASH:
        return SEVERITY, f"{column.name} stores passwords in clear text: no hash fits into {length} characters", instead
    if length or _HASHED.intersection(tokens(column.comment.replace(" ", "_"))):
        return None  # frameworks store hashes in `password varchar(128)`
    return (
        "minor",
        f"{column.name} may hold passwords in clear text: neither name nor length says that it is a hash",
        instead,
    )
