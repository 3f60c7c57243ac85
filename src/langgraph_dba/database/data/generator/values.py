"""Domains of columns: a range of integers, and SQL that converts such an integer to a value of the column's type."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from langgraph_dba.database.data.column_bounds import INTEGERS, bounds, integer_limits, narrow_limit, orders
from langgraph_dba.database.data.generator.profile import ColumnProfile, Profile
from langgraph_dba.database.ddl.type_mapping import literal
from langgraph_dba.database.engines import SqlTemplates, Traits
from langgraph_dba.database.engines.type_table import precision_of
from langgraph_dba.database.model.schema import Choice, Column, Table
from langgraph_dba.errors import InputError

_LARGEST = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "duration": 2**31 - 1, "bigint": 2**62}
_UNBOUNDED = 2**31 - 1  # no table has more rows than this
_DEFAULT_SPANS = {"smallint": 100, "integer": 1000, "bigint": 10_000, "duration": 3600}
_NUMBERS = ("smallint", "integer", "bigint", "duration", "decimal", "float")
_TEXTS = ("string", "text", "char")
_CENTS = 100
_DAY = 86_400
_BYTES = 8  # of a binary value without a fixed length


@dataclass(frozen=True, slots=True)
class Domain:
    """The `size` values that a column gets, at positions from 0.

    `number` converts a position to an integer in the unit of the column (days, seconds, minor units), `render` converts
    that to a value. `room` is the number of different values that a unique column can have, `top` the largest number
    that a check or a list of values allows.
    """

    size: int
    room: int
    number: Callable[[str], str]
    render: Callable[[str], str]
    top: int | None = None

    def value(self, position: str) -> str:
        """Return SQL for the value at a position."""
        return self.render(self.number(position))


def domain(table: Table, column: Column, column_profile: ColumnProfile, profile: Profile, traits: Traits) -> Domain:
    """Return the domain of a column; InputError if there are no values for its type."""
    templates, kind = traits.sql_templates, column.type.name
    # the values of a check before those of the profile: others would violate it
    choice = next((c.values for c in table.meanings if isinstance(c, Choice) and c.column == column.name), ())
    found = column.type.choices if kind == "native" else ()  # accepted by the engine, checks included
    listed = found or choice or column.type.choices or (column_profile.values if kind in _TEXTS else ())
    if listed:
        # a later column of the same type has the next values of its list
        is_first = kind == "native" and any(one.first == column.name for one in orders(table))
        return _listed_values(listed[: max(len(listed) - is_first, 1)], column, traits)
    if kind in _NUMBERS:
        return _numeric(table, column, column_profile, templates)
    if kind in _TEXTS:
        return _text(column, column_profile, templates)
    if kind in ("date", "instant", "local-datetime", "time"):
        return _temporal(column, column_profile, profile, templates)
    if kind in ("identity", "reference"):
        return Domain(_UNBOUNDED, _UNBOUNDED, lambda position: f"({position} + 1)", _unchanged)
    width = column.type.length or _BYTES
    render = _unordered_renderers(templates, width).get(kind)
    if render is None:
        raise InputError(f"{table.name}.{column.name}: no values can be generated for the type {kind}")
    size = 2 if kind == "boolean" else min(_UNBOUNDED, 256**width) if kind == "binary" else _UNBOUNDED
    return Domain(min(size, column_profile.distinct or size), size, _unchanged, render)


def _unordered_renderers(templates: SqlTemplates, width: int) -> Mapping[str, Callable[[str], str]]:
    """Return the SQL that converts an integer to a value, for types without an order; `width` in bytes."""
    return {
        "boolean": lambda a: templates.boolean.format(a=a),
        "uuid": lambda a: templates.uuid.format(
            a=_concatenated(templates, "'00000000-0000-4000-8000-'", templates.padded.format(a=a, n=12))
        ),
        "json": lambda a: templates.json.format(
            a=_concatenated(templates, "'{\"number\": '", _as_text(templates, a), "'}'")
        ),
        "binary": lambda a: templates.binary.format(a=a, n=2 * width),
    }


def _unchanged(sql: str) -> str:
    return sql


def _listed_values(values: Sequence[str], column: Column, traits: Traits) -> Domain:
    def render(number: str) -> str:
        cases = " ".join(f"WHEN {n} THEN {literal(value, traits)}" for n, value in enumerate(values))
        case = f"(CASE {number} {cases} END)"
        # PostgreSQL takes literals for any type, but the result of a CASE only for a text
        return traits.sql_templates.cast.format(a=case, type=column.type.native) if column.type.native else case

    return Domain(len(values), len(values), _unchanged, render, len(values) - 1)


def _numeric(table: Table, column: Column, column_profile: ColumnProfile, templates: SqlTemplates) -> Domain:
    low, high = bounds(table, column.name)
    name = column.type.name
    scale = _CENTS if name == "float" else 10 ** precision_of(column.type)[1] if name == "decimal" else 1
    largest = 10 ** precision_of(column.type)[0] - 1 if name == "decimal" else _LARGEST.get(name, 10**9) * scale
    smallest = -largest if name in ("decimal", "float") else -largest - 1
    if column.type.native and name in INTEGERS:
        smallest, largest = (
            max(smallest, integer_limits(column.type)[0]),
            min(largest, integer_limits(column.type)[1]),
        )
    declared_low = smallest if low is None else int(low * scale)
    declared_high = largest if high is None else int(high * scale)
    # bounds of the profile are limited to those of the checks; without either, a default span
    default_span = _DEFAULT_SPANS.get(name, 1000) * scale
    start = declared_low if low is not None else min(0, declared_high)
    bottom = (
        start if column_profile.low is None else min(max(int(column_profile.low * scale), declared_low), declared_high)
    )
    end = declared_high if high is not None else bottom + default_span
    top = min(declared_high, end if column_profile.high is None else max(int(column_profile.high * scale), bottom))
    span = max(0, top - bottom) + 1
    size = min(span, column_profile.distinct or span)
    # fewer values than the range has: spread them over the whole range
    stride = max(1, span // size)
    room = min(_UNBOUNDED, declared_high - bottom + 1)

    def render(a: str) -> str:
        if name == "decimal":
            return templates.decimal.format(a=a, scale=scale)
        return templates.float.format(a=a, scale=scale) if name == "float" else a

    return Domain(
        size,
        room,
        lambda position: f"({bottom} + {position} * {stride})" if stride > 1 else f"({bottom} + {position})",
        render,
        None if high is None and narrow_limit(column.type) is None else declared_high,
    )


def _temporal(column: Column, column_profile: ColumnProfile, profile: Profile, templates: SqlTemplates) -> Domain:
    name = column.type.name
    if name == "time":
        # without bounds, from 8:00 to 20:00
        low, high = int(column_profile.low or 8 * 3600), int(column_profile.high or 20 * 3600)
        return Domain(high - low, _DAY, lambda position: f"({low} + {position})", lambda a: templates.time.format(a=a))
    unit = _DAY if name == "date" else 1
    start = int(profile.starts.timestamp() // unit if column_profile.low is None else column_profile.low)
    end = int(profile.ends.timestamp() // unit if column_profile.high is None else column_profile.high)
    size = max(1, end - start)
    template = {"date": templates.date, "instant": templates.instant, "local-datetime": templates.local}[name]
    return Domain(
        min(size, column_profile.distinct or size),
        _UNBOUNDED,
        lambda position: f"({start} + {position})",
        lambda a: template.format(a=a),
    )


def _text(column: Column, column_profile: ColumnProfile, templates: SqlTemplates) -> Domain:
    most = column.type.length or 10_000
    room = min(_UNBOUNDED, 10 ** min(most, 12))
    size = min(column_profile.distinct or _UNBOUNDED, room)

    def render(a: str) -> str:
        # too short for the column name and a number of up to 12 digits: the number alone
        if column.type.name == "char" or most < len(column.name) + 12:
            return templates.padded.format(a=a, n=most if column.type.name == "char" else min(most, 12))
        if column.name.endswith("email"):
            return _concatenated(templates, "'user'", _as_text(templates, a), "'@example.com'")
        filler = " lorem ipsum dolor sit amet" * (1 + (column_profile.length or 0) // 27)
        padding = filler[: max(0, min(column_profile.length or 0, most) - len(column.name) - 6)]
        return _concatenated(
            templates, f"'{column.name} '", _as_text(templates, a), *([f"'{padding}'"] if padding else [])
        )

    return Domain(size, room, _unchanged, render)


def _as_text(templates: SqlTemplates, a: str) -> str:
    return templates.text.format(a=a)


def _concatenated(templates: SqlTemplates, *parts: str) -> str:
    whole = parts[0]
    for part in parts[1:]:
        whole = templates.concat.format(a=whole, b=part)
    return whole


def has_same_unit(one: Column, other: Column) -> bool:
    """Return whether the numbers of two columns' values can be compared."""
    types = (one.type, other.type)
    if all(type_.name in INTEGERS for type_ in types):
        return True
    scales = {precision_of(type_)[1] if type_.name == "decimal" else 0 for type_ in types}
    return one.type.name == other.type.name and len(scales) == 1 and len({type_.choices for type_ in types}) == 1
