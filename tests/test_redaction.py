"""No secret appears in errors, or in the files and checkpoints of a session."""

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from langgraph_dba.database import open_live
from langgraph_dba.database.engines import Engine
from langgraph_dba.errors import DbaError, EngineError, InputError
from langgraph_dba.evidence import Claim
from langgraph_dba.findings import problem
from langgraph_dba.graph.session.session_run import run_session
from langgraph_dba.redaction import redact, redact_data, secrets_of

# With a marker, so that random characters do not occur in a message by chance.
PASSWORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).map(
    lambda text: f"Zq9{text}9qZ"
)
WRONG = [
    "postgresql://app:{}@127.0.0.1:1/db",
    "postgresql://app@127.0.0.1:1/db?password={}",
    "mariadb://app:{}@127.0.0.1:1/db",
    "mysql://app:{}@[::1]:1/db",
    "sqlite://app:{}@host/db",
    "oracle://app:{}@host/db",
    "postgresql://app:{}@nowhere.invalid:5432/db",
]


def _texts(error: BaseException | None) -> str:
    """Return all texts that the traceback of an error and of its causes would show."""
    parts = []
    while error is not None:
        parts += [str(error), repr(error), *map(repr, error.args)]
        error = error.__cause__ or error.__context__
    return "\n".join(parts)


@pytest.mark.parametrize("form", WRONG)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(secret=PASSWORDS)
def test_a_failed_url_is_reported_without_its_password(form: str, secret: str) -> None:
    url = form.format(quote(secret, safe=""))

    with pytest.raises(DbaError) as error:
        open_live(url)

    assert secret not in _texts(error.value)
    assert quote(secret, safe="") not in _texts(error.value)


@settings(max_examples=30, deadline=None)
@example(secret="Zq9%9qZ")  # libpq repeats text that it cannot decode
@given(secret=PASSWORDS)
def test_a_password_without_encoding_is_not_reported(secret: str) -> None:
    with pytest.raises(DbaError) as error:
        open_live(f"postgresql://app:{secret}@127.0.0.1:1/db")

    assert "Zq9" not in _texts(error.value)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(secret=PASSWORDS)
def test_a_wrong_password_and_a_wrong_database_are_reported_without_the_password(
    postgresql: Engine, secret: str
) -> None:
    with postgresql.scratch() as scratch:
        url = scratch.url("app")
        right = url.split("//app_user:", 1)[1].split("@", 1)[0]
        wrong = [url.replace(right, quote(secret, safe="")), url.replace("/scratch_", "/nowhere_")]
        for one in wrong:
            with pytest.raises(EngineError) as error:
                open_live(one)
            assert not {secret, quote(secret, safe=""), right} & {
                part for part in (secret, right) if part in _texts(error.value)
            }


@given(secret=PASSWORDS.filter(lambda text: not set(text) & set("'\"\\ \t\n&@\u00a0\u2028\u2029")))
def test_every_form_of_a_setting_is_redacted(secret: str) -> None:
    for form in ("password={}", "host=db password = '{}' user=x", "?sslmode=on&password={}&x=1", "passwd='{}'"):
        assert secret not in redact(form.format(secret)), form
    assert secret not in redact(f"postgresql://app:{quote(secret, safe='')}@db/x")
    assert secret not in repr(redact_data({"a": [f"PWD={secret}"], "b": {"c": f"CREATE ROLE x PASSWORD '{secret}'"}}))


@pytest.mark.parametrize(
    "text",
    [
        "CREATE USER a IDENTIFIED VIA mysql_native_password USING '*Zq9' OR ed25519 USING PASSWORD('Zq9')",
        "CREATE USER a IDENTIFIED WITH caching_sha2_password AS 0x5A7139",
        "CREATE USER a IDENTIFIED WITH mysql_native_password BY \"Zq9; x\" REPLACE 'Zq9 old'",
        "CREATE USER a IDENTIFIED BY 'Zq9 cut off",
        r"ALTER ROLE r PASSWORD E'it\'s Zq9' VALID UNTIL 'infinity'",
        "ALTER ROLE r PASSWORD $x$ Zq9 $x$",
        "ALTER ROLE r PASSWORD 'Zq9 cut off",
        "SET PASSWORD FOR 'a'@'%' = PASSWORD('Zq9')",
        "SET PASSWORD FOR a = 'Zq9'",
        "CREATE USER MAPPING FOR a SERVER s OPTIONS (user 'u', \"password\" 'Zq9 x')",
        "CREATE SUBSCRIPTION s CONNECTION 'host=h password=''Zq9 x'' user=u' PUBLICATION p",
        "ALTER DATABASE d SET \"app.jwt_secret\" TO 'Zq9'",
        "SELECT set_config('app.jwt_secret', 'Zq9', false)",
        "password='Zq9 cut off",
        '{"password": "Zq9 cut off',
    ],
)
def test_passwords_in_statements_are_redacted(text: str) -> None:
    assert "Zq9" not in redact(text).replace("5A7139", "Zq9")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"password='a \' b' user=x", "password=*** user=x"),
        ("{'password': 'x y', 'user': 'u'}", "{'password': '***', 'user': 'u'}"),
        ("mysql+pymysql://root:p%40ss@localhost/db", "mysql+pymysql://root:***@localhost/db"),
        ("IDENTIFIED BY 'it''s'", "IDENTIFIED BY '***'"),
        ("the password column, and see https://example.org:8080/a", "the password column, and see https://example.org:8080/a"),
        ("IDENTIFIED BY 'x' REQUIRE 'y'", "IDENTIFIED BY '***' REQUIRE 'y'"),
        ("unexpected token 'x' near \"password\" (\"a\")", "unexpected token 'x' near \"password\" (\"a\")"),
        ("a = b", "a = b"),
    ],
)  # fmt: skip
def test_redact_replaces_only_secrets(text: str, expected: str) -> None:
    assert redact(text) == expected


def test_errors_and_evidence_are_redacted_wherever_they_are_raised() -> None:
    url = "postgresql://app:secret-word@db/x"

    assert "secret-word" not in str(DbaError(url))
    assert "secret-word" not in str(InputError(url))
    assert "secret-word" not in repr(InputError(problem(url)).problems)
    assert "secret-word" not in Claim("a claim", "a-proof").not_run("postgresql", f"no way to {url}").reason
    assert secrets_of("mysql://u:a%20bcd@h/d?password=efgh") == {"a%20bcd", "a bcd", "efgh"}


@pytest.mark.heavy
def test_files_and_checkpoints_of_a_session_contain_no_password(tmp_path: Path) -> None:
    request = "A shop with products and orders, to replace postgresql://app:Zq9secret9qZ@db.example/shop"

    run_session(request, out=tmp_path / "out", engines=["sqlite"])

    for path in (tmp_path / "out").rglob("*"):
        assert path.is_dir() or b"Zq9secret9qZ" not in path.read_bytes(), path
