from hypothesis import given
from hypothesis import strategies as st

from langgraph_dba.findings import FORMULA, WEIGHTS, Finding, SchemaLocation, Severity, band, score


def finding(severity: Severity) -> Finding:
    return Finding(rule="some-rule", severity=severity, location=SchemaLocation(), message="is so", help="change it")


severities = st.lists(st.sampled_from(sorted(WEIGHTS)))


def test_without_findings_the_score_is_100() -> None:
    assert score([]) == 100


def test_each_severity_costs_its_weight() -> None:
    assert {severity: 100 - score([finding(severity)]) for severity in WEIGHTS} == {
        "critical": 25, "major": 10, "minor": 3, "nit": 1,
    }  # fmt: skip


@given(severities, severities)
def test_more_findings_never_raise_the_score_and_it_is_never_negative(
    some: list[Severity], more: list[Severity]
) -> None:
    few = score(finding(severity) for severity in some)
    many = score(finding(severity) for severity in some + more)

    assert 0 <= many <= few <= 100


@given(severities)
def test_order_does_not_matter(sample: list[Severity]) -> None:
    assert score(map(finding, sample)) == score(map(finding, reversed(sample)))


def test_bands() -> None:
    assert [band(points) for points in (100, 90, 89, 80, 79, 70, 69, 0)] == [
        "approved", "approved", "minor", "minor", "moderate", "moderate", "rework", "rework",
    ]  # fmt: skip


def test_the_formula_is_stated_with_its_weights() -> None:
    assert FORMULA == "100 - 25 x critical - 10 x major - 3 x minor - 1 x nit, at least 0"
