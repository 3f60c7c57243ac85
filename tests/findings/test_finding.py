import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from langgraph_dba.errors import InputError, Problem
from langgraph_dba.findings import (
    FROM_LEVEL,
    LEVELS,
    SEVERITIES,
    FileLocation,
    Finding,
    SchemaLocation,
    by_severity,
    findings_of,
    nearest,
    problem,
    suggestion,
)

IN_SCHEMA = Finding.in_schema("rules.money_as_float", "critical", "bills", "is a float", "use decimal", column="total")
IN_FILE = Finding(
    rule="unknown-tool",
    severity="minor",
    location=FileLocation(file="a.md", line=4, column=8, end_line=4, end_column=13),
    message="'Wirte' is unknown",
    help="write Write",
)


def test_a_finding_in_a_schema_has_flat_json() -> None:
    assert IN_SCHEMA.model_dump() == {
        "rule": "money-as-float", "severity": "critical", "table": "bills", "column": "total", "constraint": "",
        "message": "is a float", "help": "use decimal", "fix": None,
    }  # fmt: skip


def test_a_finding_in_a_file_has_flat_json() -> None:
    assert IN_FILE.model_dump() == {
        "rule": "unknown-tool", "severity": "minor", "file": "a.md", "line": 4, "column": 8, "end_line": 4,
        "end_column": 13, "message": "'Wirte' is unknown", "help": "write Write", "fix": None,
    }  # fmt: skip


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
schema_locations = st.builds(SchemaLocation, table=texts, column=texts, constraint=texts)
numbers = st.integers(0, 10**6)
paths = st.lists(texts | numbers, max_size=3).map(tuple)
file_locations = st.builds(FileLocation, file=texts, line=numbers, column=numbers, end_column=numbers, path=paths)


@given(schema_locations | file_locations, st.sampled_from(SEVERITIES), texts)
def test_json_is_validated_to_the_same_finding(
    location: FileLocation | SchemaLocation, severity: str, message: str
) -> None:
    finding = Finding.model_validate({"rule": "r", "severity": severity, "location": location, "message": message})

    assert Finding.model_validate_json(finding.model_dump_json()) == finding


def test_a_review_of_an_earlier_version_can_be_read() -> None:
    old = {key: value for key, value in IN_SCHEMA.model_dump().items() if key != "fix"}

    assert Finding.model_validate(old) == IN_SCHEMA


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="colour"):
        Finding.model_validate(IN_SCHEMA.model_dump() | {"colour": "red"})


def test_text_begins_with_the_location() -> None:
    assert str(IN_SCHEMA) == "bills.total: money-as-float is a float: use decimal"
    assert str(IN_FILE) == "a.md:4: unknown-tool 'Wirte' is unknown: write Write"
    assert str(problem("is empty")) == "is empty"
    assert str(Finding.in_schema("r", "nit", "", "m", "")) == "schema: r m"


def test_identity_ignores_the_message() -> None:
    assert IN_SCHEMA.identity() == IN_SCHEMA.model_copy(update={"message": "other"}).identity()
    assert IN_SCHEMA.identity() != Finding.in_schema("money_as_float", "critical", "bills", "is a float", "").identity()


def test_secrets_are_redacted() -> None:
    finding = problem("no way to postgresql://app:secret-word@db/x", help="try password='secret-word'")

    assert "secret-word" not in finding.model_dump_json()


def test_the_most_severe_come_first_and_equal_ones_keep_their_order() -> None:
    nit, first, second = (IN_FILE.model_copy(update={"severity": s, "rule": r}) for s, r in _SHUFFLED)

    assert by_severity([nit, first, second]) == (first, second, nit)


_SHUFFLED = (("nit", "c"), ("major", "b"), ("major", "a"))


def test_each_level_maps_to_a_severity_that_maps_back() -> None:
    assert {level: LEVELS[severity] for level, severity in FROM_LEVEL.items()} == {
        level: level for level in ("error", "warning", "note")
    }
    assert set(LEVELS) == set(SEVERITIES)


def test_findings_of_an_error() -> None:
    listed = [problem("one", "a.md", 1, "r"), problem("two", "a.md", 2)]

    assert findings_of(InputError(listed)) == tuple(listed)
    assert [str(one) for one in findings_of(InputError("a sentence"))] == ["a sentence"]
    assert isinstance(listed[0], Problem)
    assert str(InputError(listed)) == "a.md:1: r one\na.md:2: two"


def test_a_suggestion_names_the_nearest_word_or_all() -> None:
    assert suggestion("tset", ("test", "lint")) == "did you mean 'test'?"
    assert suggestion("xyz", ("test", "lint")) == "there is lint, test"
    assert suggestion("xyz", ()) == "there is none yet"
    assert nearest("betta", ("beta",), cutoff=0.95) is None
