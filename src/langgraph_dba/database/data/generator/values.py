"""What a column's values are: a whole number between bounds, and how it becomes a value of the column's type."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from langgraph_dba.database.data.generator.profile import ColumnProfile, Profile
from langgraph_dba.database.ddl.type_mapping import literal
from langgraph_dba.database.engines import Traits, Words
from langgraph_dba.database.engines.type_table import precision_of
from langgraph_dba.database.model.schema import Choice, Column, Ordered, Range, Table
from langgraph_dba.errors import InputError

_LARGEST = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "duration": 2**31 - 1, "bigint": 2**62}
_UNBOUNDED = 2**31 - 1  # as many different values as rows can ask for
_USUAL = {"smallint": 100, "integer": 1000, "bigint": 10_000, "duration": 3600}
_NUMBERS = ("smallint", "integer", "bigint", "duration", "decimal", "float")
_TEXTS = ("string", "text", "char")
_CENTS = 100
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Domain:
    """The values a column may have: `size` of them, numbered from 0.

    `number` turns a place into the column's own whole number (days, seconds, minor units), `render` that into a value.
    `room` is how many different values a unique column could have.
    """

    size: int
    room: int
    number: Callable[[str], str]
    render: Callable[[str], str]

    def value(self, place: str) -> str:
        """Return SQL for the value at a place."""
        return self.render(self.number(place))


def domain(table: Table, column: Column, said: ColumnProfile, profile: Profile, traits: Traits) -> Domain:
    """Return a column's domain; InputError for a type that nothing is known to put into."""
    words, kind = traits.words, column.type.name
    choice = next((c.values for c in table.meanings if isinstance(c, Choice) and c.column == column.name), ())
    listed = choice or column.type.choices or (said.values if kind in _TEXTS else ())
    if listed:
        return _listed(listed, traits)
    if kind in _NUMBERS:
        return _numeric(table, column, said, words)
    if kind in _TEXTS:
        return _text(column, said, words)
    if kind in ("date", "instant", "local-datetime", "time"):
        return _temporal(column, said, profile, words)
    if kind in ("identity", "reference"):
        return Domain(_UNBOUNDED, _UNBOUNDED, lambda place: f"({place} + 1)", _as_it_is)
    render = _opaque(words).get(kind)
    if render is None:
        mend = "make it optional, give it a default, or leave its table empty"
        raise InputError(f"{table.name}.{column.name}: nothing is known to put into the type {kind}: {mend}")
    size = 2 if kind == "boolean" else _UNBOUNDED
    return Domain(min(size, said.distinct or size), size, _as_it_is, render)


def _opaque(words: Words) -> Mapping[str, Callable[[str], str]]:
    """What a number becomes in types that have no order of their own."""
    return {
        "boolean": lambda a: words.boolean.format(a=a),
        "uuid": lambda a: words.uuid.format(
            a=_joined(words, "'00000000-0000-4000-8000-'", words.padded.format(a=a, n=12))
        ),
        "json": lambda a: words.json.format(a=_joined(words, "'{\"number\": '", _text_of(words, a), "'}'")),
        "binary": lambda a: words.binary.format(a=a),
    }


def _as_it_is(sql: str) -> str:
    return sql


def _listed(values: Sequence[str], traits: Traits) -> Domain:
    def render(place: str) -> str:
        cases = " ".join(f"WHEN {n} THEN {literal(value, traits)}" for n, value in enumerate(values))
        return f"(CASE {place} {cases} END)"

    return Domain(len(values), len(values), _as_it_is, render)


def _numeric(table: Table, column: Column, said: ColumnProfile, words: Words) -> Domain:
    low, high = bounds(table, column.name)
    name = column.type.name
    scale = _CENTS if name == "float" else 10 ** precision_of(column.type)[1] if name == "decimal" else 1
    most = 10 ** precision_of(column.type)[0] - 1 if name == "decimal" else _LARGEST.get(name, 10**9) * scale
    least = -most if name in ("decimal", "float") else -most - 1
    declared_low = least if low is None else int(low * scale)
    declared_high = most if high is None else int(high * scale)
    # what is measured counts within what is declared; without either, a usual size
    usual = _USUAL.get(name, 1000) * scale
    start = declared_low if low is not None else min(0, declared_high)
    bottom = start if said.low is None else min(max(int(said.low * scale), declared_low), declared_high)
    end = declared_high if high is not None else bottom + usual
    top = min(declared_high, end if said.high is None else max(int(said.high * scale), bottom))
    span = max(0, top - bottom) + 1
    size = min(span, said.distinct or span)
    stride = max(1, span // size)
    room = min(_UNBOUNDED, declared_high - bottom + 1)

    def render(a: str) -> str:
        if name == "decimal":
            return words.decimal.format(a=a, scale=scale)
        return words.float.format(a=a, scale=scale) if name == "float" else a

    return Domain(
        size, room, lambda place: f"({bottom} + {place} * {stride})" if stride > 1 else f"({bottom} + {place})", render
    )


def bounds(table: Table, column: str) -> tuple[Decimal | None, Decimal | None]:
    """Return the bounds that a column's checks declare."""
    for check in table.meanings:
        if isinstance(check, Range) and check.column == column:
            return check.low, check.high
    return None, None


def _temporal(column: Column, said: ColumnProfile, profile: Profile, words: Words) -> Domain:
    name = column.type.name
    if name == "time":
        low, high = int(said.low or 8 * 3600), int(said.high or 20 * 3600)
        return Domain(high - low, _DAY, lambda place: f"({low} + {place})", lambda a: words.time.format(a=a))
    unit = _DAY if name == "date" else 1
    start = int(profile.starts.timestamp() // unit if said.low is None else said.low)
    end = int(profile.ends.timestamp() // unit if said.high is None else said.high)
    size = max(1, end - start)
    template = {"date": words.date, "instant": words.instant, "local-datetime": words.local}[name]
    return Domain(
        min(size, said.distinct or size),
        _UNBOUNDED,
        lambda place: f"({start} + {place})",
        lambda a: template.format(a=a),
    )


def _text(column: Column, said: ColumnProfile, words: Words) -> Domain:
    most = column.type.length or 10_000
    room = min(_UNBOUNDED, 10 ** min(most, 12))
    size = min(said.distinct or _UNBOUNDED, room)

    def render(a: str) -> str:
        if column.type.name == "char" or most < len(column.name) + 12:
            return words.padded.format(a=a, n=most if column.type.name == "char" else min(most, 12))
        if column.name.endswith("email"):
            return _joined(words, "'user'", _text_of(words, a), "'@example.com'")
        filler = " lorem ipsum dolor sit amet" * (1 + (said.length or 0) // 27)
        padding = filler[: max(0, min(said.length or 0, most) - len(column.name) - 6)]
        return _joined(words, f"'{column.name} '", _text_of(words, a), *([f"'{padding}'"] if padding else []))

    return Domain(size, room, _as_it_is, render)


def _text_of(words: Words, a: str) -> str:
    return words.text.format(a=a)


def _joined(words: Words, *parts: str) -> str:
    whole = parts[0]
    for part in parts[1:]:
        whole = words.concat.format(a=whole, b=part)
    return whole


def order_of(table: Table, column: str) -> str:
    """Return the column that this one must not lie before, or nothing."""
    return next((c.first for c in table.meanings if isinstance(c, Ordered) and c.last == column), "")
