"""Secrets that a name and a length show together, and the columns beside them that are none."""

from collections.abc import Callable

import pytest

from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.rules import find

Read = Callable[[str], Schema]


def _reported(schema: Schema) -> list[str]:
    return sorted(f"{one.severity} {one.location}" for one in find(schema) if one.rule == "stored-secret")


@pytest.mark.parametrize(
    ("table", "column", "severity"),
    [
        ("a", "card_number varchar(19)", "critical"),
        ("orders", "card_no char(16)", "critical"),
        ("g", "pan varchar(19)", "critical"),
        ("payments", "pan text", "critical"),
        ("u", "security_code varchar(4)", "critical"),
        ("b", "pin_code varchar(6)", "critical"),
        ("members", "pin_number text", "minor"),
        ("members", "pin_code varchar(4), city text", "critical"),
        ("c", "api_key text", "minor"),
        ("c", "stripe_api_key varchar(255)", "minor"),
        ("c", "api_key varchar(24)", "critical"),
        ("d", "access_token text", "minor"),
        ("d", "refresh_token varchar(20)", "critical"),
        ("e", "client_secret varchar(40)", "minor"),
        ("u", "sha256_password varchar(64)", "critical"),
        ("u", "password_md5 bytea", "critical"),
        ("u", "pw_hash varchar(32)", "critical"),
        ("u", "hashed_password char(40)", "critical"),
        ("u", "password_digest varchar(44)", "critical"),
    ],
)
def test_a_secret_is_found(table: str, column: str, severity: str, from_sql: Read) -> None:
    schema = from_sql(f"CREATE TABLE {table} (id bigint PRIMARY KEY, {column})")

    assert _reported(schema) == [f"{severity} {table}.{column.split(maxsplit=1)[0]}"]


@pytest.mark.parametrize(
    "table",
    [
        "payments (id bigint PRIMARY KEY, card_number_last4 char(4), card_token varchar(19))",
        "payments (id bigint PRIMARY KEY, card_number_hash char(64), pan_encrypted bytea)",
        "readers (id bigint PRIMARY KEY, card_number varchar(16))",
        "gift_cards (id bigint PRIMARY KEY, card_number varchar(19))",
        "visits (id bigint PRIMARY KEY, card_number varchar(19) UNIQUE, loyalty_card_number varchar(16))",
        "taxpayers (id bigint PRIMARY KEY, pan varchar(10), pan_masked varchar(19))",
        "cameras (id bigint PRIMARY KEY, pan real, tilt real)",
        "orders (id bigint PRIMARY KEY, card_number_encrypted varchar(19), api_key_encrypted bytea)",
        "securities (id bigint PRIMARY KEY, security_code char(4))",
        "prices (id bigint PRIMARY KEY, security_code char(4), ticker text)",
        "codes (security_code char(4) PRIMARY KEY)",
        "logins (id bigint PRIMARY KEY, security_code_sent_at timestamptz, security_code varchar(64))",
        "sites (id bigint PRIMARY KEY, city text, pin_code varchar(6))",
        "customers (id bigint PRIMARY KEY, delivery_pin_code varchar(6), pincode varchar(6))",
        "boards (id bigint PRIMARY KEY, pin_number varchar(4), pin_code_count integer)",
        "clients (id bigint PRIMARY KEY, api_key_hash text, hashed_api_key text, api_key varchar(64), api_key_id text)",
        "clients (id bigint PRIMARY KEY, api_key_prefix varchar(8), public_api_key text, encrypted_access_token text)",
        "clients (id bigint PRIMARY KEY, client_secret_hash varchar(40), client_secret_id text)",
        "sessions (id bigint PRIMARY KEY, access_token_expires_at timestamptz, access_token_hash bytea, token text)",
        "sessions (id bigint PRIMARY KEY, csrf_token text, device_token text, remember_token varchar(100))",
        "users (id bigint PRIMARY KEY, reset_password_token varchar(40), password_reset_hash char(40))",
        "users (id bigint PRIMARY KEY, password_hash text, password_digest char(60), pw_hash varchar(255))",
        "users (id bigint PRIMARY KEY, pbkdf2_sha256_password varchar(88), password_hint varchar(40))",
        "users (id bigint PRIMARY KEY, is_password_md5 boolean, password_md5_at timestamptz)",
        "accounts (id bigint PRIMARY KEY, password_hash char(40), password_salt char(16))",
        "files (id bigint PRIMARY KEY, sha256 char(64), content_hash char(32), pass_count integer, hash_md5 char(32))",
    ],
)
def test_a_column_without_a_secret_is_not_reported(table: str, from_sql: Read) -> None:
    assert _reported(from_sql(f"CREATE TABLE {table}")) == []


def test_a_reference_to_a_key_is_no_key(from_sql: Read) -> None:
    sql = """CREATE TABLE keys (id text PRIMARY KEY, key_hash text NOT NULL);
        CREATE TABLE calls (id bigint PRIMARY KEY, api_key text REFERENCES keys)"""

    assert _reported(from_sql(sql)) == []
