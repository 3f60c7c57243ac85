"""Render WORKLOG.md from the log: newest first, one short entry for each run of an agent."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from langgraph_dba.handoffs.log import Entry, Log, shorten
from langgraph_dba.redaction import redact

ENTRY_LIMIT = 500


def render_worklog(log: Log) -> str:
    """Return the worklog of every run in the log; an entry has at most about 500 characters; passwords are redacted."""
    entries = sorted(log.values(), key=_when)
    runs = [list(group) for _, group in groupby(entries, key=lambda entry: _when(entry)[:3])]
    return "# Worklog\n\n" + "\n".join(_shortened_section(run) for run in reversed(runs))


def _when(entry: Entry) -> tuple[int, int, int, int]:
    return entry["run"], entry["step"], entry["place"], entry["index"]


def _shortened_section(run: Sequence[Entry]) -> str:
    """Return the longest section within the limit: all parts get less room until it fits."""
    # Shorter parts instead of a cut at the end, which would drop the handoffs.
    for room in (200, 140, 100, 70, 50, 35, 25):
        text = _section(run, room)
        if len(text) <= ENTRY_LIMIT:
            return text
    return text[: ENTRY_LIMIT - 2].rstrip() + "…\n"


def _section(run: Sequence[Entry], room: int) -> str:
    first = run[0]
    sent = [entry for entry in run if entry["state"] in {"queued", "delivered"} and entry["kind"] != "end"]
    receivers = ", ".join(dict.fromkeys(entry["to"] for entry in sent)) or "none"
    lines = [
        f"## {_minute(first['time'])} - {first['agent']}",
        f"[AUTHOR: {first['agent']}] → [NEXT: {shorten(receivers, room)}]",
        "",
        f"- Completed: {_safe(_completed(first), room)}",
        *_line("Key decisions", "; ".join(first["decisions"]), room),
        *_line("Gotcha", first["gotcha"], room),
        *_line("Files", ", ".join(first["files"]), room),
        *_handoff_items(sent, room),
        *_refusal_items(run, room),
    ]
    return "\n".join(lines) + "\n"


def _completed(entry: Entry) -> str:
    if entry["state"] == "failed":
        return f"nothing, it failed: {entry['reason']}"
    return entry["summary"] or "see the files"


def _line(title: str, text: str, room: int) -> list[str]:
    return [f"- {title}: {_safe(text, room)}"] if text.strip() else []


def _handoff_items(sent: Iterable[Entry], room: int) -> list[str]:
    verb = {"handoff": "Passing", "return": "Returning"}
    return [f"- {verb[e['kind']]} to {e['to']} for {_safe(e['brief']['specific_task'], room // 2)}" for e in sent]


def _refusal_items(run: Iterable[Entry], room: int) -> list[str]:
    refused = [f"{entry['to']} ({entry['reason']})" for entry in run if entry["state"] == "refused"]
    return _line("Not passed on", ", ".join(refused), room)


def _safe(text: str, room: int) -> str:
    # Redacted before it is cut: half of a URL with a password is no longer recognised.
    return shorten(redact(text), room)


def _minute(time: str) -> str:
    """Return `2026-01-02T03:04:05+00:00` as `2026-01-02 03:04`."""
    return time[:16].replace("T", " ") or "time unknown"
