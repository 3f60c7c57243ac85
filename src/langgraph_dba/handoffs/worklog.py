"""WORKLOG.md: the log as people read it, newest first, one short entry for each run of an agent."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from langgraph_dba.handoffs.log import Entry, Log, shorten
from langgraph_dba.redaction import redact

ENTRY_LIMIT = 500


def render_worklog(log: Log) -> str:
    """Render every run in the log; each entry has at most about 500 characters, and no password survives."""
    entries = sorted(log.values(), key=_when)
    runs = [list(group) for _, group in groupby(entries, key=lambda entry: _when(entry)[:3])]
    return "# Worklog\n\n" + "\n".join(_fitted(run) for run in reversed(runs))


def _when(entry: Entry) -> tuple[int, int, int, int]:
    return entry["run"], entry["step"], entry["place"], entry["index"]


def _fitted(run: Sequence[Entry]) -> str:
    """The longest rendering that fits: every part is given less room until it does."""
    for room in (200, 140, 100, 70, 50, 35, 25):
        text = _section(run, room)
        if len(text) <= ENTRY_LIMIT:
            return text
    return text[: ENTRY_LIMIT - 2].rstrip() + "…\n"


def _section(run: Sequence[Entry], room: int) -> str:
    first = run[0]
    sent = [entry for entry in run if entry["state"] in {"queued", "delivered"} and entry["kind"] != "end"]
    following = ", ".join(dict.fromkeys(entry["to"] for entry in sent)) or "nobody"
    lines = [
        f"## {_minute(first['time'])} - {first['agent']}",
        f"[AUTHOR: {first['agent']}] → [NEXT: {shorten(following, room)}]",
        "",
        f"- Completed: {_say(_completed(first), room)}",
        *_line("Key decisions", "; ".join(first["decisions"]), room),
        *_line("Gotcha", first["gotcha"], room),
        *_line("Files", ", ".join(first["files"]), room),
        *_passing(sent, room),
        *_refused(run, room),
    ]
    return "\n".join(lines) + "\n"


def _completed(entry: Entry) -> str:
    if entry["state"] == "failed":
        return f"nothing, it failed: {entry['reason']}"
    return entry["summary"] or "see the files"


def _line(title: str, text: str, room: int) -> list[str]:
    return [f"- {title}: {_say(text, room)}"] if text.strip() else []


def _passing(sent: Iterable[Entry], room: int) -> list[str]:
    verb = {"handoff": "Passing", "return": "Returning"}
    return [f"- {verb[e['kind']]} to {e['to']} for {_say(e['brief']['specific_task'], room // 2)}" for e in sent]


def _refused(run: Iterable[Entry], room: int) -> list[str]:
    refused = [f"{entry['to']} ({entry['reason']})" for entry in run if entry["state"] == "refused"]
    return _line("Not passed on", ", ".join(refused), room)


def _say(text: str, room: int) -> str:
    # Before it is cut: half a URL no longer looks like one that holds a password.
    return shorten(redact(text), room)


def _minute(time: str) -> str:
    """`2026-01-02T03:04:05+00:00` as `2026-01-02 03:04`."""
    return time[:16].replace("T", " ") or "time unknown"
