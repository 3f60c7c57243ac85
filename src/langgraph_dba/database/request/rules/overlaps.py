"""Sentences that forbid periods to overlap."""

import re

from langgraph_dba.database.request.rules.pattern import MUST_NOT, Fields, Pattern, noun, pattern
from langgraph_dba.database.request.rules.scene import Scene

_TOGETHER = r"(?:at the same time|at once|at a time|simultaneously)"
_USED = r"(?:booked|rented|reserved|lent|hired|leased|let|borrowed|scheduled|allocated|assigned|used|taken)"
_OF = r"(?:of|for|in|at|on|with|by)"
_SAME = r"(?:the same|one|1|a single|any one|a|an)"
_UNLESS = (
    r"(?:,? unless (?:(?:it|they|one|either|one of them|both) )?(?:(?:is|are|was|were|has been|have been) )?"
    r"(?P<outside>[a-z]+))?"
)


def _no_overlap(scene: Scene, event: str | None, target: str | None, match: re.Match[str]) -> Fields | None:
    """Return the rule of an event that refers to a target; a period that the sentence states is added."""
    said, outside = match[0], match.groupdict().get("outside")
    if event is None or target is None:
        return None
    rows = event if scene.reference(event, target) else None
    path = scene.reference(rows, target) if rows else None
    if rows is None or path is None:
        return None
    by_day = bool(re.search(r"\b(?:days?|dates?|nights?)\b", said, re.IGNORECASE))
    period = scene.period(rows) or scene.new_period(rows, by_day=by_day)
    # back-to-back stays are usual: the last day belongs to a period only if the sentence speaks of days
    says_days = bool(re.search(r"\b(?:days?|dates?)\b", said, re.IGNORECASE))
    days = says_days and any(one.name == period[0] and one.type == "date" for one in scene.attributes(rows))
    where = scene.outside(rows, outside) if outside else []
    if where is None:
        return None
    return {"of": rows, "per": [path], "period": list(period), "last_included": days, "where": where}


def _event_of(scene: Scene, target: str | None) -> str | None:
    events = scene.events_of(target) if target else []
    return events[0] if len(events) == 1 else None


@pattern(
    "no-overlap",
    rf"no (?:two|2) {noun('event')} {_OF} {_SAME} {noun('target')} (?:may |can |must |should |are allowed to "
    rf")?(?:ever )?(?:overlap|(?:be |take place |happen |run )?{_TOGETHER})(?: in time)?{_UNLESS}",
)
def _no_two(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _no_overlap(scene, scene.entity(match["event"]), scene.entity(match["target"]), match)


@pattern(
    "no-overlap",
    rf"(?:two |2 )?{noun('event')} {_OF} {_SAME} {noun('target')} {MUST_NOT} overlap(?: in time)?{_UNLESS}",
)
def _of_the_same(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _no_overlap(scene, scene.entity(match["event"]), scene.entity(match["target"]), match)


@pattern(
    "no-overlap",
    rf"(?:no {noun('target')} (?:may|can|must|should|is allowed to) be {_USED} twice|{noun('other')} {MUST_NOT} "
    rf"be {_USED} twice)(?: {_TOGETHER}| for overlapping [a-z]+| for the same (?:time|day|days|period|slot|"
    rf"dates?|nights?))",
)
def _used_twice(scene: Scene, match: re.Match[str]) -> Fields | None:
    target = scene.entity(match["target"] or match["other"])
    return _no_overlap(scene, _event_of(scene, target), target, match)


@pattern("no-overlap", rf"{noun('target')} (?:{MUST_NOT} be|is never|are never) double[ -]?booked")
def _double_booked(scene: Scene, match: re.Match[str]) -> Fields | None:
    target = scene.entity(match["target"])
    return _no_overlap(scene, _event_of(scene, target), target, match)


@pattern(
    "no-overlap",
    rf"{noun('target')} {MUST_NOT} (?:be (?:on|in|at|part of)|have) (?:two|2|more than one) {noun('event')} "
    rf"{_TOGETHER}",
)
def _on_two(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _no_overlap(scene, scene.entity(match["event"]), scene.entity(match["target"]), match)


@pattern("no-overlap", rf"{noun('target')} has no (?:two|2) (?:valid )?{noun('event')} {_TOGETHER}")
def _has_no_two(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _no_overlap(scene, scene.entity(match["event"]), scene.entity(match["target"]), match)


@pattern(
    "no-overlap",
    rf"(?:we )?{MUST_NOT} (?:give|assign|book|rent|lend|let|sell|promise) the same {noun('target')} to (?:two|2|"
    rf"several) {noun('whom')} {_TOGETHER}",
)
def _given_to_two(scene: Scene, match: re.Match[str]) -> Fields | None:
    target = scene.entity(match["target"])
    return _no_overlap(scene, _event_of(scene, target), target, match)


OVERLAPS: tuple[Pattern, ...] = (
    _no_two,
    _of_the_same,
    _used_twice,
    _double_booked,
    _on_two,
    _has_no_two,
    _given_to_two,
)
