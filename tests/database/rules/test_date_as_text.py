"""Dates in columns of text: names that mean a date, checks of the form, and what is right on SQLite."""

from pathlib import Path

import pytest
from usable_engines import usable

from langgraph_dba.database import read_existing

DATES = (
    "birth_date created_at date_of_birth date_joined dob due_on ends_at expires expires_at expiry_date last_updated "
    "order_date paid_on start_date updated_time valid_until birthday event_timestamp"
)
OTHERS = (
    "based_on candidate card_expiry date_format depends_on display_date end_state expires_in format hosted_at "
    "installed_on located_at assigned_to moved_from original_date start_time status update_policy weekday raw_date"
)
ENGINES = [
    pytest.param("sqlite"),
    pytest.param("postgresql", marks=pytest.mark.server),
    pytest.param("mariadb", marks=pytest.mark.server),
]


def reported(engine: str, sql: str, tmp_path: Path) -> list[tuple[str, str]]:
    """Return the columns in the order of the file, and the severity."""
    assert usable(engine).version()  # or the test is skipped
    file = tmp_path / "theirs.sql"
    file.write_text(sql, encoding="utf-8")
    findings = read_existing(file, engines=[engine]).findings()
    return [(str(one.location.column), one.severity) for one in findings if one.rule == "date-as-text"]


def table(columns: str, type_: str, name: str = "things") -> str:
    return f"CREATE TABLE {name} (id bigint PRIMARY KEY, {', '.join(f'{one} {type_}' for one in columns.split())});"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("type_", ["text", "varchar(30)", "char(10)"])
def test_dates_are_found_by_their_names(engine: str, type_: str, tmp_path: Path) -> None:
    severity = "minor" if engine == "sqlite" else "major"

    assert reported(engine, table(DATES, type_), tmp_path) == [(name, severity) for name in DATES.split()]


@pytest.mark.parametrize("engine", ENGINES)
def test_other_texts_are_not_found(engine: str, tmp_path: Path) -> None:
    short = table("deleted_at created_on", "char(1)", "flags")

    assert reported(engine, table(OTHERS, "text") + short, tmp_path) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_rows_of_a_file_before_they_are_read_may_be_text(engine: str, tmp_path: Path) -> None:
    assert reported(engine, table(DATES, "text", "import_orders"), tmp_path) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_columns_of_a_type_for_dates_are_not_found(engine: str, tmp_path: Path) -> None:
    assert reported(engine, table("created_at expires", "timestamp NULL") + table("dob", "date", "b"), tmp_path) == []


FORMS = {
    "postgresql": [
        "due_on ~ '^\\d{4}-\\d\\d-\\d\\d$'", "due_on::date IS NOT NULL", "to_date(due_on, 'YYYYMMDD') > '2000-1-1'",
        "due_on LIKE '____-__-__'", "due_on SIMILAR TO '[0-9-]{10}'", "due_on IN ('2025-01-01')",
    ],
    "mariadb": [
        "due_on REGEXP '^[0-9]{4}-[0-9]{2}$'", "str_to_date(due_on, '%Y-%m-%d') IS NOT NULL",
        "CAST(due_on AS date) IS NOT NULL",
    ],
    "sqlite": [
        "date(due_on) IS due_on", "due_on GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'", "julianday(due_on) > 0",
        "due_on IS NULL OR date(due_on, '+0 days') = due_on", "due_on LIKE '____-__-__'",
    ],
}  # fmt: skip
NO_FORMS = ["due_on <> ''", "length(due_on) <= 30", "length(trim(due_on)) > 0", "due_on <= other", "due_on IS NOT NULL"]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_check_of_the_form_is_enough(engine: str, tmp_path: Path) -> None:
    for form in FORMS[engine]:
        sql = f"CREATE TABLE t (id bigint PRIMARY KEY, due_on varchar(30), CHECK ({form}));"

        assert reported(engine, sql, tmp_path) == [], form


@pytest.mark.parametrize("engine", ENGINES)
def test_a_check_that_accepts_any_form_is_not_enough(engine: str, tmp_path: Path) -> None:
    for condition in NO_FORMS:
        sql = f"CREATE TABLE t (id bigint PRIMARY KEY, due_on varchar(30), other varchar(30), CHECK ({condition}));"

        assert [name for name, _ in reported(engine, sql, tmp_path)] == ["due_on"], condition


@pytest.mark.server
def test_values_that_are_restricted_elsewhere_are_not_found(tmp_path: Path) -> None:
    sql = """
    CREATE DOMAIN iso_date AS text CHECK (VALUE ~ '^[0-9-]+$');
    CREATE TABLE days (code char(10) PRIMARY KEY);
    CREATE TABLE t (
      due_on iso_date, start_date char(10) REFERENCES days, sent_at timestamptz,
      sent_date text GENERATED ALWAYS AS (CASE WHEN sent_at IS NULL THEN 'never' END) STORED
    );
    """

    assert reported("postgresql", sql, tmp_path) == []


@pytest.mark.server
def test_names_in_camel_case_are_read(tmp_path: Path) -> None:
    postgresql = 'CREATE TABLE t (id bigint PRIMARY KEY, "createdAt" text, "dateFormat" text, "Birth Date" text);'

    assert len(reported("mariadb", table("createdAt dateFormat", "text"), tmp_path)) == 1
    assert len(reported("postgresql", postgresql, tmp_path)) == 2


def test_the_clock_of_sqlite_writes_one_form(tmp_path: Path) -> None:
    sql = """
    CREATE TABLE t (
      id INTEGER PRIMARY KEY, created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
      updated_at TEXT DEFAULT (datetime('now')), sent_at TEXT
    );
    """

    assert reported("sqlite", sql, tmp_path) == [("sent_at", "minor")]
