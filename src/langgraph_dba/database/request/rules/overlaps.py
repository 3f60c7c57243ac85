"""Sentences that forbid periods to overlap."""

import re

from langgraph_dba.database.request.rules.pattern import IS_NOT, MUST_NOT, Fields, Pattern, noun, pattern
from langgraph_dba.database.request.rules.phrases import heads_of
from langgraph_dba.database.request.rules.scene import Scene
from langgraph_dba.database.requirements.model import Relationship
from langgraph_dba.database.requirements.paths import connections

_TOGETHER = (
    r"(?:at the same time|at one time|at once|at a time|at any one time|simultaneously|in parallel|concurrently)"
)
_USED = (
    r"(?:booked|rented|reserved|lent|hired|leased|let|borrowed|scheduled|allocated|assigned|used|taken|given|given out|"
    r"promised|sold|occupied|planned)"
)
_OF = r"(?:of|for|in|at|on|with|by|per|within)"
_SAME = r"(?:the same|one|1|a single|any one|a|an|each|any|every)"
_SEVERAL = r"(?:two|2|more than one|several|multiple|two different)"
_UNLESS = (
    r"(?:,? unless (?:(?:it|they|one|either|one of them|both) )?(?:(?:is|are|was|were|has been|have been) )?"
    r"(?P<outside>[a-z]+))?"
)
_PERIODS = r"(?:(?:dates?|times?|periods?|days|intervals|slots?) of )?"


def _no_overlap(scene: Scene, event: str | None, target: str | None, match: re.Match[str]) -> Fields | None:
    """Return the rule of an event that refers to a target; a period that the sentence states is added."""
    said, outside = match[0], match.groupdict().get("outside")
    if event is None or target is None:
        return None
    path = scene.reference(event, target)
    joined = None if path else _joined(scene, event, target)
    if path is None and joined is None:
        return None
    rows = event
    by_day = bool(re.search(r"\b(?:days?|dates?|nights?)\b", said, re.IGNORECASE))
    period = scene.period(rows) or scene.new_period(rows, by_day=by_day)
    # back-to-back stays are usual: the last day belongs to a period only if the sentence speaks of days
    says_days = bool(re.search(r"\b(?:days?|dates?)\b", said, re.IGNORECASE))
    days = says_days and any(one.name == period[0] and one.type == "date" for one in scene.attributes(rows))
    where = scene.outside(rows, outside) if outside else []
    if where is None:
        return None
    if joined:
        # the works of a loan: their period and their state are those of the loan
        period = f"{event}.{period[0]}", f"{event}.{period[1]}"
        where = [
            {**test, side: f"{event}.{test[side]}"} for test in where for side in ("left", "attribute") if side in test
        ]
        return {"of": joined, "per": [target], "period": list(period), "last_included": days, "where": where}
    return {"of": rows, "per": [path], "period": list(period), "last_included": days, "where": where}


def _joined(scene: Scene, event: str, target: str) -> str | None:
    """Return the connection of an event and a target that are related many-to-many."""
    return next(
        (
            name
            for name, link in connections(scene.requirements).items()
            if {link.source, link.target} == {event, target} and event != target
        ),
        None,
    )


