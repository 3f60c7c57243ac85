"""Every word of a request is accounted for; the spans of `requests/spans.yaml` were checked by hand."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from langgraph_dba.cli import main
from langgraph_dba.database.proofs.runner.rule_states import RuleState
from langgraph_dba.database.request import read_request
from langgraph_dba.database.request.coverage import coverage_line, coverage_of, coverage_table
from langgraph_dba.database.requirements import Entity, Requirements
from langgraph_dba.errors import RequirementsError

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "requests" / "spans.yaml").read_text(encoding="utf-8")
)
SHOP = "A shop with customers and orders. "
# words that state a rule: each must stand in a span that is more than a noun of the design
SIGNALS = re.compile(
    r"\b(?:no|not|never|cannot|can't|must|only|unique|exactly|at least|at most|twice|without|unless|except|together)\b",
    re.IGNORECASE,
)
PIECES = (
    "customers", "orders", "no", "two", "unique", "per", "never", "(", ")", ",", ".", ";", "\n", "- ", "each",
    "at most", "7", "€", "[10:02] Mia:", "O'Neil's", "deleted", "must", "be", "email", "or", "%s", "|", "<b>",
)  # fmt: skip
NOUNS = ("entity", "attribute", "value")


def spans(request: str) -> list[str]:
    """Return the spans of a request in the form of the file."""
    found = coverage_of(read_request(request)).spans
    return [f"{s.state} | {' '.join(s.words.split())}" + (f" | {s.form}" if s.form else "") for s in found]


def open_words(request: str) -> list[str]:
    return coverage_of(read_request(request)).words_of("not understood")


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_spans_are_those_that_were_checked_by_hand(case: Mapping[str, Any]) -> None:
    assert spans(case["request"]) == case["spans"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_no_word_that_states_a_rule_is_ignored(case: Mapping[str, Any]) -> None:
    request = case["request"].strip()
    found = [span for span in coverage_of(read_request(request)).spans if span.form not in NOUNS]

    lost = [
        match[0]
        for match in SIGNALS.finditer(request)
        if not any(span.start <= match.start() and match.end() <= span.end for span in found)
    ]

    assert lost == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_a_span_quotes_the_request_and_is_within_a_sentence(case: Mapping[str, Any]) -> None:
    requirements = read_request(case["request"])

    for span in coverage_of(requirements).spans:
        assert requirements.request[span.start : span.end] == span.words
        assert not re.search(r"[.!?]\s+[A-Z]", span.words)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Orders vanish at midnight.", ["Orders vanish at midnight"]),
        ("The frobnication of orders must be reversible.", ["The frobnication of orders must be reversible"]),
        ("Orders are shipped by 3 carriers at most.", ["Orders are shipped by 3 carriers at most"]),
        ("Its number may be used again.", ["Its number may be used again"]),
        ("Every look-up there is logged.", ["Every look-up there is logged"]),
        ("An order is never placed on a Sunday; customers and orders.", ["An order is never placed on a Sunday"]),
    ],
)
def test_words_on_which_nothing_stands_are_named(sentence: str, expected: list[str]) -> None:
    assert open_words(SHOP + sentence) == expected


@pytest.mark.parametrize("sentence", ["Thanks and kind regards, Bob", "lol remember Kevin"])
def test_chatter_is_not_about_data(sentence: str) -> None:
    coverage = coverage_of(read_request(f"{SHOP}{sentence}"))

    assert coverage.words_of("not about data") == [sentence]
    assert f"<details><summary>1 not about data</summary>\n\n- {sentence}" in coverage_table(coverage)


@pytest.mark.parametrize("word", ["customer", "7", "every", "not", "should"])
def test_a_sentence_with_a_noun_of_the_design_or_a_rule_word_is_about_data(word: str) -> None:
    coverage = coverage_of(read_request(f"{SHOP}lol remember {word} Kevin"))

    assert coverage.words_of("not about data") == []
    assert coverage.words_of("not understood") != []


@pytest.mark.parametrize(
    "request_",
    [
        "an online shop with customers, products, categories, orders and payments",
        "a library where members borrow copies of books written by several authors",
        "SaaS for gyms where each gym has members, trainers and classes; data must be isolated between gyms",
        "multi tenant saas for dental practices: patients, appointments, treatments, 500 tenants, 50 users per tenant",
        "Tables: users(id, name, email), posts(id, user_id, title, body), comments(id, post_id, body)",
        "customers place orders. Each order has a status. A customer must have a name.",
    ],
)
def test_a_plain_request_is_understood_as_a_whole(request_: str) -> None:
    assert open_words(request_) == []


def test_what_is_taken_back_makes_no_table() -> None:
    requirements = read_request(f"{SHOP}Forget the thing about the loyalty cards that I said.")
    coverage = coverage_of(requirements)

    assert [entity.name for entity in requirements.entities] == ["customer", "order"]
    assert coverage.words_of("withdrawn") == ["Forget the thing about the loyalty cards that I said"]


def test_both_places_of_a_contradiction_are_named() -> None:
    coverage = coverage_of(
        read_request("Classes and teachers. A class has exactly one teacher, a class has several teachers")
    )

    assert [span.words for span in coverage.spans if span.state == "contradicted"] == [
        "A class has exactly one teacher",
        "a class has several teachers",
    ]
    assert "contradicts 'a class has several teachers': say which of the two holds" in coverage_table(coverage)


@pytest.mark.parametrize(
    ("state", "expected", "reason"),
    [
        ("enforced", "enforced", "3 violations refused"),
        ("refuted", "not enforced", "refuted: 3 violations refused"),
        ("not proved", "not enforced", "not proved: 3 violations refused"),
        ("not enforced", "not enforced", "3 violations refused"),
        ("allowed", "allowed", "3 violations refused"),
    ],
)
def test_the_state_of_a_rule_is_that_of_its_evidence(state: Any, expected: str, reason: str) -> None:
    requirements = read_request(f"{SHOP}Emails of customers are unique.")
    (rule,) = requirements.rules

    outcome = RuleState(id=rule.id, words=rule.words, form=rule.form, state=state, why="3 violations refused")
    (span,) = (one for one in coverage_of(requirements, [outcome]).spans if one.rule == rule.id)

    assert (span.words, span.state, span.reason) == ("Emails of customers are unique", expected, reason)


def test_the_line_counts_the_states_and_quotes_what_is_open() -> None:
    line = coverage_line(coverage_of(read_request(f"{SHOP}Orders are never deleted. Orders vanish at midnight.")))

    assert line == "2 modelled, 1 rule not enforced, 1 not understood: 'Orders vanish at midnight'"


def test_a_rule_that_is_said_twice_is_one_rule_with_two_places() -> None:
    requirements = read_request(f"{SHOP}Orders are never deleted. As I said: Orders are never deleted.")

    assert len(requirements.rules) == 1
    places = [span.start for span in coverage_of(requirements).spans if span.rule == requirements.rules[0].id]
    assert len(places) == 2
    assert open_words(requirements.request) == ["As I said"]


def test_without_a_request_only_the_words_of_rules_are_accounted_for() -> None:
    coverage = coverage_of(Requirements(title="Shop", entities=(Entity(name="customer"),)))

    assert coverage.spans == []
    assert "no `request`" in coverage.absent
    assert coverage.absent in coverage_table(coverage)


def test_a_session_shows_what_the_request_says_and_what_of_it_was_not_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    request = "A shop with customers and orders. Emails of customers are unique. Orders vanish at midnight. Best, Toni"
    monkeypatch.setattr("sys.argv", ["langgraph-dba", "session", request, "--out", str(tmp_path), "--engine", "sqlite"])

    with pytest.raises(SystemExit):
        main()

    shown = capsys.readouterr().out
    assert "Session    completed\nRequest    1 rule enforced, " in shown
    assert " modelled, 1 not about data, 1 not understood: 'Orders vanish at midnight'\n" in shown
    report = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert report.index("## Your request") < report.index("## Business rules")
    assert "| Emails of customers are unique | enforced | only-one: customer_only_one | sqlite: " in report
    assert "| Orders vanish at midnight | not understood |  |" in report
    coverage = json.loads((tmp_path / "session.json").read_text(encoding="utf-8"))["coverage"]
    assert (coverage["counts"]["enforced"], coverage["counts"]["not understood"]) == (1, 1)
    assert {"words", "start", "state", "form", "rule", "reason"} == set(coverage["spans"][0])
    review = json.loads((tmp_path / "review.json").read_text(encoding="utf-8"))
    assert review["score"] < 100
    assert any("'Orders vanish at midnight'" in finding["message"] for finding in review["findings"])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(PIECES),
        max_size=25,
    )
)
def test_any_text_gets_spans_that_quote_it(pieces: list[str]) -> None:
    try:
        requirements = read_request(" ".join(["customers and orders.", *pieces]))
    except RequirementsError:
        return  # refused as a whole: nothing is designed from it

    for span in coverage_of(requirements).spans:
        assert requirements.request[span.start : span.end] == span.words
