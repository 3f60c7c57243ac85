"""The log: every handoff of a team as plain data that merges idempotently, so it can live in a checkpoint.

An entry's key says who wrote it and when: run (one request), agent, step (the wave it ran in), index (place in its
list). Merging the same entry twice changes nothing, which is what a resumed run or an embedding graph does. Once
written, an entry changes in one way only: from `queued` to `delivered` or `refused`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from typing_extensions import TypedDict

from langgraph_dba.handoffs.handoff import Handoff
from langgraph_dba.handoffs.plain import plain
from langgraph_dba.redaction import redact

EntryState = Literal["queued", "delivered", "refused", "failed"]
Status = Literal["completed", "escalated", "stopped"]

CALLER = "caller"
EMPTY_CHAIR = "empty chair"
SUMMARY_LIMIT = 500


class Entry(TypedDict):
    """One line of the log. `kind` `end` closes a run that handed nothing on; `place` is the sender's in its wave.

    `told` marks a refusal that the sender heard of while it ran, and could act on.
    """

    run: int
    agent: str
    step: int
    index: int
    place: int
    kind: Literal["handoff", "return", "end"]
    to: str
    brief: dict[str, Any]
    contract: str
    payload: dict[str, Any]
    state: EntryState
    reason: str
    told: bool
    status: str
    time: str
    summary: str
    decisions: list[str]
    files: list[str]
    gotcha: str


class Refusal(NamedTuple):
    """What an agent's model tried to hand off, and why it was told that it may not."""

    to: str
    reason: str


class Note(TypedDict, total=False):
    """What an agent's run leaves in the log beside its handoffs: for the worklog, and how the run ended."""

    time: str
    summary: str
    decisions: list[str]
    files: list[str]
    gotcha: str
    status: str
    reason: str


Log = Mapping[str, Entry]


def key_of(entry: Entry) -> str:
    """The entry's key in the log; JSON knows only text as a key."""
    return f"{entry['run']}/{entry['agent']}/{entry['step']}/{entry['index']}"


def merge_log(old: Log | None, new: Log | None) -> dict[str, Entry]:
    """Merge two logs: new keys are added, and of an entry that is in both only a queued one gives way."""
    merged = dict(old or {})
    for key, entry in (new or {}).items():
        if key not in merged or merged[key]["state"] == "queued":
            merged[key] = entry
    return merged


def entries_of(log: Log, run: int) -> list[Entry]:
    """All entries of one request in their order: step, sender's place in its wave, place in its list."""
    return sorted((e for e in log.values() if e["run"] == run), key=lambda e: (e["step"], e["place"], e["index"]))


def record(
    handoffs: Sequence[Handoff],
    *,
    run: int,
    agent: str,
    step: int,
    place: int = 0,
    note: Note | None = None,
    closed: Mapping[str, str] = MappingProxyType({}),
    refused: Sequence[Refusal] = (),
) -> dict[str, Entry]:
    """Log what one agent's run gave: its handoffs as queued, or one closing entry if there are none.

    A handoff to an agent that is `closed` is refused at once, with that reason; `refused` are those that the agent was
    told of.
    """
    at: tuple[int, str, int, int] = (run, agent, step, place)
    sent = list(_sent(handoffs, at, note, closed)) or [_entry(at, 0, kind="end", to="", state="delivered", note=note)]
    turned_down = [
        _entry(at, index, kind="handoff", to=to, state="refused", reason=redact(reason), told=True, note=note)
        for index, (to, reason) in enumerate(refused, len(sent))
    ]
    return _keyed([*sent, *turned_down])


def _sent(
    handoffs: Sequence[Handoff], at: tuple[int, str, int, int], note: Note | None, closed: Mapping[str, str]
) -> Iterator[Entry]:
    for index, handoff in enumerate(handoffs):
        yield _entry(
            at,
            index,
            kind=handoff.kind,
            to=handoff.receiver,
            state="refused" if handoff.receiver in closed else "queued",
            reason=closed.get(handoff.receiver, ""),
            handoff=handoff,
            note=note,
        )


def record_failure(
    senders: Sequence[str], *, run: int, agent: str, step: int, place: int = 0, note: Note
) -> dict[str, Entry]:
    """Log that an agent failed: one `failed` result for each sender whose work it held, or for the caller.

    It is a record, not work: the sender does not run again because of it.
    """
    at = (run, agent, step, place)
    reason = redact(note.get("reason", ""))
    return _keyed(
        _entry(at, index, kind="return", to=to, state="failed", reason=reason, note=note)
        for index, to in enumerate(dict.fromkeys(senders) or [CALLER])
    )


def passed(log: Log, run: int) -> list[dict[str, str]]:
    """Render the handoffs of one request for its final result, in order."""
    return [
        {
            "from": entry["agent"],
            "to": entry["to"],
            "kind": entry["kind"],
            "contract": entry["contract"],
            "state": entry["state"],
            "reason": entry["reason"],
        }
        for entry in entries_of(log, run)
        if entry["kind"] != "end"
    ]


def status_of(log: Log, run: int) -> tuple[Status, str]:
    """How a request ended, and why if it did not complete: a stop outweighs an escalation.

    Stopped: a bound refused a handoff, an agent failed, or said so itself. Neither an empty chair stops a run, nor what
    a model was told that it may not hand off.
    """
    reasons: dict[str, None] = {}
    found: set[str] = set()
    for entry in entries_of(log, run):
        if entry["state"] == "failed":
            found.add("stopped")
            reasons[f"{entry['agent']} failed: {entry['reason']}"] = None
        elif entry["state"] == "refused" and not entry["told"] and entry["reason"] != EMPTY_CHAIR:
            found.add("stopped")
            reasons[f"{entry['agent']} → {entry['to']} refused: {entry['reason']}"] = None
        elif entry["status"] in {"stopped", "escalated"}:
            found.add(entry["status"])
            reasons[f"{entry['agent']} {entry['status']}: {entry['summary']}"] = None
    status: Status = "stopped" if "stopped" in found else "escalated" if "escalated" in found else "completed"
    return status, "; ".join(reasons)


def _keyed(entries: Iterable[Entry]) -> dict[str, Entry]:
    return {key_of(entry): entry for entry in entries}


def _entry(
    at: tuple[int, str, int, int],
    index: int,
    *,
    kind: Literal["handoff", "return", "end"],
    to: str,
    state: EntryState,
    reason: str = "",
    told: bool = False,
    handoff: Handoff | None = None,
    note: Note | None,
) -> Entry:
    run, agent, step, place = at
    note = note or {}
    return {
        "run": run,
        "agent": agent,
        "step": step,
        "index": index,
        "place": place,
        "kind": kind,
        "to": to,
        "brief": plain(handoff.brief) if handoff else {},
        "contract": handoff.contract if handoff else "",
        "payload": handoff.payload if handoff else {},
        "state": state,
        "reason": reason,
        "told": told,
        "status": note.get("status", ""),
        "time": note.get("time", ""),
        "summary": shorten(redact(note.get("summary", "")), SUMMARY_LIMIT),
        "decisions": [redact(decision) for decision in note.get("decisions", [])],
        "files": list(note.get("files", [])),
        "gotcha": redact(note.get("gotcha", "")),
    }


def shorten(text: str, limit: int) -> str:
    """Put the text on one line of at most `limit` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