def _event_of(scene: Scene, target: str | None) -> str | None:
    if target is None:
        return None
    events = scene.events_of(target) or scene.bookings_of(target)
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
    rf"(?:two |2 )?{_PERIODS}{noun('event')} {_OF} {_SAME} {noun('target')} (?:{MUST_NOT} (?:ever )?overlap|(?:do|"
    rf"does) not "
    rf"overlap|never overlap)(?: (?:in time|each other|one another))?{_UNLESS}",
)
def _of_the_same(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _events(scene, match)


@pattern(
    "no-overlap",
    rf"{noun('event')} {MUST_NOT} overlap(?: in time)? (?:per|within|for|in|on|of) {_SAME}? ?{noun('target')}{_UNLESS}",
)
def _overlap_per(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _events(scene, match)


@pattern("no-overlap", rf"no overlapping {noun('event')} (?:per|{_OF} {_SAME}) {noun('target')}{_UNLESS}")
def _no_overlapping(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _events(scene, match)


@pattern(
    "no-overlap",
    rf"overlapping {noun('event')} {_OF} {_SAME} {noun('target')} (?:are|is|must be) (?:not "
    rf"allowed|not "
    r"possible|forbidden|refused|rejected|impossible|prohibited)",
)
def _overlapping_refused(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _events(scene, match)


def _events(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Return the rule of events of a target; "mooring dates" are the dates of moorings."""
    said = re.sub(r"\s+(?:dates?|times?|periods?|days|intervals)$", "", match["event"], flags=re.IGNORECASE)
    return _no_overlap(scene, scene.entity(said), scene.entity(match["target"]), match)


@pattern(
    "no-overlap",
    rf"(?:no {noun('target')} (?:may be|can be|must be|should be|is allowed to be|is|are) {_USED} twice|"
    rf"{noun('other')} "
    rf"(?:{MUST_NOT} be|{IS_NOT}) {_USED} twice|the same {noun('same')} (?:{MUST_NOT} be|{IS_NOT}) {_USED} twice)(?: "
    rf"{_TOGETHER}| for overlapping [a-z]+| for the same (?:time|day|days|period|slot|"
    rf"dates?|nights?))",
)
def _used_twice(scene: Scene, match: re.Match[str]) -> Fields | None:
    target = scene.entity(match["target"] or match["other"] or match["same"])
    return _no_overlap(scene, _event_of(scene, target), target, match)


@pattern("no-overlap", rf"{noun('target')} (?:{MUST_NOT} be|is never|are never) double[ -]?booked")
def _double_booked(scene: Scene, match: re.Match[str]) -> Fields | None:
    target = scene.entity(match["target"])
    return _no_overlap(scene, _event_of(scene, target), target, match)


@pattern(
    "no-overlap",
    rf"{noun('target')} {MUST_NOT} (?:be (?:on|in|at|part of|assigned to|booked for)|[a-z]+(?: (?:on|in|at|for|"
    rf"to))?) {_SEVERAL} "
    rf"{noun('event')} {_TOGETHER}",
)
def _on_two(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _no_overlap(scene, scene.entity(match["event"]), scene.entity(match["target"]), match)


@pattern(
    "no-overlap",
    rf"no {noun('target')} (?:may |can |must |should )?(?:is |are |be |has |have |works? |takes? |"
    rf"gives? |teach(?:es)? )"
    rf"(?:on |in |at |part of |assigned to )?{_SEVERAL} {noun('event')} {_TOGETHER}",
)
def _no_one_on_two(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _no_overlap(scene, scene.entity(match["event"]), scene.entity(match["target"]), match)


@pattern("no-overlap", rf"{noun('target')} (?:has|have|gets?) no {_SEVERAL} (?:valid )?{noun('event')} {_TOGETHER}")
def _has_no_two(scene: Scene, match: re.Match[str]) -> Fields | None:
    event = scene.entity(match["event"])
    target = scene.entity(match["target"]) or _identified_by(scene, match["target"])
    period = scene.period(event) if event and target else None
    if event and target and period and not (scene.reference(event, target) or _joined(scene, event, target)):
        # "one plate has no two tickets at a time" says that a ticket is for one vehicle, by its plate
        link = Relationship.model_validate({"from": event, "to": target})
        scene.links.append(link)
        days = any(one.name == period[0] and one.type == "date" for one in scene.attributes(event))
        return {"of": event, "per": [link.role], "period": list(period), "last_included": days}
    return _no_overlap(scene, event, target, match)


def _identified_by(scene: Scene, phrase: str) -> str | None:
    """Return the only entity with a unique attribute of that name: a `plate` is a vehicle, by its license plate."""
    name = heads_of(phrase).replace(" ", "_")
    found = [
        entity.name
        for entity in scene.requirements.entities
        for one in entity.attributes
        if one.unique and (one.name == name or one.name.endswith(f"_{name}"))
    ]
    return found[0] if len(found) == 1 else None


@pattern(
    "no-overlap",
    rf"(?:we )?{MUST_NOT} (?:give|assign|book|rent|lend|let|sell|promise|hire out|hire) the same {noun('target')} to "
    rf"{_SEVERAL} "
    rf"{noun('whom')} {_TOGETHER}",
)
def _given_to_two(scene: Scene, match: re.Match[str]) -> Fields | None:
    target = scene.entity(match["target"])
    return _no_overlap(scene, _event_of(scene, target), target, match)


_WHEN_SHARED = rf"(?:{_TOGETHER}|(?:per|on the same|on any|each|every|on one) (?:day|night|date))"


@pattern(
    "no-overlap",
    rf"(?:no {noun('target')} (?:is|are|(?:may|can|must|should|will) be)|{noun('other')} {IS_NOT}|"
    rf"{noun('more')} "
    rf"{MUST_NOT} be) {_USED} (?:to|by|for) {_SEVERAL} {noun('whom')} {_WHEN_SHARED}",
)
def _used_by_two(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `no bed is given to two patients at the same time`."""
    target = scene.entity(match["target"] or match["other"] or match["more"])
    return _no_overlap(scene, _event_of(scene, target), target, match)


@pattern(
    "no-overlap",
    rf"{noun('target')} (?:is|are|(?:can|may|must|should)(?: only)? be) (?:only )?{_USED} (?:only "
    rf")?(?:by|to|for) "
    rf"(?:(?:only|at most|no more than) )?(?:one|1|a single) {noun('whom')} {_WHEN_SHARED}",
)
def _used_by_one(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `a pitch can be booked by only one guest per night`."""
    target = scene.entity(match["target"])
    return _no_overlap(scene, _event_of(scene, target), target, match)


@pattern(
    "no-overlap",
    rf"(?:only|at most|no more than|max\.?) (?:one|1) {noun('event')} (?:per|for each|in each|in "
    rf"a|at a) "
    rf"{noun('target')} {_TOGETHER}",
)
def _one_at_a_time(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _with_period(scene, match)


@pattern(
    "no-overlap",
    rf"{noun('target')} (?:has|have|(?:can|may|must)(?: only)? have|holds?|takes?) (?:only|at "
    rf"most|no more than|max\.?) "
    rf"(?:one|1) {noun('event')} {_TOGETHER}",
)
def _has_one_at_a_time(scene: Scene, match: re.Match[str]) -> Fields | None:
    return _with_period(scene, match)


@pattern(
    "no-overlap",
    rf"{noun('target')} (?:(?:can|may|must|should)(?: only)? be|is|are) (?:in|on|at|with|assigned to) "
    rf"(?:only |at most )?(?:one|1|a single) {noun('other', 2)} {_TOGETHER}",
)
def _in_one_at_a_time(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Read `a cat can be in only one foster home at a time` about the rows between the two, which have a period."""
    target, other = scene.entity(match["target"]), scene.entity(match["other"])
    events = scene.events_of(target) if target and other and target != other else []
    # the tour of "a truck can be on only one tour at a time" is the event itself
    rows = [other] if other in events else [one for one in events if other and scene.reference(one, other)]
    rows = [one for one in rows if one != target]
    return _no_overlap(scene, rows[0], target, match) if len(rows) == 1 else None


def _with_period(scene: Scene, match: re.Match[str]) -> Fields | None:
    """Return the rule of events that have a period; others are counted, whatever the time."""
    event = scene.entity(match["event"])
    return _no_overlap(scene, event, scene.entity(match["target"]), match) if event and scene.period(event) else None


OVERLAPS: tuple[Pattern, ...] = (
    _no_two,
    _of_the_same,
    _overlap_per,
    _no_overlapping,
    _overlapping_refused,
    _used_twice,
    _double_booked,
    _on_two,
    _no_one_on_two,
    _has_no_two,
    _given_to_two,
    _used_by_two,
    _used_by_one,
    _one_at_a_time,
    _has_one_at_a_time,
    _in_one_at_a_time,
)
