"""The log: every handoff of a team as plain data whose merge is idempotent, so that it can be a state channel.

An entry's key consists of run (the number of the request), agent, step (the number of the wave) and index (in the
agent's list). A resumed run and an embedding graph merge entries a second time, which changes nothing. An entry changes
in one way only: from `queued` to `delivered` or `refused`.
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
SUMMARY_LIMIT = 500  # characters; the whole log is written again with every checkpoint


class Entry(TypedDict):
    """One entry of the log. The kind `end` is for a run without handoffs; `place` is the sender's index in its wave.

    `told` is true if the refusal was returned to the sender's model while it ran, so that it could react.
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
    """A handoff that an agent's model attempted by tool, and the reason why it was refused."""

    to: str
    reason: str


class Note(TypedDict, total=False):
    """The fields of an agent's run in the log other than its handoffs: the worklog's texts, and the status."""

    time: str
    summary: str
    decisions: list[str]
    files: list[str]
    gotcha: str
    status: str
    reason: str


Log = Mapping[str, Entry]


def key_of(entry: Entry) -> str:
    """Return the entry's key in the log: a text, because JSON has no other keys."""
    # No random id and no appending reducer: an embedding graph merges its child's log again and would duplicate it.
    return f"{entry['run']}/{entry['agent']}/{entry['step']}/{entry['index']}"


def merge_log(old: Log | None, new: Log | None) -> dict[str, Entry]:
    """Merge two logs: add new keys, and replace an entry only if the old one is queued."""
    # A repeated write of a queued entry must not undo its delivery.
    merged = dict(old or {})
    for key, entry in (new or {}).items():
        if key not in merged or merged[key]["state"] == "queued":
            merged[key] = entry
    return merged


def entries_of(log: Log, run: int) -> list[Entry]:
    """Return all entries of one request, sorted by step, index of the sender in its wave, and index in its list."""
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
    """Return the entries of one agent's run: its handoffs as `queued`, or one entry of kind `end` if there are none.

    A handoff to an agent in `closed` is refused immediately, with that reason; `refused` are the handoffs whose refusal
    was returned to the agent's model.
    """
    at: tuple[int, str, int, int] = (run, agent, step, place)
    entries = list(_handoff_entries(handoffs, at, note, closed)) or [
        _entry(at, 0, kind="end", to="", state="delivered", note=note)
    ]
    refusals = [
        _entry(at, index, kind="handoff", to=to, state="refused", reason=redact(reason), told=True, note=note)
        for index, (to, reason) in enumerate(refused, len(entries))
    ]
    # Numbered after the handoffs, so that every entry of the run has its own key.
    return _by_key([*entries, *refusals])


def _handoff_entries(
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
    """Return the entries of a failed run: one with the state `failed` for each sender of its work, or for the caller.

    The sender does not run again because of it.
    """
    at = (run, agent, step, place)
    reason = redact(note.get("reason", ""))
    # The state `failed` and not `queued`: the scheduler never delivers it, so that a failure cannot cause a loop.
    return _by_key(
        _entry(at, index, kind="return", to=to, state="failed", reason=reason, note=note)
        for index, to in enumerate(dict.fromkeys(senders) or [CALLER])
    )


def handoff_lines(log: Log, run: int) -> list[dict[str, str]]:
    """Return the handoffs of one request in the form of the final result, in order."""
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
    """Return the status of a request, and the reasons if it is not `completed`; `stopped` has precedence.

    It is `stopped` if a bound refused a handoff, an agent failed, or an agent returned that status. An empty chair, and
    a refusal that was returned to the sender's model, do not stop a run.
    """
    # A dict and not a set, because the reasons are reported in the order of the log.
    reasons: dict[str, None] = {}
    states: set[str] = set()
    for entry in entries_of(log, run):
        if entry["state"] == "failed":
            states.add("stopped")
            reasons[f"{entry['agent']} failed: {entry['reason']}"] = None
        elif entry["state"] == "refused" and not entry["told"] and entry["reason"] != EMPTY_CHAIR:
            states.add("stopped")
            reasons[f"{entry['agent']} → {entry['to']} refused: {entry['reason']}"] = None
        elif entry["status"] in {"stopped", "escalated"}:
            states.add(entry["status"])
            reasons[f"{entry['agent']} {entry['status']}: {entry['summary']}"] = None
    status: Status = "stopped" if "stopped" in states else "escalated" if "escalated" in states else "completed"
    return status, "; ".join(reasons)


def _by_key(entries: Iterable[Entry]) -> dict[str, Entry]:
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
        # Texts of agents may contain connection URLs; the log is written to checkpoints and files.
        "summary": shorten(redact(note.get("summary", "")), SUMMARY_LIMIT),
        "decisions": [redact(decision) for decision in note.get("decisions", [])],
        "files": list(note.get("files", [])),
        "gotcha": redact(note.get("gotcha", "")),
    }


def shorten(text: str, limit: int) -> str:
    """Return the text on one line of at most `limit` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
