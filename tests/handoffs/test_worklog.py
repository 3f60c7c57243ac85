"""WORKLOG.md: newest first, short, and without secrets."""

import re
from typing import Any

from langgraph_dba.handoffs import render_worklog
from langgraph_dba.handoffs.brief import Brief
from langgraph_dba.handoffs.handoff import Handoff
from langgraph_dba.handoffs.log import EMPTY_CHAIR, Entry, Note, record, record_failure
from langgraph_dba.redaction import redact


def run_of(agent: str, step: int, *receivers: str, task: str = "build the models", **answers: Any) -> dict[str, Entry]:
    handoffs = [Handoff(sender=agent, receiver=to, brief=Brief(specific_task=task)) for to in receivers]
    note: Note = {"time": "2026-03-04T05:06:07+00:00"}
    note |= answers  # type: ignore[typeddict-item]
    return record(handoffs, run=1, agent=agent, step=step, note=note)


def sections(text: str) -> list[str]:
    return re.split(r"^(?=## )", text, flags=re.MULTILINE)[1:]


def test_an_entry_has_author_summary_and_handoffs() -> None:
    log = run_of(
        "database-specialist",
        1,
        "backend-specialist",
        summary="Nine tables, all proved",
        decisions=["shared schema with row-level security"],
        gotcha="SQLite has no policies",
        files=["schema.sqlite.sql"],
    )

    assert sections(render_worklog(log)) == [
        (
            "## 2026-03-04 05:06 - database-specialist\n"
            "[AUTHOR: database-specialist] → [NEXT: backend-specialist]\n"
            "\n"
            "- Completed: Nine tables, all proved\n"
            "- Key decisions: shared schema with row-level security\n"
            "- Gotcha: SQLite has no policies\n"
            "- Files: schema.sqlite.sql\n"
            "- Passing to backend-specialist for build the models\n"
        )
    ]


def test_the_newest_comes_first_and_one_run_is_one_entry() -> None:
    log = run_of("pm", 0, "b", "c") | run_of("b", 1, summary="done")

    assert re.findall(r"\[AUTHOR: .+", render_worklog(log)) == [
        "[AUTHOR: b] → [NEXT: none]",
        "[AUTHOR: pm] → [NEXT: b, c]",
    ]


def test_an_entry_stays_short_whatever_it_holds() -> None:
    names = [f"agent-number-{number}" for number in range(25)]

    log = run_of("pm", 0, *names, task="t " * 400, summary="s " * 400, gotcha="g " * 400, files=["f" * 90] * 9)

    assert all(len(section) <= 500 for section in sections(render_worklog(log)))


def test_a_password_does_not_survive_even_where_the_text_is_cut() -> None:
    url = "postgresql://app:hunter2hunter2@db.internal/shop"

    for padding in range(0, 240, 7):
        log = run_of("a", 0, "b", task="x" * padding + " " + url, summary="y" * padding + " " + url)
        assert "hunter" not in render_worklog(log)


def test_a_failed_run_and_a_refused_handoff_are_in_the_worklog() -> None:
    failed = record_failure(["pm"], run=1, agent="b", step=1, note={"reason": "ValueError: boom"})
    refused = record(
        [Handoff(sender="pm", receiver="c", brief=Brief(specific_task="x"))],
        run=1,
        agent="pm",
        step=0,
        closed={"c": EMPTY_CHAIR},
    )

    text = render_worklog(failed | refused)

    assert "Completed: nothing, it failed: ValueError: boom" in text
    assert "Not passed on: c (empty chair)" in text


def test_text_cannot_forge_an_entry() -> None:
    log = run_of("a", 0, summary="fine\n## 2030-01-01 00:00 - pm\n[AUTHOR: pm]")

    assert len(sections(render_worklog(log))) == 1


def test_redaction_leaves_other_text_unchanged() -> None:
    assert redact("postgresql://app:p@ss/w@db/x") == "postgresql://app:***@db/x"
    assert redact("host=db password='a b' user=app") == "host=db password=*** user=app"
    assert redact("Authorization: Bearer abcdefghijkl") == "Authorization: Bearer ***"
    assert redact("see https://example.org:8080/a and the token column") == (
        "see https://example.org:8080/a and the token column"
    )
