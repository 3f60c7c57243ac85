"""Trials of a column whose type has no model here, or only the model of a similar type.

Nothing is known about the limits of such a type. What must hold for every type: a value that the column accepts is
stored, what is read can be stored again and is then read the same, and no value is changed into another one silently.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from langgraph_dba.database.engines import Rejected, Traits
from langgraph_dba.database.model.schema import Column
from langgraph_dba.database.proofs.kit.shown_values import shown

# Writes a value to a new row and returns what is read from it, or why the row was refused.
WriteAndRead = Callable[[Any], Any]
_TEXTS = ("string", "text")
_LENGTHS = (50, 20_000, 70_000)  # MariaDB's TEXT ends at 65,535 bytes
_WORD = "notavalue"  # of no type but a text


def is_native_tried(column: Column, traits: Traits) -> bool:
    """Return whether the type of a column is a native one whose limits the engine enforces."""
    return bool(column.type.native) and traits.enforces_sizes


def native_trials(column: Column, valid: Any, write_and_read: WriteAndRead) -> Iterator[tuple[str, str]]:
    """Yield (what was tried, failure) for each trial that shows something; the failure is empty if it is as claimed.

    `valid` is a value that the column accepts, as the engine's value.
    """
    if column.type.name in _TEXTS:
        yield from _texts(column, write_and_read)
        return
    values = dict.fromkeys(column.type.choices[:3]) or [valid]
    is_json = column.type.name == "json"  # drivers return it as an object
    answers = (_stored_again(value, write_and_read, json.dumps if is_json else _same) for value in values)
    trials = [answer for answer in answers if answer is not None]
    refusal = _word(write_and_read)
    # the value alone would say only that the column can be filled
    if trials and refusal is not None:
        yield from (("round trips", failure) for failure in trials)
        yield "overflows", refusal


def _texts(column: Column, write_and_read: WriteAndRead) -> Iterator[tuple[str, str]]:
    lengths = (column.type.length, column.type.length + 1) if column.type.length else _LENGTHS
    for length in lengths:
        answer = write_and_read("x" * length)
        if not isinstance(answer, Rejected):
            is_same = answer == "x" * length
            yield "round trips", "" if is_same else f"returns {len(str(answer))} characters of a text of {length}"


def _same(value: Any) -> Any:
    return value


def _stored_again(value: Any, write_and_read: WriteAndRead, written: Callable[[Any], Any]) -> str | None:
    """Return how what was read differs when it is stored again; empty if it does not, None if nothing was stored."""
    first = write_and_read(value)
    if isinstance(first, Rejected) or first is None:
        return None
    second = write_and_read(written(first))
    if isinstance(second, Rejected):
        return None
    return (
        "" if first == second else f"returns {shown(second)} for {shown(first)}, which it returned for {shown(value)}"
    )


def _word(write_and_read: WriteAndRead) -> str | None:
    """Return how a word is changed; empty if it is refused or stored as it is, None if that shows nothing."""
    answer = write_and_read(_WORD)
    if isinstance(answer, Rejected):
        # refused for what it is, and not by a key or a check
        return "" if answer.kind not in ("unique", "foreign-key", "check", "not-null", "permission") else None
    return "" if _WORD in str(answer) else f"accepts {_WORD!r} and returns {shown(answer)}"
