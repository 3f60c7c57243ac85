"""Tests of claims, evidence and evidence sets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from langgraph_dba.evidence import CheckResult, Claim, Counts, Evidence, EvidenceSet, counts_by_engine, reason_lines

CLAIM = Claim("it is so", "a-proof")
ITEMS = st.builds(
    Evidence,
    claim=st.sampled_from(["a", "b"]),
    proof=st.sampled_from(["p", "q"]),
    engine=st.sampled_from(["sqlite", "mariadb"]),
    state=st.sampled_from(["supported", "refuted", "not run"]),
    reason=st.text(max_size=3),
)


def test_any_failure_refutes_and_the_first_three_are_quoted() -> None:
    refuted = CLAIM.evidence("sqlite", CheckResult(tuple("abcde"), "fine"), version="3")
    supported = CLAIM.evidence("sqlite", CheckResult((), "fine", {"rows": 2}, ("SELECT 1",), "measured"))

    assert (refuted.state, refuted.reason, refuted.receipt.version) == ("refuted", "a; b; c; and 2 more", "3")
    assert (supported.state, supported.reason, supported.strength) == ("supported", "fine", "measured")
    assert (supported.receipt.numbers, supported.receipt.sql) == ({"rows": 2}, ("SELECT 1",))


@given(st.lists(ITEMS), st.lists(ITEMS))
def test_later_evidence_replaces_earlier_evidence_of_the_same_check(
    first: list[Evidence], later: list[Evidence]
) -> None:
    merged = EvidenceSet(first).merge(later)

    newest = {item.key: item for item in [*first, *later]}
    assert list(merged) == list(newest.values())
    assert merged.counts.total == len(merged) == len(newest)
    assert EvidenceSet(merged.to_plain()) == merged


@given(st.lists(ITEMS, unique_by=lambda item: item.key))
def test_the_order_of_insertion_does_not_change_sorted_evidence(items: list[Evidence]) -> None:
    assert EvidenceSet(items).sorted() == EvidenceSet(reversed(items)).sorted()


def test_counts_and_lines_contain_every_state() -> None:
    items = EvidenceSet(
        [
            CLAIM.evidence("sqlite", CheckResult((), "fine")),
            CLAIM.evidence("mariadb", CheckResult(("row 1",), "")),
            CLAIM.not_run("postgresql", "not installed"),
            Claim("asked by the panel", "a-proof").not_run("postgresql", "not installed"),
        ]
    )

    assert items.counts == Counts(supported=1, refuted=1, not_run=2)
    assert str(items.counts) == "1 supported, 1 refuted, 2 not run"
    assert counts_by_engine(items.supported) == "1 claims on sqlite"
    assert reason_lines(items.not_run) == ["a-proof on postgresql: not installed"]


def test_plain_data_that_is_not_evidence_is_an_error() -> None:
    with pytest.raises(ValidationError):
        EvidenceSet([{"claim": "x", "state": "proven"}])


@given(st.lists(ITEMS, unique_by=lambda item: item.key))
def test_equal_sets_have_equal_hashes(items: list[Evidence]) -> None:
    assert EvidenceSet(items) == EvidenceSet(reversed(items))
    assert hash(EvidenceSet(items)) == hash(EvidenceSet(reversed(items)))
